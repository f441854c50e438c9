"""Properties of segments that hold for any text."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from carrierx.gsm_alphabet import GSM_BASIC, GSM_EXTENSION
from carrierx.segmentation import Encoding, gsm_normalise, segments

PIECES = st.sampled_from(
    [*"aé \nΔ€[^\f", *"ç’…😀𝒳\ud83d\ude00", "a" * 65, "a" * 66, "a" * 150, "a" * 152, "€" * 76, "ж" * 64]
)
GSM_PIECES = st.sampled_from([*(GSM_BASIC + GSM_EXTENSION), "a" * 150, "a" * 152, "€" * 75])
TEXTS = st.one_of(
    st.lists(GSM_PIECES, max_size=30).map("".join),
    st.lists(PIECES, max_size=30).map("".join),
    st.text(st.characters(), max_size=300),
)
PAIR_OR_ONE = re.compile("[\ud800-\udbff][\udc00-\udfff]|.", re.DOTALL)
SIZES = {Encoding.GSM_7: (160, 153), Encoding.UCS_2: (70, 67)}


def units_of(text: str, encoding: Encoding) -> int:
    if encoding is Encoding.UCS_2:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return sum(2 if character in GSM_EXTENSION else 1 for character in text)


@given(TEXTS)
def test_the_parts_are_the_text(text: str) -> None:
    found = segments(text)

    assert "".join(found.parts) == text
    assert len(found.parts) == found.count
    assert all(found.parts) or not text


@given(TEXTS)
def test_each_part_fits_and_none_could_hold_more(text: str) -> None:
    found = segments(text)
    one, joined = SIZES[found.encoding]
    size = one if found.count == 1 else joined
    lengths = [units_of(part, found.encoding) for part in found.parts]

    assert sum(lengths) == found.units
    assert all(length <= size for length in lengths)
    assert all(length >= size - 1 for length in lengths[:-1])
    assert found.units > one or found.count == 1
    assert found.room_left == size - lengths[-1]
    for part, following in pairwise(found.parts):
        first = PAIR_OR_ONE.match(following)
        assert first is not None
        assert units_of(part + first[0], found.encoding) > size


@given(TEXTS)
def test_no_part_ends_within_a_surrogate_pair(text: str) -> None:
    parts = segments(text).parts

    assert not any(
        "\ud800" <= part[-1] <= "\udbff" and "\udc00" <= following[0] <= "\udfff" for part, following in pairwise(parts)
    )


@given(TEXTS)
def test_a_text_is_ucs2_just_when_something_offends(text: str) -> None:
    found = segments(text)
    gsm = all(character in GSM_BASIC + GSM_EXTENSION for character in text)

    assert found.encoding is (Encoding.GSM_7 if gsm else Encoding.UCS_2)
    assert bool(found.offending) is not gsm
    for offender in found.offending:
        assert all(text.startswith(offender.character, position) for position in offender.positions)


@given(TEXTS)
def test_normalising_leaves_only_what_has_no_replacement(text: str) -> None:
    replaceable = {offender.character for offender in segments(text).offending if offender.replacement is not None}
    normalised = gsm_normalise(text)
    found = segments(normalised)

    assert (normalised == text) is not bool(replaceable)
    assert found.encoding is Encoding.GSM_7 or segments(text).encoding is Encoding.UCS_2


@given(TEXTS)
def test_adding_to_a_text_never_takes_segments_away(text: str) -> None:
    assert segments(text + "a").count >= segments(text).count

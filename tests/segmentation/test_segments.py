"""The number of segments of a text, at every limit."""

from __future__ import annotations

import copy
import pickle
from typing import cast

import pytest

from carrierx.gsm_alphabet import GSM_BASIC, GSM_EXTENSION
from carrierx.segmentation import Encoding, segments
from tests.support.rows import check_rows

GSM, UCS2 = Encoding.GSM_7, Encoding.UCS_2


CUTS: list[tuple[str, Encoding, int, list[int]]] = [
    ("", GSM, 0, [0]),
    ("a", GSM, 1, [1]),
    ("a" * 159, GSM, 159, [159]),
    ("a" * 160, GSM, 160, [160]),
    ("a" * 161, GSM, 161, [153, 8]),
    ("a" * 306, GSM, 306, [153, 153]),
    ("a" * 307, GSM, 307, [153, 153, 1]),
    ("a" * 459, GSM, 459, [153] * 3),
    ("a" * 1600, GSM, 1600, [153] * 10 + [70]),
    ("é" * 160, GSM, 160, [160]),
    ("Δ" * 160, GSM, 160, [160]),
    ("Δ" * 161, GSM, 161, [153, 8]),
    # A character of the extension table takes two septets, and both are in one segment.
    ("€" * 80, GSM, 160, [80]),
    ("€" * 81, GSM, 162, [76, 5]),
    ("a" * 158 + "€", GSM, 160, [159]),
    ("a" * 159 + "€", GSM, 161, [153, 7]),
    ("a" * 152 + "€" + "a" * 8, GSM, 162, [152, 9]),
    ("a" * 151 + "€" + "a" * 8, GSM, 161, [152, 8]),
    ("a" * 152 + "€" + "a" * 151, GSM, 305, [152, 152]),
    ("a" * 152 + "€" + "a" * 152, GSM, 306, [152, 152, 1]),
    ("a" * 151 + "€" + "a" * 153, GSM, 306, [152, 153]),
    ("a" * 152 + "[" + "a" * 150 + "]", GSM, 306, [152, 151, 1]),
    ("^" * 153, GSM, 306, [76, 76, 1]),
    # One character outside the alphabet is enough.
    ("ç" * 70, UCS2, 70, [70]),
    ("ç" * 71, UCS2, 71, [67, 4]),
    ("ç" * 134, UCS2, 134, [67, 67]),
    ("ç" * 135, UCS2, 135, [67, 67, 1]),
    ("a" * 69 + "ç", UCS2, 70, [70]),
    ("a" * 70 + "’", UCS2, 71, [67, 4]),
    ("a" * 160 + "’", UCS2, 161, [67, 67, 27]),
    ("€" * 69 + "ç", UCS2, 70, [70]),
    ("\x1b", UCS2, 1, [1]),
    # An emoji takes two code units, and both are in one segment.
    ("😀" * 35, UCS2, 70, [35]),
    ("😀" * 36, UCS2, 72, [33, 3]),
    ("a" * 68 + "😀", UCS2, 70, [69]),
    ("a" * 69 + "😀", UCS2, 71, [67, 3]),
    ("a" * 66 + "😀" + "a" * 3, UCS2, 71, [66, 4]),
    ("a" * 65 + "😀" + "a" * 4, UCS2, 71, [66, 4]),
    ("a" * 66 + "😀" + "a" * 65, UCS2, 133, [66, 66]),
    ("a" * 66 + "😀" + "a" * 66, UCS2, 134, [66, 66, 1]),
    ("a" * 65 + "😀" + "a" * 67, UCS2, 134, [66, 67]),
    ("😀" * 67, UCS2, 134, [33, 33, 1]),
    # Unpaired surrogates count one each; a pair that Python holds as two characters stays together.
    ("\ud83d" * 70, UCS2, 70, [70]),
    ("\ud83d" * 71, UCS2, 71, [67, 4]),
    ("\ude00" * 72, UCS2, 72, [67, 5]),
    ("a" * 66 + "\ud83d\ude00" + "a" * 66, UCS2, 134, [66, 67, 1]),
    ("a" * 66 + "\ud83d" + "a" * 66, UCS2, 133, [67, 66]),
]
"""Texts, each with its encoding, its units and the lengths of its parts."""


def test_a_text_is_cut_at_the_last_place_that_fits() -> None:
    def check(row: tuple[str, Encoding, int, list[int]]) -> None:
        text, encoding, units, lengths = row
        found = segments(text)
        assert found.encoding is encoding
        assert found.units == units
        assert found.count == len(lengths)
        assert [len(part) for part in found.parts] == lengths
        assert "".join(found.parts) == text

    check_rows(CUTS, check)


def test_each_basic_character_takes_one_septet_and_each_extension_character_two() -> None:
    def check(text: str) -> None:
        found = segments(text)
        assert (found.encoding, found.units, found.count) == (GSM, 160, 1)

    check_rows([character * 160 for character in GSM_BASIC], check)
    check_rows([character * 80 for character in GSM_EXTENSION], check)


def test_the_alphabet_is_whole() -> None:
    assert len(set(GSM_BASIC)) == len(GSM_BASIC) == 127  # and the escape
    assert len(set(GSM_EXTENSION)) == len(GSM_EXTENSION) == 10
    assert not set(GSM_BASIC) & set(GSM_EXTENSION)


def test_no_other_character_is_gsm() -> None:
    gsm = {character for character in map(chr, range(0x30000)) if segments(character).encoding is GSM}

    assert gsm == set(GSM_BASIC + GSM_EXTENSION)


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("", 160),
        ("a" * 100, 60),
        ("a" * 160, 0),
        ("a" * 161, 145),
        ("a" * 306, 0),
        ("a" * 152 + "€" + "a" * 8, 143),
        ("a" * 155 + "€" * 5, 143 - 2),
        ("ç", 69),
        ("ç" * 70, 0),
        ("ç" * 71, 63),
        ("a" * 66 + "😀" + "a" * 3, 67 - 5),
    ],
)
def test_room_left_is_what_fits_before_another_segment_starts(text: str, room: int) -> None:
    found = segments(text)

    assert found.room_left == room
    encoded_alike = "a" if found.encoding is GSM else "ç"
    assert segments(text + encoded_alike * room).count == found.count
    assert segments(text + encoded_alike * (room + 1)).count == found.count + 1


@pytest.mark.parametrize("name", ["encoding", "count", "units", "room_left", "parts", "offending", "other"])
def test_it_cannot_be_changed(name: str) -> None:
    found = segments("a")

    with pytest.raises(AttributeError):
        setattr(found, name, 2)


def test_what_is_worked_out_later_stays() -> None:
    found = segments("a’" * 100)

    assert found.parts is found.parts
    assert found.offending is found.offending


@pytest.mark.parametrize("text", ["Hello", "ç’" * 100, "a" * 400, "\ud83d"])
def test_equal_texts_have_equal_segmentations(text: str) -> None:
    found = segments(text)

    for other in (segments(text), copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert other == found
        assert hash(other) == hash(found)
        assert other.parts == found.parts
    assert found != segments(text + "a")
    assert found != text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Secret", "<Segmentation: GSM-7, 1 segment, 6 units, 154 left>"),
        ("Secret’" * 20, "<Segmentation: UCS-2, 3 segments, 140 units, 61 left>"),
    ],
)
def test_the_repr_shows_no_text(text: str, seen: str) -> None:
    assert repr(segments(text)) == str(segments(text)) == seen


@pytest.mark.parametrize("wrong", [None, b"Hello", 5])
def test_only_a_string_is_a_text(wrong: object) -> None:
    with pytest.raises(TypeError, match=f"A text must be a str, not {type(wrong).__name__}"):
        segments(cast("str", wrong))


def test_a_subclass_of_str_is_a_text() -> None:
    class Text(str):
        __slots__ = ()

    assert segments(Text("a" * 161)).count == 2

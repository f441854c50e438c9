"""The same results as npm's `sms-segments-calculator` for 20,000 texts. Its results are stored.

One difference is known and meant: that tool never cuts within a grapheme of several code points (a flag, a family of
emoji, a letter with a loose accent) and starts a new segment for all of it. Networks cut by code units and know no
graphemes, so a text may take one segment less than it says, or more. Those texts are stored with the lengths of their
graphemes, and the test shows that nothing else makes the difference.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from carrierx.segmentation import JOINED_UCS2_SEGMENT, ONE_UCS2_SEGMENT, Encoding, segments
from tests.segmentation.generated_texts import NUMBER_OF_TEXTS, generated_texts
from tests.segmentation.make_data import ANSWERS, digest


@dataclass(frozen=True)
class Answer:
    """The other counter's result for a text.

    Attributes:
        encoding: `GSM-7` or `UCS-2`.
        count: How many segments.
        graphemes: The lengths of the graphemes, if keeping them whole changes the count.
    """

    encoding: str
    count: int
    graphemes: tuple[int, ...] = ()


@cache
def texts() -> tuple[str, ...]:
    return tuple(generated_texts())


@cache
def answers() -> tuple[Answer, ...]:
    lines = gzip.decompress(ANSWERS.read_bytes()).decode().splitlines()[1:]
    return tuple(Answer(each[0], each[1], tuple(each[2]) if len(each) > 2 else ()) for each in map(json.loads, lines))


def count_keeping_whole(lengths: Iterable[int]) -> int:
    """Count segments of which none ends within one of the given lengths."""
    lengths = tuple(lengths)
    if sum(lengths) <= ONE_UCS2_SEGMENT:
        return 1
    count, used = 1, 0
    for length in lengths:
        if used + length > JOINED_UCS2_SEGMENT:
            count, used = count + 1, 0
        used += length
    return count


def units_of(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_the_answers_belong_to_these_texts() -> None:
    head = json.loads(gzip.decompress(ANSWERS.read_bytes()).partition(b"\n")[0])

    assert head["texts"] == digest(texts())
    assert len(texts()) == len(answers()) == NUMBER_OF_TEXTS


def test_the_texts_reach_every_edge() -> None:
    reached = Counter((found.encoding, found.units) for found in map(segments, texts()))

    for units in (152, 153, 154, 159, 160, 161, 305, 306, 307):
        assert reached[Encoding.GSM_7, units] > 10
    for units in (66, 67, 68, 69, 70, 71, 133, 134, 135, 200, 201, 202):
        assert reached[Encoding.UCS_2, units] > 10
    assert sum(found.count > 1 and found.units % 67 != 0 for found in map(segments, texts())) > 1000


def test_encodings_and_counts_are_the_same() -> None:
    compared = [(text, answer) for text, answer in zip(texts(), answers(), strict=True) if not answer.graphemes]
    differing = [
        (text, answer, found)
        for text, answer in compared
        if (found := segments(text)).encoding.value != answer.encoding or found.count != answer.count
    ]

    assert differing == []
    assert len(compared) > NUMBER_OF_TEXTS * 0.99


def test_every_difference_is_a_grapheme_at_the_edge_of_a_segment() -> None:
    apart = [(text, answer) for text, answer in zip(texts(), answers(), strict=True) if answer.graphemes]

    assert len(apart) > 100
    for text, answer in apart:
        found = segments(text)
        edges = set(accumulate(map(units_of, found.parts[:-1])))
        ends_of_graphemes = set(accumulate(answer.graphemes))
        assert found.encoding.value == answer.encoding == "UCS-2"
        assert sum(answer.graphemes) == found.units
        assert found.count != answer.count
        assert not edges <= ends_of_graphemes
        assert count_keeping_whole(answer.graphemes) == answer.count
        assert count_keeping_whole(map(units_of, text)) == found.count

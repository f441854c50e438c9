"""What a text is as an SMS: its alphabet, its segments, and which characters make it dear.

CarrierX documents only "160-symbol SMS segments" (its SMS object page). The rest is the standard that mobile networks
keep (3GPP TS 23.038 and 23.040), and that CarrierX keeps it is an assumption. What a message is charged by is the
`message_segments` in CarrierX's answer.
"""

# pyright: reportPrivateUsage=false
# ruff: noqa: SLF001
# `segments` fills in the slots of `Segmentation` itself: an `__init__` would add half to the time of a plain text.

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from unicodedata import name

from carrierx.gsm_alphabet import GSM_BASIC, GSM_EXTENSION, NOT_GSM, offenders
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Encoding", "OffendingCharacter", "Segmentation", "gsm_normalise", "segments"]


class Encoding(Enum):
    """How a text travels."""

    GSM_7 = "GSM-7"
    """7 bits for a character: all of the text is in the GSM alphabet."""
    UCS_2 = "UCS-2"
    """16 bits for a character, 32 for an emoji: a single character outside the GSM alphabet is enough."""


ONE_GSM_SEGMENT = 160
"""The septets of a text in one segment. Source: 3GPP TS 23.038 (140 octets); CarrierX's SMS object page."""
JOINED_GSM_SEGMENT = 153
"""The septets of each of several segments. Source: 3GPP TS 23.040, 9.2.3.24.1 (a header of 6 octets joins them)."""
ONE_UCS2_SEGMENT = 70
"""The UTF-16 code units of a text in one segment. Source: 3GPP TS 23.038 (140 octets)."""
JOINED_UCS2_SEGMENT = 67
"""The UTF-16 code units of each of several segments. Source: 3GPP TS 23.040, 9.2.3.24.1."""

_GSM_7: Final = Encoding.GSM_7
_UCS_2: Final = Encoding.UCS_2
_SIZES: Final = {
    _GSM_7: (ONE_GSM_SEGMENT, JOINED_GSM_SEGMENT),
    _UCS_2: (ONE_UCS2_SEGMENT, JOINED_UCS2_SEGMENT),
}
_BEYOND_UCS2: Final = re.compile("[\U00010000-\U0010ffff]")
_PAIR_IN_TWO: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_OTHER_OCTETS_CHANGED: Final = bytes(octet if chr(octet) in GSM_BASIC else ord("a") for octet in range(256))
"""Maps each Latin-1 octet to itself if it takes one septet, so that a text of such octets stays as it is."""


@dataclass(frozen=True, slots=True)
class OffendingCharacter:
    """A character that is not in the GSM alphabet and so makes the whole text travel as UCS-2.

    Attributes:
        character: The character; a letter and its accent if the text writes them apart and GSM has the two in one.
        positions: Where it stands in the text, the first one first.
        replacement: What it can become in the GSM alphabet without a change of meaning ("" for a character that shows
            nothing), or None.
    """

    character: str
    positions: tuple[int, ...]
    replacement: str | None

    def __repr__(self) -> str:
        """Name the character; without the positions, so that no text can be put together again."""
        points = ", ".join(f"U+{ord(point):04X} {name(point, '(no name)')}" for point in self.character)
        times = "once" if len(self.positions) == 1 else f"{len(self.positions)} times"
        return f"<{points}: {times}, replacement {self.replacement!r}>"


class Segmentation:
    """A text as segments. It can't be changed, equals another of the same text, and its `repr` shows no text.

    Made by `segments`.

    Example:
        >>> segments("Hello €")
        <Segmentation: GSM-7, 1 segment, 8 units, 152 left>
    """

    __slots__ = ("_count", "_encoding", "_offending", "_parts", "_text", "_units")

    _count: int
    _encoding: Encoding
    _offending: tuple[OffendingCharacter, ...]
    _parts: tuple[str, ...]
    _text: str
    _units: int

    @property
    def encoding(self) -> Encoding:
        """How the text travels."""
        return self._encoding

    @property
    def count(self) -> int:
        """How many segments are sent and charged. An empty text has one: it is sent as one message."""
        return self._count

    @property
    def units(self) -> int:
        """How long the text is: in septets for GSM-7, in UTF-16 code units for UCS-2."""
        return self._units

    @property
    def room_left(self) -> int:
        """How many more units fit before another segment starts."""
        one, joined = _SIZES[self._encoding]
        if self._count == 1:
            return one - self._units
        last = self.parts[-1]
        return joined - len(last) - _count_two_units(last, self._encoding, 0, len(last))

    @property
    def parts(self) -> tuple[str, ...]:
        """The text of each segment; joined they are the text. Worked out when first asked for."""
        try:
            return self._parts
        except AttributeError:
            if self._count == 1:
                self._parts = (self._text,)
            else:
                ends = [0, *_ends(self._text, self._encoding)]
                self._parts = tuple(self._text[start:end] for start, end in pairwise(ends))
            return self._parts

    @property
    def offending(self) -> tuple[OffendingCharacter, ...]:
        """The characters that force UCS-2, in the order of their first appearance; none for GSM-7.

        Worked out when first asked for.
        """
        try:
            return self._offending
        except AttributeError:
            places: dict[tuple[str, str | None], list[int]] = {}
            if self._encoding is _UCS_2:
                for position, character, replacement in offenders(self._text):
                    places.setdefault((character, replacement), []).append(position)
            self._offending = tuple(
                OffendingCharacter(character, tuple(positions), replacement)
                for (character, replacement), positions in places.items()
            )
            return self._offending

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Segmentation) else NotImplemented

    def __hash__(self) -> int:
        return hash((Segmentation, self._text))

    def __reduce__(self) -> tuple[Callable[[str], Segmentation], tuple[str]]:
        return segments, (self._text,)

    def __repr__(self) -> str:
        noun = "segment" if self._count == 1 else "segments"
        return (
            f"<Segmentation: {self._encoding.value}, {self._count} {noun}, {self._units} units, {self.room_left} left>"
        )


@clears_locals
def segments(text: str) -> Segmentation:
    """Tell how many SMS segments a text has, and why.

    No account is needed and nothing is sent. A text in the GSM alphabet has 160 septets in one segment, or 153 in each
    of several; any other has 70 or 67 UTF-16 code units. No segment ends within a character of two units, so a segment
    may hold one unit less. An unpaired surrogate, which no network can carry, counts as one unit.

    These numbers are the GSM standard's, and CarrierX documents only "160-symbol segments": that it counts so is an
    assumption. It charges by its own count, `message_segments` of the message.

    Args:
        text: What would be given as `message`.

    Returns:
        The encoding, the number of segments, what is left in the last, and the characters that force UCS-2.

    Raises:
        TypeError: If it is not a string.

    Example:
        >>> segments("a" * 161).count
        2
        >>> it = segments("It\u2019s 5 o\u2019clock")
        >>> it.encoding.value, it.offending[0].positions, it.offending[0].replacement
        ('UCS-2', (2, 8), "'")
        >>> segments(gsm_normalise("It\u2019s 5 o\u2019clock")).encoding.value
        'GSM-7'
    """
    found = Segmentation()
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:
        found._encoding, found._units, found._count = _measure(text)
    except AttributeError:
        raise TypeError(f"A text is a str, not of type {type(text).__name__}.") from None
    else:
        if octets.translate(_OTHER_OCTETS_CHANGED) == octets:  # each character takes one septet: most texts
            units = len(octets)
            found._encoding = _GSM_7
            found._units = units
            found._count = 1 if units <= ONE_GSM_SEGMENT else -(-units // JOINED_GSM_SEGMENT)
        else:
            found._encoding, found._units, found._count = _measure(text)
    found._text = text
    return found


@clears_locals
def gsm_normalise(text: str) -> str:
    """Replace the characters outside the GSM alphabet that have a faithful equivalent in it.

    Curly quotes become straight ones, dashes `-`, an ellipsis `...`, a no-break space a space, fullwidth forms their
    plain ones. Every other character stays, so the text may still travel as UCS-2: `segments` tells. Nothing in this
    library calls this by itself. Which replacements are faithful is this library's judgement, not CarrierX's.

    Args:
        text: Any text.

    Returns:
        The text with those replacements, or the same text if there is nothing to replace.

    Raises:
        TypeError: If it is not a string.

    Example:
        >>> gsm_normalise("\u201cCaf\u00e9\u201d \u2013 5\u00a0\u20ac\u2026")
        '"Caf\u00e9" - 5 \u20ac...'
    """
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"A text is a str, not of type {type(text).__name__}.")
    pieces: list[str] = []
    done = 0
    for position, character, replacement in offenders(text):
        if replacement is not None:
            pieces += text[done:position], replacement
            done = position + len(character)
    return "".join([*pieces, text[done:]]) if pieces else text


def _measure(text: str) -> tuple[Encoding, int, int]:
    if NOT_GSM.search(text) is None:
        encoding, units = _GSM_7, len(text) + _count_two_units(text, _GSM_7, 0, len(text))
    else:
        encoding, units = _UCS_2, len(text.encode("utf-16-le", "surrogatepass")) // 2
    one, _ = _SIZES[encoding]
    return encoding, units, 1 if units <= one else sum(1 for _ in _ends(text, encoding))


def _ends(text: str, encoding: Encoding) -> Iterator[int]:
    """Cut a text into joined segments, each as long as can be, and give the position after each."""
    _, size = _SIZES[encoding]
    end = 0
    while end < len(text):
        start, end = end, min(end + size, len(text))
        too_many = end - start + _count_two_units(text, encoding, start, end) - size
        while too_many > 0:
            end -= 1
            too_many -= 2 if (text[end] in GSM_EXTENSION if encoding is _GSM_7 else text[end] > "\uffff") else 1
        if _PAIR_IN_TWO.match(text, end - 1):  # a surrogate pair that Python holds as two characters
            end -= 1
        yield end


def _count_two_units(text: str, encoding: Encoding, start: int, end: int) -> int:
    """Count the characters that take two units: an escape and a septet, or a surrogate pair."""
    if encoding is _GSM_7:
        return sum([text.count(character, start, end) for character in GSM_EXTENSION])
    return len(_BEYOND_UCS2.findall(text, start, end))

"""SMS segments of a text: its encoding, its segments, and the characters that make it more expensive.

CarrierX documents only "160-symbol SMS segments" (its SMS object page). The rest follows the standard of mobile
networks (3GPP TS 23.038 and 23.040). That CarrierX follows it is an assumption. CarrierX charges by the
`message_segments` of its response.
"""

# pyright: reportPrivateUsage=false
# ruff: noqa: SLF001
# `segments` sets the private attributes of `Segmentation`: an `__init__` would add half to the time of a plain text.

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
    """Encoding of an SMS text."""

    GSM_7 = "GSM-7"
    """7 bits per character. All characters are in the GSM alphabet."""
    UCS_2 = "UCS-2"
    """16 bits per character, 32 per emoji. A single character outside the GSM alphabet is enough."""


ONE_GSM_SEGMENT = 160
"""Septets of a text in one segment. Source: 3GPP TS 23.038 (140 octets); CarrierX's SMS object page."""
JOINED_GSM_SEGMENT = 153
"""Septets of each of several segments. Source: 3GPP TS 23.040, 9.2.3.24.1 (a header of 6 octets joins them)."""
ONE_UCS2_SEGMENT = 70
"""UTF-16 code units of a text in one segment. Source: 3GPP TS 23.038 (140 octets)."""
JOINED_UCS2_SEGMENT = 67
"""UTF-16 code units of each of several segments. Source: 3GPP TS 23.040, 9.2.3.24.1."""

_GSM_7: Final = Encoding.GSM_7
_UCS_2: Final = Encoding.UCS_2
_SIZES: Final = {
    _GSM_7: (ONE_GSM_SEGMENT, JOINED_GSM_SEGMENT),
    _UCS_2: (ONE_UCS2_SEGMENT, JOINED_UCS2_SEGMENT),
}
_BEYOND_UCS2: Final = re.compile("[\U00010000-\U0010ffff]")
_PAIR_IN_TWO: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_OTHER_OCTETS_CHANGED: Final = bytes(octet if chr(octet) in GSM_BASIC else ord("a") for octet in range(256))
"""Maps each Latin-1 octet to itself if it takes one septet. A text of such octets stays unchanged."""


@dataclass(frozen=True, slots=True)
class OffendingCharacter:
    """A character outside the GSM alphabet, which forces the complete text into UCS-2.

    Attributes:
        character: The character. A letter and its combining accent count as one if GSM has the combination.
        positions: Its positions in the text, in order.
        replacement: An equivalent in the GSM alphabet that keeps the meaning ("" for an invisible character), or None.
    """

    character: str
    positions: tuple[int, ...]
    replacement: str | None

    def __repr__(self) -> str:
        """Name the character. Positions are left out, so that the text can't be reconstructed."""
        points = ", ".join(f"U+{ord(point):04X} {name(point, '(no name)')}" for point in self.character)
        times = "once" if len(self.positions) == 1 else f"{len(self.positions)} times"
        return f"<{points}: {times}, replacement {self.replacement!r}>"


class Segmentation:
    """A text split into segments. It is immutable, compares by its text, and its `repr` does not show the text.

    Create it with `segments`.

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
        """The encoding of the text."""
        return self._encoding

    @property
    def count(self) -> int:
        """The number of segments that are sent and charged. An empty text has one: it is sent as one message."""
        return self._count

    @property
    def units(self) -> int:
        """The length of the text: in septets for GSM-7, in UTF-16 code units for UCS-2."""
        return self._units

    @property
    def room_left(self) -> int:
        """The number of units that still fit into the last segment."""
        one, joined = _SIZES[self._encoding]
        if self._count == 1:
            return one - self._units
        last = self.parts[-1]
        return joined - len(last) - _count_two_units(last, self._encoding, 0, len(last))

    @property
    def parts(self) -> tuple[str, ...]:
        """The text of each segment. Joined, they are the complete text. Computed on first use."""
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
        """The characters that force UCS-2, in order of first appearance. Empty for GSM-7. Computed on first use."""
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
    """Count the SMS segments of a text, and find the characters that force UCS-2.

    You need no account, and nothing is sent. A text in the GSM alphabet has 160 septets in one segment, or 153 in each
    of several. Any other text has 70 or 67 UTF-16 code units. A segment never ends within a character of two units, so
    it may hold one unit less. An unpaired surrogate, which no network can carry, counts as one unit.

    These numbers come from the GSM standard. CarrierX documents only "160-symbol segments", so that it counts the same
    way is an assumption. It charges by its own count: `message_segments` of the message.

    Args:
        text: The text that you would pass as `message`.

    Returns:
        The encoding, the number of segments, the space left in the last one, and the characters that force UCS-2.

    Raises:
        TypeError: If the text is not a string.

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
        raise TypeError(f"A text must be a str, not {type(text).__name__}.") from None
    else:
        if octets.translate(_OTHER_OCTETS_CHANGED) == octets:  # each character takes one septet, as in most texts
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
    """Replace characters outside the GSM alphabet that have a faithful equivalent in it.

    Curly quotes become straight ones, dashes become `-`, an ellipsis `...`, a no-break space a space, and fullwidth
    forms their plain ones. Other characters stay, so the text may still need UCS-2: check it with `segments`. carrierx
    never calls this function on its own. The choice of replacements is ours, not CarrierX's.

    Args:
        text: Any text.

    Returns:
        The text with its replacements, or the same text if there are none.

    Raises:
        TypeError: If the text is not a string.

    Example:
        >>> gsm_normalise("\u201cCaf\u00e9\u201d \u2013 5\u00a0\u20ac\u2026")
        '"Caf\u00e9" - 5 \u20ac...'
    """
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"A text must be a str, not {type(text).__name__}.")
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
    """Split a text into segments of maximum length, and yield the end of each."""
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

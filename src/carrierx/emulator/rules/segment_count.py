"""The number of segments that a text is split into for transmission to a phone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
_GSM_ALL: Final = _GSM_BASIC | _GSM_EXTENDED

_GSM_ALONE, _GSM_JOINED = 160, 153
_UCS2_ALONE, _UCS2_JOINED = 70, 67


def count_segments(text: str) -> int:
    """Count the SMS segments of a text.

    Args:
        text: The text; at least one character.

    Returns:
        The number of segments, at least 1.

    Source: 3GPP TS 23.038 and 23.040. CarrierX documents only "the quantity of 160-symbols segments". Assumptions: a
    text outside GSM-7 is split into UCS-2 segments of 70 characters (67 if there are several), and one of several GSM-7
    segments has 153 characters.
    """
    if _GSM_ALL.issuperset(text):
        if len(text) + sum(map(text.count, _GSM_EXTENDED)) <= _GSM_ALONE:
            return 1
        return _count_parts([2 if character in _GSM_EXTENDED else 1 for character in text], _GSM_JOINED)
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return 1 if sum(widths) <= _UCS2_ALONE else _count_parts(widths, _UCS2_JOINED)


def _count_parts(widths: Iterable[int], capacity: int) -> int:
    # A character that needs two places is never split, so a segment can be one place short.
    parts, used = 1, 0
    for width in widths:
        if used + width > capacity:
            parts, used = parts + 1, 0
        used += width
    return parts

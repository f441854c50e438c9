"""The GSM 7-bit alphabet, and replacements for characters outside it.

Source of the alphabet: 3GPP TS 23.038, sections 6.2.1 and 6.2.1.1 (the default alphabet and its extension table). The
choice of replacements is ours: signs that mean the same to a reader (quotes, dashes, spaces, fullwidth forms,
ligatures), never a letter without its accent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import decomposition, normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["GSM_BASIC", "GSM_EXTENSION", "NOT_GSM", "offenders"]

GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Characters that take one septet. Position 0x1B is the escape, which no text can hold."""
GSM_EXTENSION = "\f^{}\\[~]|€"
"""Characters that take two septets: the escape and another."""

_GSM = re.escape(GSM_BASIC + GSM_EXTENSION)
NOT_GSM = re.compile(f"[^{_GSM}]")

_SUSPECT = re.compile(f"[{_GSM}][\u0300-\u036f]+|[^{_GSM}]")
"""Matches a letter of the alphabet with combining accents, or one character outside the alphabet."""

_REPLACEMENTS: dict[str, str] = {
    character: replacement
    for replacement, characters in {
        "'": "`\u00b4\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u02cb"
        "\u275b\u275c",
        '"': "\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u02ba\u02ee\u275d\u275e\u301d\u301e\u301f",
        "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2022\u2023",
        "/": "\u2044\u2215\u00f7\u29f8",
        "\\": "\u2216\u29f5\u29f9",
        "*": "\u2217\u204e\u2731",
        "|": "\u2223\u00a6",
        ":": "\u2236",
        "~": "\u02dc\u223c",
        "^": "\u02c6",
        " ": "\t",
        "\n": "\x85\u2028\u2029",
        "": "\u00ad\u200b\u2060\ufeff",  # invisible, and without an effect on neighbours, unlike U+200C and U+200D
        "x": "\u00d7",
        "<=": "\u2264",
        ">=": "\u2265",
        "->": "\u2192",
        "<-": "\u2190",
        "1/4": "\u00bc",
        "1/2": "\u00bd",
        "3/4": "\u00be",
        "(C)": "\u00a9",
        "(R)": "\u00ae",
        "(TM)": "\u2122",
    }.items()
    for character in characters
}
_SAME_CHARACTER = ("<compat>", "<font>", "<narrow>", "<noBreak>", "<small>", "<vertical>", "<wide>")
"""Kinds of Unicode decomposition that change only the look of a character. Superscripts also change the meaning."""


def offenders(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Find the characters of a text that are outside the GSM alphabet.

    Args:
        text: Any text.

    Yields:
        Position, character and replacement (None if there is none), in order. A letter with a combining accent counts
        as one character if the alphabet has the combination.

    Example:
        >>> list(offenders("It\u2019s 5 \u00b0C"))
        [(2, '\u2019', "'"), (7, '\u00b0', None)]
    """
    for found in _SUSPECT.finditer(text):
        start, characters = found.start(), found[0]
        if len(characters) == 1:
            yield start, characters, _replacement_of(characters)
            continue
        composed = normalize("NFC", characters)
        if NOT_GSM.search(composed) is None:
            yield start, characters, composed
        else:
            yield from ((start + offset, mark, None) for offset, mark in enumerate(characters[1:], 1))


def _replacement_of(character: str) -> str | None:
    listed = _REPLACEMENTS.get(character)
    if listed is not None:
        return listed
    parts = decomposition(character)
    if not parts or (parts.startswith("<") and not parts.startswith(_SAME_CHARACTER)):
        return None
    plain = normalize("NFKC", character)
    return plain if NOT_GSM.search(plain) is None else None

"""What may be seen of a message in a `repr`: never a whole number, never the text."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic.fields import FieldInfo

__all__ = ["Shown", "mask_number", "masked_fields", "shown_path", "shown_text"]

_MASK = "***"
_NUMBER_LIKE = re.compile(r"(?:[^0-9A-Za-z]*\d){5,}[^0-9A-Za-z]*")
_LONGEST_TEXT = 500
_SHORT_TEXT = 3
# Seven digits or more, with the separators that people put between them, but not within a SID.
_SID = r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{24,})(?![0-9A-Za-z])"
_SID_OR_NUMBER = re.compile(rf"(?P<sid>{_SID})|\+?\d(?:[\s()./_\u2010-\u2015-]{{0,3}}\d){{6,}}")


def mask_number(text: str) -> str:
    """Keep the last 4 digits of a phone number.

    Args:
        text: A number in any notation.

    Returns:
        `***` and the last 4 digits; `***` alone if there are no more than 4.

    Example:
        >>> mask_number("+1 516-206-5574")
        '***5574'
        >>> mask_number("5574")
        '***'
    """
    digits = [character for character in text if character in "0123456789"]
    return _MASK + "".join(digits[-4:]) if len(digits) > 4 else _MASK


def shown_path(path: str) -> str:
    """Give a path as it may be shown: what reads as a phone number is masked, however it is written."""
    return "/".join("***" if _NUMBER_LIKE.fullmatch(unquote(part)) else part for part in path.split("/"))


def shown_text(text: str, private: Sequence[str]) -> str:
    """Give a server's words as they may be shown: in one line, without private texts, with numbers masked."""
    # The longest first: one may be part of another, which would then be left in pieces.
    for secret in sorted(filter(str.strip, private), key=len, reverse=True):
        # A very short text is masked as a word only: its letters stand in every sentence.
        pattern = re.escape(secret) if len(secret) > _SHORT_TEXT else rf"(?<!\w){re.escape(secret)}(?!\w)"
        text = re.sub(pattern, "***", text)
    one_line = " ".join(text.split())
    masked = _SID_OR_NUMBER.sub(lambda found: found["sid"] or mask_number(found[0]), one_line)
    printable = "".join(character if character.isprintable() else "?" for character in masked)
    return printable if len(printable) <= _LONGEST_TEXT else printable[: _LONGEST_TEXT - 3] + "..."


class Shown(Enum):
    """How much of a field may be seen. Put it in the field's `Annotated`; a field without it is shown whole."""

    LAST_FOUR = "last four"
    """A phone number, or several: the last 4 digits of each."""
    LENGTH = "length"
    """A text: how long it is."""
    COUNT = "count"
    """A list: how many it holds."""
    PRESENCE = "presence"
    """Anything: that it is there."""


class _Note(str):
    """A remark in place of a value, printed without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str.__str__(self)


def _show(value: object, how: Shown) -> object:
    if isinstance(value, str):
        if how is Shown.LAST_FOUR:
            return mask_number(value)
        if how is Shown.LENGTH:
            return _Note(f"<{len(value)} characters>")
    if isinstance(value, tuple | list):
        items = cast("tuple[object, ...] | list[object]", value)
        if how is Shown.LAST_FOUR:
            return tuple(_show(item, how) for item in items)
        if how is Shown.COUNT:
            return _Note(f"<{len(items)}>")
    return _Note("<set>")


def masked_fields(values: Mapping[str, object], fields: Mapping[str, FieldInfo]) -> Iterator[tuple[str, object]]:
    """Give a model's fields as its `repr` may show them; a field without a value is left out.

    Args:
        values: Field values by name. A name that is not among `fields` is left out.
        fields: The model's fields, whose metadata may hold a `Shown`.

    Yields:
        Name and masked value.
    """
    for name, value in values.items():
        if value is None or value == () or name not in fields:
            continue
        how = next((mark for mark in fields[name].metadata if isinstance(mark, Shown)), None)
        yield name, value if how is None else _show(value, how)

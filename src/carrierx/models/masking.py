"""Masking of phone numbers and texts, for a `repr`, logs and errors."""

from __future__ import annotations

import json
import re
from enum import Enum
from html import escape
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, quote_plus, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic.fields import FieldInfo

__all__ = ["Shown", "encoded_forms", "mask_number", "masked_fields", "masked_value", "shown_path", "shown_text"]

_MASK = "***"
_UPPER_CASE_CODE = re.compile("%[0-9A-F]{2}")
_NUMBER_LIKE = re.compile(r"(?:[^0-9A-Za-z]*\d){5,}[^0-9A-Za-z]*")
_LONGEST_TEXT = 500
_SHORT_TEXT = 3
# Seven or more digits, with the separators that people use, but not within a SID.
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


def shown_path(path: str, private: Sequence[str] = ()) -> str:
    """Mask the parts of a path that look like a phone number, however they are written, or that are private texts."""
    return "/".join(_MASK if _is_private(unquote(part), private) else part for part in path.split("/"))


def _is_private(text: str, private: Sequence[str]) -> bool:
    return text in private or _NUMBER_LIKE.fullmatch(text) is not None


def encoded_forms(text: str) -> Sequence[str]:
    """Return a text in the forms in which a server may repeat it: as it is, and encoded for a URL, JSON and HTML."""
    safe_characters = ("/", "", "*", "!~*'()")  # of Python, of RFC 3986, of forms, of JavaScript
    in_url = {quote(text, safe) for safe in safe_characters} | {quote_plus(text, safe) for safe in safe_characters}
    in_url |= {form.replace("~", "%7E") for form in in_url}
    in_url |= {_UPPER_CASE_CODE.sub(lambda code: code[0].lower(), form) for form in in_url}
    return sorted({text, escape(text), json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], *in_url})


def shown_text(text: str, private: Sequence[str]) -> str:
    """Make a server's text safe to show: in one line, without private texts, with numbers masked."""
    # The longest first, because one may be part of another.
    for secret in sorted(filter(str.strip, private), key=len, reverse=True):
        # A very short text is masked only as a word, because its letters occur in every sentence.
        pattern = re.escape(secret) if len(secret) > _SHORT_TEXT else rf"(?<!\w){re.escape(secret)}(?!\w)"
        text = re.sub(pattern, "***", text)
    one_line = " ".join(text.split())
    masked = _SID_OR_NUMBER.sub(lambda found: found["sid"] or mask_number(found[0]), one_line)
    printable = "".join(character if character.isprintable() else "?" for character in masked)
    return printable if len(printable) <= _LONGEST_TEXT else printable[: _LONGEST_TEXT - 3] + "..."


class Shown(Enum):
    """Part of a field that a `repr` shows. Put it in the field's `Annotated`. The default is the complete value."""

    LAST_FOUR = "last four"
    """One or more phone numbers: show the last 4 digits of each."""
    LENGTH = "length"
    """A text: show its length."""
    COUNT = "count"
    """A list: show the number of items."""
    PRESENCE = "presence"
    """Anything: show only that it is set."""


class _Note(str):
    """A note instead of a value, printed without quotes."""

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


def masked_value(value: object, field: FieldInfo) -> object:
    """Return the value of a field as a `repr` may show it, in plain types."""
    how = next((mark for mark in field.metadata if isinstance(mark, Shown)), None)
    if how is None or value is None or value == ():
        return value
    shown = _show(value, how)
    return str.__str__(shown) if isinstance(shown, str) else shown


def masked_fields(values: Mapping[str, object], fields: Mapping[str, FieldInfo]) -> Iterator[tuple[str, object]]:
    """Yield a model's fields as its `repr` may show them. A field without a value is left out.

    Args:
        values: Field values by name. Names that are not in `fields` are left out.
        fields: The model's fields, whose metadata may hold a `Shown`.

    Yields:
        Name and masked value.
    """
    for name, value in values.items():
        if value is None or value == () or name not in fields:
            continue
        how = next((mark for mark in fields[name].metadata if isinstance(mark, Shown)), None)
        yield name, value if how is None else _show(value, how)

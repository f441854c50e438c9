"""What may be seen of a message in a `repr`: never a whole number, never the text."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

__all__ = ["Shown", "mask_number", "masked_fields"]

_MASK = "***"


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

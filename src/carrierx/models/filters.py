"""Filters for lists, built from what CarrierX documents: `attribute operator value`, joined by `and`.

Source: CarrierX's page on filtering, which rules out `or`, `not` and parentheses and shows the operators `eq`, `like`
and `gt`. CarrierX's own tools use `ge` and `lt`. How to escape a quote is not documented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, NoReturn, cast

from carrierx.errors import InvalidArgumentError
from carrierx.models.masking import mask_number
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from typing import TypeAlias

__all__ = ["Attribute", "Filter", "FilterValue", "where"]

FilterValue: TypeAlias = "str | int | Decimal | bool | datetime | date"

_ATTRIBUTE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_NOT_IN_A_VALUE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True, repr=False)
class _Condition:
    attribute: str
    operator: str
    value: str
    shown: str

    def text(self, value: str) -> str:
        return f"{self.attribute} {self.operator} {value}"


@dataclass(frozen=True, slots=True, repr=False)
class Filter:
    """One or more conditions, all of which must hold. Create it with `where`, join with `&`. `str()` returns its text.

    Example:
        >>> str(where("status").eq("queued") & where("message_segments").gt(1))
        'status eq "queued" and message_segments gt 1'
    """

    _conditions: tuple[_Condition, ...]

    def __and__(self, other: Filter) -> Filter:
        if not isinstance(other, Filter):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        return Filter(self._conditions + other._conditions)

    def __or__(self, other: object) -> NoReturn:
        raise InvalidArgumentError("CarrierX's filters support only `and`. Make one request for each alternative.")

    __ror__ = __or__

    def __invert__(self) -> NoReturn:
        raise InvalidArgumentError("CarrierX's filters support `and`, but not `not`. Filter the items after reading.")

    def __bool__(self) -> NoReturn:
        raise InvalidArgumentError(
            "A filter is neither true nor false. Join filters with `&`. CarrierX documents neither `or` nor `not`."
        )

    def __str__(self) -> str:
        return " and ".join(condition.text(condition.value) for condition in self._conditions)

    def __repr__(self) -> str:
        return f"<Filter {' and '.join(condition.text(condition.shown) for condition in self._conditions)}>"


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """An attribute to filter by. Create it with `where`."""

    name: str

    @clears_locals
    def eq(self, value: FilterValue) -> Filter:
        """Match values equal to the given one."""
        return self._condition("eq", value)

    @clears_locals
    def like(self, pattern: str) -> Filter:
        """Match a pattern, in which `%` means any characters.

        Example:
            >>> str(where("phonenumber").like("%555%"))
            'phonenumber like "%555%"'
        """
        if not isinstance(pattern, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgumentError("The pattern of `like` must be a string.")
        return self._condition("like", pattern)

    @clears_locals
    def gt(self, value: FilterValue) -> Filter:
        """Match values greater than the given one."""
        return self._condition("gt", value)

    @clears_locals
    def ge(self, value: FilterValue) -> Filter:
        """Match values greater than or equal to the given one."""
        return self._condition("ge", value)

    @clears_locals
    def lt(self, value: FilterValue) -> Filter:
        """Match values less than the given one."""
        return self._condition("lt", value)

    @clears_locals
    def __eq__(self, other: object) -> NoReturn:
        raise InvalidArgumentError('Write where("attribute").eq(value): == compares immediately and builds no filter.')

    # Python marks a class without a hash by None. Type checkers expect a method.
    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def _condition(self, operator: str, value: FilterValue) -> Filter:
        written, shown = _write(value)
        return Filter((_Condition(self.name, operator, written, shown),))


@clears_locals
def where(attribute: str) -> Attribute:
    """Start a filter on an attribute.

    Args:
        attribute: A field of the listed objects, by its name in JSON. Separate nested names with dots.

    Returns:
        The attribute. Its methods `eq`, `like`, `gt`, `ge` and `lt` return a filter. They accept strings, integers,
        `Decimal`s, booleans, aware datetimes and dates.

    Raises:
        InvalidArgumentError: If the name is not valid, or a filter can't hold the value.

    Example:
        >>> from datetime import UTC, datetime
        >>> str(where("date_created").ge(datetime(2025, 11, 1, 10, tzinfo=UTC)))
        'date_created ge 2025-11-01T10:00:00Z'
    """
    given = cast("object", attribute)
    if not isinstance(given, str) or not _ATTRIBUTE.fullmatch(given):
        raise InvalidArgumentError(
            "An attribute's name has only letters, digits and _, with dots between nested names."
        )
    return Attribute(attribute)


def _write(value: FilterValue) -> tuple[str, str]:
    """Return a value as it is sent, and as a repr may show it."""
    match value:
        case str():
            return _quote(value), '"***"'
        case bool():
            text = "true" if value else "false"
            return text, text
        case int() | Decimal():
            text = _write_number(value)
            return text, mask_number(text) if len(text) > 6 else text
        case datetime():
            text = _write_time(value)
            return text, text
        case date():
            return value.isoformat(), value.isoformat()
        case _:
            raise InvalidArgumentError(
                f"A filter can't hold a value of type {type(value).__name__}. It accepts strings, integers, "
                "Decimals, booleans, aware datetimes and dates. CarrierX documents no test for null."
            )


def _quote(text: str) -> str:
    text = str.__str__(text)
    if _NOT_IN_A_VALUE.search(text):
        raise InvalidArgumentError("A filter's value can't hold line breaks or other control characters.")
    quote = "'" if '"' in text else '"'
    if quote in text:
        raise InvalidArgumentError("A filter's value can't hold both kinds of quotes: how to escape them is not known.")
    return f"{quote}{text}{quote}"


def _write_number(value: int | Decimal) -> str:
    if isinstance(value, Decimal) and not value.is_finite():
        raise InvalidArgumentError("A filter's number must be finite.")
    return format(value, "f") if isinstance(value, Decimal) else int.__repr__(value)


def _write_time(value: datetime) -> str:
    if value.utcoffset() is None:
        raise InvalidArgumentError("A filter's time needs a time zone. Give an aware datetime, such as one in UTC.")
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        raise InvalidArgumentError("A filter's time must be in the years 1 to 9999 in UTC.") from None
    return value.isoformat().removesuffix("+00:00") + "Z"

"""The filter language of lists: `attribute operator value`, joined by `and`.

Source: the documentation's filtering page. It names `eq`, `like` and `gt`, and CarrierX's published programs use `ge`
and `lt`. `or`, `not` and parentheses are not supported, and values with spaces need quotes. Assumptions: values are
compared as strings (by code point, case-sensitive), as numbers or as times; attributes that hold arrays can't be
filtered on; a comparison with null is never true.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias

from carrierx.emulator.http.errors import bad_request
from carrierx.emulator.http.types import JSONObject, JSONValue

Comparable: TypeAlias = tuple[Decimal, str]
"""A sortable form of an attribute's value: the first part is for numbers and times, the second for strings."""


class Kind(Enum):
    """The ways to compare the values of an attribute."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    FLAG = "true or false"


@dataclass(frozen=True)
class Attributes:
    """The attributes that a list can be filtered on and ordered by.

    Attributes:
        kinds: The kind of each attribute, which says how it is compared.
        old_names: The old names of attributes, each with the current name.
    """

    kinds: Mapping[str, Kind]
    old_names: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(
        cls,
        *,
        texts: str = "",
        numbers: str = "",
        times: str = "",
        flags: str = "",
        old_names: Mapping[str, str] | None = None,
    ) -> Attributes:
        """Make it from the names of the attributes of each kind, separated by spaces."""
        kinds = {
            **dict.fromkeys(texts.split(), Kind.TEXT),
            **dict.fromkeys(numbers.split(), Kind.NUMBER),
            **dict.fromkeys(times.split(), Kind.TIME),
            **dict.fromkeys(flags.split(), Kind.FLAG),
        }
        return cls(dict(sorted(kinds.items())), old_names or {})

    def find(self, name: str, parameter: str) -> tuple[str, Kind]:
        """Return an attribute's current name and its kind.

        Args:
            name: Its current or old name.
            parameter: The query parameter that the error refers to.

        Raises:
            RefusedRequestError: 400, when there is no such attribute, or it can't be compared.
        """
        current = self.old_names.get(name, name)
        kind = self.kinds.get(current)
        if kind is None:
            raise bad_request(f"must name one of these attributes: {', '.join(self.kinds)}", parameter)
        return current, kind


_COMPARISONS: Final[Mapping[str, Callable[[Comparable, Comparable], bool]]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
}
_WORD: Final = re.compile(r"[^\s\"'()]+")
_QUOTED: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_BLANKS: Final = re.compile(r"\s*")
_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


@dataclass(frozen=True)
class Condition:
    """One comparison of a filter.

    Attributes:
        attribute: The attribute, by its current name.
        operator: `eq`, `gt`, `ge`, `lt` or `like`.
        value: The value that the attribute is compared with, as written.
        kind: The attribute's kind.
    """

    attribute: str
    operator: str
    value: str
    kind: Kind

    def holds_for(self, item: JSONObject) -> bool:
        """Return whether an object, with the current names of its attributes, meets the condition."""
        found = item[self.attribute]
        if found is None:
            return False
        if self.operator == "like":
            return matches_pattern(str(found), self.value)
        return _COMPARISONS[self.operator](comparable(found, self.kind), comparable(self.value, self.kind))


def parse_filter(text: str, attributes: Attributes) -> tuple[Condition, ...]:
    """Read a filter.

    Args:
        text: The value of the query parameter `filter`.
        attributes: The attributes that it can use.

    Returns:
        Its conditions. An object must meet all of them.

    Raises:
        RefusedRequestError: 400, when the syntax is wrong, or it uses an attribute that can't be filtered on.
    """
    scanner = _Scanner(text)
    conditions = [_condition(scanner, attributes)]
    while not scanner.at_end():
        joint = scanner.word("'and' or the end")
        if joint != "and":
            raise bad_request("conditions can be joined by 'and' only", "filter")
        conditions.append(_condition(scanner, attributes))
    return tuple(conditions)


def comparable(value: JSONValue, kind: Kind) -> Comparable:
    """Return a value in a form that can be sorted.

    Raises:
        ValueError: The value is not of this kind.
    """
    if kind is Kind.FLAG:
        if value in ("true", "false"):
            return Decimal(value == "true"), ""
        if not isinstance(value, bool):
            raise ValueError("not a flag")
        return Decimal(value), ""
    text = str(value)
    if kind is Kind.TEXT:
        return Decimal(0), text
    if kind is Kind.NUMBER:
        if not _NUMBER.fullmatch(text):
            raise ValueError("not a number")
        return Decimal(text), ""
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Decimal(str((aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())), ""


def matches_pattern(text: str, pattern: str) -> bool:
    """Return whether a string matches a pattern in which `%` matches any number of characters.

    It finds the first position of each part, without a regular expression, which a malicious pattern could make slow.
    """
    first, *others = pattern.split("%")
    if not others:
        return text == first
    *middle, last = others
    end = len(text) - len(last)
    position = len(first)
    if not text.startswith(first) or not text.endswith(last) or position > end:
        return False
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def at_end(self) -> bool:
        self._skip_blanks()
        return self._position == len(self._text)

    def word(self, wanted: str) -> str:
        self._skip_blanks()
        match = _WORD.match(self._text, self._position)
        if match is None:
            raise bad_request(f"expected {wanted}; parentheses are not supported", "filter")
        self._position = match.end()
        return match.group()

    def value(self) -> str:
        self._skip_blanks()
        match = _QUOTED.match(self._text, self._position)
        if match is None:
            return self.word("a value, in matching quotes if it contains spaces")
        self._position = match.end()
        double, single = match.group(1), match.group(2)
        if not self.at_end() and not self._text[match.end()].isspace():
            raise bad_request("a space must follow a quoted value", "filter")
        return single if double is None else double

    def _skip_blanks(self) -> None:
        match = _BLANKS.match(self._text, self._position)
        self._position = match.end() if match else self._position


def _condition(scanner: _Scanner, attributes: Attributes) -> Condition:
    name = scanner.word("an attribute")
    if name == "not":
        raise bad_request("'not' is not supported", "filter")
    attribute, kind = attributes.find(name, "filter")
    chosen = scanner.word("an operator")
    if chosen not in {*_COMPARISONS, "like"}:
        raise bad_request("the operators are eq, like, gt, ge and lt", "filter")
    value = scanner.value()
    if chosen == "like" and kind is not Kind.TEXT:
        raise bad_request("'like' compares texts only", "filter")
    try:
        comparable(value, kind)
    except ValueError as error:
        raise bad_request(f"{attribute} must be compared with a {kind.value}", "filter") from error
    return Condition(attribute, chosen, value, kind)

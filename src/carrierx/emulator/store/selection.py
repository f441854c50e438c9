"""The conditions and the order of a list of messages as SQL, where SQL compares values exactly as filters do."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from carrierx.emulator.http.types import JSONValue
from carrierx.emulator.store.filters import Condition, comparable
from carrierx.emulator.store.listing import Order

Operator: TypeAlias = Literal["=", ">", ">=", "<", "<="]
Values: TypeAlias = tuple[str | int, ...]
"""Values for the marks of a statement."""

_OPERATORS: Final[Mapping[str, Operator]] = {"eq": "=", "gt": ">", "ge": ">=", "lt": "<"}
_LARGEST: Final = 2**62
_NO_VALUE: Final = -(2**62)
_LAST_CHARACTER: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_AFTER_SURROGATES: Final = "\ue000"

MATCHES: Final = "matches_pattern"
"""The SQL function with which a text is compared with a pattern."""

_LONGEST_GLOB: Final = 5_000  # SQLite refuses those of more than 50,000 bytes
_GLOB: Final = {"%": "*", "*": "[*]", "?": "[?]", "[": "[[]"}

_COUNTED: Final = frozenset({"direction", "status"})
_CHANGING: Final = ("status", "changed_at_milliseconds", "appeared_at_milliseconds")


@dataclass(frozen=True)
class Column:
    """The column of an attribute.

    Attributes:
        expression: The column, or an expression of columns. Must not come from a request.
        scale: The number that the attribute's value is multiplied with in the column, such as 1000 for a time in
            milliseconds; None if its values are texts.
        nullable: True if it can be null in a list with a cursor, which needs a value to compare with.
        base: A column that has the same value, unless this one is null.
    """

    expression: str
    scale: int | None = None
    nullable: bool = False
    base: str | None = None

    @property
    def compared(self) -> str:
        """The expression to compare and to order by. Like null, its smallest value comes before all others."""
        return f"coalesce({self.expression}, {_NO_VALUE})" if self.nullable else self.expression


@dataclass(frozen=True)
class Constant:
    """An attribute that has the same value in all objects of a list.

    Attributes:
        value: The value.
    """

    value: JSONValue


@dataclass(frozen=True)
class Comparison:
    """A comparison of a column, or of an expression of columns, with a value. An index can find what meets it.

    Attributes:
        left: The column or the expression. Must not come from a request.
        operator: How it is compared.
        right: The value.
    """

    left: str
    operator: Operator
    right: str | int

    def sql(self, *, indexed: bool) -> str:
        """Return it as SQL with a mark for the value.

        Args:
            indexed: False to keep SQLite from using an index for it, which a plus does.
        """
        return f"{'' if indexed else '+'}{self.left} {self.operator} ?"


@dataclass(frozen=True)
class Selection:
    """Conditions on messages, and an order, as SQL. None of the SQL may come from a request.

    Attributes:
        order: The expressions to order by, each with ` desc` if it descends.
        comparisons: The conditions that an index can help with.
        conditions: The other conditions.
        values: The values for the marks of the other conditions.
        indexed: The comparisons that SQLite may use an index for; None for all.
        is_sorted: True to find all messages that meet the conditions and to sort them, False to let SQLite look at the
            messages in order until a page is full.
    """

    order: tuple[str, ...]
    comparisons: tuple[Comparison, ...] = ()
    conditions: tuple[str, ...] = ()
    values: Values = ()
    indexed: tuple[Comparison, ...] | None = None
    is_sorted: bool = False

    @property
    def is_everything(self) -> bool:
        """True if there are no conditions."""
        return not self.conditions and not self.comparisons

    @property
    def is_counted(self) -> bool:
        """True if the table of counts has the number of its messages."""
        return not self.conditions and all(each.operator == "=" and each.left in _COUNTED for each in self.comparisons)

    @property
    def is_unchanging(self) -> bool:
        """True if a message that it has or doesn't have now will never change that."""
        used = [*self.conditions, *(each.left for each in self.comparisons)]
        return not any(name in condition for condition in used for name in _CHANGING)

    def compared(self, *comparisons: Comparison) -> Selection:
        """Return a selection with more comparisons."""
        return replace(self, comparisons=(*self.comparisons, *comparisons))

    def restricted(self, condition: str, *values: str | int) -> Selection:
        """Return a selection with one more condition."""
        return replace(self, conditions=(*self.conditions, condition), values=(*self.values, *values))

    def ordered(self, *order: str) -> Selection:
        """Return a selection with another order."""
        return replace(self, order=order)

    def ordering(self) -> tuple[list[str], list[bool]]:
        """Return the expressions that the selection is ordered by, and for each whether it ascends."""
        return [part.removesuffix(" desc") for part in self.order], [not part.endswith(" desc") for part in self.order]

    def beyond(self, place: Sequence[int], *, forwards: bool) -> Selection:
        """Return the part after a place in the order, or the part before it in the opposite order.

        Args:
            place: The values at that place of the expressions that the selection is ordered by.
            forwards: True for the part after the place, False for the part before it.
        """
        names, ascending = self.ordering()
        upwards = [ascends is forwards for ascends in ascending]
        order = tuple(name if up else f"{name} desc" for name, up in zip(names, upwards, strict=True))
        # SQLite can use an index for this part of the condition.
        bound = Comparison(names[0], ">=" if upwards[0] else "<=", place[0])
        if all(upwards) or not any(upwards):
            sign = ">" if upwards[0] else "<"
            marks = ", ".join("?" * len(place))
            beyond = self.ordered(*order).restricted(f"({', '.join(names)}) {sign} ({marks})", *place)
            # SQLite can use an index for that, too, unless it is one of an expression.
            return beyond if names[0].isidentifier() else beyond.compared(bound)
        condition, values = "0", tuple[int, ...]()
        for name, up, value in reversed(list(zip(names, upwards, place, strict=True))):
            condition = f"({name} {'>' if up else '<'} ? OR {name} = ? AND {condition})"
            values = (value, value, *values)
        return self.ordered(*order).compared(bound).restricted(condition, *values)

    def where(self) -> tuple[str, Values]:
        """Return the clause with the conditions, empty if there are none, and its values."""
        indexed = self.comparisons if self.indexed is None else self.indexed
        compared = [each.sql(indexed=each in indexed) for each in self.comparisons]
        conditions = (*compared, *self.conditions)
        values = (*(each.right for each in self.comparisons), *self.values)
        return (f"WHERE {' AND '.join(conditions)}" if conditions else ""), values

    def page(self, offset: int, limit: int | None) -> tuple[str, Values]:
        """Return the end of a SELECT statement for a page, and its values."""
        where, values = self.where()
        size = -1 if limit is None else limit
        # A plus keeps SQLite from using an index for the order.
        order = ", ".join(f"+{part}" for part in self.order) if self.is_sorted else ", ".join(self.order)
        if not offset and (self.is_sorted or not self.comparisons):
            return f"{where} ORDER BY {order} LIMIT ?", (*values, size)
        offset = min(offset, _LARGEST)
        if self.is_everything and self.order == ("sequence",):  # sequence numbers have no gaps
            first = "(SELECT coalesce(min(sequence), 0) FROM messages)"
            return f"WHERE sequence >= {first} + ? ORDER BY sequence LIMIT ?", (offset, size)
        # The messages to skip are read from an index alone, if it has all columns that are compared.
        chosen = f"SELECT sequence FROM messages {where} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608
        return f"WHERE sequence IN ({chosen}) ORDER BY {order}", (*values, size, offset)


def select(
    conditions: Sequence[Condition],
    order: Order | None,
    columns: Mapping[str, Column | Constant],
    usual_order: tuple[str, ...],
) -> tuple[Selection, tuple[Condition, ...]] | None:
    """Translate the conditions and the order of a list.

    Args:
        conditions: The conditions.
        order: The order; None for the usual one.
        columns: The column of each attribute that has one, and the value of each that has the same in all objects.
        usual_order: The order of the list, which equal messages have in every other order, too.

    Returns:
        The selection, and the conditions that only `Condition.holds_for` can check. None if SQL can't order the list,
        or not in a way that leaves equal messages as they were.
    """
    ordering = _ordering(order, columns, usual_order)
    if ordering is None:
        return None
    selection = Selection(ordering)
    rest: list[Condition] = []
    for condition in conditions:
        column = columns.get(condition.attribute)
        if isinstance(column, Constant):
            if not condition.holds_for({condition.attribute: column.value}):
                selection = selection.restricted("0")
        elif column is None:
            rest.append(condition)
        elif column.scale is not None:
            selection = _compare_numbers(selection, condition, column, column.scale)
        elif condition.operator == "like":
            selection = _match(selection, condition.value, column.expression)
        else:
            selection = _compare_texts(selection, condition, column.expression)
    return selection, tuple(rest)


def _ordering(
    order: Order | None, columns: Mapping[str, Column | Constant], usual_order: tuple[str, ...]
) -> tuple[str, ...] | None:
    if order is None:
        return usual_order
    column = None if order.attribute is None else columns.get(order.attribute)
    if column is None:
        return None
    if isinstance(column, Constant):
        return usual_order
    first = f"{column.compared} desc" if order.direction == "desc" else column.compared
    return first, *(name for name in usual_order if name != column.expression)


def _compare_texts(selection: Selection, condition: Condition, column: str) -> Selection:
    operator, text = _OPERATORS[condition.operator], condition.value
    surrogate = _SURROGATE.search(text)
    if surrogate is not None:
        # It can't be stored. What is greater than it is greater than everything before the next character, too.
        if operator == "=":
            return selection.restricted("0")
        operator, text = "<" if operator == "<" else ">=", text[: surrogate.start()] + _AFTER_SURROGATES
    return selection.compared(Comparison(column, operator, text))


def _compare_numbers(selection: Selection, condition: Condition, column: Column, scale: int) -> Selection:
    value, _ = comparable(condition.value, condition.kind)
    exact = Fraction(value) * scale
    operator = _OPERATORS[condition.operator]
    bound = math.floor(exact) if operator in {"=", ">"} else math.ceil(exact)
    if operator == "=" and (bound != exact or abs(bound) > _LARGEST):
        return selection.restricted("0")
    bound = max(-_LARGEST, min(_LARGEST, bound))
    if column.nullable and operator == "<":
        selection = selection.restricted(f"{column.expression} IS NOT NULL")
    if column.base is not None:
        selection = selection.compared(Comparison(column.base, operator, bound))
    return selection.compared(Comparison(column.compared, operator, bound))


def _match(selection: Selection, pattern: str, column: str) -> Selection:
    """Add a pattern to a selection.

    `instr` compares by code point, like filters, and unlike LIKE and GLOB it reads on after a NUL.
    """
    if _SURROGATE.search(pattern):  # it can't be stored
        return selection.restricted("0")
    if "%" not in pattern:
        return selection.compared(Comparison(column, "=", pattern))
    first, *others = pattern.split("%")
    parts = [part for part in (first, *others) if part]
    if not parts:
        return selection.restricted(f"{column} IS NOT NULL")
    longest = max(parts, key=len)
    if first:
        selection = selection.compared(*_with_prefix(column, first))
        if not any(others):
            return selection
    elif column == "message":
        # This finds out twice as quickly whether any message can match. Case-folding keeps parts of a text its parts.
        known = "EXISTS (SELECT 1 FROM message_texts WHERE instr(folded, ?))"
        selection = selection.restricted(known, longest.casefold())
    selection = selection.restricted(f"instr({column}, ?) > 0", longest)
    if len(parts) == 1 and not others[-1]:
        return selection
    if len(pattern) > _LONGEST_GLOB:
        return selection.restricted(f"{MATCHES}({column}, ?)", pattern)
    glob = "".join(_GLOB.get(character, character) for character in pattern)
    has_nul = f"instr({column}, char(0)) > 0"
    exact = f"CASE WHEN {has_nul} THEN {MATCHES}({column}, ?) ELSE {column} GLOB ? END"
    return selection.restricted(exact, pattern, glob.partition("\0")[0])


def _with_prefix(column: str, prefix: str) -> list[Comparison]:
    """Return the comparisons that the texts with a prefix meet, and no others."""
    stem = prefix.rstrip(chr(_LAST_CHARACTER))
    found = [Comparison(column, ">=", prefix)]
    if stem:
        following = ord(stem[-1]) + 1
        if following in _SURROGATES:
            following = _SURROGATES.stop
        found.append(Comparison(column, "<", stem[:-1] + chr(following)))
    return found

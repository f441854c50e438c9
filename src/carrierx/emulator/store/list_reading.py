"""Ways to read a list of messages, so that a page takes about as long with many stored messages as with few.

SQLite has no statistics about the values in a column, so `ListReading` counts, up to a limit, how many messages meet
each comparison. If few messages meet one of them, those are found and sorted. Otherwise, SQLite looks at the messages
in order until the page is full. An index that no list has needed before is created at its first use, so that sends
don't pay for it until then.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import SystemRandom
from typing import Final, TypeAlias, cast

from carrierx.emulator.store.database import Database
from carrierx.emulator.store.derived import UNSETTLED
from carrierx.emulator.store.filters import matches_pattern
from carrierx.emulator.store.selection import MATCHES, Comparison, Operator, Selection

_ACCEPTED: Final = "accepted_at_milliseconds"
_TIMES: Final = (_ACCEPTED, "appeared_at_milliseconds", "changed_at_milliseconds")
_APPEARED: Final = "appeared_at_milliseconds IS NOT NULL"
_HAVE_INDEXES: Final = {("message_sid", "")}  # because it is unique
_COMPLEMENTS: Final[dict[Operator, Operator]] = {"<=": ">"}
_ENDS: Final[dict[str, tuple[str, Operator]]] = {"sequence": ("min", ">="), "sequence desc": ("max", "<=")}
_COUNTS_KEPT: Final = 64
_LEAST: Final = -(2**62)
_FEW: Final = 1000
_MANY: Final = 10_000
_MARKS: Final = 900  # SQLite may allow no more than 999 values
_DRAWS: Final = 40
_FIRST: Final = "SELECT message_sid FROM messages ORDER BY sequence LIMIT 1"
_LAST: Final = "SELECT coalesce(max(sequence), 0) FROM messages"
_UNSETTLED: Final = (
    "SELECT min(sequence) FROM messages INDEXED BY messages_unsettled WHERE due_milliseconds IS NOT NULL"
)

_Group: TypeAlias = tuple[Comparison, ...]
"""Comparisons of the same column."""


@dataclass(frozen=True)
class _Count:
    """Number of messages of a selection.

    Attributes:
        settled: The sequence number up to which no message will change any more.
        settled_number: The number up to there.
        number: The number of all.
        version: The version of the database in which `number` was counted.
    """

    settled: int = 0
    settled_number: int = 0
    number: int = 0
    version: tuple[int, int] | None = None


_NOT_COUNTED: Final = _Count()


class ListReading:
    """Decides how lists of messages are read, counts their messages, and creates the indexes for them.

    Args:
        database: The database with the messages.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: OrderedDict[object, _Count] = OrderedDict()
        self._indexes: set[tuple[str, str]] = set()
        self._random = SystemRandom()
        with database.session() as connection:
            connection.create_function(MATCHES, 2, _matches, deterministic=True)

    def planned(self, selection: Selection, size: int | None) -> Selection:
        """Return a selection that SQLite reads in the quickest way.

        Args:
            selection: The selection.
            size: The number of messages up to the end of the page; None for all.
        """
        first = selection.order[0].removesuffix(" desc")
        by_sequence = first == "sequence"
        in_order_of_time = self._is_in_order_of_time()
        stored = self._stored()
        few = math.isqrt(stored * min(stored if size is None else size, stored)) + 1
        best, number = self._narrowest(selection, few)
        is_equal = by_sequence and any(each.operator == "=" for each in best)
        if best and number < few and not is_equal:
            return replace(selection, indexed=best, is_sorted=True)
        if number >= few:
            place = _ACCEPTED if by_sequence and in_order_of_time else first
            selection = selection.compared(*self._implied(selection, place))
            if by_sequence and not is_equal and not in_order_of_time:
                selection = selection.compared(self._first_place(best, selection.order[0]))
        if first != _ACCEPTED and in_order_of_time:
            selection = self._by_sequence(selection)  # every index has the sequence numbers
        if not is_equal:  # what meets an equality is in order of sequence numbers already
            self._index_order(selection)
            best = ()
        in_order = (each for each in selection.comparisons if each.left == first)
        return replace(selection, indexed=(*best, *in_order))

    def count(self, selection: Selection) -> int:
        """Return the number of messages of a selection."""
        if selection.is_everything:
            return self._stored()
        if selection.is_counted:
            where, values = selection.where()
            return self._number(f"SELECT coalesce(sum(number), 0) FROM message_counts {where}", values)  # noqa: S608
        for each in selection.comparisons:
            # Usually, few messages are not visible yet. What is left without them is counted quickly.
            if each.operator in _COMPLEMENTS:
                hidden = Comparison(each.left, _COMPLEMENTS[each.operator], each.right)
                if self._number_meeting((hidden,), _FEW) < _FEW:
                    rest = replace(selection, comparisons=tuple(kept for kept in selection.comparisons if kept != each))
                    return self.count(rest) - self._counted(replace(rest.compared(hidden), indexed=(hidden,)))
        return self._remembered(self._by_sequence(selection) if self._is_in_order_of_time() else selection)

    def number_up_to(self, selection: Selection, most: int) -> int:
        """Return the number of messages of a selection; `most` if there are more."""
        where, values = self.planned(selection, most).where()
        return self._number(f"SELECT count(*) FROM (SELECT 1 FROM messages {where} LIMIT ?)", (*values, most))  # noqa: S608

    def sample(self, selection: Selection, number: int) -> list[int]:
        """Return the sequence numbers of randomly chosen messages of a selection, in a random order.

        Args:
            selection: The selection.
            number: The maximum number of messages.
        """
        stored = self._stored()
        few = math.isqrt(stored * min(number, stored)) + 1
        best, found = self._narrowest(selection, few)
        if not best or found >= few:
            drawn = self._drawn(replace(selection, indexed=()), number)
            if len(drawn) == number:
                return drawn
        where, values = self.planned(selection, None).where()
        with self._database.session() as connection:
            rows = connection.execute(f"SELECT sequence FROM messages {where}", values).fetchall()  # noqa: S608
        everything = [cast("int", row[0]) for row in rows]
        return self._random.sample(everything, min(number, len(everything)))

    def _drawn(self, selection: Selection, number: int) -> list[int]:
        """Draw random messages until there are enough of a selection. Give up if it takes too many draws."""
        where, values = selection.where()
        where = f"{where} AND" if where else "WHERE"
        lowest, highest = self._number("SELECT coalesce(min(sequence), 0) FROM messages"), self._number(_LAST)
        found: dict[int, None] = {}
        seen: set[int] = set()
        for _ in range(_DRAWS):
            drawn = self._random.sample(range(lowest, highest + 1), min(_MARKS, highest + 1 - lowest))
            new = [sequence for sequence in drawn if sequence not in seen]
            seen.update(new)
            marks = ", ".join("?" * len(new))
            with self._database.session() as connection:
                statement = f"SELECT sequence FROM messages {where} sequence IN ({marks})"  # noqa: S608
                matching = {cast("int", row[0]) for row in connection.execute(statement, (*values, *new))}
            found.update(dict.fromkeys(sequence for sequence in new if sequence in matching))
            if len(found) >= number or len(seen) > highest - lowest:
                break
        return list(found)[:number]

    def _remembered(self, selection: Selection) -> int:
        """Return the number of messages of a selection, and remember it for those that can't change any more.

        The next count of the same selection only has to look at the other messages.
        """
        where, values = selection.where()
        with self._database.session() as connection:
            first = cast("tuple[str] | None", connection.execute(_FIRST).fetchone())
            # If everything has been deleted since, the first message is another one.
            key = (first, where, values)
            version = (connection.total_changes, self._number("PRAGMA data_version"))
            known = self._counts.pop(key, _NOT_COUNTED)
            if known.version != version:
                last = self._number(_LAST)
                settled = last if selection.is_unchanging else self._settled(last)
                if known.settled < settled:
                    added = self._counted(selection.compared(*_between(known.settled, settled, last)))
                    known = _Count(settled, known.settled_number + added)
                newer = self._counted(selection.compared(*_between(known.settled, last, last)))
                known = replace(known, number=known.settled_number + newer, version=version)
            self._counts[key] = known
            while len(self._counts) > _COUNTS_KEPT:
                self._counts.popitem(last=False)
        return known.number

    def _settled(self, last: int) -> int:
        """Return the sequence number up to which no message will change any more, since none has events left."""
        ((first,),) = cast("list[tuple[int | None]]", self._database.read(_UNSETTLED, indexes=(UNSETTLED,)))
        return last if first is None else first - 1

    def _counted(self, selection: Selection) -> int:
        sequences = tuple(each for each in selection.comparisons if each.left == "sequence")
        lowest, highest = self._number("SELECT coalesce(min(sequence), 1) FROM messages"), self._number(_LAST)
        for each in sequences:  # sequence numbers have no gaps
            bound = cast("int", each.right)
            if each.operator in {">", ">=", "="}:
                lowest = max(lowest, bound + (each.operator == ">"))
            if each.operator in {"<", "<=", "="}:
                highest = min(highest, bound - (each.operator == "<"))
        most = max(0, highest - lowest + 1)
        if not most or (len(sequences) == len(selection.comparisons) and not selection.conditions):
            return most
        if selection.indexed is None and sequences and most < _FEW:
            selection = replace(selection, indexed=sequences)
        columns = {each.left for each in selection.comparisons} - {"sequence"}
        if selection.indexed is None and (len(columns) > 1 or selection.conditions):
            best, number = self._narrowest(selection, _MANY)
            if number < _MANY or any(each.operator == "=" for each in best) or not selection.conditions:
                selection = replace(selection, indexed=(*best, *sequences))
        for column in columns:
            self._index_column(column)
        where, values = selection.where()
        return self._number(f"SELECT count(*) FROM messages {where}", values)  # noqa: S608

    def _narrowest(self, selection: Selection, few: int) -> tuple[_Group, int]:
        """Return the comparisons of that column for which the fewest messages meet them, with their number.

        Args:
            selection: The selection.
            few: The number to stop counting at.

        Returns:
            An equality rather than other comparisons if the numbers are the same. Nothing if there are no comparisons.
        """
        groups: dict[str, list[Comparison]] = {}
        for each in selection.comparisons:
            if each.left != "sequence":
                groups.setdefault(each.left, []).append(each)
        found: list[tuple[int, bool, int, _Group]] = []
        for place, group in enumerate(groups.values()):
            self._index_column(group[0].left)
            differs = all(each.operator != "=" for each in group)
            found.append((self._number_meeting(group, few), differs, place, tuple(group)))
        number, _, _, best = min(found, default=(0, False, 0, ()))
        return best, number

    def _number_meeting(self, group: Sequence[Comparison], few: int) -> int:
        """Return the number of messages that meet all comparisons of a column; `few` if there are more."""
        conditions = " AND ".join(each.sql(indexed=True) for each in group)
        statement = f"SELECT count(*) FROM (SELECT 1 FROM messages WHERE {conditions} LIMIT ?)"  # noqa: S608
        return self._number(statement, (*(each.right for each in group), few))

    def _by_sequence(self, selection: Selection) -> Selection:
        """Return a selection with sequence numbers instead of times of acceptance, if messages are in order of time."""
        comparisons: list[Comparison] = []
        for each in selection.comparisons:
            if each.left != _ACCEPTED:
                comparisons.append(each)
                continue
            bound = cast("int", each.right)
            if each.operator in {">", ">=", "="}:
                comparisons.append(Comparison("sequence", ">=", self._first_since(bound + (each.operator == ">"))))
            if each.operator in {"<", "<=", "="}:
                comparisons.append(Comparison("sequence", "<", self._first_since(bound + (each.operator != "<"))))
        return replace(selection, comparisons=tuple(comparisons))

    def _first_place(self, group: _Group, order: str) -> Comparison:
        """Return a comparison for the messages from the first one that meets comparisons of a column, in an order."""
        conditions = " AND ".join(each.sql(indexed=True) for each in group)
        values = tuple(each.right for each in group)
        which, operator = _ENDS[order]
        # A plus keeps SQLite from looking at all messages in order until one meets them.
        statement = f"SELECT coalesce({which}(+sequence), 0) FROM messages WHERE {conditions}"  # noqa: S608
        return Comparison("sequence", operator, self._number(statement, values))

    def _first_since(self, milliseconds: int) -> int:
        """Return the sequence number of the first message that was accepted at a time or later."""
        statement = f"SELECT sequence FROM messages WHERE {_ACCEPTED} >= ? ORDER BY {_ACCEPTED}, sequence LIMIT 1"  # noqa: S608
        return self._number(f"SELECT coalesce(({statement}), ({_LAST}) + 1)", (milliseconds,))

    def _implied(self, selection: Selection, column: str) -> _Group:
        """Return comparisons of a time that follow from those of other times.

        A message that was changed after some time can't have been accepted much earlier, if no message ever took long.
        So the messages in order of acceptance needn't be looked at from the first one.
        """
        implied: list[Comparison] = []
        for each in selection.comparisons:
            if column in _TIMES and each.left in _TIMES and each.left != column:
                shortest, longest = self._distances(each.left, column)
                bound = cast("int", each.right)
                if each.operator in {">", ">=", "="}:
                    implied.append(Comparison(column, ">=", bound + shortest))
                if each.operator in {"<", "<=", "="}:
                    implied.append(Comparison(column, "<=", bound + longest))
        return tuple(implied)

    def _distances(self, start: str, end: str) -> tuple[int, int]:
        """Return the shortest and the longest time from one time of a message to another, which can be negative."""
        if _TIMES.index(start) > _TIMES.index(end):
            shortest, longest = self._distances(end, start)
            return -longest, -shortest
        distance = f"({end} - {start})"
        self._index_column(distance)
        found = f"SELECT {distance} FROM messages WHERE {distance} > {_LEAST} ORDER BY {distance}"  # noqa: S608
        first, last = (f"SELECT coalesce(({found} {direction} LIMIT 1), 0)" for direction in ("ASC", "DESC"))
        return self._number(first), self._number(last)

    def _index_column(self, expression: str) -> None:
        """Make sure that there is an index that finds the values of a column or an expression."""
        wanted = expression.lower()
        if not any(
            (body == wanted or body.startswith((f"{wanted},", f"{wanted} desc")))
            and where in {"", f"{wanted} is not null"}
            for body, where in self._known_indexes()
        ):
            self._create_index(expression)

    def _index_order(self, selection: Selection) -> None:
        """Make sure that there is an index with the order of a selection."""
        *terms, last = selection.order
        if not terms:
            return
        if last == "sequence desc":  # the opposite order, in which the index is read backwards
            terms = [term.removesuffix(" desc") if term.endswith(" desc") else f"{term} desc" for term in terms]
        wanted, where = ", ".join(terms), _APPEARED if _APPEARED in selection.conditions else ""
        if not {(wanted.lower(), ""), (wanted.lower(), where.lower())} & self._known_indexes():
            self._create_index(wanted, where)

    def _known_indexes(self) -> set[tuple[str, str]]:
        """Return the columns and the condition of each index of messages, in lower case."""
        if not self._indexes:
            with self._database.session() as connection:
                found = connection.execute(
                    "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'messages' AND sql IS NOT NULL"
                ).fetchall()
            for (sql,) in cast("list[tuple[str]]", found):
                body, _, where = sql.lower().partition(" on messages (")[2].partition(") where ")
                self._indexes.add((body if where else body.removesuffix(")"), where))
            self._indexes |= _HAVE_INDEXES
        return self._indexes

    def _create_index(self, columns: str, where: str = "") -> None:
        # The same definition has the same name, also if another emulator with this database creates it.
        name = f"lists_{hashlib.sha256(f'{columns} {where}'.encode()).hexdigest()[:16]}"
        condition = f" WHERE {where}" if where else ""
        with self._database.session() as connection:
            connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON messages ({columns}){condition}")
        self._indexes.add((columns.lower(), where.lower()))

    def _is_in_order_of_time(self) -> bool:
        """Return whether no message was accepted earlier than the one before it, as when the clock is set back."""
        return not self._number("SELECT EXISTS (SELECT 1 FROM set_back)")

    def _stored(self) -> int:
        return self._number("SELECT count(*) FROM messages")

    def _number(self, statement: str, values: Sequence[str | int] = ()) -> int:
        # All parts of a statement are constants of this package; data from a request is always among the values.
        ((number,),) = cast("list[tuple[int]]", self._database.read(statement, values))
        return number


def _matches(text: str | None, pattern: str) -> bool:
    return text is not None and matches_pattern(text, pattern)


def _between(after: int, until: int, last: int) -> list[Comparison]:
    """Return comparisons for the messages after a sequence number and until another."""
    lower = [Comparison("sequence", ">", after)] if after else []
    return lower if until == last else [*lower, Comparison("sequence", "<=", until)]

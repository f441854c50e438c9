"""Database queries for conversations. They read no more than a page shows.

A conversation consists of all messages between one of the account's numbers and one other number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from carrierx.emulator.store.database import Database
from carrierx.emulator.store.derived import OF_CONVERSATIONS

_OF_STATUS: Final = (
    "EXISTS (SELECT 1 FROM messages AS mine"
    " WHERE mine.ours = found.ours AND mine.theirs = found.theirs AND mine.status = ?)"
)
_OF_RARE_STATUS: Final = "(found.ours, found.theirs) IN (SELECT ours, theirs FROM messages WHERE status = ?)"
_FEW: Final = 450  # SQLite may allow no more than 999 values, and there are two such lists


@dataclass(frozen=True)
class Pair:
    """Two numbers of a conversation. Its `repr` does not show them.

    Attributes:
        ours: Number of the account, only digits.
        theirs: The other number, only digits.
    """

    ours: str = field(repr=False)
    theirs: str = field(repr=False)


@dataclass(frozen=True)
class Place:
    """Position of a message among all messages.

    Attributes:
        sequence: Sequence number. Later messages have larger numbers.
        message_sid: SID of the message.
    """

    sequence: int
    message_sid: str


@dataclass(frozen=True)
class Conversation:
    """Conversation with its latest message.

    Attributes:
        pair: Numbers of the conversation.
        latest: Latest message.
        count: Number of messages.
    """

    pair: Pair
    latest: Place
    count: int


@dataclass(frozen=True)
class _Condition:
    """Condition on conversations.

    Attributes:
        sql: SQL for the condition.
        values: Values for its marks.
        rows: Rows of the conversations that meet it; None if there are many, so that the latest conversations are
            looked into until the page is full.
    """

    sql: str
    values: tuple[str | int, ...] = field(repr=False)
    rows: list[int] | None


class ConversationTable:
    """Finds conversations among the stored messages. Threads may share it.

    Args:
        database: Database with the messages.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def last_sequence(self) -> int:
        """Return the sequence number of the latest message; 0 if there are no messages."""
        rows = self._rows("SELECT coalesce(max(sequence), 0) FROM messages", ())
        return cast("int", rows[0][0])

    def latest(
        self, *, before: int, limit: int, digits: str = "", text: str = "", status: str | None = None
    ) -> list[Conversation]:
        """Return the latest conversations, latest first.

        Args:
            before: Only conversations whose latest message has a smaller sequence number.
            limit: Maximum number of conversations.
            digits: Only conversations with a number that contains these digits.
            text: Only conversations with a message that contains this text; case is ignored. With `digits`, those that
                match either of them.
            status: Only conversations with a message that has this status. With `text`, it must contain the text, too.
        """
        conditions, values, are_few = list[str](), list[str | int](), False
        if digits or text:
            found = [self._with_digits(digits)] if digits else []
            found += [self._with_text(text, status)] if text else []
            are_few = all(each.rows is not None for each in found)
            if are_few:
                chosen = {row for each in found for row in each.rows or ()}
                if not chosen:
                    return []
                conditions.append(f"found.rowid IN ({', '.join('?' * len(chosen))})")
                values += chosen
            else:
                conditions.append(f"({' OR '.join(each.sql for each in found)})")
                values += [value for each in found for value in each.values]
        if status is not None:
            is_rare = self._is_rare(status)
            conditions.append(_OF_RARE_STATUS if is_rare else _OF_STATUS)
            values.append(status)
            are_few |= is_rare
        # A plus keeps SQLite from looking at all conversations in their order.
        last_sequence = "+last_sequence" if are_few else "last_sequence"
        conditions.append(f"{last_sequence} < ?")
        values.append(before)
        statement = f"""
            SELECT found.ours, found.theirs, last_sequence, message_sid, number FROM conversations AS found
            JOIN messages AS latest ON latest.sequence = last_sequence
            WHERE {" AND ".join(conditions)} ORDER BY {last_sequence} DESC LIMIT ?
        """  # noqa: S608 - constants of this module
        rows = cast("list[tuple[str, str, int, str, int]]", self._rows(statement, (*values, limit)))
        return [
            Conversation(Pair(ours, theirs), Place(sequence, message_sid), count)
            for ours, theirs, sequence, message_sid, count in rows
        ]

    def messages(self, pair: Pair, *, before: int, limit: int) -> list[Place]:
        """Return the latest messages of a conversation before a sequence number, oldest first."""
        statement = """
            SELECT sequence, message_sid FROM messages
            WHERE ours = ? AND theirs = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?
        """
        return self._places(statement, (pair.ours, pair.theirs, before, limit))[::-1]

    def after(self, sequence: int, *, limit: int) -> list[Place]:
        """Return the latest messages after a sequence number, oldest first."""
        statement = "SELECT sequence, message_sid FROM messages WHERE sequence > ? ORDER BY sequence DESC LIMIT ?"
        return self._places(statement, (sequence, limit))[::-1]

    def _is_rare(self, status: str) -> bool:
        """Return whether only a few messages have a status, so that their conversations are found first.

        Otherwise, the latest conversations are looked into until the page is full.
        """
        return self._number("SELECT coalesce(sum(number), 0) FROM message_counts WHERE status = ?", status) <= _FEW

    def _with_digits(self, digits: str) -> _Condition:
        """Return the condition that one of the numbers of a conversation contains some digits."""
        values = (digits, digits)
        first = "SELECT rowid FROM conversations WHERE (instr(ours, ?) OR instr(theirs, ?)) LIMIT ?"
        few = [cast("int", row[0]) for row in self._rows(first, (*values, _FEW + 1))]
        rows = few if len(few) <= _FEW else None
        return _Condition("(instr(found.ours, ?) OR instr(found.theirs, ?))", values, rows)

    def _with_text(self, text: str, status: str | None) -> _Condition:
        """Return the condition that a conversation has a message with a text, and with a status if there is one."""
        also, of_status = ("", []) if status is None else (" AND mine.status = ?", [status])
        values: list[str | int] = [text.casefold(), *of_status]
        texts = "message_texts CROSS JOIN messages AS mine USING (sequence)" if also else "message_texts"
        first = f"SELECT sequence FROM {texts} WHERE instr(folded, ?){also} LIMIT ?"  # noqa: S608
        few = [cast("int", row[0]) for row in self._rows(first, (*values, _FEW + 1))]
        rows: list[int] | None = None
        if len(few) <= _FEW:
            theirs = "messages CROSS JOIN conversations AS its USING (ours, theirs)"
            its = f"SELECT its.rowid FROM {theirs} WHERE sequence IN ({', '.join('?' * len(few))})"  # noqa: S608
            rows = [cast("int", row[0]) for row in self._rows(its, few)] if few else []
        texts = "messages AS mine CROSS JOIN message_texts USING (sequence)"
        mine = "mine.ours = found.ours AND mine.theirs = found.theirs"
        sql = f"EXISTS (SELECT 1 FROM {texts} WHERE {mine} AND instr(folded, ?){also})"  # noqa: S608
        return _Condition(sql, (*values,), rows)

    def _number(self, statement: str, value: str) -> int:
        return cast("int", self._rows(statement, (value,))[0][0])

    def _places(self, statement: str, values: Sequence[str | int]) -> list[Place]:
        return [Place(*row) for row in cast("list[tuple[int, str]]", self._rows(statement, values))]

    def _rows(self, statement: str, values: Sequence[str | int]) -> list[tuple[object, ...]]:
        return self._database.read(statement, values, OF_CONVERSATIONS)

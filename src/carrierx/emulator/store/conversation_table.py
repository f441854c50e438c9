"""Database queries for conversations. They read no more than a page shows.

A conversation consists of all messages between one of the account's numbers and one other number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from carrierx.emulator.store.database import Database

_PAIRS: Final = """(
    SELECT sequence, message_sid,
        CASE direction WHEN 'outbound' THEN from_number ELSE to_number END AS ours,
        CASE direction WHEN 'outbound' THEN to_number ELSE from_number END AS theirs
    FROM messages
)"""


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

    def latest(self, *, before: int, limit: int, digits: str = "") -> list[Conversation]:
        """Return the latest conversations, latest first.

        Args:
            before: Only conversations whose latest message has a smaller sequence number.
            limit: Maximum number of conversations.
            digits: Only conversations with a number that contains these digits.
        """
        statement = f"""
            SELECT ours, theirs, max(sequence) AS last, message_sid, count(*) FROM {_PAIRS}
            WHERE instr(ours, ?) OR instr(theirs, ?)
            GROUP BY ours, theirs HAVING last < ? ORDER BY last DESC LIMIT ?
        """  # noqa: S608 - constants of this module; SQLite returns message_sid from the row with the max
        rows = cast("list[tuple[str, str, int, str, int]]", self._rows(statement, (digits, digits, before, limit)))
        return [
            Conversation(Pair(ours, theirs), Place(sequence, message_sid), count)
            for ours, theirs, sequence, message_sid, count in rows
        ]

    def messages(self, pair: Pair, *, before: int, limit: int) -> list[Place]:
        """Return the latest messages of a conversation before a sequence number, oldest first."""
        statement = f"""
            SELECT sequence, message_sid FROM {_PAIRS}
            WHERE ours = ? AND theirs = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?
        """  # noqa: S608
        return self._places(statement, (pair.ours, pair.theirs, before, limit))[::-1]

    def after(self, sequence: int, *, limit: int) -> list[Place]:
        """Return the latest messages after a sequence number, oldest first."""
        statement = "SELECT sequence, message_sid FROM messages WHERE sequence > ? ORDER BY sequence DESC LIMIT ?"
        return self._places(statement, (sequence, limit))[::-1]

    def _places(self, statement: str, values: Sequence[str | int]) -> list[Place]:
        return [Place(*row) for row in cast("list[tuple[int, str]]", self._rows(statement, values))]

    def _rows(self, statement: str, values: Sequence[str | int]) -> list[tuple[object, ...]]:
        with self._database.session() as connection:
            return connection.execute(statement, values).fetchall()

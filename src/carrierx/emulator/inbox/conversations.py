"""Which messages belong together: queries for conversations, that read no more than a page shows.

A conversation is all that goes between one of the account's numbers and one other number, either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from carrierx.emulator.database import Database

_PAIRS: Final = """(
    SELECT sequence, message_sid,
        CASE direction WHEN 'outbound' THEN from_number ELSE to_number END AS ours,
        CASE direction WHEN 'outbound' THEN to_number ELSE from_number END AS theirs
    FROM messages
)"""


@dataclass(frozen=True)
class Pair:
    """The two numbers of a conversation; `repr` does not show them.

    Attributes:
        ours: The account's number, digits.
        theirs: The other number, digits.
    """

    ours: str = field(repr=False)
    theirs: str = field(repr=False)


@dataclass(frozen=True)
class Place:
    """Where a message is kept.

    Attributes:
        sequence: Its place among all messages; later ones have larger ones.
        message_sid: Its SID.
    """

    sequence: int
    message_sid: str


@dataclass(frozen=True)
class Conversation:
    """A conversation, by its latest message.

    Attributes:
        pair: Its numbers.
        latest: Its latest message.
        count: How many messages it has.
    """

    pair: Pair
    latest: Place
    count: int


class ConversationTable:
    """Finds conversations among the kept messages; safe to share between threads.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def last_sequence(self) -> int:
        """Return the place of the latest message of all; 0 when there is none."""
        rows = self._rows("SELECT coalesce(max(sequence), 0) FROM messages", ())
        return cast("int", rows[0][0])

    def latest(self, *, before: int, limit: int, digits: str = "") -> list[Conversation]:
        """Return the conversations with the latest messages, latest first.

        Args:
            before: Only conversations whose latest message stands before this place.
            limit: At most how many.
            digits: Only conversations in one of whose numbers these digits occur.
        """
        statement = f"""
            SELECT ours, theirs, max(sequence) AS last, message_sid, count(*) FROM {_PAIRS}
            WHERE instr(ours, ?) OR instr(theirs, ?)
            GROUP BY ours, theirs HAVING last < ? ORDER BY last DESC LIMIT ?
        """  # noqa: S608 - constants of this module; SQLite takes message_sid from the row of the max
        rows = cast("list[tuple[str, str, int, str, int]]", self._rows(statement, (digits, digits, before, limit)))
        return [
            Conversation(Pair(ours, theirs), Place(sequence, message_sid), count)
            for ours, theirs, sequence, message_sid, count in rows
        ]

    def messages(self, pair: Pair, *, before: int, limit: int) -> list[Place]:
        """Return the latest messages of a conversation that stand before a place, oldest first."""
        statement = f"""
            SELECT sequence, message_sid FROM {_PAIRS}
            WHERE ours = ? AND theirs = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?
        """  # noqa: S608
        return self._places(statement, (pair.ours, pair.theirs, before, limit))[::-1]

    def after(self, sequence: int, *, limit: int) -> list[Place]:
        """Return the latest messages that stand after a place, oldest first."""
        statement = "SELECT sequence, message_sid FROM messages WHERE sequence > ? ORDER BY sequence DESC LIMIT ?"
        return self._places(statement, (sequence, limit))[::-1]

    def _places(self, statement: str, values: Sequence[str | int]) -> list[Place]:
        return [Place(*row) for row in cast("list[tuple[int, str]]", self._rows(statement, values))]

    def _rows(self, statement: str, values: Sequence[str | int]) -> list[tuple[object, ...]]:
        with self._database.session() as connection:
            return connection.execute(statement, values).fetchall()

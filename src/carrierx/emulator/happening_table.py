"""What is still to happen by itself: the next statuses of messages, and the replies of magic numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from carrierx.emulator.callback_queue import insert_callback
from carrierx.emulator.database import Database
from carrierx.emulator.moments import from_milliseconds, to_milliseconds

REPLY: Final = "reply"
"""What happens when a magic number answers; every other name is that of a status."""

_MOST_AT_ONCE: Final = 100


@dataclass(frozen=True)
class Happening:
    """Something that happens to a message at some time.

    Attributes:
        message_sid: The message.
        moment: When.
        name: A status that the message gets, or `REPLY`.
        number: Where it stands in the table; 0 for one that is not kept yet.
    """

    message_sid: str
    moment: datetime
    name: str
    number: int = 0


@dataclass(frozen=True)
class OwedCallback:
    """A callback that something which happened makes.

    Attributes:
        url: Where it goes.
        body: The SMS object as JSON.
    """

    url: str
    body: str


class HappeningTable:
    """Keeps what is still to happen, by time; safe to share between threads.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime) -> list[Happening]:
        """Return what has happened by now and was not yet seen to, earliest first, at most 100."""
        with self._database.session() as connection:
            cursor = connection.execute(
                "SELECT sequence, message_sid, due_milliseconds, name FROM happenings WHERE due_milliseconds <= ?"
                " ORDER BY due_milliseconds, sequence LIMIT ?",
                (to_milliseconds(now), _MOST_AT_ONCE),
            )
            rows = cast("list[tuple[int, str, int, str]]", cursor.fetchall())
        return [Happening(sid, from_milliseconds(due), name, number) for number, sid, due, name in rows]

    def see_to(self, happening: Happening, owed: OwedCallback | None) -> None:
        """Strike something off, and keep the callback that it makes; both or neither, and only once."""
        with self._database.transaction() as connection:
            if strike_off(connection, happening) and owed is not None:
                insert_callback(
                    connection, happening.message_sid, happening.name, owed.url, owed.body, happening.moment
                )


def strike_off(connection: sqlite3.Connection, happening: Happening) -> bool:
    """Strike something off within a transaction; return whether it was still there."""
    return connection.execute("DELETE FROM happenings WHERE sequence = ?", (happening.number,)).rowcount == 1


def insert_happenings(connection: sqlite3.Connection, happenings: Iterable[Happening]) -> None:
    """Keep what is to happen, within a transaction."""
    connection.executemany(
        "INSERT INTO happenings (message_sid, due_milliseconds, name) VALUES (?, ?, ?)",
        [(each.message_sid, to_milliseconds(each.moment), each.name) for each in happenings],
    )

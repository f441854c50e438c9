"""Events that are scheduled for later: the next statuses of messages, and the replies of magic numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from carrierx.emulator.store.callback_queue import insert_callback
from carrierx.emulator.store.database import Database
from carrierx.emulator.timestamps import from_milliseconds, to_milliseconds

REPLY: Final = "reply"
"""The event in which a magic number replies. Every other event has the name of a status."""

_BATCH_SIZE: Final = 100


@dataclass(frozen=True)
class ScheduledEvent:
    """An event that is scheduled for a message.

    Attributes:
        message_sid: The message.
        due_at: The time at which it is due.
        name: A status that the message gets, or `REPLY`.
        number: Its row in the table; 0 for an event that is not stored yet.
    """

    message_sid: str
    due_at: datetime
    name: str
    number: int = 0


@dataclass(frozen=True)
class NewCallback:
    """A callback that an event causes.

    Attributes:
        url: The URL that it is posted to.
        body: The SMS object as JSON.
    """

    url: str
    body: str


class ScheduledEventTable:
    """The scheduled events, by time. Threads may share it.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime) -> list[ScheduledEvent]:
        """Return the events that are due, earliest first, at most 100."""
        with self._database.session() as connection:
            cursor = connection.execute(
                "SELECT sequence, message_sid, due_milliseconds, name FROM scheduled_events WHERE due_milliseconds <= ?"
                " ORDER BY due_milliseconds, sequence LIMIT ?",
                (to_milliseconds(now), _BATCH_SIZE),
            )
            rows = cast("list[tuple[int, str, int, str]]", cursor.fetchall())
        return [ScheduledEvent(sid, from_milliseconds(due), name, number) for number, sid, due, name in rows]

    def complete(self, event: ScheduledEvent, callback: NewCallback | None) -> None:
        """Remove an event and store its callback, in one transaction. If the event is gone already, do nothing."""
        with self._database.transaction() as connection:
            if remove_event(connection, event) and callback is not None:
                insert_callback(connection, event.message_sid, event.name, callback.url, callback.body, event.due_at)


def remove_event(connection: sqlite3.Connection, event: ScheduledEvent) -> bool:
    """Remove an event within a transaction; return whether it was still there."""
    return connection.execute("DELETE FROM scheduled_events WHERE sequence = ?", (event.number,)).rowcount == 1


def insert_scheduled_events(connection: sqlite3.Connection, events: Iterable[ScheduledEvent]) -> None:
    """Store events within a transaction."""
    connection.executemany(
        "INSERT INTO scheduled_events (message_sid, due_milliseconds, name) VALUES (?, ?, ?)",
        [(each.message_sid, to_milliseconds(each.due_at), each.name) for each in events],
    )

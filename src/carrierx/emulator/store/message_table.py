"""Accepted and received messages, and their database table."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias, cast

from carrierx.emulator.rules.messages import Send
from carrierx.emulator.store.database import Database
from carrierx.emulator.store.scheduled_event_table import ScheduledEvent, insert_scheduled_events, remove_event
from carrierx.emulator.timestamps import from_milliseconds, to_milliseconds

_DETAIL_RECORDS: Final = uuid.UUID("6f1f8d6e-52c7-4c0e-9a53-0d6f4d1b7a10")
_COLUMNS: Final = (
    "message_sid, direction, accepted_at_milliseconds, segments, kind, from_number, to_number, message, media_urls,"
    " group_recipients, user_data, legacy_names, over_limit"
)

_Row: TypeAlias = tuple[
    str,
    Literal["outbound", "inbound"],
    int,
    int,
    Literal["sms", "mms"],
    str,
    str,
    str | None,
    str,
    str,
    str | None,
    Literal[0, 1],
    Literal[0, 1],
]


FIXED_FIELDS: Final[Mapping[str, str]] = {
    "direction": "direction",
    "from": "from_number",
    "message": "message",
    "message_sid": "message_sid",
    "to": "to_number",
    "type": "kind",
    "user_data": "user_data",
}
"""The attributes of an SMS object with texts that never change, each with its column."""


@dataclass(frozen=True)
class StoredMessage:
    """A message that was accepted or received.

    Attributes:
        message_sid: Its SID.
        accepted_at: The time at which it was accepted or received, in UTC, rounded down to milliseconds.
        segments: The number of its segments.
        send: Its content.
        direction: The direction: sent by the account, or received.
    """

    message_sid: str
    accepted_at: datetime
    segments: int
    send: Send
    direction: Literal["outbound", "inbound"] = "outbound"


def dr_sid_of(message_sid: str) -> str:
    """Return the SID of a message's detail record.

    Assumption: it differs from the message's own SID. No published object has both.
    """
    return str(uuid.uuid5(_DETAIL_RECORDS, message_sid))


class MessageTable:
    """The messages, in the order of their acceptance. Threads may share it.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, message: StoredMessage, events: Iterable[ScheduledEvent]) -> None:
        """Store a message and its scheduled events. Both are written when this returns.

        Raises:
            EmulatorError: They can't be written, or the SID exists already.
        """
        with self._database.transaction() as connection:
            _insert(connection, message)
            insert_scheduled_events(connection, events)

    def add_reply(self, event: ScheduledEvent, reply: StoredMessage, events: Iterable[ScheduledEvent]) -> None:
        """Store the reply of a magic number, unless it has been stored already."""
        with self._database.transaction() as connection:
            if remove_event(connection, event):
                _insert(connection, reply)
                insert_scheduled_events(connection, events)

    def find(self, message_sid: str) -> StoredMessage | None:
        """Return the message with this SID, if there is one."""
        found = self._select("WHERE message_sid = ?", (message_sid,))
        return found[0] if found else None

    def find_by_dr_sid(self, dr_sid: str) -> StoredMessage | None:
        """Return the message whose detail record has this SID, if there is one."""
        found = self._select("WHERE dr_sid = ?", (dr_sid,))
        return found[0] if found else None

    def all(self) -> list[StoredMessage]:
        """Return every message, oldest first."""
        return self._select("ORDER BY sequence", ())

    def with_fields(self, wanted: Mapping[str, str]) -> list[StoredMessage]:
        """Return all messages with these values, oldest first.

        Args:
            wanted: The values, by attributes of an SMS object that are in `FIXED_FIELDS`.
        """
        conditions = " AND ".join(f"{FIXED_FIELDS[name]} = ?" for name in wanted) or "1"
        return self._select(f"WHERE {conditions} ORDER BY sequence", tuple(wanted.values()))

    def page(
        self, offset: int, limit: int, until: datetime | None = None, by_time: Literal["asc", "desc"] | None = None
    ) -> list[StoredMessage]:
        """Return a page of messages.

        Args:
            offset: The number of messages to skip.
            limit: The maximum number of messages.
            until: The latest time of acceptance; None for any.
            by_time: The direction of ordering by time of acceptance; None for the order in which they were stored,
                which differs if the clock was set back.
        """
        order = "sequence" if by_time is None else f"accepted_at_milliseconds {by_time}, sequence"
        condition, values = _accepted(until)
        return self._select(f"{condition} ORDER BY {order} LIMIT ? OFFSET ?", (*values, limit, offset))

    def count(self, until: datetime | None = None) -> int:
        """Return the number of messages, or of those accepted until some time."""
        condition, values = _accepted(until)
        with self._database.session() as connection:
            cursor = connection.execute(f"SELECT count(*) FROM messages {condition}", values)  # noqa: S608
            (number,) = cast("tuple[int]", cursor.fetchone())
        return number

    def _select(self, rest: str, values: Sequence[str | int]) -> list[StoredMessage]:
        # All parts are constants of this module; data from a request is always among the values.
        with self._database.session() as connection:
            cursor = connection.execute(f"SELECT {_COLUMNS} FROM messages {rest}", values)  # noqa: S608
            rows = cast("list[_Row]", cursor.fetchall())
        return [_message_of(row) for row in rows]


def _accepted(until: datetime | None) -> tuple[str, tuple[int, ...]]:
    # Without the condition, SQLite counts with an index, which is many times faster.
    return ("", ()) if until is None else ("WHERE accepted_at_milliseconds <= ?", (to_milliseconds(until),))


def _insert(connection: sqlite3.Connection, message: StoredMessage) -> None:
    send = message.send
    values = (
        message.message_sid,
        message.direction,
        to_milliseconds(message.accepted_at),
        message.segments,
        send.kind,
        send.from_number,
        send.to_number,
        send.message,
        json.dumps(send.media_urls),
        json.dumps(send.group_recipients),
        send.user_data,
        send.legacy_names,
        send.over_limit,
        dr_sid_of(message.message_sid),
    )
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO messages ({_COLUMNS}, dr_sid) VALUES ({marks})", values)  # noqa: S608


def _message_of(row: _Row) -> StoredMessage:
    sid, direction, milliseconds, segments, kind, from_number, to_number, message, media, group, user_data, *flags = row
    send = Send(
        kind=kind,
        from_number=from_number,
        to_number=to_number,
        message=message,
        media_urls=_texts(media),
        group_recipients=_texts(group),
        user_data=user_data,
        legacy_names=bool(flags[0]),
        over_limit=bool(flags[1]),
    )
    return StoredMessage(sid, from_milliseconds(milliseconds), segments, send, direction)


def _texts(column: str) -> tuple[str, ...]:
    # Most messages have neither media nor a group, and there are many messages.
    return () if column == "[]" else tuple(cast("list[str]", json.loads(column)))

"""Accepted and received messages, and their database table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from carrierx.emulator.rules.messages import Send
from carrierx.emulator.store.database import Database
from carrierx.emulator.store.derived import BY_DR_SID, DR_SID, note_changes
from carrierx.emulator.store.list_reading import ListReading
from carrierx.emulator.store.schedule import REPLY, PlannedEvent, write_plan
from carrierx.emulator.store.selection import Comparison, Selection
from carrierx.emulator.timestamps import from_milliseconds, to_milliseconds

_COLUMNS: Final = (
    "sequence, message_sid, direction, accepted_at_milliseconds, segments, kind, from_number, to_number, message,"
    " media_urls, group_recipients, user_data, legacy_names, over_limit, status, changed_at_milliseconds,"
    " appeared_at_milliseconds"
)
_INSERT: Final = (
    f"INSERT INTO messages ({_COLUMNS}, ours, theirs, due_milliseconds, plan)"  # noqa: S608
    f" VALUES (NULL{', ?' * 20})"
)
_ADVANCE: Final = (
    "UPDATE messages SET status = ?, changed_at_milliseconds = ?, appeared_at_milliseconds = ?, due_milliseconds = ?,"
    " plan = ? WHERE sequence = ?"
)
_DUE: Final = (
    "SELECT sequence, message_sid, direction, ours, status, changed_at_milliseconds, appeared_at_milliseconds, plan"
    " FROM messages WHERE due_milliseconds <= ? ORDER BY due_milliseconds, sequence LIMIT ?"
)
_HAS_DUE_REPLY: Final = "SELECT EXISTS (SELECT 1 FROM messages WHERE due_milliseconds <= ? AND instr(plan, 'reply'))"
_HAS_REPLY: Final = "SELECT EXISTS (SELECT 1 FROM messages WHERE instr(plan, 'reply'))"
_NUMBER_DUE: Final = "SELECT count(*) FROM (SELECT 1 FROM messages WHERE due_milliseconds <= ? LIMIT ?)"
_MARKS: Final = 900  # SQLite may allow no more than 999 values
# CROSS JOIN makes SQLite read the narrow table first.
_TEXTS: Final = "message_texts CROSS JOIN messages USING (sequence)"

MOST_DUE: Final = 500
"""The number of messages with something due that are returned at a time."""

_Row: TypeAlias = tuple[
    int,
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
    str,
    int,
    int | None,
]


@dataclass(frozen=True)
class StoredMessage:
    """A message that was accepted or received.

    Attributes:
        message_sid: Its SID.
        accepted_at: The time at which it was accepted or received, in UTC, rounded down to milliseconds.
        segments: The number of its segments.
        send: Its content.
        direction: The direction: sent by the account, or received.
        status: Its status.
        changed_at: The time at which it got the status. While it is queued, the time of its acceptance.
        appeared_at: The time at which it left the queue, when its detail record appeared; None while it is queued.
        sequence: Its place among all messages; 0 for one that is not stored yet. Later messages have larger numbers.
    """

    message_sid: str
    accepted_at: datetime
    segments: int
    send: Send
    direction: Literal["outbound", "inbound"]
    status: str
    changed_at: datetime
    appeared_at: datetime | None
    sequence: int = 0

    @property
    def ours(self) -> str:
        """The number that belongs to the account."""
        return self.send.from_number if self.direction == "outbound" else self.send.to_number

    @property
    def theirs(self) -> str:
        """The number that doesn't belong to the account."""
        return self.send.to_number if self.direction == "outbound" else self.send.from_number


class PlannedMessage(NamedTuple):
    """A message with planned events, as far as they need it.

    Attributes:
        sequence: Its place among all messages.
        message_sid: Its SID.
        direction: Its direction.
        ours: The number that belongs to the account.
        status: Its status.
        changed: The time at which it got the status, in milliseconds.
        appeared: The time at which it left the queue, in milliseconds; None while it is queued.
        plan: The planned events as text, earliest first.
    """

    sequence: int
    message_sid: str
    direction: str
    ours: str
    status: str
    changed: int
    appeared: int | None
    plan: str


class Progress(NamedTuple):
    """Events of a message that have happened.

    Attributes:
        message: The message as it was before.
        done: The events that have happened, earliest first.
        left: The events that are still planned, earliest first.
    """

    message: PlannedMessage
    done: Sequence[PlannedEvent]
    left: Sequence[PlannedEvent]


@dataclass(frozen=True)
class Criteria:
    """Criteria for messages, all of which must be met. `repr` shows neither numbers nor text.

    Attributes:
        direction: The direction; None for any.
        from_number: The sender; None for any.
        to_number: The recipient; None for any.
        status: The status; None for any.
        contains: A part of the text; case is ignored.
    """

    direction: str | None = None
    from_number: str | None = field(default=None, repr=False)
    to_number: str | None = field(default=None, repr=False)
    status: str | None = None
    contains: str = field(default="", repr=False)

    def selection(self) -> Selection:
        """Return the selection of the messages, newest first, that meet all criteria but that for the text."""
        columns = ("direction", "status", "from_number", "to_number")
        values = (self.direction, self.status, self.from_number, self.to_number)
        pairs = zip(columns, values, strict=True)
        compared = (Comparison(name, "=", value) for name, value in pairs if value is not None)
        return Selection(("sequence desc",), tuple(compared))


class MessageTable:
    """The messages, in the order of their acceptance. Threads may share it.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._may_have_replies = True
        self._reading = ListReading(database)

    def add(self, message: StoredMessage, events: Sequence[PlannedEvent] = ()) -> None:
        """Store a message and its planned events. Both are written when this returns.

        Raises:
            EmulatorError: They can't be written, or the SID exists already.
        """
        with self._database.session() as connection:
            _insert(connection, message, events)
            if events and events[-1].name == REPLY:  # a reply is always the last
                self._may_have_replies = True

    def due(self, now: datetime) -> list[PlannedMessage]:
        """Return the messages for which something is due, that with the earliest event first, at most `MOST_DUE`."""
        with self._database.session() as connection:
            rows = connection.execute(_DUE, (to_milliseconds(now), MOST_DUE)).fetchall()
        return [PlannedMessage(*row) for row in rows]

    def number_due(self, now: datetime, limit: int = 1) -> int:
        """Return the number of messages for which something is due, or the limit if there are more."""
        return self._number(_NUMBER_DUE, (to_milliseconds(now), limit))

    def has_due_reply(self, now: datetime) -> bool:
        """Return whether something is due for a message with a planned reply."""
        if not self._may_have_replies and not self._database.is_shareable:
            return False
        with self._database.session():
            self._may_have_replies = bool(self._number(_HAS_REPLY, ()))
            return self._may_have_replies and bool(self._number(_HAS_DUE_REPLY, (to_milliseconds(now),)))

    def advance(self, progress: Iterable[Progress]) -> None:
        """Store the events that have happened to messages, within a transaction."""
        changes, rows = list[tuple[int, str, str, str]](), list[tuple[object, ...]]()
        for message, done, left in progress:
            status, changed, appeared = message.status, message.changed, message.appeared
            for due, name in done:
                if name != REPLY:
                    status, changed, appeared = name, due, due if appeared is None else appeared
            changes.append((message.sequence, message.direction, message.status, status))
            next_due = left[0].due_milliseconds if left else None
            rows.append((status, changed, appeared, next_due, write_plan(left), message.sequence))
        with self._database.session() as connection:
            note_changes(connection, changes)
            connection.executemany(_ADVANCE, rows)

    def find(self, message_sid: str) -> StoredMessage | None:
        """Return the message with this SID, if there is one."""
        found = self._select("WHERE message_sid = ?", (message_sid,))
        return found[0] if found else None

    def find_by_dr_sid(self, dr_sid: str) -> StoredMessage | None:
        """Return the message whose detail record has this SID, if there is one."""
        found = self._select(f"WHERE {DR_SID} = ?", (dr_sid,), indexes=(BY_DR_SID,))
        return found[0] if found else None

    def all(self) -> list[StoredMessage]:
        """Return every message, oldest first."""
        return self._select("ORDER BY sequence", ())

    def chosen(
        self,
        selection: Selection,
        *,
        offset: int = 0,
        limit: int | None = None,
        also: Callable[[StoredMessage], bool] | None = None,
    ) -> list[StoredMessage]:
        """Return a page of the messages of a selection.

        Args:
            selection: The conditions and the order.
            offset: The number of messages to skip.
            limit: The maximum number of messages; None for all.
            also: A condition that the database can't check.
        """
        size = None if limit is None else offset + limit
        if also is None:
            return self._select(*self._reading.planned(selection, size).page(offset, limit))
        found: list[StoredMessage] = []
        statement, values = self._reading.planned(selection, size).page(0, None)
        with self._database.session():
            for row in self._database.rows(f"SELECT {_COLUMNS} FROM messages {statement}", values):  # noqa: S608
                if len(found) == size:
                    break
                stored = _message_of(cast("_Row", row))
                if also(stored):
                    found.append(stored)
        return found[offset:]

    def shuffled(self, selection: Selection, limit: int) -> list[StoredMessage]:
        """Return randomly chosen messages of a selection, in a random order."""
        sequences = self._reading.sample(selection, limit)
        by_sequence: dict[int, StoredMessage] = {}
        for start in range(0, len(sequences), _MARKS):
            some = sequences[start : start + _MARKS]
            found = self._select(f"WHERE sequence IN ({', '.join('?' * len(some))})", some)
            by_sequence.update((stored.sequence, stored) for stored in found)
        return [by_sequence[sequence] for sequence in sequences if sequence in by_sequence]

    def beyond(self, selection: Selection, place: StoredMessage, *, forwards: bool) -> Selection:
        """Return the part of a selection after a message, or the part before it, in the opposite order.

        Args:
            selection: The selection.
            place: The message. It doesn't have to meet the conditions.
            forwards: True for the messages after it, False for those before it.
        """
        names, _ = selection.ordering()
        statement = f"SELECT {', '.join(names)} FROM messages WHERE sequence = ?"  # noqa: S608
        (at,) = cast("list[tuple[int, ...]]", self._database.read(statement, (place.sequence,)))
        return selection.beyond(at, forwards=forwards)

    def count(self, selection: Selection) -> int:
        """Return the number of messages of a selection."""
        return self._reading.count(selection)

    def number_up_to(self, selection: Selection, most: int) -> int:
        """Return the number of messages of a selection; `most` if there are more."""
        return self._reading.number_up_to(selection, most)

    def search(self, criteria: Criteria, *, before: int | None = None, limit: int | None = None) -> list[StoredMessage]:
        """Return the latest messages that meet some criteria, newest first.

        Args:
            criteria: The criteria.
            before: The sequence number before which to start; None to start with the newest.
            limit: The maximum number of messages; None for all.
        """
        selection = criteria.selection()
        if before is not None:
            selection = selection.compared(Comparison("sequence", "<", before))
        if not criteria.contains:
            return self.chosen(selection, limit=limit)
        where, values = selection.restricted("instr(folded, ?)", criteria.contains.casefold()).where()
        chosen = f"SELECT sequence FROM {_TEXTS} {where} ORDER BY message_texts.sequence DESC LIMIT ?"  # noqa: S608
        page = f"WHERE sequence IN ({chosen}) ORDER BY sequence DESC"
        return self._select(page, (*values, -1 if limit is None else limit))

    def number_found(self, criteria: Criteria) -> int:
        """Return the number of messages that meet some criteria."""
        selection = criteria.selection()
        if not criteria.contains:
            return self.count(selection)
        where, values = selection.restricted("instr(folded, ?)", criteria.contains.casefold()).where()
        texts = _TEXTS if selection.comparisons else "message_texts"
        return self._number(f"SELECT count(*) FROM {texts} {where}", values)  # noqa: S608

    def _number(self, statement: str, values: Sequence[str | int]) -> int:
        ((number,),) = cast("list[tuple[int]]", self._database.read(statement, values))
        return number

    def _select(self, rest: str, values: Sequence[str | int], *, indexes: Sequence[str] = ()) -> list[StoredMessage]:
        # All parts are constants of this package; data from a request is always among the values.
        statement = f"SELECT {_COLUMNS} FROM messages {rest}"  # noqa: S608
        return [_message_of(row) for row in cast("list[_Row]", self._database.read(statement, values, indexes))]


def _insert(connection: sqlite3.Connection, message: StoredMessage, events: Sequence[PlannedEvent]) -> None:
    send = message.send
    appeared = message.appeared_at
    values = (
        message.message_sid,
        message.direction,
        to_milliseconds(message.accepted_at),
        message.segments,
        send.kind,
        send.from_number,
        send.to_number,
        send.message,
        json.dumps(send.media_urls) if send.media_urls else "[]",
        json.dumps(send.group_recipients) if send.group_recipients else "[]",
        send.user_data,
        send.legacy_names,
        send.over_limit,
        message.status,
        to_milliseconds(message.changed_at),
        None if appeared is None else to_milliseconds(appeared),
        message.ours,
        message.theirs,
        events[0].due_milliseconds if events else None,
        write_plan(events),
    )
    connection.execute(_INSERT, values)


def _message_of(row: _Row) -> StoredMessage:
    (
        sequence,
        sid,
        direction,
        accepted,
        segments,
        kind,
        from_number,
        to_number,
        message,
        media,
        group,
        user_data,
        legacy_names,
        over_limit,
        status,
        changed,
        appeared,
    ) = row
    send = Send(
        kind=kind,
        from_number=from_number,
        to_number=to_number,
        message=message,
        media_urls=_texts(media),
        group_recipients=_texts(group),
        user_data=user_data,
        legacy_names=bool(legacy_names),
        over_limit=bool(over_limit),
    )
    return StoredMessage(
        sid,
        from_milliseconds(accepted),
        segments,
        send,
        direction,
        status,
        from_milliseconds(changed),
        None if appeared is None else from_milliseconds(appeared),
        sequence,
    )


def _texts(column: str) -> tuple[str, ...]:
    # Most messages have neither media nor a group, and there are many messages.
    return () if column == "[]" else tuple(cast("list[str]", json.loads(column)))

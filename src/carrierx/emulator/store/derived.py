"""Indexes of messages, and tables with facts about them, for lists and searches.

None of them is kept up to date while messages are accepted, which would make every send twice as expensive. An index is
made when a list first needs it, and a table gets the messages that are new whenever a list reads it.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, cast

DR_SID: Final = "dr_sid_of(message_sid)"
"""The SID of a message's detail record."""

BY_DR_SID: Final = "detail_records_by_sid"
UNSETTLED: Final = "messages_unsettled"
_INDEXES: Final = {
    BY_DR_SID: f"({DR_SID})",
    UNSETTLED: "(sequence) WHERE due_milliseconds IS NOT NULL",
    "messages_by_status": "(status)",
    "messages_of_conversation": "(ours, theirs)",
    "messages_of_conversation_by_status": "(ours, theirs, status)",
}

OF_CONVERSATIONS: Final = ("messages_by_status", "messages_of_conversation", "messages_of_conversation_by_status")
"""The indexes that are needed to find conversations and their messages."""

DERIVED_SCHEMA: Final = (
    # How far each of these tables is: the number of the last message that is in it.
    "CREATE TABLE derived (name TEXT PRIMARY KEY, up_to INTEGER NOT NULL) WITHOUT ROWID",
    # The texts again, case-folded, in narrow rows: a search reads 100,000 of them in about 10 milliseconds.
    "CREATE TABLE message_texts (sequence INTEGER PRIMARY KEY, folded TEXT NOT NULL)",
    """CREATE TABLE message_counts (
        direction TEXT NOT NULL,
        status TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (direction, status)
    ) WITHOUT ROWID""",
    """CREATE TABLE conversations (
        ours TEXT NOT NULL,
        theirs TEXT NOT NULL,
        last_sequence INTEGER NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (ours, theirs)
    )""",
    "CREATE INDEX conversations_by_time ON conversations (last_sequence)",
    # The messages that were accepted at an earlier time than the one before.
    "CREATE TABLE set_back (sequence INTEGER PRIMARY KEY)",
)
"""The statements that create the tables."""

_DETAIL_RECORDS: Final = uuid.UUID("6f1f8d6e-52c7-4c0e-9a53-0d6f4d1b7a10")
_COUNT: Final = (
    "INSERT INTO message_counts VALUES (?, ?, ?)"
    " ON CONFLICT (direction, status) DO UPDATE SET number = number + excluded.number"
)

# `WHERE true` tells SQLite that ON belongs to the conflict.
_NEW_ROWS: Final = {
    "message_texts": (
        "INSERT INTO message_texts SELECT sequence, casefold(message) FROM messages"
        " WHERE sequence > ? AND message IS NOT NULL"
    ),
    "message_counts": (
        "INSERT INTO message_counts SELECT direction, status, count(*) FROM messages WHERE sequence > ? GROUP BY 1, 2"
        " ON CONFLICT (direction, status) DO UPDATE SET number = number + excluded.number"
    ),
    "conversations": (
        "INSERT INTO conversations SELECT ours, theirs, max(sequence), count(*) FROM messages WHERE sequence > ?"
        " GROUP BY ours, theirs ON CONFLICT (ours, theirs)"
        " DO UPDATE SET last_sequence = excluded.last_sequence, number = number + excluded.number"
    ),
    "set_back": (
        "INSERT INTO set_back SELECT later.sequence FROM messages AS later"
        " JOIN messages AS earlier ON earlier.sequence = later.sequence - 1"
        " WHERE later.sequence > ? AND earlier.accepted_at_milliseconds > later.accepted_at_milliseconds"
    ),
}

DERIVED_TABLES: Final = ("derived", *_NEW_ROWS)
"""The names of the tables."""

_NAME: Final = re.compile(r"\w+")
_LAST: Final = "SELECT coalesce(max(sequence), 0) FROM messages"


def dr_sid_of(message_sid: str) -> str:
    """Return the SID of a message's detail record.

    Assumption: it differs from the message's own SID. No published object has both.
    """
    digest = hashlib.sha1(_DETAIL_RECORDS.bytes + message_sid.encode(), usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5))  # as uuid.uuid5 does, which takes three times as long


def add_functions(connection: sqlite3.Connection) -> None:
    """Add the functions that the indexes and tables use to a connection."""
    connection.create_function("dr_sid_of", 1, dr_sid_of, deterministic=True)
    connection.create_function("casefold", 1, str.casefold, deterministic=True)


@lru_cache(maxsize=1024)
def tables_in(statement: str) -> tuple[str, ...]:
    """Return which of the tables a statement reads."""
    names = set(_NAME.findall(statement))
    return tuple(table for table in _NEW_ROWS if table in names)


def create_index(connection: sqlite3.Connection, index: str) -> None:
    """Create an index of messages, unless it exists."""
    name, on = index, _INDEXES[index]
    connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON messages {on}")


def bring_up_to_date(connection: sqlite3.Connection, tables: Sequence[str]) -> None:
    """Add the messages that are new to some of the tables, within a transaction."""
    (last,) = cast("tuple[int]", connection.execute(_LAST).fetchone())
    for table in tables:
        up_to = _up_to(connection, table)
        if up_to < last:
            connection.execute(_NEW_ROWS[table], (up_to,))
            connection.execute("INSERT OR REPLACE INTO derived VALUES (?, ?)", (table, last))


def is_up_to_date(connection: sqlite3.Connection, tables: Sequence[str]) -> bool:
    """Return whether some of the tables have all messages."""
    (last,) = cast("tuple[int]", connection.execute(_LAST).fetchone())
    return all(_up_to(connection, table) == last for table in tables)


def note_changes(connection: sqlite3.Connection, changes: Sequence[tuple[int, str, str, str]]) -> None:
    """Count messages under their new status, within a transaction.

    Args:
        connection: The database.
        changes: Of each message, its sequence number, its direction, its former status and its new one.
    """
    counted = _up_to(connection, "message_counts")
    differences: dict[tuple[str, str], int] = {}
    for sequence, direction, former, new in changes:
        if sequence <= counted:
            differences[direction, former] = differences.get((direction, former), 0) - 1
            differences[direction, new] = differences.get((direction, new), 0) + 1
    connection.executemany(_COUNT, [(*key, difference) for key, difference in differences.items() if difference])


def _up_to(connection: sqlite3.Connection, table: str) -> int:
    found = connection.execute("SELECT up_to FROM derived WHERE name = ?", (table,)).fetchone()
    return 0 if found is None else cast("tuple[int]", found)[0]

"""Where accepted messages are kept: an SQLite database, in memory or in a file."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.messages import Send, StoredMessage

IN_MEMORY: Final = ":memory:"
"""The database that lives and ends with its emulator."""

SCHEMA_VERSION: Final = 1
"""The layout of the database; kept in its `user_version`."""

_APPLICATION_ID: Final = 0x63786D75
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)

_SCHEMA: Final = """
    CREATE TABLE messages (
        sequence INTEGER PRIMARY KEY,
        message_sid TEXT NOT NULL UNIQUE,
        accepted_at_milliseconds INTEGER NOT NULL,
        segments INTEGER NOT NULL,
        kind TEXT NOT NULL,
        from_number TEXT NOT NULL,
        to_number TEXT NOT NULL,
        message TEXT,
        media_urls TEXT NOT NULL,
        group_recipients TEXT NOT NULL,
        user_data TEXT,
        legacy_names INTEGER NOT NULL
    )
"""
_COLUMNS: Final = (
    "message_sid, accepted_at_milliseconds, segments, kind, from_number, to_number, message, media_urls,"
    " group_recipients, user_data, legacy_names"
)

_Row: TypeAlias = tuple[str, int, int, Literal["sms", "mms"], str, str, str | None, str, str, str | None, Literal[0, 1]]


class Store:
    """Keeps messages in the order of their acceptance; safe to share between threads.

    A message that `add` has returned for survives the death of the process when the database is a file.

    Args:
        database: A file's path, or `:memory:`.

    Raises:
        EmulatorError: The file can't be opened or written, or holds something else than this version's messages.
    """

    def __init__(self, database: str | Path) -> None:
        self._database = str(database)
        self._lock = threading.Lock()
        with self._explained():
            connection = sqlite3.connect(self._database, check_same_thread=False, isolation_level=None)
        self._connection = connection
        # The finalizer closes for those who let the emulator go without closing it.
        self._close = weakref.finalize(self, connection.close)
        try:
            with self._explained():
                self._prepare()
        except EmulatorError:
            self.close()
            raise

    def close(self) -> None:
        """Close the database; a second time does nothing."""
        with self._lock:
            self._close()

    def add(self, message: StoredMessage) -> None:
        """Keep a message; it is written when this returns.

        Raises:
            EmulatorError: It can't be written, or its SID is there already.
        """
        send = message.send
        values = (
            message.message_sid,
            (message.accepted_at - _EPOCH) // _MILLISECOND,
            message.segments,
            send.kind,
            send.from_number,
            send.to_number,
            send.message,
            json.dumps(send.media_urls),
            json.dumps(send.group_recipients),
            send.user_data,
            send.legacy_names,
        )
        marks = ", ".join("?" * len(values))
        with self._lock, self._explained():
            self._connection.execute(f"INSERT INTO messages ({_COLUMNS}) VALUES ({marks})", values)  # noqa: S608

    def find(self, message_sid: str) -> StoredMessage | None:
        """Return the message with this SID, if there is one."""
        found = self._select("WHERE message_sid = ?", (message_sid,))
        return found[0] if found else None

    def all(self) -> list[StoredMessage]:
        """Return every message, oldest first."""
        return self._select("ORDER BY sequence", ())

    def page(self, offset: int, limit: int) -> list[StoredMessage]:
        """Return at most `limit` messages, oldest first, leaving out the first `offset`."""
        return self._select("ORDER BY sequence LIMIT ? OFFSET ?", (limit, offset))

    def count(self) -> int:
        """Return how many messages there are."""
        with self._lock, self._explained():
            (number,) = cast("tuple[int]", self._connection.execute("SELECT count(*) FROM messages").fetchone())
        return number

    def _select(self, rest: str, values: Sequence[str | int]) -> list[StoredMessage]:
        # Both parts are constants of this module; what comes from a request is always among the values.
        with self._lock, self._explained():
            cursor = self._connection.execute(f"SELECT {_COLUMNS} FROM messages {rest}", values)  # noqa: S608
            rows = cast("list[_Row]", cursor.fetchall())
        return [_message_of(row) for row in rows]

    def _prepare(self) -> None:
        connection = self._connection
        connection.execute("PRAGMA busy_timeout = 5000")
        if not self._is_fresh():
            self._refuse_foreign()  # before anything in the file is touched
        connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode NORMAL keeps every commit when the process is killed; only FULL also outlives a power cut.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        if self._is_fresh():  # another process may have been quicker
            connection.execute(_SCHEMA)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")

    def _is_fresh(self) -> bool:
        has_tables = self._connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
        return self._pragma("user_version") == 0 and not has_tables

    def _refuse_foreign(self) -> None:
        if self._pragma("application_id") != _APPLICATION_ID:
            raise EmulatorError(f"{self._database} is a database, but not one of the CarrierX emulator")
        version = self._pragma("user_version")
        if version != SCHEMA_VERSION:
            raise EmulatorError(
                f"{self._database} was written by another version of the emulator"
                f" (its layout is {version}, this one is {SCHEMA_VERSION}): move it away or name another file"
            )

    def _pragma(self, name: str) -> int:
        (value,) = cast("tuple[int]", self._connection.execute(f"PRAGMA {name}").fetchone())
        return value

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise EmulatorError(f"the emulator's database {self._database} can't be used: {error}") from error


def _message_of(row: _Row) -> StoredMessage:
    sid, milliseconds, segments, kind, from_number, to_number, message, media_urls, group, user_data, legacy = row
    send = Send(
        kind=kind,
        from_number=from_number,
        to_number=to_number,
        message=message,
        media_urls=tuple(cast("list[str]", json.loads(media_urls))),
        group_recipients=tuple(cast("list[str]", json.loads(group))),
        user_data=user_data,
        legacy_names=bool(legacy),
    )
    return StoredMessage(sid, _EPOCH + milliseconds * _MILLISECOND, segments, send)

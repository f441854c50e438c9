"""The SQLite database of an emulator, in memory or in a file."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.store.seed_data import SEED_OBJECTS

IN_MEMORY: Final = ":memory:"
"""The path of a database in memory, which is gone when its emulator is closed."""

SCHEMA_VERSION: Final = 6
"""The version of the tables, stored in `user_version`."""

_APPLICATION_ID: Final = 0x63786D75

_SCHEMA: Final = (
    """CREATE TABLE messages (
        sequence INTEGER PRIMARY KEY,
        message_sid TEXT NOT NULL UNIQUE,
        dr_sid TEXT NOT NULL UNIQUE,
        direction TEXT NOT NULL,
        accepted_at_milliseconds INTEGER NOT NULL,
        segments INTEGER NOT NULL,
        kind TEXT NOT NULL,
        from_number TEXT NOT NULL,
        to_number TEXT NOT NULL,
        message TEXT,
        media_urls TEXT NOT NULL,
        group_recipients TEXT NOT NULL,
        user_data TEXT,
        legacy_names INTEGER NOT NULL,
        over_limit INTEGER NOT NULL
    )""",
    """CREATE TABLE scheduled_events (
        sequence INTEGER PRIMARY KEY,
        message_sid TEXT NOT NULL,
        due_milliseconds INTEGER NOT NULL,
        name TEXT NOT NULL
    )""",
    "CREATE INDEX scheduled_events_by_time ON scheduled_events (due_milliseconds)",
    """CREATE TABLE callbacks (
        sequence INTEGER PRIMARY KEY,
        message_sid TEXT NOT NULL,
        status TEXT NOT NULL,
        url TEXT NOT NULL,
        body TEXT NOT NULL,
        made_at_milliseconds INTEGER NOT NULL,
        due_milliseconds INTEGER,
        attempts TEXT NOT NULL
    )""",
    "CREATE INDEX callbacks_of_message ON callbacks (message_sid)",
    "CREATE INDEX callbacks_by_time ON callbacks (due_milliseconds) WHERE due_milliseconds IS NOT NULL",
    """CREATE TABLE files (
        sequence INTEGER PRIMARY KEY,
        sid TEXT NOT NULL UNIQUE,
        container_sid TEXT NOT NULL,
        object TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        data BLOB NOT NULL
    )""",
    "CREATE INDEX files_of_container ON files (container_sid, bytes)",
    *(
        f"CREATE TABLE {name} (sequence INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, object TEXT NOT NULL)"
        for name in SEED_OBJECTS
    ),
)


class Database:
    """One SQLite connection, which threads use in turn.

    Data written by a `session` or a `transaction` survives if the process is killed, when the database is a file.

    Args:
        database: A file's path, or `:memory:`.

    Raises:
        EmulatorError: The file can't be opened or written, or it is not a database of this version of the emulator.
    """

    def __init__(self, database: str | Path) -> None:
        self._database = str(database)
        self._lock = threading.Lock()
        with self._explained():
            connection = sqlite3.connect(self._database, check_same_thread=False, isolation_level=None)
        self._connection = connection
        # The finalizer closes the database of an emulator that was never closed.
        self._close = weakref.finalize(self, connection.close)
        try:
            with self._explained():
                self._prepare()
        except EmulatorError:
            self.close()
            raise

    def close(self) -> None:
        """Close the database. Closing it again does nothing."""
        with self._lock:
            self._close()

    @contextmanager
    def session(self) -> Generator[sqlite3.Connection]:
        """Lock the connection for this thread; each statement is a transaction of its own.

        Raises:
            EmulatorError: The database can't be used.
        """
        with self._lock, self._explained():
            yield self._connection

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Lock the connection for this thread, for one transaction. An exception rolls it back.

        Raises:
            EmulatorError: The database can't be used.
        """
        with self.session() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _prepare(self) -> None:
        connection = self._connection
        connection.execute("PRAGMA busy_timeout = 5000")
        if not self._is_fresh():
            self._refuse_foreign()  # before anything in the file is touched
        connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode NORMAL keeps every commit when the process is killed; only FULL also outlives a power cut.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        if self._is_fresh():  # another process may have been faster
            for statement in _SCHEMA:
                connection.execute(statement)
            for table, objects in SEED_OBJECTS.items():
                _fill(connection, table, objects)
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


def _fill(connection: sqlite3.Connection, table: str, objects: Mapping[str, object]) -> None:
    rows = [(sid, json.dumps(seed)) for sid, seed in objects.items()]
    connection.executemany(f"INSERT INTO {table} (sid, object) VALUES (?, ?)", rows)  # noqa: S608 - names of our own

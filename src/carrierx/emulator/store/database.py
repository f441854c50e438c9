"""The SQLite database of an emulator, in memory or in a file."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.store.derived import (
    DERIVED_SCHEMA,
    DERIVED_TABLES,
    add_functions,
    bring_up_to_date,
    create_index,
    is_up_to_date,
    tables_in,
)
from carrierx.emulator.store.process_lock import ProcessLock
from carrierx.emulator.store.seed_data import SEED_OBJECTS

IN_MEMORY: Final = ":memory:"
"""The path of a database in memory, which is gone when its emulator is closed."""

SCHEMA_VERSION: Final = 8
"""The version of the tables, stored in `user_version`."""

_APPLICATION_ID: Final = 0x63786D75

_SCHEMA: Final = (
    """CREATE TABLE messages (
        sequence INTEGER PRIMARY KEY,
        message_sid TEXT NOT NULL UNIQUE,
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
        over_limit INTEGER NOT NULL,
        status TEXT NOT NULL,
        changed_at_milliseconds INTEGER NOT NULL,
        appeared_at_milliseconds INTEGER,
        ours TEXT NOT NULL,
        theirs TEXT NOT NULL,
        due_milliseconds INTEGER,
        plan TEXT NOT NULL
    )""",
    "CREATE INDEX messages_with_plan ON messages (due_milliseconds) WHERE due_milliseconds IS NOT NULL",
    "CREATE INDEX messages_with_reply ON messages (due_milliseconds) WHERE instr(plan, 'reply')",
    *DERIVED_SCHEMA,
    """CREATE TABLE callbacks (
        sequence INTEGER PRIMARY KEY,
        message_sid TEXT NOT NULL,
        status TEXT NOT NULL,
        url TEXT NOT NULL,
        body TEXT NOT NULL,
        made_at_milliseconds INTEGER NOT NULL,
        due_milliseconds INTEGER,
        attempts TEXT NOT NULL,
        state TEXT NOT NULL
    )""",
    "CREATE INDEX callbacks_of_message ON callbacks (message_sid)",
    "CREATE INDEX callbacks_by_state ON callbacks (state)",
    "CREATE INDEX callbacks_by_time ON callbacks (due_milliseconds) WHERE due_milliseconds IS NOT NULL",
    "CREATE INDEX callbacks_by_url ON callbacks (url, due_milliseconds) WHERE due_milliseconds IS NOT NULL",
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

_WITHOUT_FILE: Final = (IN_MEMORY, "")
_CLEARED: Final = (
    "messages",
    *DERIVED_TABLES,
    "callbacks",
    "files",
    *SEED_OBJECTS,
)


class SharedState:
    """State that all users of a database in this process share.

    Attributes:
        object_version: The number of changes to the object tables.
        lock: The lock of the other attributes. A thread gets it after that of its database.
        in_hand: The callbacks that somebody posts, by number and SID of the message, because a reset starts the numbers
            again.
        wanted_again: Those of them whose retry somebody asked for.
    """

    def __init__(self) -> None:
        self.object_version: int = 0
        self.lock: threading.RLock = threading.RLock()
        self.in_hand: set[tuple[int, str]] = set()
        self.wanted_again: set[tuple[int, str]] = set()


_states: Final[weakref.WeakValueDictionary[str, SharedState]] = weakref.WeakValueDictionary()


class Database:
    """One SQLite connection, which threads use in turn.

    Only one process at a time can use a database file. Within a process, several can share it. After a fork, the child
    can't use the database of its parent, since SQLite doesn't allow that.

    Data written by a `session` or a `transaction` survives if the process is killed, when the database is a file.

    Args:
        database: A file's path, or `:memory:`.

    Attributes:
        lock: The lock of the connection. A thread that needs another lock, too, must get this one first.
        state: State that all users of the database in this process share.

    Raises:
        EmulatorError: The file can't be opened or written, it is not a database of this version of the emulator, it
            has a second name (a hard link), or another process uses it.
    """

    def __init__(self, database: str | Path) -> None:
        self._database = str(database)
        self.lock: threading.RLock = threading.RLock()
        with self._explained():
            connection = sqlite3.connect(self._database, check_same_thread=False, isolation_level=None)
        try:
            process_lock = None if self._database in _WITHOUT_FILE else ProcessLock(self._database)
        except BaseException:
            connection.close()
            raise
        self.state: SharedState = (
            SharedState() if process_lock is None else _states.setdefault(process_lock.path, SharedState())
        )
        self._connection = connection
        self._indexes = set[str]()  # those that are known to exist
        self._session = _Session(connection, self.lock, self._database)
        # The finalizer closes the database of an emulator that was never closed.
        self._process = os.getpid()
        self._close = weakref.finalize(self, _close, connection, process_lock, self._process)
        try:
            with self._explained():
                self._prepare()
        except EmulatorError:
            self.close()
            raise

    def close(self) -> None:
        """Close the database. Closing it again does nothing, nor does closing that of a parent process after a fork."""
        if self._process == os.getpid():
            with self.lock:
                self._close()

    def session(self) -> _Session:
        """Lock the connection for this thread; each statement is a transaction of its own.

        Raises:
            EmulatorError: The database can't be used.
        """
        if self._process != os.getpid():  # before the lock, which another thread of the parent may have had
            raise EmulatorError(
                f"the emulator's database {self._database} can't be used: it was opened by process {self._process},"
                " before a fork: make an emulator in each process"
            )
        return self._session

    @property
    def is_shareable(self) -> bool:
        """True if another emulator of this process can use the database, too: if it is a file."""
        return self._database not in _WITHOUT_FILE

    def lock_now(self) -> bool:
        """Lock the database for this thread, if it can be used without waiting: it is in memory, and not locked.

        Returns:
            True if it is locked; then `unlock` must follow.
        """
        return self._database == IN_MEMORY and self.lock.acquire(blocking=False)

    def unlock(self) -> None:
        """Unlock the database after `lock_now`."""
        self.lock.release()

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Lock the connection for this thread, for one transaction. An exception rolls it back.

        Within a transaction of the same thread, it is a part of that one.

        Raises:
            EmulatorError: The database can't be used.
        """
        with self.session() as connection:
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def read(
        self, statement: str, values: Sequence[str | int] = (), indexes: Sequence[str] = ()
    ) -> list[tuple[object, ...]]:
        """Return the rows of a SELECT statement, after bringing the derived tables that it reads up to date.

        Args:
            statement: The statement. Must not come from a request.
            values: The values for its marks.
            indexes: The derived indexes that it needs to be quick.

        Raises:
            EmulatorError: The database can't be used.
        """
        with self.session() as connection:
            for index in indexes:
                if index not in self._indexes:
                    create_index(connection, index)
                    self._indexes.add(index)
            return self.rows(statement, values).fetchall()

    def rows(self, statement: str, values: Sequence[str | int] = ()) -> sqlite3.Cursor:
        """Return the rows of a SELECT statement like `read`, but one after the other. Needs a session of this thread.

        Args:
            statement: The statement. Must not come from a request.
            values: The values for its marks.

        Raises:
            EmulatorError: The database can't be used.
        """
        tables = tables_in(statement)
        with self.session() as connection:
            if tables and not is_up_to_date(connection, tables):
                with self.transaction():
                    bring_up_to_date(connection, tables)
            return connection.execute(statement, values)

    def reset(self) -> None:
        """Delete everything, and fill the tables with the objects of a new account.

        Raises:
            EmulatorError: The database can't be used.
        """
        with self.transaction() as connection:
            for table in _CLEARED:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
            for table, objects in SEED_OBJECTS.items():
                _fill(connection, table, objects)
        self.state.object_version += 1

    def _prepare(self) -> None:
        connection = self._connection
        connection.execute("PRAGMA busy_timeout = 5000")
        add_functions(connection)
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
            raise _unusable(self._database, error) from error


class _Session:
    """The use of a connection by one thread at a time. A thread can begin it again within itself."""

    __slots__ = ("_connection", "_database", "_lock")

    def __init__(self, connection: sqlite3.Connection, lock: threading.RLock, database: str) -> None:
        self._connection = connection
        self._lock = lock
        self._database = database

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._lock.release()
        if isinstance(error, sqlite3.Error):
            raise _unusable(self._database, error) from error


def _unusable(database: str, error: sqlite3.Error) -> EmulatorError:
    return EmulatorError(f"the emulator's database {database} can't be used: {error}")


def _close(connection: sqlite3.Connection, process_lock: ProcessLock | None, process: int) -> None:
    if process != os.getpid():
        return  # a fork of the process that uses the database
    connection.close()
    if process_lock is not None:
        process_lock.release()


def _fill(connection: sqlite3.Connection, table: str, objects: Mapping[str, object]) -> None:
    rows = [(sid, json.dumps(seed)) for sid, seed in objects.items()]
    connection.executemany(f"INSERT INTO {table} (sid, object) VALUES (?, ?)", rows)  # noqa: S608 - names of our own

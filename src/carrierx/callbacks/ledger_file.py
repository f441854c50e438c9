"""SQLite file of a ledger. It is closed before each fork."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from carrierx.callbacks.errors import CallbackLedgerError

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["LedgerFile"]

_APPLICATION_ID: Final = 0x63786362
_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """
    CREATE TABLE callbacks (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        message_sid TEXT NOT NULL,
        status TEXT NOT NULL,
        seen_at REAL NOT NULL,
        UNIQUE (message_sid, status)
    )
"""


class LedgerFile:
    """SQLite file, used by one transaction of this process at a time.

    An SQLite connection must not be used after a fork. In the child, a lock that another thread of the parent held
    would stay locked forever, and the parent could delete the file's locks while the child uses it. So before a fork,
    this class waits for the current transaction and closes the file. Parent and child open it again when they need it.

    Args:
        path: Path of the file, which is created if it is missing.

    Raises:
        CallbackLedgerError: The file can't be used, or is not a ledger.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        with self.transaction():
            pass
        _FILES.add(self)

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Run one transaction, which is rolled back if the block raises an error.

        Raises:
            CallbackLedgerError: The file can't be used.
        """
        with self._lock:
            if self._closed:
                raise CallbackLedgerError("This callback ledger is closed.")
            try:
                if self._connection is None:
                    self._connection = _opened(self._path)
                with self._connection as connection:
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
            except sqlite3.Error as error:
                raise CallbackLedgerError(f"The callback ledger {self._path} can't be used: {error}") from error

    def close(self) -> None:
        """Close the file. Closing again does nothing."""
        with self._lock:
            self._closed = True
            self._put_away()

    def hold(self) -> None:
        """Wait for the current transaction, close the file, and keep it closed until `let_go`."""
        self._lock.acquire()
        self._put_away()

    def let_go(self) -> None:
        """Allow the file to be opened again, after `hold`."""
        self._lock.release()

    def __del__(self) -> None:
        self._put_away()

    def _put_away(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


_FILES: Final[weakref.WeakSet[LedgerFile]] = weakref.WeakSet()
_HELD: Final[list[LedgerFile]] = []


def _before_fork() -> None:
    for file in sorted(_FILES, key=id):
        file.hold()
        _HELD.append(file)


def _after_fork() -> None:
    while _HELD:
        _HELD.pop().let_go()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


def _opened(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5, check_same_thread=False, isolation_level=None)
    try:
        if not _is_fresh(connection):
            _refuse_foreign(connection, path)  # before anything in the file is changed
        connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode, NORMAL keeps every commit if the process is killed. Only FULL also survives a power failure.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        if _is_fresh(connection):  # another process may have created it in the meantime
            connection.execute(_SCHEMA)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_fresh(connection: sqlite3.Connection) -> bool:
    has_tables = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
    return not has_tables and connection.execute("PRAGMA user_version").fetchone() == (0,)


def _refuse_foreign(connection: sqlite3.Connection, path: str) -> None:
    if connection.execute("PRAGMA application_id").fetchone() != (_APPLICATION_ID,):
        raise CallbackLedgerError(f"{path} is a database, but not a callback ledger.")
    if connection.execute("PRAGMA user_version").fetchone() != (_SCHEMA_VERSION,):
        raise CallbackLedgerError(
            f"{path} was written by another version of carrierx. Move the file or use another path."
        )

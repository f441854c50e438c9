"""The SQLite file of an outbox: durable transactions, errors, forks, and the lock of its one worker."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from carrierx.errors import ConfigurationError
from carrierx.outbox.errors import OutboxUnavailableError, WorkerConflictError

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Generation", "SqliteFile", "WorkerLock", "file_identity", "path_of_url"]

_NEEDED_SQLITE = (3, 35)  # INSERT ... RETURNING

# Of SQLITE_READONLY, SQLITE_CORRUPT and SQLITE_NOTADB: nothing gets better by waiting.
_LASTING: Final = frozenset({8, 11, 26})

_MOST_SHARED: Final = 32
"""The most transactions that share a commit."""
_COMMIT_WITHIN: Final = 0.05
"""Seconds after which a transaction looks whether somebody still cares for its commit."""


def path_of_url(url: str) -> str:
    """Return the path in a URL such as `sqlite:///texts.db` or `sqlite:////var/lib/texts.db`.

    Raises:
        ConfigurationError: It names no file, or this SQLite is too old.
    """
    scheme, separator, rest = url.partition("://")
    if scheme != "sqlite" or not separator:
        raise ConfigurationError(
            "The outbox's URL must be sqlite:///PATH, such as sqlite:///texts.db, or postgresql://HOST/DATABASE."
        )
    path = rest.removeprefix("/")
    if not rest.startswith("/") or not path or path == ":memory:" or "?" in path:
        raise ConfigurationError(
            "The outbox's URL must name a file: sqlite:///texts.db for one in the current folder, or "
            "sqlite:////var/lib/texts.db. A database in memory would be lost with the process."
        )
    if sqlite3.sqlite_version_info < _NEEDED_SQLITE:
        raise ConfigurationError(f"The outbox needs SQLite 3.35 or newer; this Python has {sqlite3.sqlite_version}.")
    return os.path.abspath(path)


def file_identity(path: str) -> tuple[str, str]:
    """Return device and inode of a file. A restored or copied file has others.

    Raises:
        OutboxUnavailableError: There is no such file.
    """
    try:
        found = os.stat(path)
    except OSError as error:
        raise OutboxUnavailableError(f"{path} can't be read: {error.strerror}.") from None
    return str(found.st_dev), str(found.st_ino)


class _Commit:
    """A commit that several transactions share.

    Attributes:
        size: The number of transactions.
        over: Set when they are on the disk, or rolled back.
        error: Why they were rolled back; None if they weren't.
    """

    def __init__(self) -> None:
        self.size = 0
        self.over = threading.Event()
        self.error: OutboxUnavailableError | None = None


class SqliteFile:
    """The file, used by one transaction of this process at a time.

    Most of a small transaction's time is the wait for the disk. So transactions of several threads that would wait for
    each other share a commit: each is a savepoint, the last one commits, and all of them wait until it has.

    An SQLite connection must not be used after a fork: the parent could delete the file's locks while the child uses
    it. So before a fork, this class waits for the current transaction and closes the file. Parent and child open it
    again when they need it.

    Args:
        path: The path.
        timeout: Seconds to wait for another connection's transaction.
    """

    def __init__(self, path: str, timeout: float) -> None:
        self.path = path
        self._timeout = timeout
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[str, str] | None = None
        self._commit: _Commit | None = None
        self._waiting = 0
        self._waiting_lock = threading.Lock()
        _FILES.add(self)

    @contextmanager
    def transaction(self, *, create: bool = False, write: bool = True) -> Generator[sqlite3.Connection]:
        """Run one transaction that is on the disk when the block has ended, or rolled back if the block raises.

        Args:
            create: Whether to create the file if it is missing.
            write: Whether it writes. One that only reads waits for nobody: not even for an open transaction of the
                caller, who may be about to add a message to it.

        Raises:
            OutboxUnavailableError: The file can't be used.
        """
        if not write:
            with self._lock, self._errors():
                self._finish_commit()
                connection = self._open(create=create)
                connection.execute("BEGIN")
                try:
                    yield connection
                finally:
                    with suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
            return
        self._count_waiting(1)
        try:
            self._lock.acquire()
        finally:
            self._count_waiting(-1)
        try:
            with self._errors():
                connection = self._open(create=create)
                commit = self._commit
                if commit is None:
                    connection.execute("BEGIN IMMEDIATE")
                    commit = self._commit = _Commit()
                connection.execute("SAVEPOINT one")
                commit.size += 1
                try:
                    yield connection
                except sqlite3.Error:
                    raise  # nobody knows how much it rolled back, so all of them are
                except BaseException:
                    connection.execute("ROLLBACK TO one")
                    connection.execute("RELEASE one")
                    self._finish_or_leave(commit)
                    raise
                connection.execute("RELEASE one")
                self._finish_or_leave(commit)
        finally:
            self._lock.release()
        while not commit.over.wait(_COMMIT_WITHIN):
            with self._lock, suppress(OutboxUnavailableError), self._errors():
                if self._commit is commit:  # the one that waited has given up
                    self._finish_commit()
        if commit.error is not None:
            raise OutboxUnavailableError(str(commit.error), temporary=commit.error.temporary)

    def _count_waiting(self, change: int) -> None:
        with self._waiting_lock:
            self._waiting += change

    @contextmanager
    def _errors(self) -> Generator[None]:
        """Turn an error of SQLite into ours, for all that share the commit, and close the file."""
        try:
            yield
        except sqlite3.Error as error:
            lasting = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in _LASTING
            unavailable = OutboxUnavailableError(
                f"The outbox's file {self.path} can't be used: {error}.", temporary=not lasting
            )
            commit, self._commit = self._commit, None
            self._put_away()
            if commit is not None:
                commit.error = unavailable
                commit.over.set()
            raise unavailable from None

    def _finish_or_leave(self, commit: _Commit) -> None:
        """Commit what is open, unless somebody waits for the lock, who will do it."""
        if not self._waiting or commit.size >= _MOST_SHARED:
            self._finish_commit()

    def _finish_commit(self) -> None:
        """Commit what is open. Raises an error of SQLite if it can't."""
        commit = self._commit
        if commit is not None and self._connection is not None:
            self._connection.execute("COMMIT")
            self._commit = None
            commit.over.set()

    def _open(self, *, create: bool) -> sqlite3.Connection:
        if self._commit is None and self._connection is not None and self._identity != file_identity(self.path):
            self._put_away()  # the file at this path is another one now
        if self._connection is None:
            self._connection = self._opened(create=create)
            self._identity = file_identity(self.path)
        return self._connection

    def reopen(self) -> None:
        """Close the file, so that the next transaction opens whatever is at its path then."""
        with self._lock:
            self._close()

    def close(self) -> None:
        """Close the file. Another transaction opens it again."""
        self.reopen()

    def hold(self) -> None:
        """Wait for the current transaction, close the file, and keep it closed until `let_go`."""
        self._lock.acquire()
        self._close()

    def let_go(self) -> None:
        """Allow the file to be opened again, after `hold`."""
        self._lock.release()

    def __del__(self) -> None:
        self._put_away()

    def _close(self) -> None:
        with suppress(OutboxUnavailableError), self._errors():
            self._finish_commit()
        self._put_away()

    def _put_away(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _opened(self, *, create: bool) -> sqlite3.Connection:
        if not create and not os.path.exists(self.path):
            raise OutboxUnavailableError(
                f"There is no file {self.path}. Call Outbox(...).create_schema() once.", temporary=False
            )
        connection = sqlite3.connect(
            self.path, timeout=self._timeout, check_same_thread=False, isolation_level=None, cached_statements=256
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # In WAL mode, only FULL keeps a commit over a power failure. A claim that was lost would be sent again.
            connection.execute("PRAGMA synchronous = FULL")
            # Otherwise, what was purged, and what was moved before, stays in the file until SQLite needs the space.
            connection.execute("PRAGMA secure_delete = ON")
            # The memory of a worker stays flat, however large the file is. This is enough for a claim.
            connection.execute("PRAGMA cache_size = -4000")
        except BaseException:
            connection.close()
            raise
        return connection


_FILES: Final[weakref.WeakSet[SqliteFile]] = weakref.WeakSet()
_HELD: Final[list[SqliteFile]] = []


def _before_fork() -> None:
    for file in sorted(_FILES, key=id):
        file.hold()
        _HELD.append(file)


def _after_fork() -> None:
    while _HELD:
        _HELD.pop().let_go()


def _after_fork_in_child() -> None:
    _LOCKED_HERE.clear()  # the locks stay with the parent
    _after_fork()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)


_HIGHEST: Final = 2**62  # more than SQLite can count to isn't a number of ours
_DIGITS: Final = 20
_PLACES: Final = 8
_PLACES_IN_FILE: Final = range(0, _PLACES * _DIGITS, _DIGITS)
_LOCKED_HERE: Final[set[str]] = set()
_LOCKED_HERE_GUARD = threading.Lock()


class Generation:
    """The number of the last claim or decision, noted in a file beside the database.

    Without it, a backup that was copied into the same file would look like the database that it replaced. The note
    isn't forced to the disk, so after a power failure it may be too low, which only makes it notice less.

    Threads and processes note their numbers after the commit, so an earlier number may come later. It must not replace
    a higher one: each number has one of several places in the file, and the highest counts.

    Args:
        path: The path of the database.
    """

    def __init__(self, path: str) -> None:
        self._path = f"{os.path.realpath(path)}-generation"
        self._noted = -1

    def noted(self) -> int:
        """Return the highest noted number; 0 if there is none."""
        try:
            with open(self._path, "rb") as file:
                content = file.read(_PLACES * _DIGITS)
        except OSError:
            content = b""
        return max(self._noted, *(_number(content[place : place + _DIGITS]) for place in _PLACES_IN_FILE))

    def note(self, number: int) -> None:
        """Note the number of a claim or decision that was committed."""
        self._write(number)
        self._noted = max(self._noted, number)

    def _write(self, number: int) -> None:
        place = number % _PLACES * _DIGITS
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        with suppress(OSError):  # a folder that can't be written; the memory of this process is left
            descriptor = os.open(self._path, flags, 0o600)
            try:
                os.lseek(descriptor, place, os.SEEK_SET)
                if _number(os.read(descriptor, _DIGITS)) < number:
                    os.lseek(descriptor, place, os.SEEK_SET)
                    os.write(descriptor, b"%0*d" % (_DIGITS, number))
            finally:
                os.close(descriptor)


def _number(text: bytes) -> int:
    return min(int(text), _HIGHEST) if text.isdigit() else 0


class WorkerLock:
    """The lock that makes a process the one worker of a file. It ends with the process, however that ends.

    It is a lock on a file of its own next to the database. SQLite's own locks can't serve: it releases all locks of a
    process on the database when any of its connections closes.

    Args:
        path: The path of the database.
    """

    def __init__(self, path: str) -> None:
        self._path = f"{os.path.realpath(path)}-worker"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            WorkerConflictError: Another worker has it.
            OutboxUnavailableError: The lock file can't be written.
        """
        with _LOCKED_HERE_GUARD:  # a process doesn't conflict with its own locks
            if self._path in _LOCKED_HERE:
                raise WorkerConflictError(
                    f"This process already runs a worker for {self._path.removesuffix('-worker')}. SQLite allows one "
                    "worker for each file, also if the file has several namespaces. Raise its concurrency=, or put "
                    "the other namespace into a file of its own."
                )
            try:
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            except OSError as error:
                raise OutboxUnavailableError(
                    f"The lock file {self._path} can't be written: {error.strerror}.", temporary=False
                ) from None
            if not _try_lock(descriptor):
                os.close(descriptor)
                raise WorkerConflictError(
                    f"Another process is the worker of this outbox's file: it has locked {self._path}. SQLite allows "
                    "one worker for each file, also if the file has several namespaces. Stop the other one, or raise "
                    "its concurrency=."
                )
            self._descriptor = descriptor
            _LOCKED_HERE.add(self._path)

    def release(self) -> None:
        """Release the lock. Releasing it again does nothing."""
        with _LOCKED_HERE_GUARD:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)
                _LOCKED_HERE.discard(self._path)


if sys.platform == "win32":  # pragma: no cover - elsewhere there is lockf
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a child process doesn't inherit this one
        except (BlockingIOError, PermissionError):
            return False
        return True

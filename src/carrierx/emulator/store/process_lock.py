"""The lock that keeps a database file to one process."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from carrierx.emulator.errors import EmulatorError

_MAX_PID_BYTES: Final = 20


@dataclass
class _Held:
    descriptor: int
    users: int
    process: int


_held: Final[dict[str, _Held]] = {}
_guard: Final = threading.Lock()


class ProcessLock:
    """The exclusive use of a database file by this process, for as long as one of its locks is not released.

    A file beside the database, with `.lock` added to its name, is locked by the operating system. The lock ends with
    the process, however that ends. The file holds the number of the process, for the error that another one gets.

    Args:
        database: The path of the database.

    Raises:
        EmulatorError: Another process has the lock, the file can't be written, or the database has a second name: a
            hard link. SQLite keeps its log beside the name, and two logs damage the database.

    Attributes:
        path: The path of the lock's file. Every name of the same database has the same.
    """

    def __init__(self, database: str) -> None:
        self.path: str = f"{os.path.realpath(database)}.lock"
        _refuse_second_name(database)
        with _guard:
            held = _held.get(self.path)
            if held is not None and held.process == os.getpid():
                held.users += 1
                return
            try:
                descriptor = _locked(self.path, database)
            except OSError as error:
                raise EmulatorError(f"the lock of the database, {self.path}, can't be used: {error}") from error
            _held[self.path] = _Held(descriptor, 1, os.getpid())

    def release(self) -> None:
        """Let other processes use the file, if this was the last lock of this process. Call it only once."""
        with _guard:
            held = _held.get(self.path)
            if held is None or held.process != os.getpid():
                return  # a fork of the process that has the lock
            held.users -= 1
            if held.users == 0:
                del _held[self.path]
                _unlock(held.descriptor, self.path)


def _refuse_second_name(database: str) -> None:
    try:
        names = os.stat(database).st_nlink
    except OSError as error:
        raise EmulatorError(f"the emulator's database {database} can't be used: {error}") from error
    if names > 1:
        raise EmulatorError(
            f"{database} has more than one name (a hard link), and could be damaged through the other one:"
            " delete that name, or name a copy of the file"
        )


def _locked(path: str, database: str) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _try_lock(descriptor):
            owner = _owner(descriptor)
            os.close(descriptor)
            raise EmulatorError(f"{database} is in use by another process{owner}: stop it, or name another file")
        # The process that had the lock before may have deleted the file in between. Then lock the new one.
        if _is_at(path, descriptor):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            return descriptor
        os.close(descriptor)


def _is_at(path: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _owner(descriptor: int) -> str:
    try:
        found = os.read(descriptor, _MAX_PID_BYTES).decode("ascii", "replace")
    except OSError:  # on Windows, nobody else can read a locked file
        return ""
    return f" ({found})" if found.isdigit() else ""


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int, path: str) -> None:
        os.close(descriptor)
        with suppress(OSError):
            os.remove(path)

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a child process doesn't inherit this one
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _unlock(descriptor: int, path: str) -> None:
        with suppress(OSError):
            os.remove(path)  # while it is still locked, so that it is surely ours
        os.close(descriptor)

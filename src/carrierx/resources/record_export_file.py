"""The file that an export appends to: one writer at a time, and never a torn end that counts."""

from __future__ import annotations

import os
import stat
import sys

from carrierx.errors import ExportError, InvalidArgumentError
from carrierx.resources.record_export_cursor import PRIVATE, write_all

__all__ = ["ExportFile"]

_BEYOND_EVERY_END = 2**62


class ExportFile:
    """An output that is open and locked till `close`. The system lifts the lock when the process ends, however it does.

    Args:
        path: Where it is; it is made if it is missing.

    Raises:
        InvalidArgumentError: It is no regular file.
        ExportError: Another export is writing it.
        OSError: It can't be opened.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), PRIVATE)
        try:
            self._claim()
        except BaseException:
            os.close(self._descriptor)
            raise

    def size(self) -> int:
        """Its size now, in bytes."""
        return os.fstat(self._descriptor).st_size

    def cut_to(self, size: int) -> None:
        """Take off what stands after `size`: the end of a write that was broken off."""
        if self.size() > size:
            os.ftruncate(self._descriptor, size)

    def append_at(self, size: int, content: bytes) -> None:
        """Write from `size` on; the bytes are on the disk when this returns."""
        os.lseek(self._descriptor, size, os.SEEK_SET)
        write_all(self._descriptor, content)
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close it, which lifts the lock."""
        os.close(self._descriptor)

    def _claim(self) -> None:
        found = os.fstat(self._descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise InvalidArgumentError("An export needs a regular file, which it can append to and cut.")
        # Another file may have been put in its place before it was locked.
        if not _lock(self._descriptor) or not os.path.samestat(found, os.stat(self._path)):
            raise ExportError(
                f"Another export is writing {self._path!r}. Wait for its end; two at once would write records twice."
            )


if sys.platform == "win32":  # pragma: no cover - elsewhere there is flock
    import msvcrt

    def _lock(descriptor: int) -> bool:
        os.lseek(descriptor, _BEYOND_EVERY_END, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

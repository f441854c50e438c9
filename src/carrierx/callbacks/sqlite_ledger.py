"""Callback ledger in an SQLite file, shared by processes and kept across restarts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from carrierx.callbacks.ledger import KEEP_FOR, MAX_CALLBACKS, SeenStatus, check_bounds, key_of, later_statuses
from carrierx.callbacks.ledger_file import LedgerFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from carrierx.models.message import Message

__all__ = ["SQLiteLedger"]

# Old rows are deleted a few at a time, so that no callback waits long.
_DELETE_BATCH: Final = 100


class SQLiteLedger:
    """Ledger in a file on this machine, shared by all processes and threads and kept across restarts.

    Once `record` has returned, the callback is kept even if the process is killed. The file contains SIDs and statuses,
    but no numbers and no texts. You may create a ledger before a fork. Each process opens the file again.

    Args:
        path: Path of the file, which is created if it is missing.
        max_entries: Maximum number of callbacks to remember. The oldest are removed first.
        keep_for: Time for which a callback is remembered.
        clock: Function that returns the time in seconds since 1970, for tests.

    Raises:
        CallbackLedgerError: The file can't be used, or isn't a callback ledger.
        ConfigurationError: A limit is not above 0.

    Example:
        >>> import tempfile, pathlib
        >>> from carrierx.callbacks import parse
        >>> update = parse('{"message_sid": "097b49df", "direction": "outbound", "status": "sent"}')
        >>> with tempfile.TemporaryDirectory() as folder, SQLiteLedger(pathlib.Path(folder, "seen.db")) as ledger:
        ...     ledger.record(update), ledger.record(update)
        (<SeenStatus.NEW: 'new'>, <SeenStatus.DUPLICATE: 'duplicate'>)
    """

    def __init__(
        self,
        path: str | Path,
        *,
        max_entries: int = MAX_CALLBACKS,
        keep_for: timedelta = KEEP_FOR,
        clock: Callable[[], float] = time.time,
    ) -> None:
        check_bounds(max_entries, keep_for)
        self._max_entries = max_entries
        self._seconds = keep_for.total_seconds()
        self._clock = clock
        self._file = LedgerFile(str(path))

    def record(self, message: Message) -> SeenStatus:
        """Record a callback, and return whether it is new.

        Args:
            message: The callback.

        Raises:
            CallbackLedgerError: The file can't be used.
        """
        sid, status = key_of(message)
        with self._file.transaction() as connection:
            now = self._clock()
            self._forget_old(connection, sid, now - self._seconds)
            added = connection.execute(
                "INSERT OR IGNORE INTO callbacks (message_sid, status, seen_at) VALUES (?, ?, ?)", (sid, status, now)
            )
            if added.rowcount == 0:
                return SeenStatus.DUPLICATE
            # AUTOINCREMENT never reuses a number, so at most `max_entries` rows have a higher one.
            connection.execute(
                "DELETE FROM callbacks WHERE sequence <= ?", ((added.lastrowid or 0) - self._max_entries,)
            )
            late = any(_has(connection, sid, later) for later in later_statuses(status))
        return SeenStatus.OUT_OF_ORDER if late else SeenStatus.NEW

    def forget(self, message: Message) -> None:
        """Remove a callback, so that it is new if it comes again.

        Args:
            message: The callback.

        Raises:
            CallbackLedgerError: The file can't be used.
        """
        with self._file.transaction() as connection:
            connection.execute("DELETE FROM callbacks WHERE message_sid = ? AND status = ?", key_of(message))

    def close(self) -> None:
        """Close the file. Closing again does nothing."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _forget_old(self, connection: sqlite3.Connection, sid: str, limit: float) -> None:
        connection.execute("DELETE FROM callbacks WHERE message_sid = ? AND seen_at <= ?", (sid, limit))
        connection.execute(
            "DELETE FROM callbacks WHERE seen_at <= ? AND sequence IN"
            " (SELECT sequence FROM callbacks ORDER BY sequence LIMIT ?)",
            (limit, _DELETE_BATCH),
        )


def _has(connection: sqlite3.Connection, sid: str, status: str) -> bool:
    found = connection.execute("SELECT 1 FROM callbacks WHERE message_sid = ? AND status = ?", (sid, status))
    return found.fetchone() is not None

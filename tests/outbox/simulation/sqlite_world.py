"""The real SQLite store in the simulated world, seen by the harness as it sees the store in memory."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

from carrierx.outbox.messages import new_token
from carrierx.outbox.ports import ListQuery
from carrierx.outbox.settings import OutboxSettings
from carrierx.outbox.sqlite_store import SqliteStore

__all__ = ["ShownSqliteStore"]


class _DatabaseClock:
    """The database's clock, which for SQLite is the worker's own."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def boot(self) -> float:
        raise AssertionError("a store reads the wall clock only")

    def wall(self) -> float:
        return self._now()


class ShownSqliteStore(SqliteStore):
    """The real store, whose rows the harness can see, and whose file it can put back."""

    def __init__(self, folder: Path, settings: OutboxSettings, now: Callable[[], float]) -> None:
        super().__init__(str(folder / "texts.db"), "default", settings, _DatabaseClock(now))
        self._folder = folder
        self.create_schema()

    def snapshot(self) -> Path:
        """A backup of the file."""
        path = self._folder / f"{new_token()}.db"
        with sqlite3.connect(self.path) as source, sqlite3.connect(path) as target:
            source.backup(target)
        source.close()
        target.close()
        return path

    def become(self, snapshot: Path) -> None:
        """Put a backup in the place of the file."""
        self.close()
        for suffix in ("-wal", "-shm"):
            Path(self.path + suffix).unlink(missing_ok=True)
        restored = self._folder / "restored.db"
        shutil.copy(snapshot, restored)
        os.replace(restored, self.path)

    @property
    def rows(self) -> Mapping[int, SimpleNamespace]:
        return {row.id: row for row in self._shown()}

    @property
    def by_key(self) -> Mapping[str, SimpleNamespace]:
        return {row.message.key: row for row in self._shown()}

    def _shown(self) -> Sequence[SimpleNamespace]:
        return [
            SimpleNamespace(
                id=found.id,
                state=found.state,
                reason=found.reason,
                message=SimpleNamespace(key=found.key, reference=found.reference),
                history=self.attempts(found.key),
            )
            for found in self.list(ListQuery(limit=1000))
        ]

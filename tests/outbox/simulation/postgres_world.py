"""The real PostgreSQL store in the simulated world, seen by the harness as it sees the store in memory."""

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from carrierx.outbox.ports import ListQuery
from carrierx.outbox.postgres_connections import Connection
from carrierx.outbox.postgres_store import PostgresStore
from carrierx.outbox.settings import OutboxSettings
from tests.outbox.postgres_server import new_schema, shared_database
from tests.outbox.simulation.harness import RunResult, simulate

__all__ = ["ShownPostgresStore", "simulate_on_postgres"]

_TABLES = ("meta", "namespace", "message", "attempt", "pace")


class ShownPostgresStore(PostgresStore):
    """The real store, whose rows the harness can see, and whose database can lose commits."""

    def __init__(self, settings: OutboxSettings, now: Callable[[], float]) -> None:
        super().__init__(shared_database(), "default", settings, schema=new_schema(), now=now)
        self.create_schema()

    def close(self) -> None:
        """Delete everything, since nobody looks at it again."""
        self.transaction(lambda connection: self._run(connection, f"DROP SCHEMA {self.schema} CASCADE"))
        super().close()

    def snapshot(self) -> Mapping[str, Sequence[tuple[Any, ...]]]:
        """What a standby that lags has."""
        return self.transaction(
            lambda connection: {
                table: self._run(connection, f"SELECT * FROM {self.schema}.carrierx_outbox_{table}")
                for table in _TABLES
            }
        )

    def become(self, snapshot: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
        """Let the standby that lags become the database. Its timeline is another one than the tables know."""

        def become(connection: Connection) -> None:
            for table, rows in snapshot.items():
                name = f"{self.schema}.carrierx_outbox_{table}"
                self._run(connection, f"DELETE FROM {name}")
                for row in rows:
                    marks = ", ".join(["%s"] * len(row))
                    connection.execute(f"INSERT INTO {name} OVERRIDING SYSTEM VALUE VALUES ({marks})".encode(), row)
            self._run(connection, f"UPDATE {self.schema}.carrierx_outbox_meta SET timeline = 'before'")

        self.transaction(become)

    def _run(self, connection: Connection, statement: str) -> list[tuple[Any, ...]]:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description is not None else []

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


def simulate_on_postgres(seed: int) -> RunResult:
    """Run one seed."""
    stores = list[ShownPostgresStore]()

    def make_store(settings: OutboxSettings, now: Callable[[], float]) -> ShownPostgresStore:
        stores.append(ShownPostgresStore(settings, now))
        return stores[-1]

    try:
        return simulate(seed, make_store=make_store)
    finally:
        for store in stores:
            store.close()

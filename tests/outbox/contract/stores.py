"""The stores that the contract suite runs against, and what it needs to talk to each of them.

Another store joins with an entry in `STORES`: a function that makes an empty one with a clock to turn.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from carrierx.models.send_request import SendMessageRequest
from carrierx.outbox.messages import new_message
from carrierx.outbox.ports import Claimed, ClaimRequest, ClaimResult, ManagedStore, NewMessage, Pace, Unknown
from carrierx.outbox.postgres_store import PostgresStore
from carrierx.outbox.settings import OutboxSettings
from carrierx.outbox.sqlite_store import SqliteStore
from tests.outbox.memory_store import MemoryStore
from tests.outbox.postgres_server import new_schema, shared_database

START = 1_800_000_000.0


class TurnedClock:
    """A clock that the test turns, for worker and database alike."""

    def __init__(self) -> None:
        self.now = START

    def boot(self) -> float:
        return self.now - START

    def wall(self) -> float:
        return self.now


class Bench:
    """A store with its clock, and shorthand for what tests do again and again."""

    def __init__(self, store: ManagedStore, clock: TurnedClock, settings: OutboxSettings) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self.instance_id = store.instance_id()
        self._tokens = 0

    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    def change_settings(self, settings: OutboxSettings) -> None:
        """Go on with other settings, as a worker does after a restart."""
        self.settings = settings
        setattr(self.store, "_settings", settings)  # noqa: B010 - of whichever store it is

    def message(self, key: str, **changes: Any) -> NewMessage:
        request = SendMessageRequest(from_=changes.pop("sender", "15162065575"), to="15162065574", message="Hello")
        given: dict[str, Any] = {"due_at": None, "expires_at": None, "priority": 0, "data": None}
        return new_message(
            changes.pop("request", request),
            key=key,
            namespace="default",
            instance_id=self.instance_id,
            now=self.clock.now,
            fingerprint_key=changes.pop("fingerprint_key", None),
            **(given | changes),
        )

    def add(self, *keys: str, **changes: Any) -> None:
        self.store.add([self.message(key, **changes) for key in keys], self.instance_id)

    def claim_result(self, count: int = 1, pace: Pace | None = None) -> ClaimResult:
        self._tokens += count
        tokens = [f"token-{self._tokens - place}" for place in range(count)]
        return self.store.claim(ClaimRequest(tokens, pace or Pace()))

    def claim(self, pace: Pace | None = None) -> Claimed:
        [claimed] = self.claim_result(1, pace).messages
        return claimed

    def state(self, key: str) -> str:
        found = self.store.get(key)
        assert found is not None
        return found.state

    def due_lookups(self) -> list[Unknown]:
        return list(self.store.take_lookups(10).rows)


class MakeStore(Protocol):
    def __call__(self, settings: OutboxSettings, clock: TurnedClock, folder: Path) -> ManagedStore: ...


def _memory(settings: OutboxSettings, clock: TurnedClock, folder: Path) -> ManagedStore:
    return MemoryStore(settings, clock.wall)


def _sqlite(settings: OutboxSettings, clock: TurnedClock, folder: Path) -> ManagedStore:
    store = SqliteStore(str(folder / "texts.db"), "default", settings, clock)
    store.create_schema()
    return store


def _postgres(settings: OutboxSettings, clock: TurnedClock, folder: Path) -> ManagedStore:
    store = PostgresStore(shared_database(), "default", settings, schema=new_schema(), now=clock.wall)
    store.create_schema()
    return store


STORES: dict[str, MakeStore] = {"memory": _memory, "sqlite": _sqlite, "postgres": _postgres}

Opened = Callable[[OutboxSettings], "Bench"]


@contextmanager
def bench_of(name: str, settings: OutboxSettings, folder: Path) -> Generator[Bench]:
    """An empty store."""
    clock = TurnedClock()
    store = STORES[name](settings, clock, folder)
    try:
        yield Bench(store, clock, settings)
    finally:
        store.close()

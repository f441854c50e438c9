"""Nothing is sent twice and nothing is lost, in 600 bad worlds. `python -m tests.outbox.simulation` runs thousands."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from carrierx.outbox.settings import OutboxSettings
from tests.outbox.simulation.harness import simulate
from tests.outbox.simulation.postgres_world import simulate_on_postgres
from tests.outbox.simulation.sqlite_world import ShownSqliteStore

SEEDS = 600
AT_ONCE = 50


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_nothing_is_sent_twice_or_lost(first: int) -> None:
    results = [simulate(seed) for seed in range(first, first + AT_ONCE)]

    assert [f"seed {result.seed}: {result.violations}" for result in results if result.violations] == []
    # A world in which no worker lives breaks no rule either.
    assert all(result.accepted for result in results)
    assert sum(result.accepted for result in results) > 10 * AT_ONCE


def test_a_seed_is_always_the_same_run() -> None:
    assert simulate(17) == simulate(17)


@pytest.mark.parametrize("seed", range(20))
def test_the_real_store_keeps_it_too(seed: int) -> None:
    """Fewer seeds, because each transaction is on the disk before it is answered."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        stores = list[ShownSqliteStore]()

        def make_store(settings: OutboxSettings, now: Callable[[], float]) -> ShownSqliteStore:
            stores.append(ShownSqliteStore(Path(folder), settings, now))
            return stores[0]

        result = simulate(seed, make_store=make_store)
        for store in stores:
            store.close()

    assert result.violations == []
    assert result.accepted


@pytest.mark.parametrize("seed", range(20, 40))
def test_the_postgres_store_keeps_it_too(seed: int) -> None:
    result = simulate_on_postgres(seed)

    assert result.violations == []
    assert result.accepted

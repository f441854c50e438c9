"""The contract suite runs once for each store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from carrierx.outbox.settings import OutboxSettings
from tests.outbox.contract.stores import STORES, Bench, bench_of


@pytest.fixture(params=STORES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with bench_of(request.param, OutboxSettings(max_unknown=2), tmp_path) as made:
        yield made

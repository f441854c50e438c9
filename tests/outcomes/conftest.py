"""What every test about outcomes needs done before its time is measured."""

from __future__ import annotations

import pytest

from tests.outcomes.ways import PAIRS
from tests.support.fault_server import FaultServer


@pytest.fixture(scope="session", autouse=True)
def loaded() -> None:
    """Send once by every carrier: they load much at their first use, which is not to count as slowness."""
    by_carrier = {(way.carrier, way.asynchronous): way for way in PAIRS}
    for way in by_carrier.values():
        with FaultServer(use_tls=way.tls) as server, way.proxy() as proxy:
            assert way.send(server.base_url, proxy=proxy).message is not None

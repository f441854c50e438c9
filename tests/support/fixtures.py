"""Fixtures that several folders of tests share. A folder's `conftest.py` imports what its tests need."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock

_VARIABLES = ("CARRIERX_TOKEN", "CARRIERX_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the surroundings configures a client."""
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def emulator(clock: SteppingClock) -> Iterator[Emulator]:
    # A parameter that CarrierX does not know is a mistake of the client.
    with Emulator(EmulatorConfig(strict_query=True), clock=clock.now) as made:
        yield made


@pytest.fixture(params=["sync", "async"])
def factory(request: pytest.FixtureRequest) -> Iterator[ClientFactory]:
    with asyncio.Runner() as runner:
        made = ClientFactory(runner if request.param == "async" else None)
        yield made
        made.close()

"""The pytest plugin: three fixtures and a marker. pytest loads it by itself wherever carrierx is installed.

Every test run of every user loads this module, so it imports nothing but pytest until a fixture is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carrierx.client import AsyncCarrierXClient, CarrierXClient
    from carrierx.testing.emulator import EmulatorForTests

_MARKER: Final = (
    "carrierx_emulator(**settings): how the test's emulator behaves, by the names of carrierx.emulator.EmulatorConfig: "
    "enabled_numbers, delays, ..."
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, for runs with strict markers."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def carrierx_emulator(request: pytest.FixtureRequest) -> Iterator[EmulatorForTests]:
    """An emulator of CarrierX's messaging API for this test alone, in memory, its clock held."""
    from carrierx.testing.emulator import EmulatorForTests
    from carrierx.testing.settings import config_from

    with EmulatorForTests(config_from(request.node.iter_markers("carrierx_emulator"))) as emulator:
        yield emulator


@pytest.fixture
def carrierx_client(carrierx_emulator: EmulatorForTests) -> CarrierXClient:
    """A client that talks to the test's emulator, without a socket; its waits step the emulator's clock."""
    return carrierx_emulator.client()


@pytest.fixture
def carrierx_async_client(carrierx_emulator: EmulatorForTests) -> AsyncCarrierXClient:
    """An async client that talks to the test's emulator, without a socket; its waits step the emulator's clock.

    The fixture itself is not async, so that it works with pytest-asyncio in each of its modes, with anyio's plugin,
    and with neither.
    """
    return carrierx_emulator.async_client()

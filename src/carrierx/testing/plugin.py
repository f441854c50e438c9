"""Pytest plugin that keeps tests from sending real texts and provides three fixtures and two markers.

pytest loads it in every test run wherever carrierx is installed. So it imports only pytest until a test uses a fixture
or allows a host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from carrierx.client import AsyncCarrierXClient, CarrierXClient
    from carrierx.testing.emulator import EmulatorForTests

_EMULATOR_MARKER: Final = (
    "carrierx_emulator(**settings): settings of the test's emulator, named as in carrierx.emulator.EmulatorConfig: "
    "enabled_numbers, delays, ..."
)
_NETWORK_MARKER: Final = (
    "carrierx_allow_network(*hosts): let carrierx clients connect to these hosts in the test; without hosts, to every "
    "host"
)
_HOSTS: Final = "carrierx_allow_hosts"
_SETTINGS: Final = "carrierx_emulator"
_OPTION: Final = "--carrierx-allow-network"
_SWITCHED_ON: Final = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that allow real hosts in a test run."""
    parser.getgroup("carrierx").addoption(
        _OPTION, action="store_true", help="let carrierx clients connect to any host: tests may then send real texts"
    )
    parser.addini(
        _HOSTS, "hosts that carrierx clients may connect to in tests; this machine is always allowed", type="args"
    )
    parser.addini(_SETTINGS, "settings of every test's emulator, one on each line: visibility_lag = 2", type="linelist")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Turn on the guard before the user's first file is imported."""
    _switch_on(early_config, early_config.known_args_namespace.carrierx_allow_network)
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and turn on the guard if a conftest file loaded the plugin."""
    config.addinivalue_line("markers", _EMULATOR_MARKER)
    config.addinivalue_line("markers", _NETWORK_MARKER)
    _switch_on(config, config.option.carrierx_allow_network)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Restore the guard after each test and its fixtures."""
    from carrierx import network_guard

    before = network_guard.state()
    try:
        return (yield)
    finally:
        network_guard.restore(before)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Allow the hosts that the marker of a test names."""
    from carrierx import network_guard

    closest = item.get_closest_marker("carrierx_allow_network")
    if closest is None:
        return
    if not closest.args:
        network_guard.allow_every_host()
    elif network_guard.state() is not None:
        hosts = [host for marker in item.iter_markers("carrierx_allow_network") for host in marker.args]
        network_guard.allow_also(_checked(hosts, "the marker carrierx_allow_network"))


def _switch_on(config: pytest.Config, every_host: bool) -> None:
    if config.stash.get(_SWITCHED_ON, False):
        return
    config.stash[_SWITCHED_ON] = True
    from carrierx import network_guard

    before = network_guard.state()
    config.add_cleanup(lambda: network_guard.restore(before))
    if every_host:
        network_guard.allow_every_host()
    else:
        # A test run within another one keeps the restrictions of the outer one.
        network_guard.allow_also(_checked(config.getini(_HOSTS), _HOSTS))


def _checked(hosts: Iterable[object], where: str) -> Iterator[str]:
    for host in hosts:
        if not isinstance(host, str) or not host or any(sign in host for sign in "/, "):
            raise pytest.UsageError(f"{where} accepts only host names, such as 'sandbox.example', not {host!r}")
        yield host


@pytest.fixture
def carrierx_emulator(request: pytest.FixtureRequest) -> Iterator[EmulatorForTests]:
    """Emulator of CarrierX's messaging API for this test, in memory and with a held clock."""
    from carrierx.testing.emulator import EmulatorForTests
    from carrierx.testing.settings import config_from

    lines = request.config.getini(_SETTINGS)
    with EmulatorForTests(config_from(request.node.iter_markers("carrierx_emulator"), lines)) as emulator:
        yield emulator


@pytest.fixture
def carrierx_client(carrierx_emulator: EmulatorForTests) -> CarrierXClient:
    """Client that uses the test's emulator without a socket. Its waits step the emulator's clock."""
    return carrierx_emulator.client()


@pytest.fixture
def carrierx_async_client(carrierx_emulator: EmulatorForTests) -> AsyncCarrierXClient:
    """Async client that uses the test's emulator without a socket. Its waits step the emulator's clock.

    The fixture itself is not async, so it works with pytest-asyncio in every mode, with anyio's plugin, and without
    either.
    """
    return carrierx_emulator.async_client()

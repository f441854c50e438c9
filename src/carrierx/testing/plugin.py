"""The pytest plugin: it keeps tests from sending real texts, and brings three fixtures and two markers.

pytest loads it by itself wherever carrierx is installed, in every test run of every user. So it imports nothing but
pytest until a fixture is used or a host is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from carrierx.client import AsyncCarrierXClient, CarrierXClient
    from carrierx.testing.emulator import EmulatorForTests

_EMULATOR_MARKER: Final = (
    "carrierx_emulator(**settings): how the test's emulator behaves, by the names of carrierx.emulator.EmulatorConfig: "
    "enabled_numbers, delays, ..."
)
_NETWORK_MARKER: Final = (
    "carrierx_allow_network(*hosts): let carrierx clients talk to these hosts in the test; without hosts, to every host"
)
_HOSTS: Final = "carrierx_allow_hosts"
_OPTION: Final = "--carrierx-allow-network"
_SWITCHED_ON: Final = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ways to let a test run talk to real hosts."""
    parser.getgroup("carrierx").addoption(
        _OPTION, action="store_true", help="let carrierx clients talk to every host: tests may then send real texts"
    )
    parser.addini(_HOSTS, "hosts that carrierx clients may talk to in tests; this machine always is one", type="args")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Switch the guard on before the first file of the user's is imported."""
    _switch_on(early_config, early_config.known_args_namespace.carrierx_allow_network)
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Switch the guard on, where a conftest brought the plugin, and make the markers known."""
    config.addinivalue_line("markers", _EMULATOR_MARKER)
    config.addinivalue_line("markers", _NETWORK_MARKER)
    _switch_on(config, config.option.carrierx_allow_network)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Put the guard back after each test, its fixtures included."""
    from carrierx import network_guard

    before = network_guard.state()
    try:
        return (yield)
    finally:
        network_guard.restore(before)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Allow a test what its marker says."""
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
        # A run within another one keeps what that one allows, and what it forbids.
        network_guard.allow_also(_checked(config.getini(_HOSTS), _HOSTS))


def _checked(hosts: Iterable[object], where: str) -> Iterator[str]:
    for host in hosts:
        if not isinstance(host, str) or not host or any(sign in host for sign in "/, "):
            raise pytest.UsageError(f"{where} takes host names alone, such as 'sandbox.example', not {host!r}")
        yield host


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

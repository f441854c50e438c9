"""A client that nobody closed leaves nothing behind and warns about nothing."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Iterator

import httpx
import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient
from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorTransport
from tests.processes.scripts import run
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS


@pytest.fixture
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


@pytest.mark.usefixtures("no_warnings")
def test_a_client_that_is_forgotten_closes_its_connections() -> None:
    with FaultServer() as server:
        client = CarrierXClient(DEMO_TOKEN, base_url=server.base_url)
        client.messages.send(**SMS)
        del client
        gc.collect()
        server.settle(timeout=3, quiet=60)  # fails unless every connection is closed by then


@pytest.mark.usefixtures("no_warnings")
def test_an_async_client_that_is_forgotten_in_its_loop_warns_about_nothing() -> None:
    async def work(base_url: str) -> None:
        client = AsyncCarrierXClient(DEMO_TOKEN, base_url=base_url)
        await client.messages.send(**SMS)
        del client
        gc.collect()
        await asyncio.sleep(0)

    with FaultServer() as server:
        asyncio.run(work(server.base_url))
        assert server.requests_fully_read == 1


@pytest.mark.usefixtures("no_warnings")
def test_a_client_that_was_never_used_warns_about_nothing() -> None:
    CarrierXClient(DEMO_TOKEN)
    AsyncCarrierXClient(DEMO_TOKEN)
    gc.collect()


def test_a_forgotten_client_leaves_an_injected_one_open() -> None:
    with Emulator() as emulator, httpx.Client(transport=EmulatorTransport(emulator)) as http:
        client = CarrierXClient(DEMO_TOKEN, http_client=http)
        client.messages.send(**SMS)
        del client
        gc.collect()
        assert not http.is_closed


def test_a_program_may_end_without_closing() -> None:
    with FaultServer() as server:
        run(
            """
            client = CarrierXClient("token", base_url=BASE_URL)
            client.messages.send(**SMS)
            asynchronous = AsyncCarrierXClient("token", base_url=BASE_URL)
            asyncio.run(asynchronous.messages.send(**SMS))
            """,
            server.base_url,
        )
        assert server.requests_fully_read == 2

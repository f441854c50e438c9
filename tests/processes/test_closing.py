"""Closing a client while sends are under way: each still gets its receipt."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import httpx
import pytest

from carrierx import (
    AsyncCarrierXClient,
    CarrierXClient,
    CarrierXError,
    ConfigurationError,
    Message,
    Outcome,
    SendOutcomeUnknownError,
)
from carrierx.emulator import DEMO_TOKEN
from carrierx.events import AttemptStarted, Event
from tests.support.behaviours import READ_REQUEST, STAY_SILENT, after_whole_request, behave, pause, respond, respond_sms
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS

SLOW = behave(READ_REQUEST, pause(0.3), respond_sms().steps[-1])
SENDS = 10


async def until_all_are_read(server: FaultServer, count: int) -> None:
    def read() -> None:
        while server.requests_fully_read < count:
            time.sleep(0.01)

    await asyncio.to_thread(read)


@pytest.mark.parametrize("backend", ["httpx", "aiohttp"])
async def test_an_async_client_waits_for_the_receipts_of_all_that_is_in_flight(
    backend: Literal["httpx", "aiohttp"],
) -> None:
    with FaultServer(SLOW) as server:
        client = AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, async_backend=backend, max_retries=0)
        sending = [asyncio.create_task(client.messages.send(**SMS)) for _ in range(SENDS)]
        await until_all_are_read(server, SENDS)
        await client.close()
        assert all(task.done() for task in sending)
        assert all(isinstance(task.result(), Message) for task in sending)


def test_a_sync_client_waits_for_the_receipts_of_all_that_is_in_flight() -> None:
    with FaultServer(SLOW) as server, ThreadPoolExecutor(SENDS) as pool:
        client = CarrierXClient(DEMO_TOKEN, base_url=server.base_url, max_retries=0)
        sending = [pool.submit(lambda: client.messages.send(**SMS)) for _ in range(SENDS)]
        while server.requests_fully_read < SENDS:
            time.sleep(0.01)
        client.close()
        assert all(isinstance(future.result(timeout=1), Message) for future in sending)


async def test_closing_waits_no_longer_than_the_sends_own_timeouts() -> None:
    with FaultServer(after_whole_request(STAY_SILENT)) as server:
        client = AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, timeout=0.3, max_retries=0)
        sending = asyncio.create_task(client.messages.send(**SMS))
        await until_all_are_read(server, 1)
        await asyncio.wait_for(client.close(), 20)
        with pytest.raises(SendOutcomeUnknownError):
            await sending


async def test_closing_can_be_cancelled() -> None:
    with FaultServer(after_whole_request(STAY_SILENT)) as server:
        client = AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, timeout=0.5, max_retries=0)
        sending = asyncio.create_task(client.messages.send(**SMS))
        await until_all_are_read(server, 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.close(), 0.05)
        with pytest.raises(SendOutcomeUnknownError):
            await sending


async def test_a_send_that_would_try_again_after_the_close_is_told_that_the_client_is_closed() -> None:
    with FaultServer(respond(429, headers=[("Retry-After", "0")]), SLOW) as server:
        waiting, go_on = asyncio.Event(), asyncio.Event()

        def listen(event: Event) -> None:
            if type(event).__name__ == "RetryScheduled":
                waiting.set()

        client = AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, on_event=listen)
        sending = asyncio.create_task(client.messages.send(**SMS))
        await waiting.wait()
        await client.close()
        go_on.set()
        with pytest.raises(ConfigurationError, match="closed"):
            await sending
        assert server.requests_fully_read == 1


def test_a_client_that_is_closed_from_within_its_own_send_does_not_wait_for_itself_and_sends_nothing() -> None:
    clients: list[CarrierXClient] = []

    def listen(event: Event) -> None:
        if isinstance(event, AttemptStarted):
            clients[0].close()

    with FaultServer() as server:
        clients.append(CarrierXClient(DEMO_TOKEN, base_url=server.base_url, on_event=listen))
        with pytest.raises(CarrierXError) as caught:
            clients[0].messages.send(**SMS)
        assert caught.value.outcome is Outcome.NOT_SENT
        assert server.requests_fully_read == 0


async def test_an_async_client_that_is_closed_from_within_its_own_send_does_not_wait_for_itself() -> None:
    clients: list[AsyncCarrierXClient] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        await clients[0].close()
        return httpx.Response(200, json={"message_sid": "sid"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        clients.append(AsyncCarrierXClient(DEMO_TOKEN, http_client=http))
        assert (await clients[0].messages.send(**SMS)).message_sid == "sid"


def test_a_close_waits_for_other_threads_while_new_sends_are_refused() -> None:
    with FaultServer(SLOW) as server, ThreadPoolExecutor(2) as pool:
        client = CarrierXClient(DEMO_TOKEN, base_url=server.base_url, max_retries=0)
        sending = pool.submit(lambda: client.messages.send(**SMS))
        while server.requests_fully_read < 1:
            time.sleep(0.01)
        closing = threading.Thread(target=client.close)
        closing.start()
        while not refuses(client):
            time.sleep(0.01)
        assert isinstance(sending.result(), Message)
        closing.join()
        assert server.requests_fully_read == 1


def refuses(client: CarrierXClient) -> bool:
    try:
        client.messages.get("sid", max_retries=0)
    except ConfigurationError:
        return True
    return False

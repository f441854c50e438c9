"""Many threads on one client."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from carrierx import CarrierXClient, Message
from carrierx.emulator import DEMO_TOKEN
from tests.support.behaviours import READ_REQUEST, behave, pause, respond_sms
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS
from tests.support.waits import wait_for_a_request

THREADS = 20


def send(client: CarrierXClient) -> Message:
    return client.messages.send(**SMS)


def test_each_thread_gets_its_own_answers() -> None:
    with (
        FaultServer() as server,
        CarrierXClient(DEMO_TOKEN, base_url=server.base_url, max_retries=0) as client,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        together = threading.Barrier(THREADS)

        def work(number: int) -> list[str | None]:
            together.wait(10)
            return [client.messages.send(**SMS, user_data=f"{number} {turn}").user_data for turn in range(5)]

        for number, answers in enumerate(pool.map(work, range(THREADS))):
            assert answers == [f"{number} {turn}" for turn in range(5)]
        assert server.requests_fully_read == THREADS * 5
        assert server.connections <= THREADS


@pytest.mark.parametrize("most", [1, 2, 7])
def test_threads_share_fewer_connections_than_they_are_and_no_send_is_lost(most: int) -> None:
    with (
        FaultServer() as server,
        CarrierXClient(DEMO_TOKEN, base_url=server.base_url, max_connections=most, max_retries=0) as client,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        for sending in [pool.submit(send, client) for _ in range(THREADS * 4)]:
            sending.result()
        assert server.requests_fully_read == THREADS * 4
        # The HTTP library may close an idle connection to open another, never two at a time.
        assert server.connections < THREADS


def test_a_client_that_is_closed_waits_for_a_send_that_is_under_way() -> None:
    with FaultServer(behave(READ_REQUEST, pause(0.2), respond_sms().steps[-1])) as server:
        client = CarrierXClient(DEMO_TOKEN, base_url=server.base_url, max_retries=0)
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(send, client)
            wait_for_a_request(server)
            client.close()
            assert sending.result(timeout=1).from_ == SMS["from_"]
        server.settle(timeout=3, quiet=60)  # fails unless the connection is closed by then


@pytest.mark.parametrize("refused", [0, 1], ids=["the first token", "a fresh token"])
def test_threads_that_need_a_token_together_ask_for_one(refused: int) -> None:
    asked: list[str] = []
    together = threading.Barrier(THREADS)

    def give() -> str:
        time.sleep(0.05)
        asked.append(f"token-{len(asked)}")
        return asked[-1]

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.headers["authorization"].rpartition("-")[2])
        if number < refused:
            together.wait(10)
            return httpx.Response(401)
        return httpx.Response(200, json={"message_sid": "sid"})

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as http,
        CarrierXClient(give, http_client=http, max_retries=0) as client,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        for sending in [pool.submit(send, client) for _ in range(THREADS)]:
            assert sending.result().message_sid == "sid"
    assert len(asked) == 1 + refused

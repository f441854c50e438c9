"""Each fault without a socket: through both transports for httpx, and under any ASGI server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from carrierx.emulator import (
    BASE_PATH,
    DEMO_TOKEN,
    AnswerCutError,
    AsyncEmulatorTransport,
    Emulator,
    EmulatorTransport,
    create_app,
)
from tests.emulator.helpers import SMS
from tests.support.clocks import SteppingClock

BASE_URL = f"https://api.carrierx.com{BASE_PATH}"
HEADERS = {"Authorization": f"Bearer {DEMO_TOKEN}"}

Post = Callable[[], httpx.Response]


@pytest.fixture
def clock_of_waits() -> SteppingClock:
    return SteppingClock()


@pytest.fixture(params=["sync", "async"])
def post(request: pytest.FixtureRequest, emulator: Emulator, clock_of_waits: SteppingClock) -> Iterator[Post]:
    """Sends a message through one of the transports."""
    settings: dict[str, Any] = {"base_url": BASE_URL, "headers": HEADERS, "timeout": httpx.Timeout(5, read=2)}
    if request.param == "sync":
        transport = EmulatorTransport(emulator, sleep=clock_of_waits.sleep)
        with httpx.Client(transport=transport, **settings) as client:
            yield lambda: client.post("/sms/messages", json=dict(SMS))
        return

    async def post_once() -> httpx.Response:
        transport = AsyncEmulatorTransport(emulator, sleep=clock_of_waits.sleep_async)
        async with httpx.AsyncClient(transport=transport, **settings) as client:
            return await client.post("/sms/messages", json=dict(SMS))

    yield lambda: asyncio.run(post_once())


def test_an_answer_comes_as_it_was_told(post: Post, emulator: Emulator) -> None:
    emulator.faults.answer(503, {"busy": True}, retry_after=2)

    answer = post()

    assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (503, {"busy": True}, "2")
    assert emulator.messages == []


def test_a_late_answer_is_waited_for(post: Post, emulator: Emulator, clock_of_waits: SteppingClock) -> None:
    emulator.faults.delay(1.5)

    assert post().status_code == 200
    assert clock_of_waits.sleeps == [1.5]


def test_an_answer_that_is_too_late_times_out(post: Post, emulator: Emulator, clock_of_waits: SteppingClock) -> None:
    emulator.faults.delay(30)

    with pytest.raises(httpx.ReadTimeout) as caught:
        post()

    assert clock_of_waits.sleeps == [2]
    assert caught.value.request.url.path.endswith("/sms/messages")
    assert len(emulator.messages) == 1


def test_a_lost_answer_raises_what_a_closed_connection_would(post: Post, emulator: Emulator) -> None:
    emulator.faults.lose_answer()

    with pytest.raises(httpx.RemoteProtocolError, match="Server disconnected without sending a response"):
        post()

    assert len(emulator.messages) == 1


def test_a_truncated_answer_breaks_off_while_it_is_read(post: Post, emulator: Emulator) -> None:
    emulator.faults.truncate_answer()

    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body") as caught:
        post()

    assert caught.value.request.method == "POST"
    assert len(emulator.messages) == 1


def test_the_start_of_a_truncated_answer_can_be_read(emulator: Emulator) -> None:
    emulator.faults.truncate_answer()

    with (
        httpx.Client(transport=EmulatorTransport(emulator), base_url=BASE_URL, headers=HEADERS) as client,
        client.stream("POST", "/sms/messages", json=dict(SMS)) as answer,
    ):
        parts = answer.iter_bytes()
        start = next(parts)
        with pytest.raises(httpx.RemoteProtocolError):
            next(parts)

    assert answer.status_code == 200
    assert len(start) == int(answer.headers["content-length"]) // 2


def test_a_garbled_answer_is_no_json(post: Post, emulator: Emulator) -> None:
    emulator.faults.garble_answer()

    answer = post()

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError, match=r"."):
        answer.json()


async def test_other_tasks_go_on_while_an_answer_is_late(emulator: Emulator) -> None:
    waiting, over = asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        await over.wait()

    emulator.faults.delay(0.5, method="POST")
    transport = AsyncEmulatorTransport(emulator, sleep=sleep)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=HEADERS) as client:
        late = asyncio.create_task(client.post("/sms/messages", json=dict(SMS)))
        await waiting.wait()

        assert (await client.get("/sms/messages")).json()["count"] == 1
        assert not late.done()
        over.set()
        assert (await late).status_code == 200


def test_without_a_read_timeout_the_whole_delay_is_waited_for(emulator: Emulator) -> None:
    emulator.faults.delay(0.05)
    request = httpx.Request("POST", f"{BASE_URL}/sms/messages", headers=HEADERS, json=dict(SMS))

    began = time.monotonic()
    answer = EmulatorTransport(emulator).handle_request(request)

    assert time.monotonic() - began >= 0.05
    assert answer.status_code == 200


async def test_another_asgi_server_is_told_that_it_should_close(emulator: Emulator) -> None:
    transport = httpx.ASGITransport(create_app(emulator))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=HEADERS) as client:
        for make in (emulator.faults.lose_answer, emulator.faults.truncate_answer):
            make(times=1)
            with pytest.raises(AnswerCutError, match="use the emulator's own serve or run"):
                await client.post("/sms/messages", json=dict(SMS))
        emulator.faults.delay(0.01)

        assert (await client.get("/sms/messages")).json()["count"] == 2

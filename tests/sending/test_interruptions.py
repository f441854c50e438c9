"""Cancellation, ended workers and ended programs: no request without its one result, and nobody waits forever."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from carrierx import (
    AcceptedWithoutReceiptError,
    AsyncCarrierXClient,
    CarrierXError,
    Outcome,
    SendOutcomeUnknownError,
)
from carrierx.emulator import DEMO_TOKEN
from carrierx.events import AttemptFinished, AttemptStarted, Event
from carrierx.sending.async_batch import AsyncSendBatch
from carrierx.sending.plan import SendResult
from tests.sending.batches import Answerer, indices, read_into, send_many, texts
from tests.support.client_factory import ClientFactory
from tests.support.scripts import Script, reply, sms

Handler = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


class Gate:
    """An async server that answers when it is opened."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.asked = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        await self.open.wait()
        return sms()(request)

    async def until_asked(self, times: int) -> None:
        while self.asked < times:  # noqa: ASYNC110 - just as many turns of the loop as it needs
            await asyncio.sleep(0)


async def turns(count: int = 200) -> None:
    """Let everything go on that waits for nothing from outside, however slow the machine is."""
    for _ in range(count):
        await asyncio.sleep(0)


def client_at(answer: Handler, **options: Any) -> AsyncCarrierXClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return AsyncCarrierXClient(DEMO_TOKEN, http_client=http, auto_reference=True, **options)


class Reading:
    """A task that reads a batch to its end."""

    def __init__(self, batch: AsyncSendBatch) -> None:
        self.batch = batch
        self.read: list[SendResult] = []
        self.task = asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        async with self.batch as entered:
            async for result in entered:
                self.read.append(result)

    def workers(self) -> list[asyncio.Task[Any]]:
        return [task for task in asyncio.all_tasks() if task.get_name().startswith("carrierx-send")]

    async def cancelled(self) -> None:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(self.task), 5)
        assert self.workers() == []


async def test_a_cancelled_reader_waits_for_what_is_on_its_way() -> None:
    gate = Gate()
    reading = Reading(client_at(gate).messages.send_many(texts(50), concurrency=4))
    await gate.until_asked(4)

    reading.task.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not reading.task.done()
    gate.open.set()
    await reading.cancelled()

    assert (reading.batch.taken, gate.asked) == (4, 4)
    assert indices(reading.read, reading.batch.unread) == [0, 1, 2, 3]
    assert all(result.ok for result in reading.batch.unread)


@pytest.mark.parametrize("times", [2, 5])
async def test_a_second_cancellation_ends_the_sends_and_each_tells_what_is_known(times: int) -> None:
    gate = Gate()
    reading = Reading(client_at(gate).messages.send_many(texts(50), concurrency=3))
    await gate.until_asked(3)

    for _ in range(times):
        reading.task.cancel()
        await asyncio.sleep(0)
    await reading.cancelled()

    assert indices(reading.read, reading.batch.unread) == [0, 1, 2]
    for result in reading.batch.unread:
        assert isinstance(result.error, SendOutcomeUnknownError)
        assert result.outcome is result.error.outcome is Outcome.UNKNOWN
        assert result.reference is not None
        assert not result.error.safe_to_resend


async def test_a_storm_that_cancels_everything_ends_at_once() -> None:
    """What `asyncio.run` does to all tasks at its end."""
    gate = Gate()
    reading = Reading(client_at(gate).messages.send_many(texts(50), concurrency=5))
    await gate.until_asked(5)

    for _ in range(3):
        for task in (*reading.workers(), reading.task):
            task.cancel()
        await asyncio.sleep(0)
    await reading.cancelled()

    assert indices(reading.read, reading.batch.unread) == [0, 1, 2, 3, 4]


async def test_workers_that_somebody_else_cancels_are_not_taken_for_the_end() -> None:
    gate = Gate()
    reading = Reading(client_at(gate).messages.send_many(texts(50), concurrency=3))
    await gate.until_asked(3)

    for worker in reading.workers():
        worker.cancel()
        worker.cancel()
    with pytest.raises(CarrierXError, match="A task of the batch was cancelled, so not all messages were taken"):
        await asyncio.wait_for(reading.task, 5)

    assert indices(reading.read) == [0, 1, 2]
    assert {result.outcome for result in reading.read} == {Outcome.UNKNOWN}


async def test_workers_that_are_cancelled_before_they_begin_do_not_hang_the_reader() -> None:
    batch = client_at(Gate()).messages.send_many(texts(5), concurrency=2)
    async with batch:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        with pytest.raises(CarrierXError, match="not all messages were taken"):
            await asyncio.wait_for(anext(batch), 5)

    assert batch.taken == 0


async def test_a_worker_that_waits_for_room_keeps_its_result_when_cancelled() -> None:
    gate = Gate()
    gate.open.set()
    batch = client_at(gate).messages.send_many(texts(50), concurrency=2)
    async with batch:
        await gate.until_asked(4)
        await turns()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    assert batch.taken == 4
    assert indices(batch.unread) == [0, 1, 2, 3]
    assert all(result.ok for result in batch.unread)


async def test_a_send_that_is_cancelled_before_its_turn_was_not_sent() -> None:
    gate = Gate()
    gate.open.set()
    reading = Reading(client_at(gate).messages.send_many(texts(50), concurrency=3, rate=0.001))
    await gate.until_asked(1)
    await turns()

    for _ in range(2):
        reading.task.cancel()
        await asyncio.sleep(0)
    await reading.cancelled()

    waiting = [result for result in reading.batch.unread if not result.ok]
    assert {result.outcome for result in waiting} == {Outcome.NOT_SENT}
    assert all(isinstance(result.error, CarrierXError) and result.error.safe_to_resend for result in waiting)
    assert gate.asked == 1


async def test_a_timeout_around_the_block_leaves_it() -> None:
    gate = Gate()
    batch = client_at(gate).messages.send_many(texts(50), concurrency=2)
    read = list[SendResult]()
    limit = asyncio.timeout(None)

    async def time_out_then_answer() -> None:
        await gate.until_asked(2)
        limit.reschedule(0)
        while not limit.expired():  # noqa: ASYNC110 - just as many turns of the loop as it needs
            await asyncio.sleep(0)
        await turns()
        gate.open.set()

    async def read_all() -> None:
        async with limit, batch:
            async for result in batch:
                read.append(result)

    answering = asyncio.create_task(time_out_then_answer())
    with pytest.raises(TimeoutError):
        await read_all()
    await answering

    assert indices(read, batch.unread) == [0, 1]
    assert all(result.ok for result in batch.unread)


@pytest.mark.parametrize("reader_waits", [True, False])
async def test_a_reader_that_gives_up_waiting_loses_no_result(reader_waits: bool) -> None:
    gate = Gate()
    batch = client_at(gate).messages.send_many(texts(3), concurrency=1)
    read = list[SendResult]()
    async with batch:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01 if reader_waits else 0):
                read.append(await anext(batch))
        gate.open.set()
        async for result in batch:
            read.append(result)

    assert indices(read) == [0, 1, 2]


@pytest.mark.parametrize(
    ("when", "answer", "error", "outcome"),
    [
        (AttemptStarted, sms(), SendOutcomeUnknownError, Outcome.UNKNOWN),
        (AttemptFinished, sms(), AcceptedWithoutReceiptError, Outcome.ACCEPTED),
        (AttemptFinished, reply(422, {}), CarrierXError, Outcome.REJECTED),
        (AttemptFinished, reply(429, {}), CarrierXError, Outcome.NOT_SENT),
        (AttemptFinished, reply(500, {}), SendOutcomeUnknownError, Outcome.UNKNOWN),
    ],
)
def test_a_listener_that_ends_the_program_ends_the_batch(
    when: type[Event], answer: Any, error: type[Exception], outcome: Outcome
) -> None:
    def leave(event: Event) -> None:
        if isinstance(event, when):
            raise SystemExit(3)

    factory = ClientFactory()
    client = factory.scripted(Script(answer), on_event=leave)
    read = list[SendResult]()
    with pytest.raises(SystemExit), send_many(factory, client, texts(50), concurrency=1) as batch:
        read_into(read, batch)
    factory.close()

    (met,) = read
    assert type(met.error) is error
    assert (met.outcome, met.error.outcome if isinstance(met.error, CarrierXError) else None) == (outcome, outcome)


def test_a_token_function_that_ends_the_program_ends_the_batch(factory: ClientFactory) -> None:
    def leave() -> str:
        raise SystemExit(3)

    client = factory.scripted(Script(), leave)
    batch = send_many(factory, client, texts(50), concurrency=1)
    with pytest.raises(SystemExit), batch:
        list(batch)

    assert batch.taken == 1


def start_only(count: int) -> Callable[[threading.Thread], None]:
    """Let so many threads start, then no more."""
    start = threading.Thread.start
    left = [count]

    def start_or_refuse(thread: threading.Thread) -> None:
        if thread.name.startswith("carrierx-send"):
            if left[0] == 0:
                raise RuntimeError("can't start new thread")
            left[0] -= 1
        start(thread)

    return start_or_refuse


def test_a_machine_without_more_threads_sends_with_those_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", start_only(2))
    factory = ClientFactory()
    with send_many(factory, factory.scripted(Script()), texts(20), concurrency=8) as batch:
        assert indices(batch) == list(range(20))
    factory.close()


def test_a_machine_without_threads_says_so_and_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", start_only(0))
    factory = ClientFactory()
    batch = send_many(factory, factory.scripted(Script()), texts(20))
    with pytest.raises(RuntimeError, match="can't start new thread"):
        batch.__enter__()
    factory.close()

    assert (batch.taken, batch.unread) == (0, ())


def test_an_interrupt_while_leaving_does_not_lose_what_comes_in_later() -> None:
    """A second Ctrl-C: the block is left at once, and the sends on their way end by themselves."""
    go_on = threading.Event()
    answerer = Answerer(lambda: None if answerer.answered == 1 else _wait(go_on))
    factory = ClientFactory()
    batch = send_many(factory, factory.scripted(Script(answerer)), texts(50), concurrency=2)
    batch.__enter__()
    first = next(batch)
    while answerer.answered < 3:
        batch.idle(0.001)

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        raise KeyboardInterrupt

    join = threading.Thread.join
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(threading.Thread, "join", interrupted)
        with pytest.raises(KeyboardInterrupt):
            batch.__exit__(None, None, None)
    assert batch.unread == ()
    go_on.set()
    for thread in [each for each in threading.enumerate() if each.name.startswith("carrierx-send")]:
        join(thread, 5)
    factory.close()

    assert indices([first], batch.unread) == [0, 1, 2]
    assert list(batch) == []


def _wait(event: threading.Event) -> None:
    assert event.wait(5)


ABANDONED = """
import httpx
from carrierx import CarrierXClient

answer = httpx.Response(200, json={"message_sid": "a"})
http = httpx.Client(transport=httpx.MockTransport(lambda request: answer))
client = CarrierXClient("0d7a8c3e", http_client=http)
texts = ({"from": "15162065575", "to": "15162065574", "message": str(number)} for number in range(1000))


def results():
    with client.messages.send_many(texts, concurrency=3) as batch:
        yield from batch


abandoned = results()
print(next(abandoned).ok)
"""


def test_a_program_that_abandons_a_batch_can_end() -> None:
    finished = subprocess.run([sys.executable, "-c", ABANDONED], capture_output=True, text=True, timeout=30, check=True)

    assert (finished.stdout, finished.stderr) == ("True\n", "")

"""The end of the program, and of an event loop: what is waited for, what is stopped, what is told."""

from __future__ import annotations

import asyncio
import json

import pytest

from carrierx.callbacks import MemoryLedger, SeenStatus, callback_app, parse
from tests.callbacks.asgi_client import SECRETS, Inbox, lifespan, post, until
from tests.callbacks.carrier import inbound


async def test_a_server_that_stops_waits_for_the_work() -> None:
    inbox = Inbox(ValueError("x"))
    app = callback_app(inbox, secrets=SECRETS, retry_waits=(60.0,))
    async with asyncio.timeout(30), lifespan(app):
        for _ in range(3):
            assert await post(app, inbound()) == 200
        await until(lambda: inbox.tries == 1)

    assert len(inbox.messages) == 3
    assert app.counts.handled == 3


async def test_a_wait_that_begins_while_the_server_stops_is_left_out() -> None:
    inbox = Inbox(ValueError("x"))
    inbox.gate.clear()
    app = callback_app(inbox, secrets=SECRETS, retry_waits=(60.0,))
    await post(app, inbound())
    draining = asyncio.create_task(app.drain(30))
    await until(lambda: inbox.tries == 1)
    inbox.gate.set()

    assert await draining == 0
    assert inbox.tries == 2


async def test_a_wait_that_is_stopped_is_not_begun_again() -> None:
    inbox = Inbox(*[ValueError("x")] * 2)
    app = callback_app(inbox, secrets=SECRETS, retry_waits=(60.0,))
    await post(app, inbound())
    await until(lambda: inbox.tries == 1)
    inbox.gate.clear()

    assert await app.drain(0.3) == 0
    assert (inbox.tries, app.counts.interrupted) == (2, 1)


async def test_a_wait_ends_by_itself() -> None:
    inbox = Inbox(ValueError("x"))
    app = callback_app(inbox, secrets=SECRETS, retry_waits=(0.01,))
    await post(app, inbound())
    await until(lambda: app.counts.handled == 1)


async def test_what_takes_too_long_is_stopped_and_told() -> None:
    inbox = Inbox()
    inbox.gate.clear()
    app = callback_app(inbox, secrets=SECRETS, drain_seconds=0.05)
    for _ in range(3):
        await post(app, inbound())
    await until(lambda: inbox.tries == 1)

    assert await app.drain() == 2
    assert (app.counts.interrupted, app.counts.handled, app.pending) == (1, 0, 2)


async def test_at_the_end_of_the_process_what_was_not_begun_is_new_should_it_come_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    inbox, ledger = Inbox(), MemoryLedger()
    inbox.gate.clear()
    app = callback_app(inbox, secrets=SECRETS, ledger=ledger, concurrency=1, drain_seconds=0.05)
    begun, waiting = inbound("begun"), inbound("waiting")
    async with lifespan(app):
        for fields in (begun, waiting):
            await post(app, fields)
        await until(lambda: inbox.tries == 1)

    assert app.pending == 0
    assert f"callback {waiting['message_sid']}: accepted but not started" in caplog.text
    assert ledger.record(parse(json.dumps(waiting))) is SeenStatus.NEW
    assert ledger.record(parse(json.dumps(begun))) is SeenStatus.DUPLICATE
    assert await app.stop() == 0


async def test_what_was_left_is_taken_up_and_what_was_begun_is_not() -> None:
    inbox = Inbox()
    inbox.gate.clear()
    app = callback_app(inbox, secrets=SECRETS, concurrency=1)
    for text in ("begun", "waiting"):
        await post(app, inbound(text))
    await until(lambda: inbox.tries == 1)
    await app.drain(0.05)
    inbox.gate.set()
    await post(app, inbound("new"))
    await app.drain()

    assert inbox.texts == ["waiting", "new"]


def test_work_has_more_in_the_next_event_loop() -> None:
    inbox = Inbox()
    app = callback_app(inbox, secrets=SECRETS, concurrency=1)

    async def begin() -> None:
        inbox.gate = asyncio.Event()
        for text in ("begun", "waiting"):
            assert await post(app, inbound(text)) == 200
        await until(lambda: inbox.tries == 1)

    async def go_on() -> None:
        inbox.gate = asyncio.Event()
        inbox.gate.set()
        assert await post(app, inbound("new")) == 200
        assert await app.drain() == 0

    asyncio.run(begin())  # it ends, as a test client's loop does, in the middle of the work
    asyncio.run(go_on())

    assert inbox.texts == ["waiting", "new"]
    assert (app.counts.interrupted, app.pending) == (1, 0)


def test_work_has_more_after_a_loop_that_was_just_closed() -> None:
    inbox = Inbox()
    app = callback_app(inbox, secrets=SECRETS, concurrency=1)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda loop, context: None)  # it would be told that a task was left pending

    async def begin() -> None:
        inbox.gate = asyncio.Event()
        for text in ("begun", "waiting"):
            await post(app, inbound(text))
        await until(lambda: inbox.tries == 1)

    loop.run_until_complete(begin())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    inbox.gate = asyncio.Event()
    inbox.gate.set()

    async def go_on() -> None:
        await post(app, inbound("new"))
        await app.drain()

    asyncio.run(go_on())
    assert inbox.texts == ["waiting", "new"]


async def test_draining_nothing_is_done_at_once() -> None:
    app = callback_app(Inbox(), secrets=SECRETS)

    assert await app.drain() == 0
    assert await app.drain(0) == 0

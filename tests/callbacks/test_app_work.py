"""What happens after the answer: handlers of all kinds, order, further attempts."""

from __future__ import annotations

import asyncio
import functools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import pytest

from carrierx import (
    BadRequestError,
    CarrierXError,
    ConfigurationError,
    ConnectionFailedError,
    Message,
    Outcome,
    SendOutcomeUnknownError,
)
from carrierx.callbacks import CallbackHandler, MemoryLedger, SeenStatus, callback_app
from tests.callbacks.asgi_client import SECRETS, Inbox, ask, post, until
from tests.callbacks.carrier import inbound, status_update


async def test_a_handler_may_be_sync_and_block() -> None:
    threads: list[threading.Thread] = []

    def handle(message: Message) -> None:
        threads.append(threading.current_thread())

    app = callback_app(handle, secrets=SECRETS)
    await post(app, inbound())
    await app.drain()

    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


async def test_a_handler_may_be_async_in_any_disguise() -> None:
    inbox = Inbox()

    async def handle(mark: str, message: Message) -> None:
        inbox.messages.append(message)

    loop = asyncio.get_running_loop()

    def returns_awaitable(message: Message) -> object:
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(handle("", message), loop), loop=loop)

    def returns_coroutine(message: Message) -> object:
        return handle("", message)

    handlers: list[CallbackHandler] = [inbox, functools.partial(handle, "mark"), returns_coroutine, returns_awaitable]
    for handler in handlers:
        app = callback_app(handler, secrets=SECRETS)
        await post(app, inbound())
        await app.drain()
        assert app.counts.handled == 1
    assert len(inbox.messages) == 4


async def test_a_handler_does_not_work_in_the_context_of_some_request() -> None:
    request: ContextVar[str] = ContextVar("request", default="none")
    seen: list[str] = []

    async def handle(message: Message) -> None:
        seen.append(request.get())

    app = callback_app(handle, secrets=SECRETS)
    request.set("the first")
    await post(app, inbound())
    await app.drain()

    assert seen == ["none"]


async def test_one_customers_callbacks_are_handled_in_order() -> None:
    handled: list[str | None] = []

    async def handle(message: Message) -> None:
        await asyncio.sleep(0.02 if message.message == "STOP" else 0)
        handled.append(message.message)

    app = callback_app(handle, secrets=SECRETS, concurrency=8)
    for text in ("STOP", "START", "HELP"):
        await post(app, inbound(text))
    await app.drain()

    assert handled == ["STOP", "START", "HELP"]


class LingeringLedger(MemoryLedger):
    """Writes `sent` down and then lingers, until `delivered` is written down too or it has waited long enough."""

    def __init__(self) -> None:
        super().__init__()
        self.delivered = threading.Event()

    def record(self, message: Message) -> SeenStatus:
        seen = super().record(message)
        if message.status == "delivered":
            self.delivered.set()
        else:
            self.delivered.wait(0.2)
        return seen


async def test_callbacks_that_come_at_once_are_handled_in_the_order_in_which_they_were_written_down() -> None:
    handled: list[str | None] = []

    async def handle(message: Message) -> None:
        handled.append(message.status)

    app = callback_app(handle, secrets=SECRETS, ledger=LingeringLedger())
    await asyncio.gather(*(post(app, status_update(status)) for status in ("sent", "delivered")))
    await app.drain()

    assert handled == ["sent", "delivered"]


async def test_handlers_that_block_keep_no_callback_from_being_answered() -> None:
    gate = threading.Event()

    def handle(message: Message) -> None:
        gate.wait(30)

    with ThreadPoolExecutor(2) as few:
        asyncio.get_running_loop().set_default_executor(few)
        app = callback_app(handle, secrets=SECRETS, concurrency=8)
        try:
            async with asyncio.timeout(20):
                for number in range(30):
                    assert await post(app, inbound(**{"from": f"1516206{5500 + number}"})) == 200
        finally:
            gate.set()
        await app.drain()

    assert app.counts.handled == 30


async def test_a_slow_customer_does_not_hold_up_all_others() -> None:
    inbox, gate = Inbox(), asyncio.Event()

    async def handle(message: Message) -> None:
        if message.from_ == "15162065570":
            await gate.wait()
        await inbox(message)

    app = callback_app(handle, secrets=SECRETS, concurrency=4)
    await post(app, inbound("slow", **{"from": "15162065570"}))
    for number in range(20):
        await post(app, inbound("quick", **{"from": f"1516206{5571 + number}"}))
    await until(lambda: len(inbox.messages) > 5)

    assert "slow" not in inbox.texts
    gate.set()
    await app.drain()
    assert len(inbox.messages) == 21


async def test_a_customer_whose_callback_fails_holds_up_nobody_else() -> None:
    inbox = Inbox()

    async def handle(message: Message) -> None:
        if message.message == "poison" and inbox.tries == 0:
            inbox.tries += 1
            raise ValueError("x")
        await inbox(message)

    app = callback_app(handle, secrets=SECRETS, concurrency=1, retry_waits=(60.0,))
    for text in ("poison", "after the poison"):
        await post(app, inbound(text, **{"from": "15162065570"}))
    for number in range(5):
        await post(app, inbound("another", **{"from": f"1516206{5571 + number}"}))
    await until(lambda: len(inbox.messages) == 5)

    assert inbox.texts == ["another"] * 5
    await app.drain()
    assert inbox.texts[5:] == ["poison", "after the poison"]


async def test_a_customer_who_has_been_dealt_with_takes_no_room_any_more() -> None:
    inbox, gate = Inbox(), asyncio.Event()

    async def handle(message: Message) -> None:
        if message.message == "slow":
            await gate.wait()
        await inbox(message)

    app = callback_app(handle, secrets=SECRETS, concurrency=2, queue_size=3)
    await post(app, inbound("slow", **{"from": "15162065570"}))
    for number in range(20):
        assert await post(app, inbound("quick", **{"from": f"1516206{5571 + number}"})) == 200
        await until(lambda count=number + 1: len(inbox.messages) == count)
    await post(app, inbound("slow", **{"from": "15162065600"}))
    await until(lambda: app.pending == 2)
    gate.set()
    await app.drain()

    assert len(inbox.messages) == 22


async def test_status_updates_go_with_their_recipient_and_strangers_by_their_sid() -> None:
    inbox = Inbox()
    app = callback_app(inbox, secrets=SECRETS)
    for fields in (status_update("sent"), status_update("delivered"), {"message_sid": "bare"}):
        await post(app, fields)
    await app.drain()

    assert {message.status for message in inbox.messages} == {"sent", "delivered", None}


@pytest.mark.parametrize("error", [ValueError("x"), ConnectionFailedError("x", safe_to_resend=True)])
async def test_a_handler_that_fails_is_called_again(error: Exception) -> None:
    inbox = Inbox(error, error)
    app = callback_app(inbox, secrets=SECRETS, retry_waits=(0.0, 0.01))
    await post(app, inbound())
    await app.drain()

    assert (inbox.tries, len(inbox.messages), app.counts.handled, app.counts.failed) == (3, 1, 1, 0)


async def test_a_handler_that_fails_for_good_gets_it_when_it_comes_again() -> None:
    inbox = Inbox(*[ValueError("x")] * 3)
    app = callback_app(inbox, secrets=SECRETS, retry_waits=(0.0, 0.0))
    fields = inbound()
    assert await post(app, fields) == 200
    await app.drain()
    assert (inbox.tries, app.counts.failed) == (3, 1)

    assert (await ask(app, json.dumps(fields).encode())).body == {"status": "accepted"}
    await app.drain()
    assert (inbox.tries, len(inbox.messages), app.counts.handled) == (4, 1, 1)


def raised_after(error: Exception) -> Exception:
    """An error of the handler's own, raised while it dealt with another."""
    try:
        try:
            raise error
        except (CarrierXError, ValueError):
            raise ValueError("my own")  # noqa: B904
    except ValueError as own:
        return own


UNKNOWN = SendOutcomeUnknownError("x", outcome=Outcome.UNKNOWN)
REJECTED = BadRequestError("x", status_code=400, message="", outcome=Outcome.REJECTED)


@pytest.mark.parametrize(
    "error",
    [
        UNKNOWN,
        REJECTED,
        ConfigurationError("x"),
        raised_after(UNKNOWN),
        ExceptionGroup("several", [ValueError("x"), UNKNOWN]),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_after_a_reply_that_may_be_out_there_nothing_is_tried_again(error: Exception) -> None:
    inbox, ledger = Inbox(error), MemoryLedger()
    app = callback_app(inbox, secrets=SECRETS, ledger=ledger, retry_waits=(0.0, 0.0))
    fields = inbound()
    await post(app, fields)
    await app.drain()
    await post(app, fields)
    await app.drain()

    assert (inbox.tries, app.counts.failed, app.counts.duplicates) == (1, 1, 1)


async def test_a_stop_iteration_ends_nothing() -> None:
    def handle(message: Message) -> None:
        next(iter(()))

    app = callback_app(handle, secrets=SECRETS, retry_waits=())
    await post(app, inbound())
    assert await app.drain(5) == 0

    assert app.counts.failed == 1


async def test_a_handler_that_waits_for_something_cancelled_holds_up_nobody() -> None:
    inbox = Inbox(asyncio.CancelledError())
    app = callback_app(inbox, secrets=SECRETS, retry_waits=())
    await post(app, inbound())
    await post(app, inbound())
    await app.drain()

    assert (app.counts.failed, app.counts.handled, app.counts.interrupted) == (1, 1, 0)


class StubbornLedger(MemoryLedger):
    def forget(self, message: Message) -> None:
        raise OSError("the disk is gone")


async def test_a_ledger_that_can_not_forget_stops_nothing() -> None:
    inbox = Inbox(ValueError("x"))
    app = callback_app(inbox, secrets=SECRETS, ledger=StubbornLedger(), retry_waits=())
    for _ in range(2):
        await post(app, inbound())
    await app.drain()

    assert (app.counts.failed, app.counts.handled) == (1, 1)


async def test_the_statuses_are_those_of_the_ledger_of_the_caller() -> None:
    class Doubting(MemoryLedger):
        def record(self, message: Message) -> SeenStatus:
            return SeenStatus.DUPLICATE

    inbox = Inbox()
    app = callback_app(inbox, secrets=SECRETS, ledger=Doubting())
    await post(app, inbound())
    await app.drain()

    assert (inbox.tries, app.counts.duplicates) == (0, 1)

"""What a client tells while it works, in which order, and to whom."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from carrierx import AsyncCarrierXClient, ConfigurationError, Outcome, RetryPolicy, SendOutcomeUnknownError
from carrierx.emulator import DEMO_TOKEN
from carrierx.events import (
    AttemptFinished,
    AttemptInterrupted,
    AttemptStarted,
    CallFinished,
    CallStarted,
    Event,
    RetryScheduled,
)
from tests.support.behaviours import STAY_SILENT, after_whole_request
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.fault_server import FaultServer
from tests.support.scripts import SID, SMS, Script, broken, reply, sms
from tests.support.waits import wait_for_a_request

PATH = "/sms/messages"
CALL_EVENTS = (CallStarted, CallFinished)


def of_attempts(events: list[Event]) -> list[Event]:
    """The events without those for the start and the end of a call."""
    return [event for event in events if not isinstance(event, CALL_EVENTS)]


class StoppedError(BaseException):
    """Stands for an interrupt or a cancellation."""


@pytest.fixture
def events() -> list[Event]:
    return []


def test_a_send_that_goes_well_tells_its_begin_and_its_end(factory: ClientFactory, events: list[Event]) -> None:
    client = factory.scripted([reply(200, {"message_sid": SID}, {"X-Request-Id": "req-7f"})], on_event=events.append)
    client.send(**SMS)
    started, finished = of_attempts(events)
    assert started == AttemptStarted("POST", PATH, 1)
    assert isinstance(finished, AttemptFinished)
    assert (finished.attempt, finished.outcome, finished.status_code) == (1, Outcome.ACCEPTED, 200)
    assert (finished.error, finished.request_id) == (None, "req-7f")
    assert 0 <= finished.seconds < 5


def test_a_retry_is_told_between_its_attempts(
    factory: ClientFactory, clock: SteppingClock, events: list[Event]
) -> None:
    script = Script(broken(), reply(503, headers={"Retry-After": "3"}), sms())
    policy = RetryPolicy(random=lambda: 0.5)
    factory.scripted(script, clock=clock, retry_policy=policy, on_event=events.append).get(SID)
    path = f"{PATH}/{SID}"
    assert of_attempts(events) == [
        AttemptStarted("GET", path, 1),
        AttemptFinished("GET", path, 1, 0, Outcome.UNKNOWN, None, "ReadError", None),
        RetryScheduled("GET", path, 1, 0.25, "ReadError"),
        AttemptStarted("GET", path, 2),
        AttemptFinished("GET", path, 2, 0, Outcome.UNKNOWN, 503, None, None),
        RetryScheduled("GET", path, 2, 3, "status 503"),
        AttemptStarted("GET", path, 3),
        AttemptFinished("GET", path, 3, 0, Outcome.ACCEPTED, 200, None, None),
    ]


def test_no_retry_is_told_that_does_not_come(factory: ClientFactory, clock: SteppingClock, events: list[Event]) -> None:
    client = factory.scripted([reply(500)], clock=clock, on_event=events.append)
    with pytest.raises(SendOutcomeUnknownError):
        client.send(**SMS)
    assert [type(event) for event in of_attempts(events)] == [AttemptStarted, AttemptFinished]


def test_an_interrupted_send_tells_what_is_known_and_lets_the_interrupt_pass(
    factory: ClientFactory, clock: SteppingClock, events: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    client = factory.scripted([broken(StoppedError)], clock=clock, on_event=events.append)
    with pytest.raises(StoppedError), caplog.at_level(logging.WARNING, "carrierx"):
        client.send(**SMS, reference="order-17")
    assert of_attempts(events) == [
        AttemptStarted("POST", PATH, 1),
        AttemptInterrupted("POST", PATH, 1, 0, Outcome.UNKNOWN, "order-17"),
    ]
    assert [record.getMessage() for record in caplog.records] == [
        "POST /sms/messages: attempt 1 was interrupted after 0.000 s, outcome unknown, reference order-17"
    ]


async def test_a_cancelled_send_tells_what_is_known(events: list[Event]) -> None:
    with FaultServer(after_whole_request(STAY_SILENT)) as server:
        async with AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, on_event=events.append) as client:
            sending = asyncio.create_task(client.messages.send(**SMS, reference="order-17"))
            await asyncio.to_thread(wait_for_a_request, server)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
    interrupted, finished = events[-2:]
    assert isinstance(finished, CallFinished)
    assert (finished.error, finished.outcome, finished.unconfirmed) == ("CancelledError", Outcome.UNKNOWN, True)
    assert isinstance(interrupted, AttemptInterrupted)
    assert (interrupted.outcome, interrupted.reference) == (Outcome.UNKNOWN, "order-17")


async def test_a_send_that_is_cancelled_before_it_begins_was_not_sent(events: list[Event]) -> None:
    async with AsyncCarrierXClient(DEMO_TOKEN, base_url="http://127.0.0.1:9", on_event=events.append) as client:
        sending = asyncio.create_task(client.messages.send(**SMS))
        await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert [event.outcome for event in events if isinstance(event, AttemptInterrupted)] == [Outcome.NOT_SENT]


def test_a_listener_that_raises_does_not_disturb_the_send(
    factory: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    def listen(event: Event) -> None:
        raise ZeroDivisionError("the listener's own mistake")

    script = Script()
    with caplog.at_level(logging.ERROR, "carrierx"):
        sent = factory.scripted(script, on_event=listen).send(**SMS)
    assert sent.message_sid == SID
    assert len(script.requests) == 1
    assert [record.getMessage() for record in caplog.records] == [
        f"on_event raised on {name}; the call continues"
        for name in ("CallStarted", "AttemptStarted", "AttemptFinished", "CallFinished")
    ]
    assert "the listener's own mistake" in caplog.text


def test_a_log_handler_that_raises_does_not_disturb_the_send(
    factory: ClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise ValueError("I/O operation on closed file.")

    monkeypatch.setattr(logging.getLogger("carrierx"), "handlers", [Broken()])
    monkeypatch.setattr(logging.getLogger("carrierx"), "level", logging.DEBUG)
    logging.getLogger("carrierx").manager._clear_cache()  # type: ignore[attr-defined]
    seen: list[Event] = []

    sent = factory.scripted(Script(), on_event=seen.append).send(**SMS)

    assert sent.message_sid == SID
    assert len(of_attempts(seen)) == 2


def test_a_copy_may_listen_elsewhere_or_not_at_all(factory: ClientFactory, events: list[Event]) -> None:
    others: list[Event] = []
    client = factory.scripted([sms()], on_event=events.append)
    client.with_options(timeout=5).send(**SMS)
    client.with_options(on_event=others.append).send(**SMS)
    client.with_options(on_event=None).send(**SMS)
    assert (len(of_attempts(events)), len(of_attempts(others))) == (2, 2)


@pytest.mark.parametrize("listener", ["print", 5, []])
def test_what_cannot_listen_is_refused(factory: ClientFactory, listener: Any) -> None:
    with pytest.raises(ConfigurationError, match="on_event"):
        factory.make(on_event=listener)
    with pytest.raises(ConfigurationError, match="on_event"):
        factory.make().with_options(on_event=listener)


def test_the_log_tells_attempts_and_waits(
    factory: ClientFactory, clock: SteppingClock, caplog: pytest.LogCaptureFixture
) -> None:
    script = Script(broken(), reply(500), sms())
    policy = RetryPolicy(random=lambda: 1.0)
    with caplog.at_level(logging.DEBUG, "carrierx"):
        factory.scripted(script, clock=clock, retry_policy=policy).get("sid-1")
    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "carrierx"]
    assert lines == [
        ("DEBUG", "GET /sms/messages/sid-1: attempt 1"),
        (
            "INFO",
            "GET /sms/messages/sid-1: attempt 1 ended without a response after 0.000 s (ReadError), outcome unknown",
        ),
        ("INFO", "GET /sms/messages/sid-1: retrying in 0.50 s after attempt 1 (ReadError)"),
        ("DEBUG", "GET /sms/messages/sid-1: attempt 2"),
        ("INFO", "GET /sms/messages/sid-1: attempt 2 got status 500 after 0.000 s, outcome unknown"),
        ("INFO", "GET /sms/messages/sid-1: retrying in 1.00 s after attempt 2 (status 500)"),
        ("DEBUG", "GET /sms/messages/sid-1: attempt 3"),
        ("INFO", "GET /sms/messages/sid-1: attempt 3 got status 200 after 0.000 s, outcome accepted"),
    ]


def test_the_log_tells_of_fields_that_cannot_be_read(factory: ClientFactory, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "carrierx"):
        factory.scripted([sms(price="free")]).get("sid-1")
    assert [record.getMessage() for record in caplog.records] == ["GET /sms/messages/sid-1: unreadable fields price"]

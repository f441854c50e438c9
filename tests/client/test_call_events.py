"""The events for the start and the end of a call: what they say, and that one follows the other whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from scripts.generate_operations import arguments, methods

from carrierx import (
    AuthenticationError,
    Call,
    CarrierXClient,
    CarrierXError,
    ConfigurationError,
    NotFoundError,
    Outcome,
    SendOutcomeUnknownError,
)
from carrierx.emulator import BASE_PATH
from carrierx.emulator.routes import ROUTES
from carrierx.events import (
    AttemptFinished,
    AttemptInterrupted,
    AttemptStarted,
    CallFinished,
    CallStarted,
    Event,
    RetryScheduled,
    SegmentsDiffer,
)
from carrierx.sending.batch import SendBatch
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import SID, SMS, Script, broken, reply, sms

PATH = "/sms/messages"


class StoppedError(BaseException):
    """Stands for an interrupt or a cancellation."""


def ignore(event: Event) -> None:
    """Listen to nothing."""


def finished(events: list[Event]) -> CallFinished:
    """The only event for the end of a call, which is the last event."""
    (found,) = [event for event in events if isinstance(event, CallFinished)]
    assert events[-1] is found
    return found


@pytest.fixture
def events() -> list[Event]:
    return []


def test_a_call_starts_before_its_first_attempt_and_ends_after_its_last(
    factory: ClientFactory, clock: SteppingClock, events: list[Event]
) -> None:
    script = Script(reply(429), sms(message_segments=1))
    factory.scripted(script, clock=clock, on_event=events.append).send(**SMS)

    assert [type(event) for event in events] == [
        CallStarted,
        AttemptStarted,
        AttemptFinished,
        RetryScheduled,
        AttemptStarted,
        AttemptFinished,
        CallFinished,
    ]
    started = events[0]
    assert isinstance(started, CallStarted)
    assert (started.operation, started.method, started.path_template) == ("messages.send", "POST", PATH)
    assert started.message_kind == "sms"
    assert started.base_url.endswith("/core/v2")
    end = finished(events)
    assert (end.operation, end.method, end.path_template) == ("messages.send", "POST", PATH)
    assert (end.attempts, end.outcome, end.status_code, end.error) == (2, Outcome.ACCEPTED, 200, None)
    assert (end.message_sid, end.message_kind, end.segments, end.unconfirmed) == (SID, "sms", 1, False)
    assert end.seconds >= 0


def test_all_events_of_a_call_have_its_number_and_no_other_call_has_it(
    factory: ClientFactory, clock: SteppingClock, events: list[Event]
) -> None:
    client = factory.scripted(Script(reply(429), sms(message_segments=3)), clock=clock, on_event=events.append)
    client.send(**SMS)
    first = {getattr(event, "call_id", None) for event in events}
    assert any(isinstance(event, SegmentsDiffer) for event in events)
    events.clear()
    client.get(SID)
    second = {getattr(event, "call_id", None) for event in events}

    assert len(first) == len(second) == 1
    assert first.isdisjoint(second)
    assert None not in first | second
    assert 0 not in first | second


def test_the_segments_are_those_that_carrierx_charges(factory: ClientFactory, events: list[Event]) -> None:
    factory.scripted([sms(message_segments=4)], on_event=events.append).send(**SMS)
    assert finished(events).segments == 4


def test_without_a_number_from_carrierx_the_segments_are_those_that_we_counted(
    factory: ClientFactory, events: list[Event]
) -> None:
    client = factory.scripted([reply(200, {"message_sid": SID})], on_event=events.append)
    client.send(**{**SMS, "message": "a" * 161})
    assert finished(events).segments == 2


def test_an_mms_says_so(factory: ClientFactory, events: list[Event]) -> None:
    client = factory.scripted([reply(200, {"message_sid": SID})], on_event=events.append, media_check="off")
    client.send(**SMS, media_urls=["https://storage.carrierx.com/f/1"])
    assert (finished(events).message_kind, finished(events).segments) == ("mms", None)


def test_a_lost_response_is_unconfirmed_and_names_its_reference(factory: ClientFactory, events: list[Event]) -> None:
    with pytest.raises(SendOutcomeUnknownError):
        factory.scripted([broken()], on_event=events.append).send(**SMS, reference="order-17")
    end = finished(events)
    assert (end.outcome, end.unconfirmed, end.reference) == (Outcome.UNKNOWN, True, "order-17")
    assert (end.error, end.status_code, end.attempts) == ("SendOutcomeUnknownError", None, 1)
    assert (end.message_sid, end.segments, end.message_kind) == (None, None, "sms")


def test_an_accepted_message_without_a_receipt_is_unconfirmed_and_its_sid_is_told(
    factory: ClientFactory, events: list[Event]
) -> None:
    cut = f'{{"message_sid": "{SID}", "from": "151'
    with pytest.raises(Exception, match="its response was lost"):
        factory.scripted([reply(200, cut.encode())], on_event=events.append).send(**SMS)
    end = finished(events)
    assert (end.error, end.outcome, end.unconfirmed) == ("AcceptedWithoutReceiptError", Outcome.ACCEPTED, True)
    assert (end.message_sid, end.segments) == (SID, 1)


def test_a_refused_read_is_not_unconfirmed(factory: ClientFactory, events: list[Event]) -> None:
    with pytest.raises(NotFoundError):
        factory.scripted([reply(404)], on_event=events.append).get(SID)
    end = finished(events)
    assert (end.operation, end.path_template) == ("messages.get", "/sms/messages/{message_sid}")
    assert (end.error, end.status_code, end.unconfirmed) == ("NotFoundError", 404, False)


def test_an_interrupted_call_ends_too(factory: ClientFactory, events: list[Event]) -> None:
    with pytest.raises(StoppedError):
        factory.scripted([broken(StoppedError)], on_event=events.append).send(**SMS, reference="order-17")
    assert isinstance(events[-2], AttemptInterrupted)
    end = finished(events)
    assert (end.error, end.outcome, end.unconfirmed) == ("StoppedError", Outcome.UNKNOWN, True)
    assert (end.attempts, end.reference) == (1, "order-17")


def test_a_call_that_makes_no_attempt_ends_too(factory: ClientFactory, events: list[Event]) -> None:
    def no_token() -> str:
        raise OSError("the vault is closed")

    with pytest.raises(ConfigurationError):
        factory.scripted(Script(), token=no_token, on_event=events.append).send(**SMS)
    assert [type(event) for event in events] == [CallStarted, CallFinished]
    end = finished(events)
    assert (end.attempts, end.outcome, end.error) == (0, Outcome.NOT_SENT, "TokenUnavailableError")


def test_a_refused_token_ends_the_call(factory: ClientFactory, events: list[Event]) -> None:
    with pytest.raises(AuthenticationError):
        factory.scripted([reply(401)], on_event=events.append).send(**SMS)
    assert (finished(events).outcome, finished(events).unconfirmed) == (Outcome.REJECTED, False)


def test_a_call_of_ones_own_has_the_names_that_it_was_given(factory: ClientFactory, events: list[Event]) -> None:
    client = factory.scripted([reply(200, {}), reply(200, {})], on_event=events.append)
    client.execute(Call("GET", "/calls/15162065574", dict[str, object]))
    assert (finished(events).operation, finished(events).path_template) == ("", "")
    assert "15162065574" not in repr(events)
    events.clear()
    named = Call("GET", "/calls/1", dict[str, object], operation="calls.get", path_template="/calls/{call_sid}")
    client.execute(named)
    assert (finished(events).operation, finished(events).path_template) == ("calls.get", "/calls/{call_sid}")


def test_the_events_of_a_call_are_not_logged(factory: ClientFactory, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "carrierx"):
        factory.scripted([sms()], on_event=ignore).send(**SMS)
    assert len([record for record in caplog.records if record.name == "carrierx"]) == 2


class Following:
    """Telemetry that notes what it gets."""

    def __init__(self, notes: list[str]) -> None:
        self.notes = notes

    def follow(self, event: Event, /) -> None:
        self.notes.append(f"telemetry {type(event).__name__}")

    def headers(self) -> Mapping[str, str]:
        return {"Traceparent": "00-1-1-01", "X-Mine": "telemetry"}


def test_telemetry_starts_before_the_listener_and_ends_after_it(factory: ClientFactory) -> None:
    notes: list[str] = []

    def own(event: Event) -> None:
        notes.append(f"own {type(event).__name__}")

    client = factory.scripted([sms()], on_event=own, telemetry=Following(notes))
    client.send(**SMS)
    assert notes == [
        "telemetry CallStarted",
        "own CallStarted",
        "telemetry AttemptStarted",
        "own AttemptStarted",
        "own AttemptFinished",
        "telemetry AttemptFinished",
        "own CallFinished",
        "telemetry CallFinished",
    ]


@pytest.mark.parametrize(
    "header",
    [
        ("Authorization", "Bearer other"),
        ("Content-Length", "1"),
        ("transfer-encoding", "chunked"),
        ("X-A", "1\r\nX-B: 2"),
    ],
)
def test_telemetry_cannot_change_the_request(
    factory: ClientFactory, header: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    class Changing(Following):
        def headers(self) -> Mapping[str, str]:
            return dict([header])

    script, plain = Script(), Script()
    factory.scripted(plain).send(**SMS)
    with caplog.at_level(logging.ERROR, "carrierx"):
        factory.scripted(script, telemetry=Changing([])).send(**SMS)

    assert script.requests[0].headers == plain.requests[0].headers
    assert "telemetry" in caplog.text


def test_telemetry_adds_headers_but_replaces_none_of_the_users(factory: ClientFactory) -> None:
    script = Script()
    factory.scripted(script, telemetry=Following([])).send(**SMS, extra_headers={"X-Mine": "mine"})
    (request,) = script.requests
    assert (request.headers["traceparent"], request.headers["x-mine"]) == ("00-1-1-01", "mine")


def test_telemetry_that_raises_does_not_disturb_the_send(
    factory: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def follow(self, event: Event, /) -> None:
            raise ZeroDivisionError

        def headers(self) -> Mapping[str, str]:
            raise ZeroDivisionError

    script = Script()
    with caplog.at_level(logging.ERROR, "carrierx"):
        assert factory.scripted(script, telemetry=Broken()).send(**SMS).message_sid == SID
    assert len(script.requests) == 1
    assert len(caplog.records) == 5


def test_a_copy_keeps_the_telemetry_until_it_gets_another(factory: ClientFactory) -> None:
    first: list[str] = []
    client = factory.scripted([sms()], telemetry=Following(first))
    client.with_options(on_event=ignore).send(**SMS)
    assert len(first) == 4
    client.with_options(telemetry=None).send(**SMS)
    client.with_options(telemetry=Following([])).send(**SMS)
    assert len(first) == 4


@pytest.mark.parametrize("telemetry", ["on", Following, object()])
def test_what_is_no_telemetry_is_refused(factory: ClientFactory, telemetry: Any) -> None:
    with pytest.raises(ConfigurationError, match="telemetry must be an OpenTelemetry"):
        factory.make(telemetry=telemetry)


def test_every_call_of_the_client_has_an_operation_and_the_path_of_its_route(tmp_path: Path) -> None:
    """The emulator's routes are written from the documentation, and not from the client."""
    templates = {(route.method, route.path.removeprefix(BASE_PATH)) for route in ROUTES}
    events: list[Event] = []
    silent = list[str]()
    client = CarrierXClient("token", base_url="http://127.0.0.1:9/core/v2", on_event=events.append, max_retries=0)
    with client:
        for name, method in methods(client):
            events.clear()
            _call(name, method, tmp_path)
            called = [event for event in events if isinstance(event, CallStarted)]
            if not called:
                silent.append(name)
            for event in called:
                assert event.operation, name
                assert (event.method, event.path_template) in templates, name
                assert (event.message_kind is not None) == name.startswith(("messages.send", "verification."))
            resource = name.partition(".")[0]
            assert any(event.operation.startswith(f"{resource}.") for event in called) or name == "files.upload"
    assert silent == []


def _call(name: str, method: Callable[..., object], folder: Path) -> None:
    given = arguments(name, method, folder)
    try:
        result = method(**given)
        if isinstance(result, SendBatch):
            with result as batch:
                list(batch)
        elif isinstance(result, Iterator):
            next(cast("Iterator[object]", result), None)
    except CarrierXError:
        pass  # nothing listens there, so every call fails

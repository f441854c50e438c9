"""Spans of calls and their attempts."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.baggage import set_baggage
from opentelemetry.context import attach, detach, get_current
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.trace import SpanKind, StatusCode

from carrierx import (
    AsyncCarrierXClient,
    Call,
    CarrierXClient,
    InvalidMessageError,
    NotFoundError,
    RetryPolicy,
    SendOutcomeUnknownError,
    UnconfirmedSendError,
)
from carrierx.emulator import DEMO_TOKEN, AsyncEmulatorTransport, Emulator, EmulatorTransport
from carrierx.otel import OpenTelemetry
from tests.privacy.secrets import SECRETS
from tests.privacy.senders import Senders
from tests.sending.batches import texts
from tests.support.behaviours import CLOSE, STAY_SILENT, after_whole_request, respond, respond_sms
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.fault_server import FaultServer
from tests.support.scripts import SID, SMS, Script, broken, reply, sms
from tests.support.waits import wait_for_a_request
from tests.telemetry.recording import Recording, attributes_of

URL = "https://api.carrierx.com/core/v2/sms/messages"
SERVER = {"server.address": "api.carrierx.com", "server.port": 443}


class StoppedError(BaseException):
    """Stands for an interrupt or a cancellation."""


def test_a_send_is_a_span_and_so_is_its_attempt(factory: ClientFactory, recording: Recording) -> None:
    factory.scripted([sms(message_segments=1)], telemetry=recording.telemetry).send(**SMS, reference="order-17")

    attempt, call = recording.spans
    assert (call.name, call.kind, call.status.status_code) == ("messages.send", SpanKind.INTERNAL, StatusCode.UNSET)
    assert attributes_of(call) == {
        "carrierx.operation": "messages.send",
        **SERVER,
        "carrierx.outcome": "accepted",
        "carrierx.message.sid": SID,
        "carrierx.message.kind": "sms",
        "carrierx.message.segments": 1,
        "carrierx.attempts": 1,
    }
    assert (attempt.name, attempt.kind) == ("POST /core/v2/sms/messages", SpanKind.CLIENT)
    assert attempt.status.status_code is StatusCode.UNSET
    assert attributes_of(attempt) == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "url.full": URL,
        "url.template": "/core/v2/sms/messages",
        **SERVER,
        "carrierx.outcome": "accepted",
    }
    assert recording.children_of(call) == [attempt]
    assert call.instrumentation_scope is not None
    assert call.instrumentation_scope.name == "carrierx"


def test_what_does_not_look_like_a_sid_is_left_out(factory: ClientFactory, recording: Recording) -> None:
    factory.scripted([sms(message_sid="\x1b[31m+1 516-206-5574")], telemetry=recording.telemetry).send(**SMS)

    assert "carrierx.message.sid" not in attributes_of(recording.spans[-1])


def test_retries_are_attempts_of_their_own_and_events_of_the_call(
    factory: ClientFactory, clock: SteppingClock, recording: Recording
) -> None:
    script = Script(reply(429, headers={"Retry-After": "3"}), sms())
    policy = RetryPolicy(random=lambda: 0.0)
    client = factory.scripted(script, clock=clock, retry_policy=policy, telemetry=recording.telemetry)
    client.send(**SMS)

    (call,) = recording.named("messages.send")
    first, second = recording.children_of(call)
    assert attributes_of(first)["http.response.status_code"] == 429
    assert attributes_of(first)["error.type"] == "429"
    assert first.status.status_code is StatusCode.ERROR
    assert "http.request.resend_count" not in attributes_of(first)
    assert attributes_of(second)["http.request.resend_count"] == 1
    assert "error.type" not in attributes_of(second)
    (retry,) = call.events
    assert retry.name == "retry"
    assert dict(retry.attributes or {}) == {
        "carrierx.attempt": 1,
        "carrierx.retry.delay": 3.0,
        "error.type": "429",
    }
    assert attributes_of(call)["carrierx.attempts"] == 2
    assert call.status.status_code is StatusCode.UNSET


def test_a_lost_answer_is_an_error_with_its_reference(factory: ClientFactory, recording: Recording) -> None:
    with pytest.raises(SendOutcomeUnknownError):
        factory.scripted([broken()], telemetry=recording.telemetry).send(**SMS, reference="order-17")

    attempt, call = recording.spans
    assert attributes_of(call)["carrierx.reference"] == "order-17"
    assert attributes_of(call)["carrierx.outcome"] == "unknown"
    assert attributes_of(call)["error.type"] == "SendOutcomeUnknownError"
    assert (call.status.status_code, call.status.description) == (StatusCode.ERROR, None)
    assert attributes_of(attempt)["error.type"] == "ReadError"
    assert attempt.status.status_code is StatusCode.ERROR


def test_a_message_that_was_rejected_has_no_reference(factory: ClientFactory, recording: Recording) -> None:
    with pytest.raises(NotFoundError):
        factory.scripted([reply(404)], telemetry=recording.telemetry).send(**SMS, reference="order-17")
    (call,) = recording.named("messages.send")
    assert "carrierx.reference" not in attributes_of(call)
    assert attributes_of(call)["carrierx.outcome"] == "rejected"


def test_a_refused_message_is_a_span_without_attempts(factory: ClientFactory, recording: Recording) -> None:
    script = Script()
    with pytest.raises(InvalidMessageError):
        factory.scripted(script, telemetry=recording.telemetry).send(from_="15162065575", to="911", message="Hi")
    (span,) = recording.spans
    assert span.name == "messages.send"
    assert attributes_of(span)["error.type"] == "InvalidMessageError"
    assert attributes_of(span)["carrierx.attempts"] == 0
    (rule,) = attributes_of(span)["carrierx.broken_rules"]
    assert rule.startswith("to: ")
    assert span.status.status_code is StatusCode.ERROR


def test_a_path_is_shown_by_its_template_and_without_its_query(factory: ClientFactory, recording: Recording) -> None:
    client = factory.scripted([reply(404)], telemetry=recording.telemetry)
    with pytest.raises(NotFoundError):
        factory.run(client.client.lookup.get("15162065574", cnam=True))
    attempt, call = recording.spans
    assert call.name == "lookup.get"
    assert attempt.name == "GET /core/v2/lookup/dids/{phonenumber}"
    assert attributes_of(attempt)["url.full"].endswith("/core/v2/lookup/dids/{phonenumber}")
    assert "5162065574" not in recording.spans_text()
    assert "cnam" not in recording.spans_text()


def test_a_call_of_ones_own_without_names_shows_no_path(factory: ClientFactory, recording: Recording) -> None:
    client = factory.scripted([reply(200, {})], telemetry=recording.telemetry)
    client.execute(Call("PURGE", "/calls/alice", dict[str, object]))
    attempt, call = recording.spans
    assert call.name == "execute"
    assert attempt.name == "HTTP"
    assert attributes_of(attempt)["http.request.method"] == "_OTHER"
    assert attributes_of(attempt)["http.request.method_original"] == "PURGE"
    assert "alice" not in recording.spans_text()


def test_a_fresh_token_and_other_segments_are_events(factory: ClientFactory, recording: Recording) -> None:
    tokens = iter(["first", "second"])
    script = Script(reply(401), sms(message_segments=5))
    client = factory.scripted(script, token=lambda: next(tokens), telemetry=recording.telemetry)
    client.send(**SMS)
    (call,) = recording.named("messages.send")
    assert [event.name for event in call.events] == ["token_refreshed", "segments_differ"]
    assert dict(call.events[1].attributes or {}) == {"carrierx.segments.counted": 1, "carrierx.segments.charged": 5}
    assert attributes_of(call)["carrierx.message.segments"] == 5


def test_an_interrupt_ends_both_spans(factory: ClientFactory, recording: Recording) -> None:
    before = trace.get_current_span()
    with pytest.raises(StoppedError):
        factory.scripted([broken(StoppedError)], telemetry=recording.telemetry).send(**SMS, reference="order-17")
    attempt, call = recording.spans
    assert attributes_of(attempt)["error.type"] == "interrupted"
    assert attributes_of(call)["error.type"] == "StoppedError"
    assert attributes_of(call)["carrierx.reference"] == "order-17"
    assert trace.get_current_span() is before


async def test_a_cancelled_send_ends_both_spans(recording: Recording) -> None:
    with FaultServer(after_whole_request(STAY_SILENT)) as server:
        client = AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, telemetry=recording.telemetry)
        async with client:
            sending = asyncio.create_task(client.messages.send(**SMS))
            await asyncio.to_thread(wait_for_a_request, server)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
    _, call = recording.spans
    assert attributes_of(call)["error.type"] == "CancelledError"
    assert attributes_of(call)["carrierx.outcome"] == "unknown"


def test_the_span_is_the_current_one_for_the_users_function_and_ends_after_it(
    factory: ClientFactory, recording: Recording
) -> None:
    seen: dict[str, Any] = {}

    def listen(event: object) -> None:
        seen[type(event).__name__] = trace.get_current_span()

    before = trace.get_current_span()
    factory.scripted([sms()], telemetry=recording.telemetry, on_event=listen).send(**SMS)

    attempt, call = recording.spans
    contexts = {name: span.get_span_context() for name, span in seen.items()}
    assert contexts["CallStarted"] == contexts["CallFinished"] == call.get_span_context()
    assert contexts["AttemptStarted"] == contexts["AttemptFinished"] == attempt.get_span_context()
    assert trace.get_current_span() is before


def test_all_calls_of_a_batch_belong_to_the_span_around_it(emulator: Emulator, recording: Recording) -> None:
    tracer = recording.tracer_provider.get_tracer("application")
    http_client = httpx.Client(transport=EmulatorTransport(emulator))
    client = CarrierXClient(DEMO_TOKEN, http_client=http_client, telemetry=recording.telemetry)
    with tracer.start_as_current_span("campaign"), client.messages.send_many(texts(8), concurrency=3) as batch:
        results = list(batch)
    http_client.close()

    assert all(result.ok for result in results)
    assert_children_of_the_campaign(recording)


async def test_all_calls_of_an_async_batch_belong_to_the_span_around_it(
    emulator: Emulator, recording: Recording
) -> None:
    tracer = recording.tracer_provider.get_tracer("application")
    async with httpx.AsyncClient(transport=AsyncEmulatorTransport(emulator)) as http_client:
        client = AsyncCarrierXClient(DEMO_TOKEN, http_client=http_client, telemetry=recording.telemetry)
        with tracer.start_as_current_span("campaign"):
            async with client.messages.send_many(texts(8), concurrency=3) as batch:
                results = [result async for result in batch]

    assert all(result.ok for result in results)
    assert_children_of_the_campaign(recording)


def assert_children_of_the_campaign(recording: Recording) -> None:
    (campaign,) = recording.named("campaign")
    calls = recording.children_of(campaign)
    assert [call.name for call in calls] == ["messages.send"] * 8
    assert all(len(recording.children_of(call)) == 1 for call in calls)
    assert len({attributes_of(call)["carrierx.message.sid"] for call in calls}) == 8


def test_calls_at_the_same_time_do_not_mix(recording: Recording) -> None:
    async def send_all() -> None:
        with FaultServer() as server:
            client = AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, telemetry=recording.telemetry)
            async with client:
                await asyncio.gather(*(client.messages.send(**SMS) for _ in range(10)))

    asyncio.run(send_all())
    calls = recording.named("messages.send")
    assert len(calls) == 10
    assert [call.parent for call in calls] == [None] * 10
    assert all(len(recording.children_of(call)) == 1 for call in calls)


@pytest.mark.parametrize("names", [{"messages.send"}, {"POST /core/v2/sms/messages"}])
def test_a_span_processor_that_fails_leaves_no_span_current(factory: ClientFactory, names: set[str]) -> None:
    class Failing(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            if span.name in names:
                raise ValueError("no space left")

    provider = TracerProvider()
    provider.add_span_processor(Failing())
    client = factory.scripted([sms()], telemetry=OpenTelemetry(tracer_provider=provider))
    before = get_current()

    client.send(**SMS)

    assert get_current() == before


@pytest.mark.usefixtures("instrumented")
def test_the_instrumentation_of_httpx_makes_no_spans_below_ours(
    senders: Senders, recording: Recording, server: FaultServer, clock: SteppingClock
) -> None:
    server.then(respond(429, {"errors": []}), respond_sms(), after_whole_request(CLOSE))
    client = senders.make(server.base_url, max_retries=1, clock=clock, telemetry=recording.telemetry)
    client.send(**SECRETS.message)
    with pytest.raises(UnconfirmedSendError):
        client.send(**SECRETS.message)

    scopes = {span.instrumentation_scope.name for span in recording.spans if span.instrumentation_scope}
    assert scopes == {"carrierx"}
    assert len(recording.spans) == 5
    # It does make some without our telemetry, and nothing of ours stays switched off.
    if senders.library != "aiohttp":
        server.then(respond_sms())
        client.with_options(telemetry=None).send(**SECRETS.message)
        assert len(recording.spans) == 6


@pytest.mark.usefixtures("instrumented")
def test_the_trace_context_is_not_sent_unless_asked(
    senders: Senders, recording: Recording, server: FaultServer
) -> None:
    senders.make(server.base_url, telemetry=recording.telemetry).send(**SECRETS.message)
    assert server.requests[0].header("traceparent") is None

    token = attach(set_baggage("customer", "alice"))
    try:
        asking = recording.make(send_trace_context=True)
        senders.make(server.base_url, telemetry=asking).send(**SECRETS.message)
    finally:
        detach(token)
    attempt = recording.spans[-2]
    context = attempt.get_span_context()
    assert context is not None
    sent = server.requests[1].header("traceparent") or ""
    assert sent.startswith(f"00-{context.trace_id:032x}-{context.span_id:016x}-")
    assert server.requests[1].header("baggage") is None

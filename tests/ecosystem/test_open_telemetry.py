"""OpenTelemetry's instrumentation of httpx makes a span for each attempt, and its context reaches the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from carrierx import UnconfirmedSendError
from tests.privacy.secrets import SECRETS
from tests.privacy.senders import Senders
from tests.support.behaviours import CLOSE, after_whole_request, respond, respond_sms
from tests.support.clocks import SteppingClock
from tests.support.fault_server import FaultServer


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    """Gets the spans while httpx is instrumented."""
    made = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(made))
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    yield made
    instrumentor.uninstrument()
    provider.shutdown()


def traceparent(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return f"{context.trace_id:032x}-{context.span_id:016x}"


def status_of(span: ReadableSpan) -> object:
    return (span.attributes or {}).get("http.status_code")


def test_each_attempt_has_a_span_whose_context_reaches_the_server(
    senders: Senders, exporter: InMemorySpanExporter, clock: SteppingClock, server: FaultServer
) -> None:
    server.then(respond(429, {"errors": []}), respond_sms())
    senders.make(server.base_url, max_retries=1, clock=clock).send(**SECRETS.message)

    spans = exporter.get_finished_spans()
    assert [status_of(span) for span in spans] == [429, 200]
    received = [request.header("traceparent") or "" for request in server.requests]
    assert [header[3:-3] for header in received] == [traceparent(span) for span in spans]


def test_a_client_made_before_is_traced_too(senders: Senders, server: FaultServer) -> None:
    client = senders.make(server.base_url)
    client.send(**SECRETS.message)
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:
        client.send(**SECRETS.message)
    finally:
        instrumentor.uninstrument()
        provider.shutdown()

    assert [status_of(span) for span in exporter.get_finished_spans()] == [200]


def test_an_exchange_that_breaks_is_a_span_with_an_error(
    senders: Senders, exporter: InMemorySpanExporter, server: FaultServer
) -> None:
    server.then(after_whole_request(CLOSE))
    with pytest.raises(UnconfirmedSendError):
        senders.make(server.base_url).send(**SECRETS.message)

    [span] = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR


def test_the_spans_of_a_send_hold_no_token_number_or_text(
    senders: Senders, exporter: InMemorySpanExporter, server: FaultServer
) -> None:
    server.then(respond_sms(), after_whole_request(CLOSE))
    client = senders.make(server.base_url)
    client.send(**SECRETS.message)
    with pytest.raises(UnconfirmedSendError):
        client.send(**SECRETS.message)

    spans = exporter.get_finished_spans()
    assert len(spans) == 2
    assert [SECRETS.found_in(span.to_json()) for span in spans] == [[], []]

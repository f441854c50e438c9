"""Spans and metrics for OpenTelemetry. It needs the extra `otel`.

    from carrierx import CarrierXClient
    from carrierx.otel import OpenTelemetry

    client = CarrierXClient(telemetry=OpenTelemetry())

Each call has a span, such as `messages.send`, and each of its attempts a child span with the names of OpenTelemetry's
conventions for HTTP. A retry is an event of the call's span. No span and no metric contains a token, a phone number or
a text. URLs have the names of the path's arguments instead of their values, and no query. Only spans contain a SID or,
for an unconfirmed send, its reference: as labels of a metric, these would never end.

`observe_outbox` adds metrics of an outbox.

While an attempt is made, the instrumentation of the HTTP library is switched off, because its URLs contain numbers.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from carrierx.events import (
    AttemptFinished,
    AttemptInterrupted,
    AttemptStarted,
    CallFinished,
    CallStarted,
    FieldsUnreadable,
    MessageRefused,
    ResponseMismatch,
    RetryScheduled,
    SegmentsDiffer,
    TokenRefreshed,
)
from carrierx.extras import needs_packages
from carrierx.version import __version__

try:
    from opentelemetry import context as current
    from opentelemetry import metrics, trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError as _missing:
    raise ImportError(needs_packages("carrierx.otel", "otel")) from _missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextvars import Token

    from opentelemetry.context.context import Context
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
    from opentelemetry.trace import Span, TracerProvider
    from opentelemetry.util.types import AttributeValue

    from carrierx.errors import Outcome
    from carrierx.events import Event

__all__ = ["OpenTelemetry", "observe_outbox"]

logger: Final = logging.getLogger("carrierx")

SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.45.0"
"""The version of the semantic conventions that the HTTP spans follow."""

_SUPPRESS_HTTP: Final[str] = getattr(current, "_SUPPRESS_HTTP_INSTRUMENTATION_KEY", "suppress_http_instrumentation")
"""The key under which the instrumentations of HTTP libraries look up whether they are to do nothing."""

_SID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{24,64}")
_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
_HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
_CALL_BUCKETS = (*_HTTP_BUCKETS, 30, 60)
_UNNAMED = "execute"
_ENDS: Final[tuple[str, ...]] = ("http.response.status_code", "error.type")
"""The labels of an attempt that are known when it ends."""


class _OpenCall:
    """A call that has started and not ended.

    Attributes:
        started: The event for its start.
        span: Its span.
        server: The attributes of its server.
        template: The template of the URL's path; empty if the call has none.
        attempt: The span of the attempt that is being made.
        labels: The attributes of that attempt's metric.
    """

    __slots__ = ("_attempt_token", "_token", "attempt", "labels", "server", "span", "started", "template")

    def __init__(self, started: CallStarted, span: Span, server: Mapping[str, AttributeValue], template: str) -> None:
        self.started = started
        self.span = span
        self.server = server
        self.template = template
        self.attempt: Span | None = None
        self.labels: dict[str, AttributeValue] = {}
        self._token: Token[Context] = current.attach(trace.set_span_in_context(span))
        self._attempt_token: Token[Context] | None = None

    def begin_attempt(self, span: Span, labels: dict[str, AttributeValue]) -> None:
        """Make a span the current one, and switch off the instrumentation of the HTTP library."""
        self.attempt, self.labels = span, labels
        self._attempt_token = current.attach(current.set_value(_SUPPRESS_HTTP, True, trace.set_span_in_context(span)))

    def end_attempt(self) -> None:
        """End the attempt's span, if there is one."""
        attempt, self.attempt = self.attempt, None
        token, self._attempt_token = self._attempt_token, None
        try:
            if attempt is not None:
                attempt.end()
        finally:  # also if a span processor fails: otherwise the span would stay the current one
            if token is not None:
                current.detach(token)

    def end(self) -> None:
        """End the call's span."""
        try:
            self.end_attempt()
        finally:
            try:
                self.span.end()
            finally:
                current.detach(self._token)


class OpenTelemetry:
    """Records the calls of a client as spans and metrics: `CarrierXClient(telemetry=OpenTelemetry())`.

    One object can serve several clients, sync and async.

    Args:
        tracer_provider: Where the spans go. By default, to the global provider.
        meter_provider: Where the metrics go. By default, to the global provider.
        send_trace_context: Send the headers `traceparent` and `tracestate` to CarrierX, which sends no spans back. By
            default, nothing of your traces leaves your systems. Baggage is never sent.

    Example:
        >>> from carrierx import CarrierXClient
        >>> from carrierx.otel import OpenTelemetry
        >>> CarrierXClient("0d7a8c3e", base_url="http://127.0.0.1:8025/core/v2", telemetry=OpenTelemetry())
        CarrierXClient(base_url='http://127.0.0.1:8025/core/v2')
    """

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        send_trace_context: bool = False,
    ) -> None:
        self._tracer = trace.get_tracer("carrierx", __version__, tracer_provider, SCHEMA_URL)
        self._propagator = TraceContextTextMapPropagator() if send_trace_context else None
        self._calls: dict[int, _OpenCall] = {}
        meter = metrics.get_meter("carrierx", __version__, meter_provider, SCHEMA_URL)
        self._attempt_duration = meter.create_histogram(
            "http.client.request.duration",
            unit="s",
            description="Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_HTTP_BUCKETS,
        )
        self._call_duration = meter.create_histogram(
            "carrierx.client.call.duration",
            unit="s",
            description="Duration of calls, with all their attempts and the waits between them.",
            explicit_bucket_boundaries_advisory=_CALL_BUCKETS,
        )
        self._retries = meter.create_counter(
            "carrierx.client.retries", unit="{retry}", description="Attempts that followed a failed one."
        )
        self._messages = meter.create_counter(
            "carrierx.client.messages", unit="{message}", description="Messages, by outcome, refused ones included."
        )
        self._segments = meter.create_counter(
            "carrierx.client.segments", unit="{segment}", description="Segments of accepted messages."
        )
        self._unconfirmed = meter.create_counter(
            "carrierx.client.unconfirmed",
            unit="{call}",
            description="Calls that might have had an effect, or had one, without a response that confirms it.",
        )

    def follow(self, event: Event, /) -> None:
        """Follow an event of a client. The client calls it."""
        match event:
            case CallStarted():
                self._start_call(event)
            case AttemptStarted():
                self._start_attempt(event)
            case AttemptFinished():
                self._finish_attempt(event)
            case AttemptInterrupted():
                self._interrupt_attempt(event)
            case CallFinished():
                self._finish_call(event)
            case RetryScheduled():
                self._note_retry(event)
            case MessageRefused():
                self._note_refusal(event)
            case ResponseMismatch():
                self._add_event(event.call_id, "response_mismatch", {"carrierx.outcome": event.outcome.value})
            case TokenRefreshed():
                self._add_event(event.call_id, "token_refreshed", {})
            case FieldsUnreadable():
                self._add_event(event.call_id, "fields_unreadable", {"carrierx.fields": len(event.fields)})
            case SegmentsDiffer(counted=counted, charged=charged):
                numbers = {"carrierx.segments.counted": counted, "carrierx.segments.charged": charged}
                known = {name: number for name, number in numbers.items() if number is not None}
                self._add_event(event.call_id, "segments_differ", known)

    def headers(self) -> Mapping[str, str]:
        """Return the headers for an attempt. The client calls it."""
        found: dict[str, str] = {}
        if self._propagator is not None:
            self._propagator.inject(found)
        return found

    def _start_call(self, event: CallStarted) -> None:
        server, base_path = _server_of(event.base_url)
        operation = event.operation or _UNNAMED
        attributes: dict[str, AttributeValue] = {"carrierx.operation": operation, **server}
        if event.message_kind is not None:
            attributes["carrierx.message.kind"] = event.message_kind
        span = self._tracer.start_span(operation, attributes=attributes)
        template = f"{base_path}{event.path_template}" if event.path_template else ""
        self._calls[event.call_id] = _OpenCall(event, span, server, template)

    def _start_attempt(self, event: AttemptStarted) -> None:
        call = self._calls.get(event.call_id)
        if call is None:
            return
        is_known = event.method in _KNOWN_METHODS
        labels: dict[str, AttributeValue] = {
            "http.request.method": event.method if is_known else "_OTHER",
            **call.server,
        }
        name = event.method if is_known else "HTTP"
        if call.template:
            labels["url.template"] = call.template
            name = f"{name} {call.template}"
        attributes = dict(labels)
        if not is_known:
            attributes["http.request.method_original"] = event.method
        if call.template:
            attributes["url.full"] = f"{call.started.base_url}{call.started.path_template}"
        if event.attempt > 1:
            attributes["http.request.resend_count"] = event.attempt - 1
        call.begin_attempt(self._tracer.start_span(name, kind=trace.SpanKind.CLIENT, attributes=attributes), labels)

    def _finish_attempt(self, event: AttemptFinished) -> None:
        call = self._calls.get(event.call_id)
        if call is None:
            return
        labels, error_type = call.labels, event.error
        if event.status_code is not None:
            labels["http.response.status_code"] = event.status_code
            if event.status_code >= 400:
                error_type = str(event.status_code)
            elif event.outcome.value == "unknown":
                error_type = "unconfirmed"
        self._end_attempt(call, event.seconds, event.outcome, error_type)

    def _interrupt_attempt(self, event: AttemptInterrupted) -> None:
        call = self._calls.get(event.call_id)
        if call is not None:
            self._end_attempt(call, event.seconds, event.outcome, "interrupted")

    def _end_attempt(self, call: _OpenCall, seconds: float, outcome: Outcome, error_type: str | None) -> None:
        labels, span = call.labels, call.attempt
        if error_type is not None:
            labels["error.type"] = error_type
        if span is not None and span.is_recording():
            shown: dict[str, AttributeValue] = {"carrierx.outcome": outcome.value}
            shown.update((name, labels[name]) for name in _ENDS if name in labels)
            span.set_attributes(shown)
            if error_type is not None:
                span.set_status(trace.StatusCode.ERROR)
        self._attempt_duration.record(seconds, labels)
        call.end_attempt()

    def _note_retry(self, event: RetryScheduled) -> None:
        call = self._calls.get(event.call_id)
        if call is None:
            return
        reason = event.reason.removeprefix("status ")
        labels: dict[str, AttributeValue] = {
            "carrierx.operation": call.started.operation or _UNNAMED,
            "error.type": reason,
            **call.server,
        }
        self._retries.add(1, labels)
        call.span.add_event(
            "retry",
            {"carrierx.attempt": event.attempt, "carrierx.retry.delay": event.delay, "error.type": reason},
        )

    def _finish_call(self, event: CallFinished) -> None:
        call = self._calls.pop(event.call_id, None)
        if call is None:
            return
        try:
            self._record_call(call, event)
        finally:
            call.end()

    def _record_call(self, call: _OpenCall, event: CallFinished) -> None:
        labels: dict[str, AttributeValue] = {
            "carrierx.operation": event.operation or _UNNAMED,
            "carrierx.outcome": event.outcome.value,
            **call.server,
        }
        if event.error is not None:
            labels["error.type"] = event.error
        self._call_duration.record(event.seconds, labels)
        if event.message_kind is not None:
            self._messages.add(1, {"carrierx.message.kind": event.message_kind, **labels})
            if event.segments:
                self._segments.add(event.segments, {"carrierx.message.kind": event.message_kind, **call.server})
        if event.unconfirmed:
            self._unconfirmed.add(1, labels)
        if call.span.is_recording():
            _describe(call.span, event)

    def _note_refusal(self, event: MessageRefused) -> None:
        """Record a message that never became a call."""
        labels: dict[str, AttributeValue] = {
            "carrierx.operation": "messages.send",
            "carrierx.outcome": "not_sent",
            "error.type": "InvalidMessageError",
        }
        self._messages.add(1, labels)
        span = self._tracer.start_span(
            "messages.send", attributes={**labels, "carrierx.attempts": 0, "carrierx.broken_rules": event.rules}
        )
        span.set_status(trace.StatusCode.ERROR)
        span.end()

    def _add_event(self, call_id: int, name: str, attributes: Mapping[str, AttributeValue]) -> None:
        call = self._calls.get(call_id)
        if call is not None:
            call.span.add_event(name, attributes)


def _describe(span: Span, event: CallFinished) -> None:
    attributes: dict[str, AttributeValue | None] = {
        "carrierx.outcome": event.outcome.value,
        "carrierx.attempts": event.attempts,
        "carrierx.message.sid": _shown_sid(event.message_sid),
        "carrierx.message.segments": event.segments,
        "carrierx.reference": event.reference if event.unconfirmed else None,
        "error.type": event.error,
    }
    span.set_attributes({name: value for name, value in attributes.items() if value is not None})
    if event.error is not None:
        span.set_status(trace.StatusCode.ERROR)


def _shown_sid(sid: str | None) -> str | None:
    """Return a SID if it has the form of one. Whatever else a server gives might contain a number."""
    return sid if sid is not None and _SID.fullmatch(sid) else None


@lru_cache(maxsize=64)
def _server_of(base_url: str) -> tuple[Mapping[str, AttributeValue], str]:
    """Return the attributes of the server, and the path of the API."""
    url = urlsplit(base_url)
    port = url.port or (443 if url.scheme == "https" else 80)
    return {"server.address": url.hostname or "", "server.port": port}, url.path.rstrip("/")


class _OutboxStats(Protocol):
    """The numbers of an outbox that become metrics."""

    @property
    def depth(self) -> int: ...
    @property
    def oldest_due_seconds(self) -> float: ...
    @property
    def unknown(self) -> int: ...
    @property
    def review(self) -> int: ...
    @property
    def accepted_last_minute(self) -> int: ...


class _Outbox(Protocol):
    """An outbox, as far as metrics need one."""

    @property
    def namespace(self) -> str: ...
    def stats(self, *, quick: bool) -> _OutboxStats: ...


_OUTBOX_METRICS: Final[tuple[tuple[str, str, str, Callable[[_OutboxStats], float]], ...]] = (
    ("depth", "{message}", "Messages that wait to be sent, due or not.", lambda stats: stats.depth),
    ("oldest.age", "s", "How long the oldest message has been due.", lambda stats: stats.oldest_due_seconds),
    ("unknown", "{message}", "Messages that may have been sent and are looked up.", lambda stats: stats.unknown),
    ("review", "{message}", "Messages about which a person must decide.", lambda stats: stats.review),
    (
        "accepted.rate",
        "{message}/s",
        "Messages accepted per second, over the last minute.",
        lambda stats: stats.accepted_last_minute / 60,
    ),
)
_READ_AGAIN_AFTER: Final = 0.5
"""Seconds for which one reading of the outbox serves: a collection asks for each metric in turn."""


def observe_outbox(outbox: _Outbox, *, meter_provider: MeterProvider | None = None) -> None:
    """Record metrics of an outbox, each time that your metrics are collected.

    Call it once, in one process for each outbox: the numbers are those of the outbox, not of the process. Their only
    label is the outbox's namespace. While the database doesn't answer, there are no values.

    Args:
        outbox: The `carrierx.outbox.Outbox`.
        meter_provider: Where the metrics go. By default, to the global provider.

    Example:
        >>> from carrierx.otel import observe_outbox
        >>> from carrierx.outbox import Outbox
        >>> observe_outbox(Outbox("sqlite:////tmp/texts.db"))
    """
    labels = {"carrierx.outbox.namespace": outbox.namespace}
    meter = metrics.get_meter("carrierx", __version__, meter_provider, SCHEMA_URL)
    read = _OutboxReader(outbox)

    def observed_by(value: Callable[[_OutboxStats], float]) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(_: CallbackOptions) -> Iterable[Observation]:
            stats = read()
            return [] if stats is None else [metrics.Observation(value(stats), labels)]

        return observe

    for name, unit, description, value in _OUTBOX_METRICS:
        meter.create_observable_gauge(f"carrierx.outbox.{name}", [observed_by(value)], unit, description)


class _OutboxReader:
    """Reads an outbox once for all metrics of a collection."""

    def __init__(self, outbox: _Outbox) -> None:
        self._outbox = outbox
        self._lock = threading.Lock()
        self._stats: _OutboxStats | None = None
        self._read_at: float | None = None

    def __call__(self) -> _OutboxStats | None:
        with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at > _READ_AGAIN_AFTER:
                self._stats = None
                try:
                    self._stats = self._outbox.stats(quick=True)
                except Exception as error:  # noqa: BLE001 - the other metrics of the process are collected all the same
                    logger.warning("outbox metrics: the database can't be read: %s", type(error).__name__)
                self._read_at = time.monotonic()
            return self._stats

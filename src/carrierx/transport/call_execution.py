"""The execution of one call: the part that sync and async clients share, without sending and waiting."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Generic, TypeVar, cast
from urllib.parse import urlsplit

from carrierx.errors import Attempt, CarrierXError, ConfigurationError, Outcome, SendFencedError
from carrierx.events import (
    AttemptFinished,
    AttemptInterrupted,
    AttemptStarted,
    CallFinished,
    CallStarted,
    FieldsUnreadable,
    ResponseMismatch,
    RetryScheduled,
    SegmentsDiffer,
    TokenRefreshed,
)
from carrierx.models.api_object import ApiObject, check_response_type
from carrierx.models.masking import shown_path
from carrierx.models.message import Message
from carrierx.models.response_match import ResponseMatch
from carrierx.models.streamed_body import StreamedBody
from carrierx.transport.attempt_result import (
    AttemptResult,
    private_texts,
    result_of_block,
    result_of_failure,
    result_of_fence,
    result_of_response,
)
from carrierx.transport.call import Response
from carrierx.transport.evidence import Evidence
from carrierx.transport.library_errors import stripped
from carrierx.transport.outcome import FailureKind, outcome_of_failure, outcome_of_status

if TYPE_CHECKING:
    from carrierx.credentials import Authorization
    from carrierx.event_hub import EventHub
    from carrierx.options import CallSettings, ClientConfig, RetryPolicy
    from carrierx.transport.call import Call
    from carrierx.transport.raw_response import RawResponse

__all__ = ["CallExecution"]

T = TypeVar("T")

_CALL_IDS = itertools.count(1)


class CallExecution(Generic[T]):
    """Holds the state of one call across its attempts: the deadline, the attempts made, the last response.

    Attributes:
        trace_headers: Headers that the telemetry adds to the current attempt.
    """

    # Defaults of the class, because most calls need no others.
    trace_headers: tuple[tuple[str, str], ...] = ()
    _call_id = 0
    _interrupted_outcome: Outcome | None = None

    def __init__(self, call: Call[T], settings: CallSettings, config: ClientConfig, events: EventHub) -> None:
        self.call = call
        self.settings = settings
        self.policy: RetryPolicy = config.retry_policy
        check_response_type(call.response_type)
        self.body: StreamedBody | bytes = call.body if isinstance(call.body, StreamedBody) else call.body_bytes()
        self.token_refreshed: bool = False
        self._clock = config.clock
        self._base_url = config.base_url
        self._events = events
        self._attempts: list[Attempt] = []
        self._response: RawResponse | None = None
        self._body_used_up = False
        self._listening = False
        self._started = self._attempt_started = config.clock.monotonic()
        self._deadline = self._started + settings.total_timeout

    def time_left(self) -> float:
        """Return the seconds until the call's deadline. They may be negative."""
        return self._deadline - self._clock.monotonic()

    @property
    def longest_attempt(self) -> float:
        """Maximum seconds that the current attempt can last."""
        return max(self.time_left(), 0.0) + self.settings.timeout

    def begin(self) -> None:
        """Emit the event for the start of the call. Its end follows with `finish` or `ended`."""
        if self._events.follows_calls:
            call = self.call
            self._call_id = next(_CALL_IDS)
            self._events.emit(
                CallStarted(
                    call.operation, call.method, call.path_template, self._base_url, call.message_kind, self._call_id
                )
            )

    def begin_attempt(self, authorization: Authorization, *, bound_network: bool) -> Evidence:
        """Start an attempt and its evidence.

        Args:
            authorization: The request's `Authorization` header.
            bound_network: Whether the network layer must keep the deadline, because sync clients have no other way.
        """
        self._response = None
        self._attempt_started = self._clock.monotonic()
        self._listening = self._events.listening
        if self._listening:
            call = self.call
            self._events.emit(AttemptStarted(call.method, call.label, len(self._attempts) + 1, self._call_id))
            self._take_trace_headers()
        time_left = self.time_left if bound_network else None
        has_body = bool(self.body) and self.call.body_needed
        return Evidence(
            has_body=has_body,
            time_left=time_left,
            authorization=authorization,
            before_body=self.settings.before_body,
        )

    def _take_trace_headers(self) -> None:
        given = {name for name, _ in self.settings.extra_headers}
        added = self._events.headers().items()
        self.trace_headers = tuple((name.lower(), value) for name, value in added if name.lower() not in given)

    def answered(self, evidence: Evidence, response: RawResponse) -> AttemptResult[T]:
        """Record an attempt that got a response, and return its result."""
        self._response = response
        retry_after = response.retry_after(self._clock.now()) if response.status_code >= 400 else None
        result = result_of_response(
            self.call, evidence, response, retry_after=retry_after, trust_503=self.policy.trust_503
        )
        if result.match is not ResponseMatch.OURS:
            self._drop_connection(result, evidence)
        return self._recorded(result, evidence)

    def _drop_connection(self, result: AttemptResult[T], evidence: Evidence) -> None:
        """Stop using a connection whose responses may belong to other requests, and emit an event."""
        if evidence.connection is not None:
            evidence.connection.usable_until = 0.0
        call = self.call
        number = len(self._attempts) + 1
        self._events.emit(
            ResponseMismatch(call.method, call.label, number, result.outcome, call.reference, self._call_id)
        )

    def failed(self, evidence: Evidence, kind: FailureKind, cause: BaseException | None) -> AttemptResult[T]:
        """Record an attempt that ended without a status, and return its result."""
        if evidence.blocked_host is not None:
            return self._recorded(result_of_block(self.call, evidence.blocked_host), evidence)
        if evidence.fence_error is not None:
            if isinstance(evidence.fence_error, SendFencedError) and evidence.never_complete:
                return self._recorded(result_of_fence(self.call, evidence.fence_error), evidence)
            kind, cause = FailureKind.FOREIGN, stripped(evidence.fence_error)
        if kind is FailureKind.TIMEOUT and self.time_left() <= 0:
            kind = FailureKind.DEADLINE
        if evidence.source_failure is not None:
            kind, cause = FailureKind.SOURCE, evidence.source_failure
        address = evidence.address or urlsplit(self._base_url).netloc
        return self._recorded(result_of_failure(self.call, evidence, kind, cause, address), evidence)

    def failed_before_attempt(self, error: CarrierXError) -> AttemptResult[T]:
        """Return the result of a failure before the attempt, such as a token function's. Nothing was sent."""
        error.reference = self.call.reference
        return AttemptResult(Outcome.NOT_SENT, type(error).__name__, error=error)

    def interrupted(self, evidence: Evidence) -> None:
        """Emit an event when cancellation or an interrupt ends an attempt. The exception is raised further."""
        status_code = evidence.status_code
        outcome = outcome_of_failure(evidence) if status_code is None else outcome_of_status(evidence, status_code)
        self._interrupted_outcome = outcome
        call, number, seconds = self.call, len(self._attempts) + 1, self._attempt_seconds()
        self._events.emit(
            AttemptInterrupted(call.method, call.label, number, seconds, outcome, call.reference, self._call_id)
        )

    def wants_fresh_token(self) -> bool:
        """Return whether to fetch a fresh token after a 401. It is True at most once per call."""
        if self.token_refreshed or self.time_left() <= 0 or self._body_used_up:
            return False
        self.token_refreshed = True
        self._events.emit(TokenRefreshed(self.call.method, self.call.label, self._call_id))
        return True

    def will_wait(self, result: AttemptResult[T], delay: float) -> None:
        """Emit an event before the wait for another attempt."""
        if self._events.listening:
            call, number = self.call, len(self._attempts)
            self._events.emit(RetryScheduled(call.method, call.label, number, delay, result.reason, self._call_id))

    def finish(self, result: AttemptResult[T]) -> Response[T]:
        """Return the response, or raise the error, with all attempts attached."""
        if result.error is not None:
            result.error.attempts = tuple(self._attempts)
            raise result.error
        if self._response is None:
            raise ConfigurationError("The call ended without a response and without an error.")
        value = cast("T", result.value)
        response = self._response
        fields = value.unreadable_paths() if isinstance(value, ApiObject) else ()
        if fields:
            self._events.emit(FieldsUnreadable(self.call.method, self.call.label, tuple(fields), self._call_id))
        if self.call.counted_segments is not None:
            self._compare_segments(self.call.counted_segments, value)
        if self._call_id:
            self._emit_end(None, value)
        return Response(value, response.status_code, response.headers, response.body, tuple(self._attempts))

    def ended(self, error: BaseException) -> None:
        """Emit the event for the end of a call that raises."""
        if self._call_id:
            self._emit_end(error, None)

    def _compare_segments(self, counted: int, value: object) -> None:
        """Emit an event if CarrierX charges for another number of segments than we counted."""
        if isinstance(value, Message) and value.message_segments not in (None, counted):
            self._events.emit(SegmentsDiffer(value.message_sid, counted, value.message_segments, self._call_id))

    def _emit_end(self, error: BaseException | None, value: object) -> None:
        call, call_id, self._call_id = self.call, self._call_id, 0  # an interrupt here must not emit a second end
        attempts = len(self._attempts) + (self._interrupted_outcome is not None)
        last = self._attempts[-1] if self._attempts and self._interrupted_outcome is None else None
        outcome = self._interrupted_outcome or (error.outcome if isinstance(error, CarrierXError) else None)
        if outcome is None:
            outcome = last.outcome if last is not None else Outcome.NOT_SENT
        sid: object = getattr(value if error is None else error, "message_sid", None)
        accepted = call.message_kind is not None and outcome is Outcome.ACCEPTED
        charged = value.message_segments if isinstance(value, Message) else None
        self._events.emit(
            CallFinished(
                call.operation,
                call.method,
                call.path_template,
                self._clock.monotonic() - self._started,
                attempts,
                outcome,
                last.status_code if last is not None else None,
                type(error).__name__ if error is not None else None,
                error is not None and not call.is_repeatable and outcome in (Outcome.UNKNOWN, Outcome.ACCEPTED),
                shown_path(sid, call.private) if isinstance(sid, str) else None,
                call.message_kind,
                (call.counted_segments if charged is None else charged) if accepted else None,
                call.reference,
                call_id,
            )
        )

    def _recorded(self, result: AttemptResult[T], evidence: Evidence) -> AttemptResult[T]:
        if isinstance(self.body, StreamedBody) and evidence.body_begun and not self.body.repeatable:
            self._body_used_up = True
            result = result.without_retry()
        number = len(self._attempts) + 1
        seconds = self._attempt_seconds()
        self._attempts.append(Attempt(number, result.outcome, result.status_code, result.reason, seconds))
        if self._listening:
            response = self._response
            self._events.emit(
                AttemptFinished(
                    self.call.method,
                    self.call.label,
                    number,
                    seconds,
                    result.outcome,
                    result.status_code,
                    None if response is not None else result.reason,
                    response.request_id(private_texts(self.call, evidence)) if response is not None else None,
                    self._call_id,
                )
            )
        return result

    def _attempt_seconds(self) -> float:
        return self._clock.monotonic() - self._attempt_started

"""One call's way, without the waiting: what sync and async clients do alike around each attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast
from urllib.parse import urlsplit

from carrierx.errors import Attempt, CarrierXError, ConfigurationError, Outcome
from carrierx.events import (
    AnswerDiffers,
    AttemptFinished,
    AttemptInterrupted,
    AttemptStarted,
    FieldsUnreadable,
    RetryScheduled,
    TokenRefreshed,
)
from carrierx.models.api_object import ApiObject
from carrierx.models.response_match import ResponseMatch
from carrierx.models.response_parsing import check_answer_type
from carrierx.models.streamed_body import StreamedBody
from carrierx.transport.call import Response
from carrierx.transport.evidence import Evidence
from carrierx.transport.outcome import FailureKind, outcome_of_failure, outcome_of_status
from carrierx.transport.refusals import request_id_of, retry_after_of
from carrierx.transport.verdict import Verdict, private_texts, verdict_on_answer, verdict_on_block, verdict_on_failure

if TYPE_CHECKING:
    from carrierx.credentials import Authorization
    from carrierx.event_hub import EventHub
    from carrierx.options import CallSettings, ClientConfig, RetryPolicy
    from carrierx.transport.answer import Answer
    from carrierx.transport.call import Call

__all__ = ["Journey"]

T = TypeVar("T")


class Journey(Generic[T]):
    """Keeps what belongs to one call across its attempts: time, attempts made, the last answer."""

    def __init__(self, call: Call[T], settings: CallSettings, config: ClientConfig, events: EventHub) -> None:
        self.call = call
        self.settings = settings
        self.policy: RetryPolicy = config.retry_policy
        check_answer_type(call.answer)
        self.body: StreamedBody | bytes = call.body if isinstance(call.body, StreamedBody) else call.body_bytes()
        self.token_refreshed: bool = False
        self._clock = config.clock
        self._base_url = config.base_url
        self._events = events
        self._attempts: list[Attempt] = []
        self._answer: Answer | None = None
        self._body_gone = False
        self._listening = False
        self._started = self._attempt_started = config.clock.monotonic()
        self._deadline = self._started + settings.total_timeout

    def time_left(self) -> float:
        """Seconds until the call's total time has passed; may be negative."""
        return self._deadline - self._clock.monotonic()

    @property
    def longest_attempt(self) -> float:
        """Seconds that the present attempt can last at most, give or take one wait of the network's."""
        return max(self.time_left(), 0.0) + self.settings.timeout

    def begin_attempt(self, authorization: Authorization, *, bound_network: bool) -> Evidence:
        """Start the record of an attempt.

        Args:
            authorization: The request's `Authorization` header.
            bound_network: Whether the network layer must keep the total time, since nothing else can.
        """
        self._answer = None
        self._attempt_started = self._clock.monotonic()
        self._listening = self._events.listening
        if self._listening:
            call = self.call
            self._events.emit(AttemptStarted(call.method, call.label, len(self._attempts) + 1))
        time_left = self.time_left if bound_network else None
        has_body = bool(self.body) and self.call.body_needed
        return Evidence(has_body=has_body, time_left=time_left, authorization=authorization)

    def answered(self, evidence: Evidence, answer: Answer) -> Verdict[T]:
        """Judge an attempt that was answered."""
        self._answer = answer
        retry_after = retry_after_of(answer.headers, self._clock.now()) if answer.status_code >= 400 else None
        verdict = verdict_on_answer(
            self.call, evidence, answer, retry_after=retry_after, trust_503=self.policy.trust_503
        )
        if verdict.match is not ResponseMatch.OURS:
            self._distrust(verdict, evidence)
        return self._noted(verdict, evidence)

    def _distrust(self, verdict: Verdict[T], evidence: Evidence) -> None:
        """Give up a connection whose answers may belong to other requests, and tell of it."""
        if evidence.connection is not None:
            evidence.connection.usable_until = 0.0
        call = self.call
        number = len(self._attempts) + 1
        self._events.emit(AnswerDiffers(call.method, call.label, number, verdict.outcome, call.reference))

    def failed(self, evidence: Evidence, kind: FailureKind, cause: BaseException | None) -> Verdict[T]:
        """Judge an attempt that ended without a status."""
        if evidence.blocked_host is not None:
            return self._noted(verdict_on_block(self.call, evidence.blocked_host), evidence)
        if kind is FailureKind.TIMEOUT and self.time_left() <= 0:
            kind = FailureKind.DEADLINE
        if evidence.source_failure is not None:
            kind, cause = FailureKind.SOURCE, evidence.source_failure
        address = evidence.address or urlsplit(self._base_url).netloc
        return self._noted(verdict_on_failure(self.call, evidence, kind, cause, address), evidence)

    def unable(self, error: CarrierXError) -> Verdict[T]:
        """Take a failure from before the attempt, such as a token function's; nothing was sent."""
        error.reference = self.call.reference
        return Verdict(Outcome.NOT_SENT, type(error).__name__, error=error)

    def interrupted(self, evidence: Evidence) -> None:
        """Tell what is known when cancellation or an interrupt ends an attempt; the exception goes on."""
        status_code = evidence.status_code
        outcome = outcome_of_failure(evidence) if status_code is None else outcome_of_status(evidence, status_code)

        call = self.call
        self._events.emit(
            AttemptInterrupted(
                call.method, call.label, len(self._attempts) + 1, self._attempt_seconds(), outcome, call.reference
            )
        )

    def wants_fresh_token(self) -> bool:
        """Tell whether a fresh token should be asked for after a 401; at most once a call."""
        if self.token_refreshed or self.time_left() <= 0 or self._body_gone:
            return False
        self.token_refreshed = True

        self._events.emit(TokenRefreshed(self.call.method, self.call.label))
        return True

    def will_wait(self, verdict: Verdict[T], delay: float) -> None:
        """Tell that another attempt follows."""
        if self._events.listening:
            call = self.call
            self._events.emit(RetryScheduled(call.method, call.label, len(self._attempts), delay, verdict.reason))

    def finish(self, verdict: Verdict[T]) -> Response[T]:
        """Give the response, or raise the error, with every attempt noted on it."""
        if verdict.error is not None:
            verdict.error.attempts = tuple(self._attempts)
            raise verdict.error
        if self._answer is None:
            raise ConfigurationError("The call ended without an answer and without an error.")
        value = cast("T", verdict.value)
        answer = self._answer
        fields = value.unreadable_paths() if isinstance(value, ApiObject) else ()
        if fields:
            self._events.emit(FieldsUnreadable(self.call.method, self.call.label, tuple(fields)))
        return Response(value, answer.status_code, answer.headers, answer.body, tuple(self._attempts))

    def _noted(self, verdict: Verdict[T], evidence: Evidence) -> Verdict[T]:
        if isinstance(self.body, StreamedBody) and evidence.body_begun and not self.body.repeatable:
            self._body_gone = True
            verdict = verdict.final()
        number = len(self._attempts) + 1
        seconds = self._attempt_seconds()
        self._attempts.append(Attempt(number, verdict.outcome, verdict.status_code, verdict.reason, seconds))
        if self._listening:
            answer = self._answer
            self._events.emit(
                AttemptFinished(
                    self.call.method,
                    self.call.label,
                    number,
                    seconds,
                    verdict.outcome,
                    verdict.status_code,
                    None if answer is not None else verdict.reason,
                    request_id_of(answer.headers, private_texts(self.call, evidence)) if answer is not None else None,
                )
            )
        return verdict

    def _attempt_seconds(self) -> float:
        return self._clock.monotonic() - self._attempt_started

"""The result of one attempt: its outcome, and the value to return or the error to raise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from carrierx.errors import (
    AcceptedWithoutReceiptError,
    APIError,
    CarrierXError,
    ConnectionFailedError,
    ExchangeFailedError,
    ExchangeTimeoutError,
    Outcome,
    RateLimitError,
    ResponseError,
    SendFencedError,
    SendOutcomeUnknownError,
    TransportError,
    api_error_class,
)
from carrierx.models.api_object import UnreadableError, parse_body, parse_object, parse_truncated_object
from carrierx.models.masking import encoded_forms
from carrierx.models.response_match import ResponseMatch
from carrierx.network_guard import blocked_error
from carrierx.transport.error_body import advice, error_body_of
from carrierx.transport.library_errors import reason_of
from carrierx.transport.outcome import FailureKind, outcome_of_failure, outcome_of_status, read_may_be_repeated

if TYPE_CHECKING:
    from carrierx.transport.call import Call
    from carrierx.transport.evidence import Evidence
    from carrierx.transport.raw_response import RawResponse

__all__ = [
    "AttemptResult",
    "private_texts",
    "result_of_block",
    "result_of_failure",
    "result_of_fence",
    "result_of_response",
]

T = TypeVar("T")

_MESSAGE_MAY_BE_SENT = "It may have been sent: do not resend it before you have looked it up with messages.reconcile."
_CALL_MAY_BE_DONE = "It may have been carried out: do not repeat it before you have checked."

_FAILURES: dict[FailureKind, tuple[type[TransportError], str]] = {
    FailureKind.CONNECT: (ConnectionFailedError, "could not connect to {address}: {reason}"),
    FailureKind.CONNECT_TIMEOUT: (ConnectionFailedError, "could not connect to {address}: it did not respond in time"),
    FailureKind.TLS_REFUSED: (
        ConnectionFailedError,
        "could not connect to {address}: TLS failed ({reason}): check base_url, and ca_file= for a private authority",
    ),
    FailureKind.PROXY: (ConnectionFailedError, "the proxy refused to connect ({reason})"),
    FailureKind.PROXY_CREDENTIALS: (
        ConnectionFailedError,
        "the proxy needs credentials: put them into proxy= ({reason})",
    ),
    FailureKind.POOL_TIMEOUT: (ExchangeTimeoutError, "all connections were busy: raise max_connections ({reason})"),
    FailureKind.TIMEOUT: (ExchangeTimeoutError, "the server did not respond within timeout= ({reason})"),
    FailureKind.DEADLINE: (ExchangeTimeoutError, "total_timeout= ran out ({reason})"),
    FailureKind.BROKEN: (ExchangeFailedError, "the connection broke ({reason})"),
    FailureKind.REQUEST_REFUSED: (ExchangeFailedError, "the HTTP library refused the request ({reason})"),
    FailureKind.SOURCE: (ExchangeFailedError, "the data to send could not be read completely ({reason})"),
    FailureKind.FOREIGN: (ExchangeFailedError, "code in the HTTP client raised {reason}"),
}
_NAMES_ITS_REASON = frozenset({FailureKind.CONNECT, FailureKind.TLS_REFUSED})
_LASTING = frozenset(
    {
        FailureKind.TLS_REFUSED,
        FailureKind.PROXY_CREDENTIALS,
        FailureKind.REQUEST_REFUSED,
        FailureKind.SOURCE,
        FailureKind.FOREIGN,
    }
)
"""Failures that another attempt can't fix."""


class AttemptResult(NamedTuple, Generic[T]):
    """The result of one attempt: a value, or the error to raise unless another attempt follows.

    Attributes:
        outcome: The proven outcome.
        reason: A word or two on what ended the attempt.
        status_code: The HTTP status, if there was a response.
        error: The error to raise; None on success.
        value: The parsed response, on success.
        can_retry: Whether another attempt is safe and can help.
        retry_after: Seconds that the server asked to wait.
        match: Whether the response is about the message that was sent.
    """

    outcome: Outcome
    reason: str
    status_code: int | None = None
    error: CarrierXError | None = None
    value: T | None = None
    can_retry: bool = False
    retry_after: float | None = None
    match: ResponseMatch = ResponseMatch.OURS

    def without_retry(self) -> AttemptResult[T]:
        """Return the same result, but without another attempt."""
        return AttemptResult(*self[:5], can_retry=False, retry_after=self.retry_after, match=self.match)


def result_of_failure(
    call: Call[T], evidence: Evidence, kind: FailureKind, cause: BaseException | None, address: str
) -> AttemptResult[T]:
    """Build the result of an attempt that ended without a status.

    Args:
        call: The call.
        evidence: The attempt's evidence.
        kind: The kind of failure.
        cause: The exception that ended the attempt, stripped of secrets.
        address: The host and port of the request.
    """
    error_class, template = _FAILURES[kind]
    reason = type(cause).__name__ if cause is not None else kind.name.lower()
    detail = reason_of(cause) if kind in _NAMES_ITS_REASON else None
    words = template.format(address=address, reason=detail or reason)
    outcome = outcome_of_failure(evidence)
    if call.is_repeatable:
        error: CarrierXError = error_class(f"{call.method} {call.label} failed: {words}.")
        return AttemptResult(outcome, reason, error=_chained(error, cause), can_retry=kind not in _LASTING)
    if outcome is Outcome.NOT_SENT:
        error = error_class(
            f"{call.method} {call.label} was not sent: {words}.",
            outcome=outcome,
            safe_to_resend=kind not in _LASTING,
            reference=call.reference,
        )
        return AttemptResult(outcome, reason, error=_chained(error, cause), can_retry=kind not in _LASTING)
    text = f"It is unknown whether CarrierX accepted {call.method} {call.label}: {words}. {_what_to_do(call)}"
    error = SendOutcomeUnknownError(text, outcome=outcome, reference=call.reference)
    return AttemptResult(outcome, reason, error=_chained(error, cause))


def result_of_block(call: Call[T], host: str) -> AttemptResult[T]:
    """Build the result of an attempt that the network guard refused. Its cause is dropped: it holds the request."""
    error = blocked_error(
        f"{call.method} {call.label} was not sent",
        host,
        "Use an emulator instead: the fixture carrierx_client, carrierx_emulator.base_url or respx_router.",
        call.reference,
    )
    return AttemptResult(Outcome.NOT_SENT, type(error).__name__, error=error)


def result_of_fence(call: Call[T], error: SendFencedError) -> AttemptResult[T]:
    """Build the result of an attempt that the caller's fence ended before the first byte of the body."""
    error.reference = call.reference
    return AttemptResult(Outcome.NOT_SENT, type(error).__name__, error=error)


def result_of_response(
    call: Call[T], evidence: Evidence, response: RawResponse, *, retry_after: float | None, trust_503: bool
) -> AttemptResult[T]:
    """Build the result of an attempt that got a response."""
    status = response.status_code
    trusted = status == 503 and retry_after is not None and trust_503
    outcome = outcome_of_status(evidence, status, refusal_trusted=trusted)
    if outcome is Outcome.ACCEPTED:
        return _result_of_success(call, evidence, response)
    reason = f"status {status}"
    if not call.is_repeatable and outcome is Outcome.UNKNOWN:
        return AttemptResult(outcome, reason, status, error=_unclear(call, evidence, response))
    can_retry = read_may_be_repeated(status) if call.is_repeatable else outcome is Outcome.NOT_SENT and status != 407
    error = _refusal(call, evidence, response, outcome, can_retry=can_retry)
    if isinstance(error, RateLimitError):
        error.retry_after = retry_after
    return AttemptResult(
        outcome, reason, status, error=error, can_retry=can_retry, retry_after=retry_after if can_retry else None
    )


def _result_of_success(call: Call[T], evidence: Evidence, response: RawResponse) -> AttemptResult[T]:
    status = response.status_code
    problem = "it was cut off, too large or badly encoded"
    if response.body_error is None:
        try:
            value = parse_body(call.response_type, response.body)
        except UnreadableError as error:
            problem = str(error)
        else:
            match = call.match(value) if call.match is not None else ResponseMatch.OURS
            if match is not ResponseMatch.NOT_OURS:
                return AttemptResult(Outcome.ACCEPTED, f"status {status}", status, value=value, match=match)
            problem = "it names another recipient and another text"
            unclear = _unclear(call, evidence, response, problem)
            return AttemptResult(Outcome.UNKNOWN, "response to another message", status, error=unclear, match=match)
    request_id = response.request_id(private_texts(call, evidence))
    where = f"{call.method} {call.label}"
    if call.is_repeatable:
        text = f"The response to {where} can't be read (status {status}): {problem}."
        lost: CarrierXError = ResponseError(text, status_code=status, request_id=request_id)
        return AttemptResult(
            Outcome.ACCEPTED,
            "unreadable",
            status,
            error=_chained(lost, response.cause),
            can_retry=response.cause is not None,
        )
    beginning = parse_truncated_object(response.body) if response.declares_json else None
    if beginning is None and response.body_error is not None and response.declares_json:
        beginning = parse_object(response.body)  # all but its end, or an empty object
    if beginning is not None:
        sid = beginning.get(call.receipt) if call.receipt else None
        text = (
            f"CarrierX accepted {where} (status {status}), but its response was lost: {problem}. Do not send it again."
        )
        lost = AcceptedWithoutReceiptError(
            text,
            message_sid=sid if isinstance(sid, str) and sid else None,
            reference=call.reference,
            status_code=status,
            request_id=request_id,
        )
        return AttemptResult(Outcome.ACCEPTED, "response lost", status, error=_chained(lost, response.cause))
    return AttemptResult(Outcome.UNKNOWN, "no receipt", status, error=_unclear(call, evidence, response, problem))


def _unclear(call: Call[T], evidence: Evidence, response: RawResponse, problem: str = "") -> CarrierXError:
    error_body = error_body_of(response, private_texts(call, evidence))
    parts = [f"status {response.status_code}: {error_body}", problem and f"the response is not a receipt: {problem}"]
    hint = advice(call, response.status_code)
    error = SendOutcomeUnknownError(
        f"It is unknown whether CarrierX accepted {call.method} {call.label} ({'; '.join(filter(None, parts))}). "
        f"{hint}{' ' if hint else ''}{_what_to_do(call)}",
        outcome=Outcome.UNKNOWN,
        reference=call.reference,
        status_code=response.status_code,
        errors=error_body.errors,
        request_id=response.request_id(private_texts(call, evidence)),
    )
    return _chained(error, response.cause)


def _refusal(
    call: Call[T], evidence: Evidence, response: RawResponse, outcome: Outcome, *, can_retry: bool
) -> APIError:
    status = response.status_code
    error_body = error_body_of(response, private_texts(call, evidence))
    request_id = response.request_id(private_texts(call, evidence))
    parts = [
        f"CarrierX answered {status} to {call.method} {call.label}: {error_body}.",
        "" if call.is_repeatable else "It was not sent.",
        advice(call, status),
        f"(request id {request_id})" if request_id else "",
    ]
    sends = not call.is_repeatable
    return api_error_class(status)(
        " ".join(filter(None, parts)),
        status_code=status,
        message=error_body.message,
        errors=error_body.errors,
        request_id=request_id,
        required_scopes=call.scopes,
        outcome=outcome if sends else None,
        safe_to_resend=sends and can_retry,
        reference=call.reference,
    )


def private_texts(call: Call[T], evidence: Evidence) -> tuple[str, ...]:
    """Return the texts to mask in a server's response: those of the call, the credentials, values of a filter."""
    secrets = evidence.authorization.secrets if evidence.authorization is not None else ()
    filters = [value for name, value in call.query if name == "filter"]
    compared = [
        found["value"] for text in filters for found in _COMPARISON.finditer(text) if found["name"] not in _NOT_PRIVATE
    ]
    return (*call.private, *secrets, *(form for value in compared for form in encoded_forms(value)))


_COMPARISON = re.compile(r"""(?P<name>\w+)\s+\w+\s+(?P<quote>["'])(?P<value>.*?)(?P=quote)""")
_NOT_PRIVATE = frozenset({"country_code", "date_created", "direction", "state", "status", "type"})


def _what_to_do(call: Call[T]) -> str:
    return _MESSAGE_MAY_BE_SENT if call.receipt == "message_sid" else _CALL_MAY_BE_DONE


def _chained(error: CarrierXError, cause: BaseException | None) -> CarrierXError:
    error.__cause__ = cause
    return error

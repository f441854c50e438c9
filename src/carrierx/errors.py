"""Every error that carrierx raises, in one place.

```
CarrierXError
├── ConfigurationError               a client can't work: token, base URL, timeouts, an HTTP client from elsewhere
│   ├── TokenUnavailableError        the function passed as `token=` raised
│   └── NetworkBlockedError          a test run tried to connect to a real host
├── InvalidArgumentError             an invalid argument; nothing was sent
│   └── InvalidMessageError          an invalid message, with all broken rules in `broken_rules`
├── UnconfirmedSendError             a send that may have gone out: never resend it without looking it up
│   ├── SendOutcomeUnknownError      it is unknown whether CarrierX accepted it
│   └── AcceptedWithoutReceiptError  CarrierX accepted it, but its response was lost
├── APIError                         CarrierX answered with an error status
│   ├── BadRequestError              400
│   ├── AuthenticationError          401
│   ├── PermissionDeniedError        403
│   ├── NotFoundError                404
│   ├── ConflictError                409
│   ├── PayloadTooLargeError         413
│   ├── UnsupportedMediaTypeError    415
│   ├── ObjectValidationError        422
│   ├── RateLimitError               429
│   └── ServerError                  5xx, of a read
├── TransportError                   the HTTP request itself failed
│   ├── ConnectionFailedError        could not connect: DNS lookup, connection refused, TLS, proxy
│   ├── ExchangeTimeoutError         a timeout: of one attempt, of the pool or of the call
│   └── ExchangeFailedError          the connection broke, or the HTTP library refused the request
├── ResponseError                    a response that can't be read
├── WaitTimeoutError                 `messages.wait` or `dids.wait_until_enabled` ran out of time
├── EnablementFailedError            CarrierX could not enable messaging on a number
├── ExportError                      an export can't be resumed; the file keeps what was written
├── SendFencedError                  a fence stopped a send before the first byte of its body
├── OutboxError                      anything of the outbox; in `carrierx.outbox`
│   ├── KeyConflictError             another message has this key
│   ├── LostCommitsError             the database may lack commits: call `recover` first
│   ├── NothingLostError             there is nothing to recover
│   ├── OutboxConnectionError        the connection passed to `add` can't be used
│   ├── OutboxSchemaError            the tables are missing, or of another version
│   ├── OutboxStateError             the message's state doesn't allow it
│   ├── OutboxUnavailableError       the database doesn't answer
│   └── WorkerConflictError          another process is the worker of this outbox's file
├── CallbackError                    a request is not a callback; in `carrierx.callbacks`
├── CallbackLedgerError              it is unknown whether a callback is new; in `carrierx.callbacks`
└── ReconcileError                   a lookup that proves nothing
```

After `messages.send`, an `UnconfirmedSendError` means that the text may have gone out. Every other `CarrierXError`
means that it was not sent. `safe_to_resend` then says whether sending it again can help.

No error contains a token, a complete phone number or the text of a message, neither in its text nor in its attributes.
"""

from __future__ import annotations

import sys
import traceback
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "APIError",
    "AcceptedWithoutReceiptError",
    "Attempt",
    "AuthenticationError",
    "BadRequestError",
    "BrokenRule",
    "CarrierXError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "EnablementFailedError",
    "ErrorDetail",
    "ExchangeFailedError",
    "ExchangeTimeoutError",
    "ExportError",
    "InvalidArgumentError",
    "InvalidMessageError",
    "NetworkBlockedError",
    "NotFoundError",
    "ObjectValidationError",
    "Outcome",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "RateLimitError",
    "ReconcileError",
    "ResponseError",
    "SendFencedError",
    "SendOutcomeUnknownError",
    "ServerError",
    "TokenUnavailableError",
    "TransportError",
    "UnconfirmedSendError",
    "UnsupportedMediaTypeError",
    "WaitTimeoutError",
    "api_error_class",
]


class Outcome(Enum):
    """The proven outcome of an attempt to send."""

    NOT_SENT = "not_sent"
    """CarrierX can't have accepted it: it never got the complete request, or said that it is too busy (429)."""
    REJECTED = "rejected"
    """CarrierX read it and rejected it."""
    ACCEPTED = "accepted"
    """CarrierX accepted it: a text goes out and is charged."""
    UNKNOWN = "unknown"
    """There is no proof either way. It may have gone out."""


class Attempt(NamedTuple):
    """One attempt to execute a call over HTTP.

    Attributes:
        number: 1 for the first attempt.
        outcome: The proven outcome.
        status_code: The HTTP status, or None if there was no response.
        reason: The class name of the exception that ended it, or the status.
        seconds: The duration.
    """

    number: int
    outcome: Outcome
    status_code: int | None
    reason: str
    seconds: float


class BrokenRule(NamedTuple):
    """One rule that a message breaks. It never contains the number or the text itself.

    Attributes:
        field: The field's name in the API, with the position in a list: `message`, `media_urls[3]`.
        rule: A stable short name to test for: `message_too_long`.
        explanation: A sentence on what is wrong and what to do.
        measure: The value that breaks the rule: a length, a count, a kind.
        limit: The limit.
    """

    field: str
    rule: str
    explanation: str
    measure: int | str | None = None
    limit: int | str | None = None


class ErrorDetail(NamedTuple):
    """One entry of the `errors` list in a response of CarrierX.

    Attributes:
        field: The invalid field, if CarrierX names one.
        message: CarrierX's message; phone numbers are masked.
        reference_sid: The SID of the object that it is about, if CarrierX names one.
    """

    field: str | None
    message: str
    reference_sid: str | None


class CarrierXError(Exception):
    """The base class of all errors of carrierx.

    Attributes:
        outcome: The proven outcome of a send, or None if the call was no send.
        safe_to_resend: Whether sending the same again is safe and can help. True only if the message was proven not
            sent, for a temporary reason.
        reference: The reference that the send carried in `user_data`, if it carried one.
        attempts: All attempts, oldest first.
    """

    usual_outcome: ClassVar[Outcome | None] = None

    def __init__(
        self,
        message: str,
        *,
        outcome: Outcome | None = None,
        safe_to_resend: bool = False,
        reference: str | None = None,
        attempts: Sequence[Attempt] = (),
    ) -> None:
        super().__init__(message)
        self.outcome: Outcome | None = outcome or self.usual_outcome
        self.safe_to_resend = safe_to_resend
        self.reference = reference
        self.attempts: tuple[Attempt, ...] = tuple(attempts)

    def __reduce__(self) -> tuple[Callable[..., CarrierXError], tuple[object, ...]]:
        """Pickle by attributes, since the constructors of subclasses need more than a message."""
        return _restore, (type(self), self.args, self.__dict__)

    def _render_traceback_(self) -> list[str]:
        """Return what IPython and Jupyter show: the lines of your own code, and what the error says."""
        return _short_traceback(self)


_NOT_SHOWN = frozenset({"carrierx", "pydantic", "IPython", "ipykernel"})


def _short_traceback(error: CarrierXError) -> list[str]:
    own = [
        step
        for step in traceback.walk_tb(error.__traceback__)
        if str(step[0].f_globals.get("__name__")).partition(".")[0] not in _NOT_SHOWN
    ]
    lines: list[str] = []
    for frame in traceback.StackSummary.extract(iter(own)):
        lines += [f"{_place_of(frame.filename)}, line {frame.lineno}", f"    {frame.line}"]
    lines += ["", f"\x1b[31m{type(error).__name__}\x1b[0m: {error}"]
    if error.__cause__ is not None:
        lines.append(f"Cause: {type(error.__cause__).__name__}: {error.__cause__}")
    if error.outcome is not None:
        known = [f"outcome: {error.outcome.value}", f"safe to resend: {'yes' if error.safe_to_resend else 'no'}"]
        if error.reference is not None:
            known.append(f"reference: {error.reference}")
        lines.append(", ".join(known))
    return lines


def _place_of(filename: str) -> str:
    """Return the cell that a file stands for in a notebook, such as `Cell In[3]`, or else the file."""
    shell = sys.modules.get("IPython")
    with suppress(Exception):  # it is only a name
        kind, name = cast("Any", shell).get_ipython().compile.format_code_name(filename)
        return f"{kind} {name}"
    return f'File "{filename}"'


def _restore(
    error_class: type[CarrierXError], args: tuple[object, ...], attributes: Mapping[str, object]
) -> CarrierXError:
    error = error_class.__new__(error_class, *args)
    error.__dict__.update(attributes)
    return error


class ConfigurationError(CarrierXError):
    """A client or its environment is set up wrong. Nothing was sent."""

    usual_outcome: ClassVar[Outcome | None] = Outcome.NOT_SENT


class TokenUnavailableError(ConfigurationError):
    """The function passed as `token=` raised. Nothing was sent. Sending again can help once it works."""


class NetworkBlockedError(ConfigurationError):
    """A test run tried to connect to a real host, which the pytest plugin of carrierx refuses. Nothing was sent.

    Attributes:
        host: The host, of the API or of an MMS's media.
    """

    def __init__(self, message: str, *, host: str, reference: str | None = None) -> None:
        super().__init__(message, reference=reference)
        self.host = host


class InvalidArgumentError(CarrierXError):
    """An argument is invalid. Nothing was sent."""

    usual_outcome: ClassVar[Outcome | None] = Outcome.NOT_SENT


class InvalidMessageError(InvalidArgumentError):
    """A message breaks one or more rules. Nothing was sent.

    Attributes:
        broken_rules: All broken rules, each with field, rule, measure and limit, without phone numbers and text.
    """

    def __init__(self, broken_rules: Sequence[BrokenRule], *, reference: str | None = None) -> None:
        self.broken_rules: tuple[BrokenRule, ...] = tuple(broken_rules)
        count = len(self.broken_rules)
        lines = [f"  {rule.field}: {rule.explanation}" for rule in self.broken_rules]
        heading = f"The message was not sent: it breaks {count} rule{'s' if count != 1 else ''}."
        super().__init__("\n".join([heading, *lines]), reference=reference)


class UnconfirmedSendError(CarrierXError):
    """The message may have gone out. Never resend it without looking it up.

    Keep `reference` and look it up with `messages.reconcile`, or in CarrierX's portal.

    Attributes:
        status_code: The HTTP status, if there was a response.
        errors: The errors that CarrierX reported, if any.
        request_id: The request ID from the response headers, if there was one.
    """

    def __init__(
        self,
        message: str,
        *,
        outcome: Outcome,
        reference: str | None = None,
        attempts: Sequence[Attempt] = (),
        status_code: int | None = None,
        errors: Sequence[ErrorDetail] = (),
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, outcome=outcome, reference=reference, attempts=attempts)
        self.status_code = status_code
        self.errors: tuple[ErrorDetail, ...] = tuple(errors)
        self.request_id = request_id


class SendOutcomeUnknownError(UnconfirmedSendError):
    """It is unknown whether CarrierX accepted the message."""


class AcceptedWithoutReceiptError(UnconfirmedSendError):
    """CarrierX accepted the message, but its response was lost or incomplete.

    Attributes:
        message_sid: The message's SID, if the part of the response that arrived contained it.
    """

    def __init__(
        self,
        message: str,
        *,
        message_sid: str | None = None,
        reference: str | None = None,
        attempts: Sequence[Attempt] = (),
        status_code: int | None = None,
        errors: Sequence[ErrorDetail] = (),
        request_id: str | None = None,
    ) -> None:
        super().__init__(
            message,
            outcome=Outcome.ACCEPTED,
            reference=reference,
            attempts=attempts,
            status_code=status_code,
            errors=errors,
            request_id=request_id,
        )
        self.message_sid = message_sid


class APIError(CarrierXError):
    """CarrierX answered with an error status.

    Attributes:
        status_code: The HTTP status.
        message: The server's message, or the name of the status; phone numbers are masked.
        errors: The entries of the response's `errors` list.
        request_id: The request ID from the response headers, if there was one.
        required_scopes: The scopes of which this call needs one, as far as they are documented.
    """

    def __init__(
        self,
        text: str,
        *,
        status_code: int,
        message: str,
        errors: Sequence[ErrorDetail] = (),
        request_id: str | None = None,
        required_scopes: Sequence[str] = (),
        outcome: Outcome | None = None,
        safe_to_resend: bool = False,
        reference: str | None = None,
        attempts: Sequence[Attempt] = (),
    ) -> None:
        super().__init__(text, outcome=outcome, safe_to_resend=safe_to_resend, reference=reference, attempts=attempts)
        self.status_code = status_code
        self.message = message
        self.errors: tuple[ErrorDetail, ...] = tuple(errors)
        self.request_id = request_id
        self.required_scopes: tuple[str, ...] = tuple(required_scopes)


class BadRequestError(APIError):
    """400: CarrierX could not read the request. Do not repeat it unchanged."""


class AuthenticationError(APIError):
    """401: the token, or the user name and password, are wrong or revoked."""


class PermissionDeniedError(APIError):
    """403: the token lacks a scope, or the DID may not send messages."""


class NotFoundError(APIError):
    """404: there is no such object, or no such path at this base URL."""


class ConflictError(APIError):
    """409: a conflict with the object's current state.

    Attributes:
        may_resubmit: Always True: CarrierX documents that submitting again later usually resolves a conflict.
    """

    may_resubmit: bool = True


class PayloadTooLargeError(APIError):
    """413: the request is larger than CarrierX, or a proxy in front of it, accepts."""


class UnsupportedMediaTypeError(APIError):
    """415: CarrierX does not accept this content type."""


class ObjectValidationError(APIError):
    """422: CarrierX read the request and found its content invalid."""


class RateLimitError(APIError):
    """429: too many requests. The message was not accepted.

    Attributes:
        retry_after: Seconds that the server asked to wait, if it did.
    """

    retry_after: float | None = None


class ServerError(APIError):
    """A 5xx response to a read. A send that meets one raises `SendOutcomeUnknownError` instead."""


class TransportError(CarrierXError):
    """The HTTP request failed. Either it is proven that no message was sent, or the call was no send."""


class ConnectionFailedError(TransportError):
    """The client could not connect: the DNS lookup or TLS failed, or the server or a proxy refused the connection."""


class ExchangeTimeoutError(TransportError):
    """A timeout ran out: of one attempt, of the wait for a free connection, or of the call."""


class ExchangeFailedError(TransportError):
    """The connection broke, or the HTTP library refused to write the request."""


class ResponseError(CarrierXError):
    """CarrierX's response can't be read: it is not JSON, has an unexpected shape, is too large or incomplete.

    Attributes:
        status_code: The HTTP status of the response.
        request_id: The request ID from the response headers, if there was one.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        request_id: str | None = None,
        attempts: Sequence[Attempt] = (),
    ) -> None:
        super().__init__(message, attempts=attempts)
        self.status_code = status_code
        self.request_id = request_id


class WaitTimeoutError(CarrierXError):
    """A wait ran out of time. It does not mean that the message, or the enabling of the number, has failed.

    Attributes:
        message_sid: The SID of the message that `messages.wait` waited for, or None.
        did_sid: The SID of the number that `wait_until_enabled` waited for, or None.
        status: The last status that was read.
    """

    def __init__(
        self, message: str, *, status: str | None, message_sid: str | None = None, did_sid: str | None = None
    ) -> None:
        super().__init__(message)
        self.message_sid = message_sid
        self.did_sid = did_sid
        self.status = status


class EnablementFailedError(CarrierXError):
    """CarrierX could not enable messaging on a number: its status is `failed`. Waiting longer does not help.

    Attributes:
        did_sid: The SID of the number.
    """

    def __init__(self, message: str, *, did_sid: str) -> None:
        super().__init__(message)
        self.did_sid = did_sid


class ExportError(CarrierXError):
    """An export can't be resumed. The file keeps what was written.

    Another export is writing the file, the file and the cursor don't match, or CarrierX no longer has the record that
    the cursor points to. The text says which, and what to do.
    """


class SendFencedError(CarrierXError):
    """A fence stopped a send before the first byte of its body. Nothing was sent, and you may send it again.

    Raise it in the function that you pass as `before_body=`, if you may no longer send: your lease has expired, or
    the message is too old. The outbox does.
    """

    usual_outcome: ClassVar[Outcome | None] = Outcome.NOT_SENT

    def __init__(self, message: str, *, reference: str | None = None) -> None:
        super().__init__(message, safe_to_resend=True, reference=reference)


class ReconcileError(CarrierXError):
    """A lookup found no message, but this does not prove that there is none. Do not resend because of it."""


_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    413: PayloadTooLargeError,
    415: UnsupportedMediaTypeError,
    422: ObjectValidationError,
    429: RateLimitError,
}


def api_error_class(status_code: int) -> type[APIError]:
    """Return the error class for an HTTP status that is not a success."""
    if status_code >= 500:
        return ServerError
    return _BY_STATUS.get(status_code, APIError)

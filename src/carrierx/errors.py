"""Every error that carrierx raises, in one place.

```
CarrierXError
├── ConfigurationError               a client that can't work: token, base URL, timeouts, an injected client elsewhere
│   ├── TokenUnavailableError        the function given as `token=` raised
│   └── NetworkBlockedError          a test run that would have talked to a real host
├── InvalidArgumentError             an argument refused before anything was sent
│   └── InvalidMessageError          a message that breaks rules: all of them, in `broken_rules`
├── UnconfirmedSendError             a send that may be out there: never just send it again
│   ├── SendOutcomeUnknownError      nothing proves whether CarrierX took it
│   └── AcceptedWithoutReceiptError  CarrierX took it, its answer was lost
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
├── TransportError                   the HTTP exchange itself failed
│   ├── ConnectionFailedError        no connection: name look-up, refused, TLS, proxy
│   ├── ExchangeTimeoutError         too slow: one attempt's limit, the pool's or the total
│   └── ExchangeFailedError          the connection broke, or the HTTP library refused the request
├── ResponseError                    an answer that can't be read
├── WaitTimeoutError                 `messages.wait` or `dids.wait_until_enabled` ran out of time, which ends nothing
├── EnablementFailedError            CarrierX could not enable messaging on a number
├── ExportError                      an export can't go on where it stood; what it wrote is kept
├── CallbackError                    what came in is no callback; in `carrierx.callbacks`
├── CallbackLedgerError              nobody knows whether a callback is a new one; in `carrierx.callbacks`
└── ReconcileError                   a look-up that proves nothing
```

After `messages.send`, an `UnconfirmedSendError` means that the text may be out there. Every other `CarrierXError` means
that it was not sent; `safe_to_resend` then says whether sending it again can help.

No error holds a token, a whole phone number or the text of a message, neither in its words nor in its attributes.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, ClassVar, NamedTuple

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
    """What an attempt to send proved."""

    NOT_SENT = "not_sent"
    """CarrierX can't have taken it: it never got the whole request, or said that it is too busy (429)."""
    REJECTED = "rejected"
    """CarrierX read it and refused it."""
    ACCEPTED = "accepted"
    """CarrierX took it: a text goes out and is charged."""
    UNKNOWN = "unknown"
    """Nothing proves either. It may be out there."""


class Attempt(NamedTuple):
    """One try at carrying a call over HTTP, as an error remembers it.

    Attributes:
        number: 1 for the first.
        outcome: What it proved.
        status_code: The HTTP status, or None if no answer came.
        reason: What ended it: an exception's class name, or the status in words.
        seconds: How long it took.
    """

    number: int
    outcome: Outcome
    status_code: int | None
    reason: str
    seconds: float


class BrokenRule(NamedTuple):
    """One rule that a message breaks. It never holds the number or the text itself.

    Attributes:
        field: The field's name on the wire, with the position in a list: `message`, `media_urls[3]`.
        rule: A stable short name to test for: `message_too_long`.
        explanation: What is wrong and what to do, as a sentence.
        measure: What was found: a length, a count, a kind.
        limit: What is allowed.
    """

    field: str
    rule: str
    explanation: str
    measure: int | str | None = None
    limit: int | str | None = None


class ErrorDetail(NamedTuple):
    """One entry of the `errors` list in an answer of CarrierX.

    Attributes:
        field: The field that CarrierX complains of, if it names one.
        message: Its words; numbers are masked.
        reference_sid: The object that it refers to, if it names one.
    """

    field: str | None
    message: str
    reference_sid: str | None


class CarrierXError(Exception):
    """The root of every error raised by carrierx.

    Attributes:
        outcome: What is proven about a send, or None where nothing was to be sent.
        safe_to_resend: Whether sending the same again is safe and can help. True only if the message was proven not
            sent, for a reason that passes.
        reference: The mark that the send carried in `user_data`, if it carried one.
        attempts: The tries that were made, oldest first; empty if none was.
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
        """Pickle by attributes, since subclasses take more than a message."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(
    error_class: type[CarrierXError], args: tuple[object, ...], attributes: Mapping[str, object]
) -> CarrierXError:
    error = error_class.__new__(error_class, *args)
    error.__dict__.update(attributes)
    return error


class ConfigurationError(CarrierXError):
    """A client or its surroundings can't work as they are set up. Nothing was sent."""

    usual_outcome: ClassVar[Outcome | None] = Outcome.NOT_SENT


class TokenUnavailableError(ConfigurationError):
    """The function given as `token=` raised, so nothing was sent. Sending again can help once it works."""


class NetworkBlockedError(ConfigurationError):
    """A test run tried to reach a real host, which the pytest plugin of carrierx refuses. Nothing was sent.

    Attributes:
        host: The host, of the API or of an MMS's media.
    """

    def __init__(self, message: str, *, host: str, reference: str | None = None) -> None:
        super().__init__(message, reference=reference)
        self.host = host


class InvalidArgumentError(CarrierXError):
    """An argument was refused. Nothing was sent."""

    usual_outcome: ClassVar[Outcome | None] = Outcome.NOT_SENT


class InvalidMessageError(InvalidArgumentError):
    """A message breaks one rule or more. Nothing was sent.

    Attributes:
        broken_rules: All of them, each with field, rule, measure and limit, free of numbers and text.
    """

    def __init__(self, broken_rules: Sequence[BrokenRule], *, reference: str | None = None) -> None:
        self.broken_rules: tuple[BrokenRule, ...] = tuple(broken_rules)
        count = len(self.broken_rules)
        lines = [f"  {rule.field}: {rule.explanation}" for rule in self.broken_rules]
        heading = f"The message was not sent: it breaks {count} rule{'s' if count != 1 else ''}."
        super().__init__("\n".join([heading, *lines]), reference=reference)


class UnconfirmedSendError(CarrierXError):
    """The message may be out there: never just send it again.

    Keep `reference` and look it up with `messages.reconcile`, or look at CarrierX's portal.

    Attributes:
        status_code: The HTTP status, if one came.
        errors: What CarrierX complained of, if it said so.
        request_id: The answer's request id, if a header carried one.
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
    """Nothing proves whether CarrierX took the message."""


class AcceptedWithoutReceiptError(UnconfirmedSendError):
    """CarrierX took the message, but its answer was lost or cut.

    Attributes:
        message_sid: The message's SID if the part that arrived held it.
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
        message: The server's own words, or the status in words; numbers are masked.
        errors: The entries of the answer's `errors` list.
        request_id: The answer's request id, if a header carried one.
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
    """409: a conflict with the object's present state.

    Attributes:
        may_resubmit: True: CarrierX documents that a conflict may, as a rule, be resolved by submitting again later.
    """

    may_resubmit: bool = True


class PayloadTooLargeError(APIError):
    """413: the request is larger than CarrierX, or a proxy before it, takes."""


class UnsupportedMediaTypeError(APIError):
    """415: CarrierX does not take this content type."""


class ObjectValidationError(APIError):
    """422: CarrierX read the request and found its content invalid."""


class RateLimitError(APIError):
    """429: too many requests. The message was not taken.

    Attributes:
        retry_after: Seconds that the server asked to wait, if it did.
    """

    retry_after: float | None = None


class ServerError(APIError):
    """5xx in answer to a read. A send that meets one raises `SendOutcomeUnknownError` instead."""


class TransportError(CarrierXError):
    """The HTTP exchange failed, in a way that proves that no message was sent or where none was to be sent."""


class ConnectionFailedError(TransportError):
    """No connection came about: name look-up, refused, TLS, or a proxy's refusal."""


class ExchangeTimeoutError(TransportError):
    """A time limit passed: of one attempt, of waiting for a free connection, or of the whole call."""


class ExchangeFailedError(TransportError):
    """The connection broke, or the HTTP library refused to write the request."""


class ResponseError(CarrierXError):
    """CarrierX's answer can't be read: not JSON, of another shape, too large, or cut.

    Attributes:
        status_code: The HTTP status of the answer.
        request_id: The answer's request id, if a header carried one.
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
    """A wait ran out of time. The message exists, or the number is still being enabled: this says nothing against it.

    Attributes:
        message_sid: The message that `messages.wait` waited for, else None.
        did_sid: The number that `wait_until_enabled` waited for, else None.
        status: Its status as last read.
    """

    def __init__(
        self, message: str, *, status: str | None, message_sid: str | None = None, did_sid: str | None = None
    ) -> None:
        super().__init__(message)
        self.message_sid = message_sid
        self.did_sid = did_sid
        self.status = status


class EnablementFailedError(CarrierXError):
    """CarrierX could not enable messaging on a number: its status is `failed`. More waiting does not help.

    Attributes:
        did_sid: The number.
    """

    def __init__(self, message: str, *, did_sid: str) -> None:
        super().__init__(message)
        self.did_sid = did_sid


class ExportError(CarrierXError):
    """An export can't go on where it stood. What the file holds is kept.

    Another export is writing the file, file and cursor don't fit together, or CarrierX no longer has the record that
    the cursor stands at. The text says which, and what to do.
    """


class ReconcileError(CarrierXError):
    """A look-up found nothing, and its finding nothing proves nothing. Do not send again on the strength of it."""


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
    """Find the error class for an HTTP status that is not a success."""
    if status_code >= 500:
        return ServerError
    return _BY_STATUS.get(status_code, APIError)

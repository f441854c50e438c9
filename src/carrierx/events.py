"""Events that a client reports.

A client passes each event to the function given as `on_event=`, to `telemetry=` and, except for the start and the end
of a call, to the logger `carrierx`. Events hold no token, phone number or text. If the function raises, its error is
logged and the call continues: a sent text can't be undone.

A call starts with `CallStarted` and ends with `CallFinished`, whatever happens in between. Both come from the thread
or the task that makes the call, and so do all events between them, which have the same `call_id`.

Example:
    >>> from carrierx.events import AttemptFinished
    >>> def count(event):
    ...     if isinstance(event, AttemptFinished):
    ...         print(event.status_code, event.outcome)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from typing import Self

    from carrierx.errors import InvalidMessageError, Outcome

__all__ = [
    "AttemptFinished",
    "AttemptInterrupted",
    "AttemptStarted",
    "CallFinished",
    "CallStarted",
    "Event",
    "EventHandler",
    "FieldsUnreadable",
    "MessageRefused",
    "ResponseMismatch",
    "RetryScheduled",
    "SegmentsDiffer",
    "Telemetry",
    "TokenRefreshed",
    "UploadProgress",
]


@dataclass(frozen=True, slots=True)
class MessageRefused:
    """A message broke rules, and nothing was sent. The exception reaches the caller, or is a result of the batch.

    Attributes:
        rules: The broken rules with their fields, such as `to: number_ambiguous`.
    """

    rules: tuple[str, ...]

    @classmethod
    def because(cls, error: InvalidMessageError) -> Self:
        """Make the event for the rules that a message breaks."""
        return cls(tuple(f"{rule.field}: {rule.rule}" for rule in error.broken_rules))


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A call starts: one operation with all its attempts.

    Attributes:
        operation: The operation, such as `messages.send`. It's empty for a `Call` of your own that doesn't name one.
        method: The HTTP method.
        path_template: The path with the names of its arguments, such as `/lookup/dids/{phonenumber}`. It's empty for a
            `Call` of your own that doesn't have one.
        base_url: The URL of the API.
        message_kind: `sms` or `mms` if the call sends a message, or None.
        call_id: A number that no other call of this process has.
    """

    operation: str
    method: str
    path_template: str
    base_url: str
    message_kind: str | None
    call_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class CallFinished:
    """A call ended: with a result, with an error, or because of cancellation or an interrupt.

    Attributes:
        operation: The operation, as in `CallStarted`.
        method: The HTTP method.
        path_template: The path with the names of its arguments, as in `CallStarted`.
        seconds: The duration of all attempts, with the waits between them.
        attempts: The number of attempts.
        outcome: The proven outcome.
        status_code: The HTTP status of the last attempt, or None if it got no response.
        error: The class name of the exception that ends the call, or None.
        unconfirmed: True if the call might have had an effect, or had one, that no response confirms: look it up.
        message_sid: The SID of the message that the response describes, or None.
        message_kind: `sms` or `mms` if the call sends a message, or None.
        segments: The segments that CarrierX charges for an accepted message; by our count if it names none.
        reference: The reference of a send.
        call_id: A number that no other call of this process has.
    """

    operation: str
    method: str
    path_template: str
    seconds: float
    attempts: int
    outcome: Outcome
    status_code: int | None
    error: str | None
    unconfirmed: bool
    message_sid: str | None
    message_kind: str | None
    segments: int | None
    reference: str | None
    call_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """An attempt starts. `attempt` is 1 for the first."""

    method: str
    path: str
    attempt: int
    call_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AttemptFinished:
    """An attempt ended, with a response (`status_code`) or without one (`error` names the exception's class)."""

    method: str
    path: str
    attempt: int
    seconds: float
    outcome: Outcome
    status_code: int | None
    error: str | None
    request_id: str | None
    call_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AttemptInterrupted:
    """Cancellation or an interrupt ended an attempt. The exception reaches the caller.

    `outcome` says what is known at that moment. Use `reference` to look up a send later.
    """

    method: str
    path: str
    attempt: int
    seconds: float
    outcome: Outcome
    reference: str | None
    call_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """Another attempt follows after `delay` seconds. A send is retried only if it was proven not sent."""

    method: str
    path: str
    attempt: int
    delay: float
    reason: str
    call_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TokenRefreshed:
    """CarrierX refused the token, and the token function returned a fresh one."""

    method: str
    path: str
    call_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class FieldsUnreadable:
    """Fields of a response could not be read and became None. Their raw values are in `unreadable_fields`."""

    method: str
    path: str
    fields: tuple[str, ...]
    call_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """Progress of an upload. Only the function given as `on_progress=` receives it.

    Attributes:
        bytes_sent: Bytes of the file that were written to the network. Another attempt starts again at 0.
        total_bytes: The size of the file; None if it is unknown until the end.
    """

    bytes_sent: int
    total_bytes: int | None


@dataclass(frozen=True, slots=True)
class SegmentsDiffer:
    """CarrierX charges for another number of segments of an SMS than `segments` counted. CarrierX's number counts."""

    message_sid: str
    counted: int | None
    charged: int | None
    call_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ResponseMismatch:
    """The response to a send describes another message. Its connection is not used again.

    Attributes:
        method: The HTTP method.
        path: The path, with phone numbers masked.
        attempt: The number of the attempt.
        outcome: `ACCEPTED` if only the recipient differs. `UNKNOWN` if the text differs too, which proves nothing.
        reference: The send's reference.
    """

    method: str
    path: str
    attempt: int
    outcome: Outcome
    reference: str | None
    call_id: int = field(default=0, compare=False)


Event: TypeAlias = (
    CallStarted
    | CallFinished
    | AttemptStarted
    | AttemptFinished
    | AttemptInterrupted
    | RetryScheduled
    | TokenRefreshed
    | FieldsUnreadable
    | SegmentsDiffer
    | ResponseMismatch
    | MessageRefused
)
EventHandler: TypeAlias = Callable[[Event], None]


class Telemetry(Protocol):
    """The object that `telemetry=` accepts, such as an `OpenTelemetry` of `carrierx.otel`."""

    def follow(self, event: Event, /) -> None:
        """Follow an event, in the thread or task that makes the call.

        The events that start something come before your own function and the log get them, all others after.
        """
        ...

    def headers(self) -> Mapping[str, str]:
        """Return headers for the attempt that just started.

        As with `extra_headers`, these can't be headers that the client sets itself. Unusable headers are left out, all
        of them together, and the log says why.
        """
        ...

"""Events that a client reports.

A client passes each event to the function given as `on_event=` and to the logger `carrierx`. Events hold no token,
phone number or text. If the function raises, its error is logged and the call continues: a sent text can't be undone.

Example:
    >>> from carrierx.events import AttemptFinished
    >>> def count(event):
    ...     if isinstance(event, AttemptFinished):
    ...         print(event.status_code, event.outcome)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from carrierx.errors import Outcome

__all__ = [
    "AttemptFinished",
    "AttemptInterrupted",
    "AttemptStarted",
    "Event",
    "EventHandler",
    "FieldsUnreadable",
    "ResponseMismatch",
    "RetryScheduled",
    "SegmentsDiffer",
    "TokenRefreshed",
    "UploadProgress",
]


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """An attempt starts. `attempt` is 1 for the first."""

    method: str
    path: str
    attempt: int


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


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """Another attempt follows after `delay` seconds. A send is retried only if it was proven not sent."""

    method: str
    path: str
    attempt: int
    delay: float
    reason: str


@dataclass(frozen=True, slots=True)
class TokenRefreshed:
    """CarrierX refused the token, and the token function returned a fresh one."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class FieldsUnreadable:
    """Fields of a response could not be read and became None. Their raw values are in `unreadable_fields`."""

    method: str
    path: str
    fields: tuple[str, ...]


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


Event: TypeAlias = (
    AttemptStarted
    | AttemptFinished
    | AttemptInterrupted
    | RetryScheduled
    | TokenRefreshed
    | FieldsUnreadable
    | SegmentsDiffer
    | ResponseMismatch
)
EventHandler: TypeAlias = Callable[[Event], None]

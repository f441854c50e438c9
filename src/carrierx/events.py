"""What a client tells while it works.

A client hands each event to the function given as `on_event=`, and to the logger `carrierx`. Events hold no token, no
phone number and no text. A function that raises does not disturb the call: a text that is out stays out, so its error
is logged and the call goes on.

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
    "AnswerDiffers",
    "AttemptFinished",
    "AttemptInterrupted",
    "AttemptStarted",
    "Event",
    "EventHandler",
    "FieldsUnreadable",
    "RetryScheduled",
    "SegmentsDiffer",
    "TokenRefreshed",
    "UploadProgress",
]


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """An attempt begins. `attempt` is 1 for the first."""

    method: str
    path: str
    attempt: int


@dataclass(frozen=True, slots=True)
class AttemptFinished:
    """An attempt ended, with an answer (`status_code`) or without one (`error` names the exception's class)."""

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
    """Cancellation or an interrupt ended an attempt; the exception goes on to the caller.

    `outcome` says what is known at that moment, and `reference` lets a send be looked up later.
    """

    method: str
    path: str
    attempt: int
    seconds: float
    outcome: Outcome
    reference: str | None


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """Another attempt follows after `delay` seconds. For a send: only what was proven not sent."""

    method: str
    path: str
    attempt: int
    delay: float
    reason: str


@dataclass(frozen=True, slots=True)
class TokenRefreshed:
    """CarrierX refused the token, and the token function was asked for a fresh one."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class FieldsUnreadable:
    """Fields of an answer could not be read and became None; their raw values are in `unreadable_fields`."""

    method: str
    path: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """How far an upload has come. The function given as `on_progress=` is told it, and no other listener.

    Attributes:
        bytes_sent: Bytes of the file that were handed to the network. Another attempt begins anew.
        total_bytes: The file's size; None if it can't be known before its end.
    """

    bytes_sent: int
    total_bytes: int | None


@dataclass(frozen=True, slots=True)
class SegmentsDiffer:
    """CarrierX charges another number of segments for an SMS than `segments` counted. CarrierX's number decides."""

    message_sid: str
    counted: int | None
    charged: int | None


@dataclass(frozen=True, slots=True)
class AnswerDiffers:
    """The answer to a send describes another message, so its connection is not used again.

    Attributes:
        method: The HTTP method.
        path: The path, with phone numbers masked.
        attempt: Which attempt was answered so.
        outcome: `ACCEPTED` if only the recipient differs; `UNKNOWN` if the text does, too: then it proves nothing.
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
    | AnswerDiffers
)
EventHandler: TypeAlias = Callable[[Event], None]

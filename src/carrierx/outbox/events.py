"""Events of an outbox.

An outbox passes each event to the function given as `on_event=`, and to the logger `carrierx`. Events hold no token,
phone number or text. They do hold your keys, so don't put anything private into a key. If the function raises, its
error is logged and the outbox goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from carrierx.outbox.states import State, UnknownKind

__all__ = [
    "AbsenceProven",
    "ClaimingStopped",
    "ClockJumped",
    "DatabaseUnavailable",
    "DuplicateSent",
    "LeaseExpired",
    "LookupFailed",
    "MessageAccepted",
    "MessageAdded",
    "MessageExpired",
    "MessageFound",
    "MessageNotSent",
    "MessageRejected",
    "MessageUnknown",
    "MessagesPurged",
    "OutboxEvent",
    "OutboxEventHandler",
    "OutboxPaused",
    "OutboxRecovered",
    "OutboxResumed",
    "PossibleDuplicate",
    "ReviewNeeded",
    "StateChanged",
    "WorkerFailed",
    "WorkerStarted",
    "WorkerStopped",
]

logger: logging.Logger = logging.getLogger("carrierx")
logger.addHandler(logging.NullHandler())  # without a handler of yours, Python would print warnings


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message was added in a transaction of the outbox's own. With your own connection there is no event."""

    key: str


@dataclass(frozen=True, slots=True)
class MessageAccepted:
    """CarrierX accepted a message.

    Attributes:
        key: Its key.
        message_sid: Its SID; None if the response was lost.
        attempt: The number of the attempt.
        late: Whether the result came after the outbox had given the attempt up.
    """

    key: str
    message_sid: str | None
    attempt: int
    late: bool


@dataclass(frozen=True, slots=True)
class MessageRejected:
    """CarrierX rejected a message, or it breaks a rule. It was not sent."""

    key: str
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class MessageNotSent:
    """An attempt provably didn't send its message, which is queued again."""

    key: str
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class MessageUnknown:
    """It is unknown whether a message was sent. The outbox looks it up."""

    key: str
    kind: UnknownKind
    reason: str


@dataclass(frozen=True, slots=True)
class LeaseExpired:
    """A worker's lease expired without a result. The message is unknown now."""

    key: str


@dataclass(frozen=True, slots=True)
class MessageFound:
    """A lookup found an unknown message: it was sent."""

    key: str
    message_sid: str


@dataclass(frozen=True, slots=True)
class AbsenceProven:
    """A lookup proved that an unknown message was not sent. `state` says what becomes of it."""

    key: str
    state: State


@dataclass(frozen=True, slots=True)
class ReviewNeeded:
    """The outbox can't find out whether a message was sent. A person must decide, with `resolve`."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class DuplicateSent:
    """CarrierX accepted a message twice. This breaks the outbox's promise: see which assumption didn't hold."""

    key: str
    message_sid: str | None


@dataclass(frozen=True, slots=True)
class PossibleDuplicate:
    """CarrierX accepted an attempt that the outbox had believed absent, and another attempt is under way."""

    key: str
    message_sid: str | None


@dataclass(frozen=True, slots=True)
class MessageExpired:
    """A message was not sent before its `expires_at`."""

    key: str


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A person changed a message, with `cancel`, `reschedule`, `retry` or `resolve`."""

    key: str
    operation: str
    state: State


@dataclass(frozen=True, slots=True)
class LookupFailed:
    """A lookup got no answer, or one that proves nothing. It is repeated."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClaimingStopped:
    """Workers send nothing: too many messages are unknown, or the database may have lost commits."""

    reason: str


@dataclass(frozen=True, slots=True)
class OutboxPaused:
    """The outbox is paused: CarrierX refused the token, or somebody called `pause`."""

    reason: str


@dataclass(frozen=True, slots=True)
class OutboxResumed:
    """The outbox isn't paused any more."""


@dataclass(frozen=True, slots=True)
class OutboxRecovered:
    """Somebody accepted the database as it is after commits were lost. `unknown` messages are looked up now."""

    unknown: int


@dataclass(frozen=True, slots=True)
class MessagesPurged:
    """The contents of old messages were deleted. Their keys, states and SIDs are kept."""

    count: int


@dataclass(frozen=True, slots=True)
class ClockJumped:
    """The database's clock jumped further than `clock_step`. Unknown messages wait longer because of it.

    Attributes:
        seconds: By how far; below 0 if it was set back.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class DatabaseUnavailable:
    """The database doesn't answer. The worker tries again, and claims nothing meanwhile."""

    operation: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkerStarted:
    """A worker started."""

    concurrency: int


@dataclass(frozen=True, slots=True)
class WorkerStopped:
    """A worker stopped."""

    reason: str


@dataclass(frozen=True, slots=True)
class WorkerFailed:
    """An exception ended a worker. `run` raises it, once everything in flight is written."""

    error: str


OutboxEvent: TypeAlias = (
    AbsenceProven
    | ClaimingStopped
    | ClockJumped
    | DatabaseUnavailable
    | DuplicateSent
    | LeaseExpired
    | LookupFailed
    | MessageAccepted
    | MessageAdded
    | MessageExpired
    | MessageFound
    | MessageNotSent
    | MessageRejected
    | MessageUnknown
    | MessagesPurged
    | OutboxPaused
    | OutboxRecovered
    | OutboxResumed
    | PossibleDuplicate
    | ReviewNeeded
    | StateChanged
    | WorkerFailed
    | WorkerStarted
    | WorkerStopped
)
"""An event of an outbox: one of the classes of this module."""
OutboxEventHandler: TypeAlias = Callable[[OutboxEvent], None]
"""A function that is called with each event."""

_LEVELS: dict[type[object], int] = {
    DuplicateSent: logging.ERROR,
    WorkerFailed: logging.ERROR,
    PossibleDuplicate: logging.ERROR,
    OutboxPaused: logging.WARNING,
    ClaimingStopped: logging.WARNING,
    ClockJumped: logging.WARNING,
    ReviewNeeded: logging.WARNING,
    DatabaseUnavailable: logging.WARNING,
    MessageUnknown: logging.WARNING,
    LeaseExpired: logging.WARNING,
    MessageAdded: logging.DEBUG,
    MessageAccepted: logging.DEBUG,
}


def emitter(handler: OutboxEventHandler | None) -> OutboxEventHandler:
    """Return the function that delivers events. What the handler or the log raises doesn't end the worker."""

    def emit(event: OutboxEvent) -> None:
        with suppress(Exception):  # a log handler raised, so there is no log to report it to
            logger.log(_LEVELS.get(type(event), logging.INFO), "outbox: %s", event)
        if handler is not None:
            try:
                handler(event)
            except Exception:
                with suppress(Exception):
                    logger.exception("on_event raised on %s; the outbox continues", type(event).__name__)

    return emit

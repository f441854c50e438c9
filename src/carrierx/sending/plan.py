"""The plan of a batch and the results of its sends, for sync and async batches."""

from __future__ import annotations

import warnings
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carrierx.errors import (
    AcceptedWithoutReceiptError,
    CarrierXError,
    InvalidArgumentError,
    Outcome,
    RateLimitError,
    SendOutcomeUnknownError,
)
from carrierx.events import AttemptFinished, AttemptInterrupted, AttemptStarted
from carrierx.models.message import Message
from carrierx.models.tables import columns_of, row_of
from carrierx.models.types import MessageType
from carrierx.notebook_html import properties
from carrierx.options import CallOptions, check_count
from carrierx.segmentation import segments
from carrierx.sending.rate import RateLimitedClock, RateLimiter, checked_rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx.event_hub import EventHub
    from carrierx.events import Event
    from carrierx.models.send_request import SendMessageRequest
    from carrierx.options import ClientConfig
    from carrierx.sending.rate import RateSlot

__all__ = [
    "OTHER_PROCESS",
    "WAIT_SLICE",
    "AttemptLog",
    "BatchCounts",
    "BatchPlan",
    "SendResult",
    "UnstartedBatchWarning",
    "result_of_error",
    "result_of_interruption",
    "result_of_leaving",
    "warn_unstarted",
]


OTHER_PROCESS = (
    "This batch was created in another process, which continues to send it. Call send_many in the process that reads "
    "the results."
)

WAIT_SLICE = 0.2
"""The seconds after which a send that waits for its slot checks whether the batch was left."""


class UnstartedBatchWarning(RuntimeWarning):
    """A batch of `send_many` was never entered by `with`, so nothing of it was sent."""


@dataclass(frozen=True, slots=True, repr=False)
class SendResult:
    """The result of one message of a batch.

    Attributes:
        index: The message's position in your iterable, from 0.
        request: The `SendMessageRequest` from your iterable, or a copy of the mapping.
        accepted_message: The message as CarrierX accepted it; None if there is an error.
        error: The error that `send` would have raised, or None.
        outcome: What is proven. With `UNKNOWN` a text might have been sent, with `ACCEPTED` it was.
        reference: The reference of the send, if it had one.
    """

    index: int
    request: object
    accepted_message: Message | None
    error: Exception | None
    outcome: Outcome
    reference: str | None

    @property
    def ok(self) -> bool:
        """True if CarrierX confirmed that it accepted the message."""
        return self.error is None

    @property
    def message(self) -> Message:
        """The message as CarrierX accepted it.

        Raises:
            CarrierXError: The error that `send` would have raised, if `ok` is False.
        """
        if self.error is not None:
            raise self.error
        if self.accepted_message is None:
            raise InvalidArgumentError("This result has neither a message nor an error.")
        return self.accepted_message

    def __repr__(self) -> str:
        parts = [f"index={self.index}", f"outcome={self.outcome.name}"]
        if self.accepted_message is not None:
            parts.append(f"message_sid={self.accepted_message.message_sid!r}")
        if self.error is not None:
            parts.append(f"error={type(self.error).__name__}")
        if self.reference is not None:
            parts.append(f"reference={self.reference!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the same as `repr`, and the error's text."""
        shown: list[tuple[str, object]] = [("index", self.index), ("outcome", self.outcome.value)]
        if self.accepted_message is not None:
            shown.append(("message_sid", self.accepted_message.message_sid))
        if isinstance(self.error, CarrierXError):
            shown.append(("error", f"{type(self.error).__name__}: {self.error}"))
        elif self.error is not None:  # the text of another error can hold anything
            shown.append(("error", type(self.error).__name__))
        if self.reference is not None:
            shown.append(("reference", self.reference))
        return properties(type(self).__name__, shown)

    def to_row(self, *, masked: bool = False) -> dict[str, object]:
        """Return the result as a row of a table, as `to_dicts(batch)` and `to_pandas(batch)` do.

        The columns are `index`, `ok`, `outcome`, `reference`, `error` (the class) and `error_text`, then those of the
        accepted message, which are None if there is no message.

        Args:
            masked: Mask phone numbers, texts and your own data.
        """
        error = self.error
        own: dict[str, object] = {
            "index": self.index,
            "ok": self.ok,
            "outcome": self.outcome.value,
            "reference": self.reference,
            "error": None if error is None else type(error).__name__,
            "error_text": None if error is None or (masked and not isinstance(error, CarrierXError)) else str(error),
        }
        message = self.accepted_message
        return own | (dict.fromkeys(_message_dtypes()) if message is None else row_of(message, masked=masked))

    @classmethod
    def row_dtypes(cls) -> dict[str, str]:
        """Return the columns of `to_row` with their pandas dtypes."""
        texts = dict.fromkeys(("outcome", "reference", "error", "error_text"), "string")
        return {"index": "Int64", "ok": "boolean", **texts, **_message_dtypes()}


def _message_dtypes() -> Mapping[str, str]:
    return columns_of(Message)


@dataclass(slots=True)
class BatchCounts:
    """The number of results of a batch so far, by outcome. Printed, it is a sentence.

    Attributes:
        accepted: Accepted by CarrierX.
        rejected: Rejected by CarrierX.
        not_sent: Provably not sent. This includes messages that a check refused before the send.
        unknown: Without proof either way: look them up with `reconcile`.

    Example:
        >>> print(BatchCounts(accepted=10, unknown=2))
        12 results: 10 accepted, 2 unknown
    """

    accepted: int = 0
    rejected: int = 0
    not_sent: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """All results."""
        return self.accepted + self.rejected + self.not_sent + self.unknown

    def add(self, outcome: Outcome) -> None:
        """Count one result."""
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)

    def by_outcome(self) -> dict[str, int]:
        """Return the counts by the name of the outcome."""
        return {name: getattr(self, name) for name in ("accepted", "rejected", "not_sent", "unknown")}

    def __str__(self) -> str:
        parts = [f"{count} {name.replace('_', ' ')}" for name, count in self.by_outcome().items() if count]
        results = f"{self.total} result{'' if self.total == 1 else 's'}"
        return f"{results}: {', '.join(parts)}" if parts else results


class AttemptLog:
    """The progress of a send, in case it is interrupted by an exception that isn't ours.

    Attributes:
        outcome: The outcome that is proven so far.
        reference: The reference of the send, once an event told it.
    """

    def __init__(self) -> None:
        self.outcome: Outcome = Outcome.NOT_SENT
        self.reference: str | None = None
        _current_log.set(self)

    def follow(self, event: Event) -> None:
        """Follow the events of the send. Another attempt only follows one that was proven not sent."""
        if isinstance(event, AttemptStarted):
            self.outcome = Outcome.UNKNOWN
        elif isinstance(event, AttemptFinished):
            self.outcome = event.outcome
        elif isinstance(event, AttemptInterrupted):
            self.outcome, self.reference = event.outcome, event.reference


_current_log: ContextVar[AttemptLog | None] = ContextVar("carrierx_attempt_log", default=None)


def _follow(event: Event) -> None:
    log = _current_log.get()
    if log is not None:
        log.follow(event)


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The checked arguments of a batch.

    Attributes:
        concurrency: The number of sends at the same time.
        limiter: The rate limiter.
        options: The options of each send.
    """

    concurrency: int
    limiter: RateLimiter
    options: CallOptions

    @classmethod
    def checked(cls, concurrency: int, rate: object, options: CallOptions, config: ClientConfig) -> BatchPlan:
        """Check the arguments.

        Raises:
            InvalidArgumentError: A value is invalid, or an option is unknown.
        """
        check_count("concurrency", concurrency, InvalidArgumentError, minimum=1)
        config.settings_for(options)
        limiter = RateLimiter(checked_rate(rate), config.clock, config.retry_policy.max_retry_after)
        return cls(concurrency, limiter, options)

    def slot(self, request: SendMessageRequest) -> RateSlot:
        """Reserve a slot for a send."""
        return self.limiter.slot(request.from_ or "", self._charged(request))

    def config_for(self, request: SendMessageRequest, config: ClientConfig) -> ClientConfig:
        """Return the configuration of a send. Its retries wait for slots, too."""
        if not self.limiter.has_limits:
            return config
        return replace(
            config, clock=RateLimitedClock(config.clock, self.limiter, request.from_ or "", self._charged(request))
        )

    def _charged(self, request: SendMessageRequest) -> int:
        if request.kind == MessageType.MMS:
            return len({request.to, *request.group_recipients} - {request.from_, None})
        return segments(request.message or "").count if self.limiter.counts_segments else 1

    def note_rate_limit(self, error: Exception) -> None:
        """Hold the batch if CarrierX asked for it and the send didn't wait itself."""
        if isinstance(error, RateLimitError) and error.retry_after is not None:
            self.limiter.hold(error.retry_after)

    def listening(self, events: EventHub) -> EventHub:
        """Add the limiter and the log of each send to the listeners."""
        return events.joined_by(self.limiter.listen).joined_by(_follow)


def result_of_error(index: int, given: object, error: Exception, log: AttemptLog) -> SendResult:
    """Build the result of a send that raised."""
    outcome = (error.outcome if isinstance(error, CarrierXError) else None) or log.outcome
    reference = error.reference if isinstance(error, CarrierXError) else log.reference
    return SendResult(index, given, None, error, outcome, reference)


def result_of_interruption(index: int, given: object, interruption: BaseException, log: AttemptLog) -> SendResult:
    """Build the result of a send that was cancelled or interrupted."""
    interrupted = f"The send was interrupted ({type(interruption).__name__})"
    outcome, reference = log.outcome, log.reference
    error: CarrierXError
    if outcome is Outcome.UNKNOWN:
        error = SendOutcomeUnknownError(
            f"{interrupted}: it is not known whether CarrierX accepted it.", outcome=outcome, reference=reference
        )
    elif outcome is Outcome.ACCEPTED:
        error = AcceptedWithoutReceiptError(f"{interrupted} after CarrierX accepted it.", reference=reference)
    else:
        not_sent = outcome is Outcome.NOT_SENT
        error = CarrierXError(
            f"{interrupted}; it was not sent.", outcome=outcome, safe_to_resend=not_sent, reference=reference
        )
    return SendResult(index, given, None, error, outcome, reference)


def result_of_leaving(index: int, given: object) -> SendResult:
    """Build the result of a message that wasn't sent because the batch was left."""
    error = CarrierXError(
        "It was not sent: the batch was left before its turn.", outcome=Outcome.NOT_SENT, safe_to_resend=True
    )
    return SendResult(index, given, None, error, Outcome.NOT_SENT, None)


def warn_unstarted() -> None:
    """Warn about a batch that was never entered."""
    warnings.warn(
        "A batch of send_many was never entered, so nothing of it was sent: with client.messages.send_many(...) as "
        "batch: ...",
        UnstartedBatchWarning,
        stacklevel=3,
    )

"""Many sends: what sync and async batches share."""

from __future__ import annotations

import warnings
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
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
from carrierx.models.types import MessageType
from carrierx.options import CallOptions, check_count
from carrierx.resources.send_rate import PacedClock, Pacer, checked_rate
from carrierx.segmentation import segments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx.event_hub import EventHub
    from carrierx.events import Event
    from carrierx.models.message import Message
    from carrierx.models.send_request import SendMessageRequest
    from carrierx.options import ClientConfig
    from carrierx.resources.send_rate import Turn

__all__ = [
    "OTHER_PROCESS",
    "WAIT_SLICE",
    "BatchPlan",
    "SendResult",
    "SendTrail",
    "UnstartedBatchWarning",
    "result_of_error",
    "result_of_interruption",
    "result_of_leaving",
    "warn_unstarted",
]

OTHER_PROCESS = (
    "This batch was made in another process, which goes on sending it; this one is a fork of it. Call send_many in the "
    "process that reads the results."
)

WAIT_SLICE = 0.2
"""Seconds after which a send that waits for its turn looks whether the batch was left."""


class UnstartedBatchWarning(RuntimeWarning):
    """A batch of `send_many` was made and never entered by `with`, so nothing of it was sent."""


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one request of a batch.

    Attributes:
        index: The request's place among those given, from 0.
        request: What was given: a `SendMessageRequest`, or a copy of the mapping of its fields as it was then.
        message: The message as CarrierX took it, if it did and said so.
        error: The error, if there is one; the same that `send` would have raised.
        outcome: What is proven: a text may be out there if this is `UNKNOWN`, and is if it is `ACCEPTED`.
        reference: The mark that the send carried, if it carried one.
    """

    index: int
    request: object = field(repr=False)
    message: Message | None = field(repr=False)
    error: Exception | None
    outcome: Outcome
    reference: str | None

    @property
    def ok(self) -> bool:
        """Whether CarrierX took the message and said so."""
        return self.error is None

    def unwrap(self) -> Message:
        """Give the message, or raise the error.

        Raises:
            CarrierXError: What `send` would have raised.
        """
        if self.error is not None:
            raise self.error
        if self.message is None:
            raise InvalidArgumentError("This result holds neither a message nor an error.")
        return self.message

    def to_row(self) -> dict[str, object]:
        """Give the result as a row of a table: what `to_dicts(batch)` and `to_pandas(batch)` are made of.

        Its columns are `index`, `ok`, `outcome`, `reference`, `error` (the class) and `error_text`, then those of the
        message as CarrierX took it, which are None where there is no message. Numbers and texts are whole.
        """
        from carrierx.models.tables import row_of

        error = self.error
        own: dict[str, object] = {
            "index": self.index,
            "ok": self.ok,
            "outcome": self.outcome.value,
            "reference": self.reference,
            "error": None if error is None else type(error).__name__,
            "error_text": None if error is None else str(error),
        }
        return own | (dict.fromkeys(_message_dtypes()) if self.message is None else row_of(self.message))

    @classmethod
    def row_dtypes(cls) -> dict[str, str]:
        """Give the columns of `to_row` with their dtypes in pandas."""
        texts = dict.fromkeys(("outcome", "reference", "error", "error_text"), "string")
        return {"index": "Int64", "ok": "boolean", **texts, **_message_dtypes()}


def _message_dtypes() -> Mapping[str, str]:
    from carrierx.models.message import Message
    from carrierx.models.tables import columns_of

    return columns_of(Message)


class SendTrail:
    """What is known of a send on its way, in case something ends it that is no error of ours.

    Attributes:
        outcome: What is proven so far.
        reference: The mark that it carried, as far as its end told.
    """

    def __init__(self) -> None:
        self.outcome: Outcome = Outcome.NOT_SENT
        self.reference: str | None = None
        _present_trail.set(self)

    def follow(self, event: Event) -> None:
        """Take in what the send tells. Another attempt only follows one that was proven not sent."""
        if isinstance(event, AttemptStarted):
            self.outcome = Outcome.UNKNOWN
        elif isinstance(event, AttemptFinished):
            self.outcome = event.outcome
        elif isinstance(event, AttemptInterrupted):
            self.outcome, self.reference = event.outcome, event.reference


_present_trail: ContextVar[SendTrail | None] = ContextVar("carrierx_send_trail", default=None)


def _follow(event: Event) -> None:
    trail = _present_trail.get()
    if trail is not None:
        trail.follow(event)


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The checked arguments of a batch.

    Attributes:
        concurrency: How many sends at once.
        pacer: What spaces the sends.
        options: The options of each send.
    """

    concurrency: int
    pacer: Pacer
    options: CallOptions

    @classmethod
    def checked(cls, concurrency: int, rate: object, options: CallOptions, config: ClientConfig) -> BatchPlan:
        """Check the arguments.

        Raises:
            InvalidArgumentError: A value can't work, or an option is unknown.
        """
        check_count("concurrency", concurrency, InvalidArgumentError, minimum=1)
        config.settings_for(options)
        pacer = Pacer(checked_rate(rate), config.clock, config.retry_policy.max_retry_after)
        return cls(concurrency, pacer, options)

    def turn(self, request: SendMessageRequest) -> Turn:
        """Give a send its turn."""
        return self.pacer.turn(request.from_, self._charged(request))

    def config_for(self, request: SendMessageRequest, config: ClientConfig) -> ClientConfig:
        """Give the configuration of a send, whose further attempts take turns as well."""
        if not self.pacer.has_limits:
            return config
        return replace(config, clock=PacedClock(config.clock, self.pacer, request.from_, self._charged(request)))

    def _charged(self, request: SendMessageRequest) -> int:
        if request.kind == MessageType.MMS:
            return len({request.to, *request.group_recipients} - {request.from_})
        return segments(request.message or "").count if self.pacer.counts_segments else 1

    def heed(self, error: Exception) -> None:
        """Hold the batch if CarrierX asked for it and the send did not wait for that itself."""
        if isinstance(error, RateLimitError) and error.retry_after is not None:
            self.pacer.hold(error.retry_after)

    def listening(self, events: EventHub) -> EventHub:
        """Let the pacer and the trail of each send hear what the sends meet."""
        return events.joined_by(self.pacer.listen).joined_by(_follow)


def result_of_error(index: int, given: object, error: Exception, trail: SendTrail) -> SendResult:
    """Turn what a send raised into its result."""
    outcome = (error.outcome if isinstance(error, CarrierXError) else None) or trail.outcome
    reference = error.reference if isinstance(error, CarrierXError) else trail.reference
    return SendResult(index, given, None, error, outcome, reference)


def result_of_interruption(index: int, given: object, interruption: BaseException, trail: SendTrail) -> SendResult:
    """Turn cancellation, or whatever else ends a worker, into the result of the send that it met."""
    told = f"The send was interrupted ({type(interruption).__name__})"
    outcome, reference = trail.outcome, trail.reference
    error: CarrierXError
    if outcome is Outcome.UNKNOWN:
        error = SendOutcomeUnknownError(
            f"{told}: it is not known whether CarrierX took it.", outcome=outcome, reference=reference
        )
    elif outcome is Outcome.ACCEPTED:
        error = AcceptedWithoutReceiptError(f"{told} after CarrierX took it.", reference=reference)
    else:
        not_sent = outcome is Outcome.NOT_SENT
        error = CarrierXError(
            f"{told}; it was not sent.", outcome=outcome, safe_to_resend=not_sent, reference=reference
        )
    return SendResult(index, given, None, error, outcome, reference)


def result_of_leaving(index: int, given: object) -> SendResult:
    """Tell that a request was taken and, since the batch was left, never sent."""
    error = CarrierXError(
        "It was not sent: the batch was left before its turn came.", outcome=Outcome.NOT_SENT, safe_to_resend=True
    )
    return SendResult(index, given, None, error, Outcome.NOT_SENT, None)


def warn_unstarted() -> None:
    """Warn of a batch that was made and never entered."""
    warnings.warn(
        "A batch of send_many was never entered, so nothing of it was sent: with client.messages.send_many(...) as "
        "batch: ...",
        UnstartedBatchWarning,
        stacklevel=3,
    )

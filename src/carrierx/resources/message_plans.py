"""Operations of several steps, without the waiting: each yields calls and pauses, and is sent the answers."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import TYPE_CHECKING, TypeAlias

from carrierx.errors import InvalidArgumentError, ReconcileError, WaitTimeoutError
from carrierx.models.message import Message
from carrierx.models.page import Page
from carrierx.options import check_seconds
from carrierx.resources.context import Pause
from carrierx.resources.message_calls import checked_statuses, get_call, lookup_call, sent_message
from carrierx.resources.message_settings import checked_reference
from carrierx.transport.call import Call

if TYPE_CHECKING:
    from datetime import datetime

    from carrierx.options import Clock
    from carrierx.resources.message_settings import LookupProof

__all__ = ["reconciling", "waiting"]

WaitPlan: TypeAlias = Generator[Call[Message] | Pause, Message, Message]
ReconcilePlan: TypeAlias = Generator[Call[Page[Message]] | Pause, Page[Message], Message | None]

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0


def waiting(message_sid: str, until: str | Collection[str], within: float, clock: Clock) -> WaitPlan:
    """Plan a wait: read, pause, read again, until the status is one of those or the time has passed."""
    wanted = checked_statuses(until, within)
    call = get_call(message_sid)
    end = clock.monotonic() + within
    pause = FIRST_PAUSE
    while True:
        message = yield call
        if message.status in wanted:
            return message
        left = end - clock.monotonic()
        if left <= 0:
            raise WaitTimeoutError(
                f"After {within:g} s the message has the status {message.status or 'none'}, not yet "
                f"{' or '.join(sorted(wanted))}. It may still get there: read it again later.",
                message_sid=message.message_sid,
                status=message.status,
            )
        yield Pause(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)


def reconciling(reference: str, sent_after: datetime | None, settle: float, proof: LookupProof) -> ReconcilePlan:
    """Plan a look-up: at once, and twice more with the settle time before each, as long as nothing is found."""
    check_seconds("settle", settle, InvalidArgumentError, zero_allowed=True)
    if sent_after is not None and sent_after.tzinfo is None:
        raise InvalidArgumentError("sent_after must have a zone: datetime.now(UTC), not datetime.now().")
    call = lookup_call(checked_reference(reference))
    for pause in (0.0, settle, settle):
        yield Pause(pause)
        found = sent_message((yield call), reference, sent_after)
        if found is not None:
            proof.verified = True
            return found
    known = proof.accepted_reference
    if not proof.verified and known is not None:
        proof.verified = sent_message((yield lookup_call(known)), known, None) is not None
    if proof.verified:
        return None
    raise ReconcileError(
        "The reference was not found, but it is not known that CarrierX can be asked for references: this client has "
        "not found an accepted send by one yet. Do not send again on the strength of this; look at the portal.",
        reference=reference,
    )

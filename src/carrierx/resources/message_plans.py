"""Waiting for a message, without the waiting: the plan yields calls and pauses, and is sent the answers."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import TYPE_CHECKING, TypeAlias

from carrierx.errors import WaitTimeoutError
from carrierx.models.message import Message
from carrierx.resources.context import Pause
from carrierx.resources.message_calls import checked_statuses, get_call
from carrierx.transport.call import Call

if TYPE_CHECKING:
    from carrierx.options import Clock

__all__ = ["waiting"]

WaitPlan: TypeAlias = Generator[Call[Message] | Pause, Message, Message]

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

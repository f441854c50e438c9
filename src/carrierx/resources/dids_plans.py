"""Waiting for a number to be enabled, without the waiting: it yields calls and pauses, and is sent the answers."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, TypeAlias

from carrierx.errors import EnablementFailedError, InvalidArgumentError, WaitTimeoutError
from carrierx.models.messaging_enablement import EnablementStatus, MessagingEnablement
from carrierx.options import check_seconds
from carrierx.resources.context import Pause
from carrierx.transport.call import Call

if TYPE_CHECKING:
    from carrierx.options import Clock

__all__ = ["becoming_enabled"]

EnablementPlan: TypeAlias = Generator[Call[MessagingEnablement] | Pause, MessagingEnablement, MessagingEnablement]

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 10.0


def becoming_enabled(call: Call[MessagingEnablement], within: float, clock: Clock) -> EnablementPlan:
    """Plan a wait: read, pause, read again, until messaging is enabled, has failed, or the time has passed.

    Raises:
        InvalidArgumentError: The time is none.
        EnablementFailedError: Enabling it has failed.
        WaitTimeoutError: It is not enabled yet.
    """
    check_seconds("within", within, InvalidArgumentError)
    end = clock.monotonic() + within
    pause = FIRST_PAUSE
    while True:
        found = yield call
        status = found.status
        if status == EnablementStatus.ENABLED:
            return found
        if status == EnablementStatus.FAILED:
            raise EnablementFailedError(
                "CarrierX could not enable messaging on the number: its status is failed. Ask CarrierX's support, or "
                "enable it anew with another campaign or type.",
                did_sid=found.did_sid,
            )
        left = end - clock.monotonic()
        if left <= 0:
            raise WaitTimeoutError(
                f"After {within:g} s messaging is not enabled yet; read it again later. Its status is "
                f"{status or 'none'}.",
                did_sid=found.did_sid,
                status=status,
            )
        yield Pause(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)

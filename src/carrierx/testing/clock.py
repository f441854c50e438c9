"""Clock for clients in tests: it shows the emulator's time, and a wait moves it forward."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from carrierx.options import Clock

if TYPE_CHECKING:
    from carrierx.emulator import EmulatorClock

__all__ = ["SteppingClock"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SteppingClock(Clock):
    """Clock for a client, showing an emulator's time. If that is held, a wait moves it forward and takes no real time.

    A client that waits before a retry, or for a message to be delivered, continues immediately, and for the emulator
    the time has passed.

    Args:
        emulator_clock: Clock of the emulator.

    Example:
        >>> emulator.clock.hold()
        >>> before = emulator.clock.now()
        >>> SteppingClock(emulator.clock).sleep(30)
        >>> (emulator.clock.now() - before).total_seconds()
        30.0
        >>> emulator.clock.release()
    """

    def __init__(self, emulator_clock: EmulatorClock) -> None:
        self._clock = emulator_clock
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        """Return the seconds on the emulator's clock since an arbitrary point."""
        return (self._clock.now() - _EPOCH).total_seconds()

    def now(self) -> datetime:
        """Return the current time on the emulator's clock."""
        return self._clock.now().astimezone(UTC)

    def sleep(self, seconds: float) -> None:
        """Step the clock if it is held; otherwise wait."""
        if self._clock.held:
            self._clock.step(seconds)
        else:
            super().sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Step the clock if it is held; otherwise wait. Tasks that start to wait together wait concurrently."""
        if not self._clock.held:
            await super().sleep_async(seconds)
            return
        end = self.monotonic() + seconds
        await asyncio.sleep(0)
        with self._lock:
            missing = end - self.monotonic()
            if missing > 0:
                self._clock.step(missing)

"""The client's time in tests: the emulator's, which a wait moves on."""

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
    """A client's clock that shows an emulator's time. While that is held, a wait moves it on and takes no time.

    So a client that waits before it tries again, or for a message to be delivered, goes on at once, and the emulator
    finds that the time has passed.

    Args:
        emulator_clock: The emulator's clock.

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
        """Seconds on the emulator's clock from an arbitrary point."""
        return (self._clock.now() - _EPOCH).total_seconds()

    def now(self) -> datetime:
        """The present moment on the emulator's clock."""
        return self._clock.now().astimezone(UTC)

    def sleep(self, seconds: float) -> None:
        """Step a held clock; wait while it runs."""
        if self._clock.held:
            self._clock.step(seconds)
        else:
            super().sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Step a held clock; wait while it runs. Tasks that begin to wait together wait at the same time."""
        if not self._clock.held:
            await super().sleep_async(seconds)
            return
        end = self.monotonic() + seconds
        await asyncio.sleep(0)
        with self._lock:
            missing = end - self.monotonic()
            if missing > 0:
                self._clock.step(missing)

"""The clocks of this machine."""

from __future__ import annotations

import sys
import time

__all__ = ["SystemClock"]

if sys.platform == "linux":

    def _boot() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:
    # On macOS, Python's monotonic clock is mach_absolute_time, which stands still during sleep; CLOCK_MONOTONIC goes
    # on. On Windows there is neither, and the wall clock alone notices sleep. Neither is tested.
    def _boot() -> float:
        if sys.platform == "darwin":
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()


class SystemClock:
    """The clocks of this machine: one that goes on while it sleeps, and the wall clock."""

    def boot(self) -> float:
        """Return seconds from an arbitrary point, with the time in which the machine slept."""
        return _boot()

    def wall(self) -> float:
        """Return seconds since 1970."""
        return time.time()

"""The emulator's clock, which you can stop and move forward."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def current_time() -> datetime:
    """Return the current time, in UTC."""
    return datetime.now(UTC)


class EmulatorClock:
    """A clock that runs normally until you hold it. Threads may share it.

    It never goes back, except at a reset: after a release, it continues from the time that it shows.

    Args:
        source: Returns the time while the clock runs, as an aware datetime.

    Example:
        >>> clock = EmulatorClock()
        >>> clock.hold()
        >>> before = clock.now()
        >>> clock.step(1.5)
        >>> (clock.now() - before).total_seconds()
        1.5
    """

    def __init__(self, source: Callable[[], datetime] = current_time) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._ahead = timedelta(0)
        self._held_at: datetime | None = None

    def __call__(self) -> datetime:
        """Return the time on this clock, like `now`."""
        return self.now()

    @property
    def held(self) -> bool:
        """True while the clock is stopped."""
        with self._lock:
            return self._held_at is not None

    def now(self) -> datetime:
        """Return the time on this clock."""
        with self._lock:
            return self._now()

    def hold(self) -> None:
        """Stop the clock at the current time. A stopped clock doesn't change."""
        with self._lock:
            self._held_at = self._now()

    def step(self, seconds: float) -> None:
        """Move the clock forward, whether or not it is stopped.

        Args:
            seconds: The number of seconds, 0 or more.

        Raises:
            ValueError: The number of seconds is negative or not finite.
            OverflowError: It leads past the year 9999. The clock hasn't moved.
        """
        if not (math.isfinite(seconds) and seconds >= 0):
            raise ValueError(f"seconds must be a finite number, 0 or more, not {seconds}")
        with self._lock:
            moved = self._now() + timedelta(seconds=seconds)  # also if the clock runs: it would fail from then on
            if self._held_at is None:
                self._ahead += timedelta(seconds=seconds)
            else:
                self._held_at = moved

    def release(self) -> None:
        """Let the clock run on from the time that it shows. A running clock doesn't change."""
        with self._lock:
            if self._held_at is not None:
                self._ahead = self._held_at - self._source()
                self._held_at = None

    def reset(self) -> None:
        """Let the clock run and show the time of its source again."""
        with self._lock:
            self._ahead = timedelta(0)
            self._held_at = None

    def _now(self) -> datetime:
        return self._source() + self._ahead if self._held_at is None else self._held_at

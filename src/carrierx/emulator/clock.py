"""The emulator's time, which can be held and moved on by hand."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def current_time() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


class EmulatorClock:
    """A clock that runs like any other until it is held; safe to share between threads.

    It never goes back: what was stepped over stays passed after a release.

    Args:
        source: What tells the time while the clock runs; must return aware datetimes.

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
        """Return the time on this clock, as `now` does."""
        return self.now()

    @property
    def held(self) -> bool:
        """Whether the clock stands still."""
        with self._lock:
            return self._held_at is not None

    def now(self) -> datetime:
        """Return the time on this clock."""
        with self._lock:
            return self._now()

    def hold(self) -> None:
        """Let the clock stand still where it is; a held clock stays as it is."""
        with self._lock:
            self._held_at = self._now()

    def step(self, seconds: float) -> None:
        """Move the clock on, whether or not it is held.

        Args:
            seconds: By how much; 0 or more.

        Raises:
            ValueError: The seconds are negative or not finite.
        """
        if not (math.isfinite(seconds) and seconds >= 0):
            raise ValueError(f"a clock is moved on by a finite number of seconds, 0 or more, not {seconds}")
        with self._lock:
            if self._held_at is None:
                self._ahead += timedelta(seconds=seconds)
            else:
                self._held_at += timedelta(seconds=seconds)

    def release(self) -> None:
        """Let the clock run on from the time that it shows; a running clock stays as it is."""
        with self._lock:
            if self._held_at is not None:
                self._ahead = self._held_at - self._source()
                self._held_at = None

    def _now(self) -> datetime:
        return self._source() + self._ahead if self._held_at is None else self._held_at

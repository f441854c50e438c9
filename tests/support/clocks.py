"""Clocks that move only when a test or a wait moves them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from carrierx import Clock

START = datetime(2026, 3, 15, 12, 0, 0, tzinfo=UTC)
"""The date and time that a clock shows first."""

PATIENCE = 10.0
"""Real seconds after which a worker that isn't woken fails the test."""

_FIRST_READING = 1000.0


class SteppingClock(Clock):
    """A clock whose waits take no real time, but move it on. The date moves along.

    Args:
        start: The date and time that it shows first.
    """

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed = 0.0
        self._lock = threading.Lock()
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        with self._lock:
            return _FIRST_READING + self._passed

    def now(self) -> datetime:
        with self._lock:
            return self._start + timedelta(seconds=self._passed)

    def advance(self, seconds: float) -> None:
        """Move the clock on. `set_back` moves it back."""
        if seconds < 0:
            raise ValueError("time does not go back")
        with self._lock:
            self._passed += seconds

    def set_back(self, seconds: float) -> None:
        """Show an earlier date and time, as after a correction of the system's clock. `monotonic` isn't affected."""
        with self._lock:
            self._start -= timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        """Move the clock on, and record that somebody waited for it."""
        self.advance(seconds)
        with self._lock:
            self.sleeps.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Like `sleep`. Other tasks on the event loop get a turn."""
        self.sleep(seconds)
        await asyncio.sleep(0)


class SharedClock(Clock):
    """The clock of several workers, sync or async. It moves only when all of them sleep, to when the first one wakes.

    `SteppingClock` can't do this: there the first wait would move the time on while the other workers still work.

    Args:
        workers: How many workers the batch has.
    """

    def __init__(self, workers: int) -> None:
        self._now = _FIRST_READING
        self._workers = workers
        self._lock = threading.Lock()
        self._sleeping: list[tuple[float, Callable[[], None]]] = []

    def monotonic(self) -> float:
        return self._now

    def now(self) -> datetime:
        return START + timedelta(seconds=self._now - _FIRST_READING)

    def sleep(self, seconds: float) -> None:
        woken = threading.Event()
        self._lie_down(seconds, woken.set)
        if not woken.wait(PATIENCE):
            raise TimeoutError("nobody woke this worker")

    async def sleep_async(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._lie_down(seconds, woken.set)
        async with asyncio.timeout(PATIENCE):
            await woken.wait()

    def release(self) -> None:
        """From now on nobody waits for the others."""
        with self._lock:
            self._workers = 1
            while self._sleeping:
                self._move_on()

    def _lie_down(self, seconds: float, wake: Callable[[], None]) -> None:
        with self._lock:
            self._sleeping.append((self._now + seconds, wake))
            if len(self._sleeping) >= self._workers:
                self._move_on()

    def _move_on(self) -> None:
        self._now = max(self._now, min(end for end, _ in self._sleeping))
        due = [sleeper for sleeper in self._sleeping if sleeper[0] <= self._now]
        self._sleeping = [sleeper for sleeper in self._sleeping if sleeper[0] > self._now]
        for _, wake in due:
            wake()

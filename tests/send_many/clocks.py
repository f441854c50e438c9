"""A clock for many workers: it moves on when all of them sleep, and to just where the first of them wakes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from carrierx import Clock

PATIENCE = 10.0
"""Real seconds after which a worker that nobody wakes fails the test."""


class SharedClock(Clock):
    """Time for a batch of so many workers, sync or async. Nothing is on its way while time passes.

    Args:
        workers: How many workers the batch has.
    """

    def __init__(self, workers: int) -> None:
        self._now = 1000.0
        self._workers = workers
        self._lock = threading.Lock()
        self._sleeping: list[tuple[float, Callable[[], None]]] = []

    def monotonic(self) -> float:
        return self._now

    def now(self) -> datetime:
        return datetime(2026, 3, 15, tzinfo=UTC) + timedelta(seconds=self._now - 1000)

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

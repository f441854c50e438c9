"""A client's clock that moves only when a test or a wait moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from carrierx import Clock
from tests.support.clocks import FakeClock

START = datetime(2026, 3, 15, 12, 0, 0, tzinfo=UTC)


class SteppingClock(Clock):
    """Waiting takes no time, but moves the clock; the date moves along."""

    def __init__(self) -> None:
        self._time = FakeClock()
        self._begin = self._time.monotonic()

    @property
    def sleeps(self) -> list[float]:
        """Every wait so far, in seconds."""
        return self._time.sleeps

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._time.advance(seconds)

    def monotonic(self) -> float:
        return self._time.monotonic()

    def now(self) -> datetime:
        return START + timedelta(seconds=self._time.monotonic() - self._begin)

    def sleep(self, seconds: float) -> None:
        self._time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        await self._time.async_sleep(seconds)

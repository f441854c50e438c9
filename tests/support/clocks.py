"""Time that passes only when a test says so."""

import asyncio
import threading


class FakeClock:
    """A clock for injection: call it for the time, pass `sleep` or `async_sleep` for waiting.

    Args:
        start: The first reading, in seconds.
    """

    def __init__(self, start: float = 1000.0) -> None:
        self._now = start
        self._lock = threading.Lock()
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.monotonic()

    def monotonic(self) -> float:
        """The time, in seconds."""
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass; it never goes back."""
        if seconds < 0:
            raise ValueError("time does not go back")
        with self._lock:
            self._now += seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass and note that someone waited for it."""
        self.advance(seconds)
        with self._lock:
            self.sleeps.append(seconds)

    async def async_sleep(self, seconds: float) -> None:
        """Like `sleep`; others on the event loop get a turn."""
        self.sleep(seconds)
        await asyncio.sleep(0)

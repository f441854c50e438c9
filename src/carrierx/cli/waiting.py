"""Notes while the command waits: for a slow answer, or because CarrierX asked to wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from carrierx.errors import Outcome
from carrierx.events import AttemptFinished, AttemptInterrupted, AttemptStarted, RetryScheduled

if TYPE_CHECKING:
    from carrierx.events import Event

__all__ = ["BatchNotes", "SendWatch", "WaitNotes"]

SLOW_AFTER = 3.0
"""The seconds after which an answer is slow."""
NOTED_WAIT: Final = 1.0
"""The shortest wait before another attempt, in seconds, that is worth a note."""


class SendWatch:
    """Tracks, from a client's events, whether an effect may have happened: Ctrl-C can come at any time."""

    def __init__(self) -> None:
        self.may_be_out: bool = False

    def __call__(self, event: Event) -> None:
        """Handle an event. Reads have no effect."""
        if isinstance(event, AttemptStarted):
            self.may_be_out = self.may_be_out or event.method != "GET"
        elif isinstance(event, AttemptFinished | AttemptInterrupted) and event.method != "GET":
            self.may_be_out = event.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN)


class WaitNotes:
    """Says that the command waits, from a client's events.

    Args:
        note: Prints a note.

    Attributes:
        timer: The timer of the next note, while an answer is awaited.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self.timer: threading.Timer | None = None
        self._last_status: int | None = None
        self._lock = threading.RLock()

    def __call__(self, event: Event) -> None:
        """Handle an event."""
        if isinstance(event, AttemptStarted):
            self._wait(0.0)
        elif isinstance(event, AttemptFinished | AttemptInterrupted):
            self.close()
            self._last_status = event.status_code if isinstance(event, AttemptFinished) else None
        elif isinstance(event, RetryScheduled) and event.delay >= NOTED_WAIT:
            self._note(f"{self._why(event.reason)}. Trying again in {event.delay:.0f} s.")

    def restart(self) -> None:
        """Begin to wait again: a part of the request was just sent."""
        if self.timer is not None:
            self._wait(0.0)

    def close(self) -> None:
        """Stop waiting. A note that is being written ends first, and none follows."""
        with self._lock:
            timer, self.timer = self.timer, None
            if timer is not None:
                timer.cancel()

    def _why(self, reason: str) -> str:
        if self._last_status == 429:
            return "CarrierX asks to wait: too many requests (429)"
        return f"CarrierX answered with {reason}" if reason.startswith("status") else f"The attempt failed ({reason})"

    def _wait(self, waited: float) -> None:
        with self._lock:
            self.close()
            timer = threading.Timer(SLOW_AFTER, self._slow, (waited + SLOW_AFTER,))
            timer.daemon = True
            self.timer = timer
            timer.start()

    def _slow(self, waited: float) -> None:
        with self._lock:
            # A timer can't be cancelled any more once it has called this.
            if self.timer is threading.current_thread():
                self._note(f"Still waiting for CarrierX's answer ({waited:.0f} s) ...")
                self._wait(waited)


class BatchNotes:
    """Says that a batch waits, from the events of its sends. Several threads can call it.

    Args:
        note: Prints a note, if there is no display.

    Attributes:
        has_display: True if something shows `now` all the time.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self.has_display: bool = False
        self._note = note
        self._held_until = 0.0
        self._heard_at = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Handle an event."""
        now = time.monotonic()
        if isinstance(event, AttemptFinished):
            self._heard_at = now
        elif isinstance(event, RetryScheduled) and event.delay >= NOTED_WAIT:
            is_new = now >= self._held_until
            self._held_until = max(self._held_until, now + event.delay)
            if is_new and not self.has_display:
                self._note(f"Waiting {event.delay:.0f} s before more attempts ({event.reason}).")

    def now(self) -> str:
        """Return why the batch doesn't move, or nothing if it does."""
        now = time.monotonic()
        if self._held_until > now:
            return f"CarrierX asks to wait {self._held_until - now:.0f} s"
        silent = now - self._heard_at
        return f"no answer for {silent:.0f} s" if silent >= SLOW_AFTER else ""

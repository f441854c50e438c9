"""Settings and counts of a callback application."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from carrierx.callbacks.reading import MAX_BODY_BYTES
from carrierx.errors import ConfigurationError

__all__ = ["AppSettings", "CallbackCounts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """Limits and times of a callback application. See `callback_app`.

    Attributes:
        body_limit: Maximum body size in bytes.
        body_seconds: Seconds that a body may take to arrive.
        read_query: True to accept callbacks also by GET and in the query string.
        queue_size: Maximum number of callbacks that wait or are being processed.
        concurrency: Maximum number of callbacks that are processed at the same time.
        retry_waits: Seconds before each retry.
        drain_seconds: Seconds in which it may finish its work when the server stops.

    Raises:
        ConfigurationError: A number is out of range.
    """

    body_limit: int = MAX_BODY_BYTES
    body_seconds: float = 10.0
    read_query: bool = False
    queue_size: int = 1000
    concurrency: int = 4
    retry_waits: tuple[float, ...] = (1.0, 10.0)
    drain_seconds: float = 10.0

    def __post_init__(self) -> None:
        for name, count in (
            ("body_limit", self.body_limit),
            ("queue_size", self.queue_size),
            ("concurrency", self.concurrency),
        ):
            if count < 1:
                raise ConfigurationError(f"{name} must be 1 or more; it was {count}.")
        waits = [("retry_waits", wait) for wait in self.retry_waits]
        for name, seconds in (("body_seconds", self.body_seconds), ("drain_seconds", self.drain_seconds), *waits):
            if not (math.isfinite(seconds) and seconds >= 0):
                raise ConfigurationError(f"{name} must be a finite number of seconds, 0 or more; it was {seconds}.")


@dataclass(slots=True)
class CallbackCounts:
    """Counts of requests and callbacks since the start.

    Attributes:
        accepted: New callbacks that got the response 200 and were queued.
        duplicates: Repeated callbacks.
        out_of_order: Status updates that came after a later one.
        wrong_secret: Requests without a valid secret.
        refused: Requests with a wrong method, without a callback, too large or too slow.
        unavailable: Callbacks that got the response 503 because the queue was full or the ledger failed.
        handled: Callbacks that the handler has handled.
        unconfirmed: Callbacks that were dropped because CarrierX contradicts them or doesn't know their message.
        failed: Callbacks that the handler failed to handle.
        interrupted: Callbacks whose handler was cancelled at the end of the program.
    """

    accepted: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    wrong_secret: int = 0
    refused: int = 0
    unavailable: int = 0
    handled: int = 0
    unconfirmed: int = 0
    failed: int = 0
    interrupted: int = 0

    def copy(self) -> CallbackCounts:
        """Return a copy of the current counts."""
        return replace(self)

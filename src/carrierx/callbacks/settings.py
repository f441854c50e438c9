"""The numbers that an application for callbacks works with."""

from __future__ import annotations

import math
from dataclasses import dataclass

from carrierx.callbacks.reading import MAX_BODY_BYTES
from carrierx.errors import ConfigurationError

__all__ = ["AppSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """How much an application takes, and how long. See `callback_app`.

    Attributes:
        body_limit: The largest body that is read, in bytes.
        body_seconds: How long a body may take to come in.
        read_query: Whether a callback may also come by GET, or in the query string.
        queue_size: How many callbacks may wait or be worked on.
        lanes: How many callbacks are worked on at once.
        retry_waits: Seconds before each further attempt.
        drain_seconds: How long it waits for its work when the server stops.

    Raises:
        ConfigurationError: A number is out of its range.
    """

    body_limit: int = MAX_BODY_BYTES
    body_seconds: float = 10.0
    read_query: bool = False
    queue_size: int = 1000
    lanes: int = 4
    retry_waits: tuple[float, ...] = (1.0, 10.0)
    drain_seconds: float = 10.0

    def __post_init__(self) -> None:
        for name, count in (("body_limit", self.body_limit), ("queue_size", self.queue_size), ("lanes", self.lanes)):
            if count < 1:
                raise ConfigurationError(f"{name} must be 1 or more; it was {count}.")
        waits = [("retry_waits", wait) for wait in self.retry_waits]
        for name, seconds in (("body_seconds", self.body_seconds), ("drain_seconds", self.drain_seconds), *waits):
            if not (math.isfinite(seconds) and seconds >= 0):
                raise ConfigurationError(f"{name} must be a finite number of seconds, 0 or more; it was {seconds}.")

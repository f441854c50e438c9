"""The rate of many sends: evenly spaced, for an account and for each sending number."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from carrierx.errors import InvalidArgumentError
from carrierx.events import AttemptFinished, RetryScheduled
from carrierx.options import Clock, check_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from carrierx.events import Event

__all__ = ["RateLimitedClock", "RateLimiter", "RateSlot", "SendRate", "checked_rate"]


_MOST_SLOWED = 16.0
_SLOWED_BY = 2.0
_RECOVERED_BY = 0.9
_MOST_NUMBERS = 10_000
_ALLOWANCE = 0.5


@dataclass(frozen=True, slots=True)
class SendRate:
    """A limit on the messages or segments per second; None for no limit.

    CarrierX counts the carriers' limits in segments, not in calls, and some of them by sending number. It documents no
    limit on the number of requests.

    Attributes:
        messages: Messages per second from all numbers together.
        segments: Segments per second from all numbers together. An MMS counts as one for each recipient.
        messages_per_number: Messages per second from each sending number.
        segments_per_number: Segments per second from each sending number.

    Raises:
        InvalidArgumentError: A rate isn't a finite number above 0.

    Example:
        >>> SendRate(messages=20, segments_per_number=1)
        SendRate(messages=20, segments=None, messages_per_number=None, segments_per_number=1)
    """

    messages: float | None = None
    segments: float | None = None
    messages_per_number: float | None = None
    segments_per_number: float | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value: object = getattr(self, field.name)
            if value is not None:
                _check_rate(field.name, value)


def checked_rate(rate: object) -> SendRate:
    """Convert a rate argument: messages per second, a `SendRate`, or None for no limit.

    Raises:
        InvalidArgumentError: It is something else.
    """
    if rate is None:
        return SendRate()
    if isinstance(rate, SendRate):
        return rate
    if isinstance(rate, int | float):
        return SendRate(messages=rate)
    raise InvalidArgumentError(f"rate must be messages per second, a SendRate or None, not {type(rate).__name__}.")


def _check_rate(name: str, value: object) -> None:
    try:
        check_seconds(name, value, InvalidArgumentError)
    except InvalidArgumentError:
        raise InvalidArgumentError(f"The rate {name} must be a finite number above 0, per second.") from None


class RateSlot:
    """The time slot of one send.

    Attributes:
        spaces: The seconds that it uses of each limit.
        moment: The time of the slot, if the sends before it are on time.
    """

    __slots__ = ("moment", "spaces")

    def __init__(self, spaces: Mapping[str, float], moment: float) -> None:
        self.spaces: Mapping[str, float] = spaces
        self.moment: float = moment


class RateLimiter:
    """Spaces sends evenly, without bursts, for all workers of a batch. It is thread-safe and doesn't sleep.

    A slot tells a worker how long to sleep. Then the worker claims the slot. It must wait longer if the previous sends
    went out too recently: after a pause, late sends go one by one and not all together.

    A 429 holds all workers for as long as that send waits, and doubles the space between sends. Each accepted send
    reduces the space by a tenth.

    Args:
        rate: The limits.
        clock: The clock.
        longest_hold: The most seconds that one 429 can hold the batch.
    """

    def __init__(self, rate: SendRate, clock: Clock, longest_hold: float) -> None:
        self._rate = rate
        self._clock = clock
        self._longest_hold = longest_hold
        self._lock = threading.Lock()
        self._held_until = 0.0
        self._planned: dict[str, float] = {}
        self._free_at: dict[str, float] = {}
        self._tidy_at = _MOST_NUMBERS
        self._slowed = 1.0

    @property
    def has_limits(self) -> bool:
        """True if there is any limit."""
        return self._rate != SendRate()

    @property
    def counts_segments(self) -> bool:
        """True if a limit is in segments, which take time to count."""
        return self._rate.segments is not None or self._rate.segments_per_number is not None

    def slot(self, sender: str, segments: int) -> RateSlot:
        """Reserve a slot for a message.

        Args:
            sender: The number that sends.
            segments: The number of segments that are charged.
        """
        spaces = self._spaces(sender, segments)
        with self._lock:
            now = moment = self._clock.monotonic()
            for key, space in spaces.items():
                start = max(now, self._planned.get(key, now), self._free_at.get(key, now))
                self._planned[key] = start + space * self._slowed
                moment = max(moment, start)
            if len(self._planned) > self._tidy_at:
                self._tidy(now)
        return RateSlot(spaces, moment)

    def claim(self, slot: RateSlot) -> float:
        """Claim a slot if its time has come.

        Returns:
            0 if it was claimed, or else the seconds to wait before claiming it again.
        """
        with self._lock:
            now = self._clock.monotonic()
            # A send can be early by half a space: otherwise every delay of a thread would lower the rate permanently.
            free = [self._free_at.get(key, now) - _ALLOWANCE * self._unit(key) for key in slot.spaces]
            left = max(slot.moment, self._held_until, *free, now) - now
            if left <= 0:
                for key, space in slot.spaces.items():
                    self._free_at[key] = max(now, self._free_at.get(key, now)) + space * self._slowed
            return left

    def hold(self, seconds: float) -> None:
        """Allow no further slot for a while."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock.monotonic() + min(seconds, self._longest_hold))

    def listen(self, event: Event) -> None:
        """Slow down on 429, and recover with each accepted send."""
        if isinstance(event, RetryScheduled) and event.reason == "status 429":
            self.hold(event.delay)
        elif isinstance(event, AttemptFinished) and event.method == "POST":
            with self._lock:
                if event.status_code == 429:
                    self._slowed = min(_MOST_SLOWED, self._slowed * _SLOWED_BY)
                elif event.status_code is not None and event.status_code < 300:
                    self._slowed = max(1.0, self._slowed * _RECOVERED_BY)

    def _unit(self, key: str) -> float:
        """Return the seconds that one message or segment uses of a limit; 0 if there is no such limit."""
        limit: float | None = getattr(self._rate, key.partition(" ")[0])
        return 0.0 if limit is None else 1 / limit

    def _spaces(self, sender: str, segments: int) -> dict[str, float]:
        charged = {
            "messages": 1,
            "segments": segments,
            f"messages_per_number {sender}": 1,
            f"segments_per_number {sender}": segments,
        }
        return {key: amount * unit for key, amount in charged.items() if (unit := self._unit(key))}

    def _tidy(self, now: float) -> None:
        for moments in (self._planned, self._free_at):
            for key in [key for key, moment in moments.items() if moment <= now]:
                del moments[key]
        self._tidy_at = max(_MOST_NUMBERS, 2 * len(self._planned))


class RateLimitedClock(Clock):
    """A client's clock that also waits for a slot before each retry.

    Otherwise all sends that CarrierX deferred to the same time would go out at that time.

    Args:
        clock: The client's clock.
        limiter: The batch's limiter.
        sender: The number that sends.
        segments: The number of segments that are charged.
    """

    def __init__(self, clock: Clock, limiter: RateLimiter, sender: str, segments: int) -> None:
        self._clock = clock
        self._limiter = limiter
        self._sender = sender
        self._segments = segments

    def monotonic(self) -> float:
        """Return seconds from an arbitrary point."""
        return self._clock.monotonic()

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Sleep, and then wait for a slot."""
        self._clock.sleep(seconds)
        slot = self._limiter.slot(self._sender, self._segments)
        while (left := self._limiter.claim(slot)) > 0:
            self._clock.sleep(left)

    async def sleep_async(self, seconds: float) -> None:
        """Sleep, and then wait for a slot."""
        await self._clock.sleep_async(seconds)
        slot = self._limiter.slot(self._sender, self._segments)
        while (left := self._limiter.claim(slot)) > 0:
            await self._clock.sleep_async(left)

"""The pace of an outbox: evenly spaced time slots, by the generic cell rate algorithm (GCRA) without bursts.

A pace is one number in the database, for the account and for each sending number: the time of the next free slot. A
claim takes a slot and moves that time on, in the same transaction. So all workers together keep one rate, without a
service of their own for it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["LONGEST_HOLD", "Slot", "free_after_release", "latest_free", "next_slot", "spacing"]

LONGEST_HOLD: Final = 3600.0
"""The most seconds for which a `Retry-After` holds everybody."""


class Slot(NamedTuple):
    """A time slot.

    Attributes:
        at: Its time.
        next_at: The time of the next free slot, once this one is taken.
    """

    at: float
    next_at: float


def spacing(rate: float | None) -> float:
    """Return the seconds between two slots; 0 without a rate."""
    return 0.0 if rate is None else 1.0 / rate


def next_slot(now: float, free_at: float, rate: float | None) -> Slot:
    """Return the next free slot. Slots in the past are lost: a pause isn't followed by a burst."""
    at = max(now, free_at)
    return Slot(at, at + spacing(rate))


def latest_free(now: float, horizon: float, rate: float | None) -> float:
    """Return the latest time of the next free slot that a claim at this rate can have left.

    A later one is left from a slower rate, or from before the clock was set back. It would let everybody wait for as
    long. From this one on, no slot is nearer to the last one than the rate allows.
    """
    return now + horizon + spacing(rate)


def free_after_release(slot_at: float, free_at: float, rate: float | None) -> float:
    """Return the time of the next free slot after one was released.

    Only the last slot that was taken can be released. Otherwise the next claim would take a slot twice.
    """
    space = spacing(rate)
    return slot_at if space and abs(free_at - slot_at - space) < space / 1000 else free_at

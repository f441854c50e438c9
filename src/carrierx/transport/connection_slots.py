"""Connection slots: pools of one connection each, so that no request has to look at the connections of others.

The slot that was released last is acquired first, for its connection is warm; the connection of a slot that is left
alone is closed. Whoever finds no free slot waits for the next one to be released. No lock is ever held, which an
interrupt could leave locked: every step of the threads is one operation of a deque, which no other thread can split.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import repeat
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import httpcore

__all__ = ["AsyncConnectionSlots", "ConnectionSlot", "ConnectionSlots"]

P = TypeVar("P")

_GRACE_SECONDS = 1.0


class ConnectionSlot(Generic[P]):
    """A pool of one connection.

    Attributes:
        pool: The pool.
        released_at: When it was last released.
    """

    __slots__ = ("pool", "released_at")

    def __init__(self, pool: P) -> None:
        self.pool: P = pool
        self.released_at: float = 0.0


class _FreeSlots(Generic[P]):
    """The free slots: those with a connection, the latest on top, and in `unmade` the places of those without."""

    def __init__(self, make: Callable[[], P], count: int, idle_seconds: float) -> None:
        self._make = make
        self._warm: deque[ConnectionSlot[P]] = deque()
        self.unmade: deque[None] = deque(repeat(None, count))
        self._idle_seconds = idle_seconds

    def pop(self) -> ConnectionSlot[P] | None:
        """Take the one that was used last, or make one; None if all are in use."""
        try:
            return self._warm.pop()
        except IndexError:
            with suppress(IndexError):
                self.unmade.pop()
                return ConnectionSlot(self._make())
        return None

    def push(self, slot: ConnectionSlot[P]) -> None:
        """Add one with a connection to use again."""
        slot.released_at = time.monotonic()
        self._warm.append(slot)

    def pop_left_alone(self, idle_seconds: float | None = None) -> ConnectionSlot[P] | None:
        """Take the one that was left longest, if its connection is due to be closed."""
        patience = self._idle_seconds if idle_seconds is None else idle_seconds
        with suppress(IndexError):  # another thread was quicker
            if self._warm and time.monotonic() - self._warm[0].released_at >= patience:
                return self._warm.popleft()
        return None


class ConnectionSlots(Generic[P]):
    """The slots of a process's threads.

    Args:
        make: Makes a pool of one connection.
        close: Closes a pool's connection. It must hold no lock.
        count: How many slots there are.
        idle_seconds: After how long an unused connection is closed.
    """

    def __init__(self, make: Callable[[], P], close: Callable[[P], None], count: int, idle_seconds: float) -> None:
        self._free = _FreeSlots(make, count, idle_seconds)
        self._close = close
        self._waiting: deque[SimpleQueue[ConnectionSlot[P]]] = deque()
        self._closed = False

    def acquire(self, seconds: float | None) -> ConnectionSlot[P]:
        """Take a free slot, or wait for one. It also closes a connection that was left alone.

        Args:
            seconds: How long to wait; None for as long as it takes.

        Raises:
            httpcore.PoolTimeout: None was released in time.
        """
        idle = self._free.pop_left_alone()
        if idle is not None:
            self._give_up(idle)
        return self._free.pop() or self._wait(seconds)

    def _wait(self, seconds: float | None) -> ConnectionSlot[P]:
        ticket: SimpleQueue[ConnectionSlot[P]] = SimpleQueue()
        self._waiting.append(ticket)
        self._hand_over()  # one may have come back before anybody saw the ticket
        with suppress(Empty):
            return ticket.get(timeout=seconds)
        try:
            self._waiting.remove(ticket)
        except ValueError:  # somebody took the ticket at the last moment, to put a slot on it, unless interrupted
            with suppress(Empty):
                return ticket.get(timeout=_GRACE_SECONDS)
        raise httpcore.PoolTimeout

    @property
    def waiting(self) -> int:
        """How many threads wait for a slot."""
        return len(self._waiting)

    def release(self, slot: ConnectionSlot[P]) -> None:
        """Give a slot back with its connection, to whoever has waited longest."""
        if self._closed:
            self._give_up(slot)
        else:
            self._free.push(slot)
        if self._waiting:
            self._hand_over()

    def discard(self, slot: ConnectionSlot[P]) -> None:
        """Close a slot's connection and give up the slot: another is made in its place."""
        self._give_up(slot)
        self._hand_over()

    def _hand_over(self) -> None:
        while self._waiting:
            slot = self._free.pop()
            if slot is None:
                return
            try:
                ticket = self._waiting.popleft()
            except IndexError:  # another thread served it
                self._free.push(slot)
            else:
                ticket.put(slot)

    def close(self) -> None:
        """Close every connection that is free now, and those in use when they are released."""
        self._closed = True
        while slot := self._free.pop_left_alone(0):
            self._give_up(slot)

    def _give_up(self, slot: ConnectionSlot[P]) -> None:
        with suppress(Exception):  # nothing depends on a connection that is no longer used
            self._close(slot.pool)
        self._free.unmade.append(None)


class AsyncConnectionSlots(Generic[P]):
    """The slots of an event loop. Its arguments are those of `ConnectionSlots`."""

    def __init__(
        self, make: Callable[[], P], close: Callable[[P], Awaitable[None]], count: int, idle_seconds: float
    ) -> None:
        self._free = _FreeSlots(make, count, idle_seconds)
        self._close = close
        self._semaphore = asyncio.Semaphore(count)
        self._closed = False

    async def acquire(self, seconds: float | None) -> ConnectionSlot[P]:
        """Take a free slot, or wait for one; see `ConnectionSlots.acquire`."""
        if self._semaphore.locked():
            try:
                async with asyncio.timeout(seconds):
                    await self._semaphore.acquire()
            except TimeoutError:
                raise httpcore.PoolTimeout from None
        else:
            await self._semaphore.acquire()
        slot = self._free.pop()
        if slot is None:
            raise RuntimeError("there are fewer slots than permits")
        return slot

    async def release(self, slot: ConnectionSlot[P]) -> None:
        """Give a slot back with its connection. It also closes a connection that was left alone."""
        idle = slot if self._closed else self._free.pop_left_alone()
        if idle is not slot:
            self._free.push(slot)
        self._semaphore.release()
        if idle is not None:
            await self._give_up(idle)

    async def discard(self, slot: ConnectionSlot[P]) -> None:
        """Close a slot's connection and give up the slot: another is made in its place."""
        self._semaphore.release()
        await self._give_up(slot)

    async def close(self) -> None:
        """Close every connection that is free now, and those in use when they are released."""
        self._closed = True
        while slot := self._free.pop_left_alone(0):
            await self._give_up(slot)

    async def _give_up(self, slot: ConnectionSlot[P]) -> None:
        self._free.unmade.append(None)
        with suppress(Exception):  # nothing depends on a connection that is no longer used
            await self._close(slot.pool)

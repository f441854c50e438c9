"""Connection slots: pools of one connection each, so that no request has to check the connections of other requests.

The slot that was released last is acquired first, because its connection is warm. The connection of an idle slot is
closed. If no slot is free, a request waits until one is released. The threads hold no lock, because an interrupt could
leave it locked. Instead, each step is one operation of a deque, which is atomic.
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
    """The free slots: those with a connection, the last used on top. `unmade` has an item for each one without."""

    def __init__(self, make: Callable[[], P], count: int, idle_seconds: float) -> None:
        self._make = make
        self._warm: deque[ConnectionSlot[P]] = deque()
        self.unmade: deque[None] = deque(repeat(None, count))
        self._idle_seconds = idle_seconds

    def pop(self) -> ConnectionSlot[P] | None:
        """Remove and return the slot that was used last, or a new one. Return None if all are in use."""
        try:
            return self._warm.pop()
        except IndexError:
            with suppress(IndexError):
                self.unmade.pop()
                return ConnectionSlot(self._make())
        return None

    def push(self, slot: ConnectionSlot[P]) -> None:
        """Add a slot whose connection can be reused."""
        slot.released_at = time.monotonic()
        self._warm.append(slot)

    def pop_idle(self, idle_seconds: float | None = None) -> ConnectionSlot[P] | None:
        """Remove and return the slot that was idle longest, if its connection should be closed."""
        patience = self._idle_seconds if idle_seconds is None else idle_seconds
        with suppress(IndexError):  # another thread was faster
            if self._warm and time.monotonic() - self._warm[0].released_at >= patience:
                return self._warm.popleft()
        return None


class ConnectionSlots(Generic[P]):
    """The slots of a process's threads.

    Args:
        make: Makes a pool of one connection.
        close: Closes a pool's connection. It must hold no lock.
        count: The number of slots.
        idle_seconds: Seconds after which an idle connection is closed.
    """

    def __init__(self, make: Callable[[], P], close: Callable[[P], None], count: int, idle_seconds: float) -> None:
        self._free = _FreeSlots(make, count, idle_seconds)
        self._close = close
        self._waiting: deque[SimpleQueue[ConnectionSlot[P]]] = deque()
        self._closed = False

    def acquire(self, seconds: float | None) -> ConnectionSlot[P]:
        """Acquire a free slot, or wait for one. Also closes an idle connection.

        Args:
            seconds: The timeout of the wait; None for no timeout.

        Raises:
            httpcore.PoolTimeout: None was released in time.
        """
        idle = self._free.pop_idle()
        if idle is not None:
            self._drop(idle)
        return self._free.pop() or self._wait(seconds)

    def _wait(self, seconds: float | None) -> ConnectionSlot[P]:
        ticket: SimpleQueue[ConnectionSlot[P]] = SimpleQueue()
        self._waiting.append(ticket)
        self._hand_over()  # one may have been released before the ticket was visible
        with suppress(Empty):
            return ticket.get(timeout=seconds)
        try:
            self._waiting.remove(ticket)
        except ValueError:  # another thread just took the ticket to put a slot on it, unless interrupted
            with suppress(Empty):
                return ticket.get(timeout=_GRACE_SECONDS)
        raise httpcore.PoolTimeout

    @property
    def waiting(self) -> int:
        """The number of threads that wait for a slot."""
        return len(self._waiting)

    def release(self, slot: ConnectionSlot[P]) -> None:
        """Release a slot with its connection, to the thread that has waited longest."""
        if self._closed:
            self._drop(slot)
        else:
            self._free.push(slot)
        if self._waiting:
            self._hand_over()

    def discard(self, slot: ConnectionSlot[P]) -> None:
        """Close a slot's connection and drop the slot. A new one will replace it."""
        self._drop(slot)
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
        """Close free connections now, and those in use when they are released."""
        self._closed = True
        while slot := self._free.pop_idle(0):
            self._drop(slot)

    def _drop(self, slot: ConnectionSlot[P]) -> None:
        with suppress(Exception):  # the connection is no longer used, so errors don't matter
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
        """Acquire a free slot, or wait for one; see `ConnectionSlots.acquire`."""
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
        """Release a slot with its connection. Also closes an idle connection."""
        idle = slot if self._closed else self._free.pop_idle()
        if idle is not slot:
            self._free.push(slot)
        self._semaphore.release()
        if idle is not None:
            await self._drop(idle)

    async def discard(self, slot: ConnectionSlot[P]) -> None:
        """Close a slot's connection and drop the slot. A new one will replace it."""
        self._semaphore.release()
        await self._drop(slot)

    async def close(self) -> None:
        """Close free connections now, and those in use when they are released."""
        self._closed = True
        while slot := self._free.pop_idle(0):
            await self._drop(slot)

    async def _drop(self, slot: ConnectionSlot[P]) -> None:
        self._free.unmade.append(None)
        with suppress(Exception):  # the connection is no longer used, so errors don't matter
            await self._close(slot.pool)

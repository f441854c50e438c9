"""Places for requests: pools of one connection each, so that no request has to look at the connections of others.

The place that was given back last is taken first, for its connection is warm; a place that is left alone has its
connection closed. Who finds none waits for the next that is given back. No lock is ever held, which an interrupt could
leave taken: every step of the threads is one operation of a deque, which no other thread can split.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import httpcore

__all__ = ["AsyncPlaces", "Place", "SyncPlaces"]

P = TypeVar("P")

_A_MOMENT = 1.0


class Place(Generic[P]):
    """A pool of one connection.

    Attributes:
        pool: The pool.
        left_at: When it was last given back.
    """

    __slots__ = ("left_at", "pool")

    def __init__(self, pool: P) -> None:
        self.pool: P = pool
        self.left_at: float = 0.0


class _FreePlaces(Generic[P]):
    """The free places: those used before, the latest on top, those whose connection was closed, and those not made yet.

    Attributes:
        made: Every place that was made so far, free or not.
        make: Makes a pool.
    """

    def __init__(self, make: Callable[[], P], count: int, idle_seconds: float) -> None:
        self.made: list[Place[P]] = []
        self.make = make
        self._used: deque[Place[P]] = deque()
        self._closed: deque[Place[P]] = deque()
        self._unmade = iter(range(count))
        self._idle_seconds = idle_seconds

    def pop(self) -> Place[P] | None:
        """Take the one that was used last, if there is one."""
        try:
            if self._used or self._closed:
                return self._used.pop() if self._used else self._closed.pop()
        except IndexError:  # another thread was quicker
            return self.pop()
        if next(self._unmade, None) is None:
            return None
        place = Place(self.make())
        self.made.append(place)
        return place

    def push(self, place: Place[P]) -> None:
        """Give one back."""
        place.left_at = time.monotonic()
        self._used.append(place)

    def push_closed(self, place: Place[P]) -> None:
        """Give one back whose connection was closed."""
        self._closed.append(place)

    def pop_left_alone(self) -> Place[P] | None:
        """Take the one that was left longest, if its connection is due to be closed."""
        try:
            due = self._used and time.monotonic() - self._used[0].left_at > self._idle_seconds
            return self._used.popleft() if due else None
        except IndexError:  # another thread was quicker
            return None


class SyncPlaces(Generic[P]):
    """The places of a process's threads.

    Args:
        make: Makes a pool of one connection.
        close: Closes a pool's connection.
        count: How many places there are.
        idle_seconds: After how long an unused connection is closed.
    """

    def __init__(self, make: Callable[[], P], close: Callable[[P], None], count: int, idle_seconds: float) -> None:
        self._free = _FreePlaces(make, count, idle_seconds)
        self._close = close
        self._waiting: deque[SimpleQueue[Place[P]]] = deque()

    def take(self) -> Place[P] | None:
        """Take a free place, if there is one; on the occasion a connection that was left alone is closed."""
        idle = self._free.pop_left_alone()
        if idle is not None:
            with suppress(Exception):  # nobody waits for anything from it
                self._close(idle.pool)
            self._free.push_closed(idle)
        return self._free.pop()

    def wait(self, seconds: float) -> Place[P]:
        """Wait for a place.

        Raises:
            httpcore.PoolTimeout: None was given back in time.
        """
        ticket: SimpleQueue[Place[P]] = SimpleQueue()
        self._waiting.append(ticket)
        self._hand_over()  # one may have come back before anybody saw the ticket
        with suppress(Empty):
            return ticket.get(timeout=seconds)
        try:
            self._waiting.remove(ticket)
        except ValueError:  # somebody took the ticket at the last moment, to put a place on it, unless interrupted
            with suppress(Empty):
                return ticket.get(timeout=_A_MOMENT)
        raise httpcore.PoolTimeout

    @property
    def waiting(self) -> int:
        """How many threads wait for a place."""
        return len(self._waiting)

    def give_back(self, place: Place[P]) -> None:
        """Give a place back, to whoever has waited longest."""
        self._free.push(place)
        if self._waiting:
            self._hand_over()

    def give_back_broken(self, place: Place[P]) -> None:
        """Give a place back whose request failed: with a pool anew, for a dead connection may fill the old one."""
        broken, place.pool = place.pool, self._free.make()
        with suppress(Exception):  # what failed has been told already
            self._close(broken)
        self._free.push_closed(place)
        self._hand_over()

    def _hand_over(self) -> None:
        while self._waiting:
            place = self._free.pop()
            if place is None:
                return
            try:
                ticket = self._waiting.popleft()
            except IndexError:  # another thread served it
                self._free.push(place)
            else:
                ticket.put(place)

    def close(self) -> None:
        """Close every connection."""
        for place in self._free.made:
            self._close(place.pool)


class AsyncPlaces(Generic[P]):
    """The places of an event loop. Its arguments are those of `SyncPlaces`."""

    def __init__(
        self, make: Callable[[], P], close: Callable[[P], Awaitable[None]], count: int, idle_seconds: float
    ) -> None:
        self._free = _FreePlaces(make, count, idle_seconds)
        self._close = close
        self._waiting: deque[asyncio.Future[Place[P]]] = deque()

    async def take(self) -> Place[P] | None:
        """Take a free place, if there is one; on the occasion a connection that was left alone is closed."""
        idle = self._free.pop_left_alone()
        if idle is not None:
            try:
                with suppress(Exception):  # nobody waits for anything from it
                    await self._close(idle.pool)
            finally:
                self._free.push_closed(idle)
        return self._free.pop()

    async def wait(self, seconds: float) -> Place[P]:
        """Wait for a place.

        Raises:
            httpcore.PoolTimeout: None was given back in time.
        """
        ticket: asyncio.Future[Place[P]] = asyncio.get_running_loop().create_future()
        self._waiting.append(ticket)
        try:
            async with asyncio.timeout(seconds):
                return await ticket
        except BaseException as error:
            if ticket.done() and not ticket.cancelled():
                self.give_back(ticket.result())
            if isinstance(error, TimeoutError):
                raise httpcore.PoolTimeout from None
            raise

    def give_back(self, place: Place[P]) -> None:
        """Give a place back, to whoever has waited longest."""
        while self._waiting:
            ticket = self._waiting.popleft()
            if not ticket.done():
                ticket.set_result(place)
                return
        self._free.push(place)

    async def give_back_broken(self, place: Place[P]) -> None:
        """Give a place back whose request failed: with a pool anew, for a dead connection may fill the old one."""
        broken, place.pool = place.pool, self._free.make()
        self.give_back(place)
        with suppress(Exception):  # what failed has been told already
            await self._close(broken)

    async def close(self) -> None:
        """Close every connection."""
        for place in self._free.made:
            await self._close(place.pool)

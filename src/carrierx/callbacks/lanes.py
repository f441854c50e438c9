"""A bounded queue of callbacks, worked off in the background of an event loop."""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections import deque
from contextlib import asynccontextmanager
from contextvars import Context
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from types import TracebackType
    from typing import Self

    from carrierx.models.message import Message

__all__ = ["Lanes", "Place"]

_TURNS = 64


class Place:
    """One of the places for callbacks that are dealt with at once; given back while one only waits for its next try."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._is_held = False

    @asynccontextmanager
    async def given_back(self) -> AsyncGenerator[None]:
        """Leave the place to others for the time of a block."""
        self._is_held = False
        self._places.release()
        yield
        await self.__aenter__()  # not after an exception: whoever is stopped needs no place

    async def __aenter__(self) -> Self:
        await self._places.acquire()
        self._is_held = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._is_held:
            self._places.release()


class Lanes:
    """Works callbacks off: those of one customer's number in order, one after the other, in a lane of their own.

    A lane is there only while it has something to do, and has a task, so nothing has to be started, and what waits when
    an event loop ends is taken up in the next one. A callback that was begun is never begun again.

    Args:
        work: Deals with one callback, from the place that it is given; must not raise.
        count: How many callbacks are dealt with at once.
        room: How many callbacks may wait or be worked on.
    """

    def __init__(self, work: Callable[[Message, Place], Awaitable[None]], count: int, room: int) -> None:
        self._work = work
        self._count = count
        self._room = room
        self._lanes: dict[str, _Lane] = {}
        self._reserved = 0
        self._lock = threading.Lock()
        self._places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[asyncio.Lock, ...]] = WeakKeyDictionary()

    @property
    def pending(self) -> int:
        """How many callbacks wait or are being dealt with."""
        with self._lock:
            return self._load()

    def reserve(self) -> bool:
        """Keep a place in the queue free for a callback, if there is one; `release` it afterwards."""
        with self._lock:
            if self._load() + self._reserved >= self._room:
                return False
            self._reserved += 1
            return True

    def release(self) -> None:
        """Give back a place in the queue that was kept."""
        with self._lock:
            self._reserved -= 1

    def add(self, message: Message) -> None:
        """Queue a callback, to be dealt with in the running event loop.

        Args:
            message: The callback.
        """
        customer = _customer_of(message)
        with self._lock:
            lane = self._lanes.setdefault(customer, _Lane(customer))
            lane.waiting.append(message)
            self._wake(lane)

    def turn(self, message: Message) -> asyncio.Lock:
        """Give the lock under which a customer's callbacks are written down and queued, in the running event loop.

        Else one that was written down first might be queued last.

        Args:
            message: The callback.
        """
        loop = asyncio.get_running_loop()
        turns = self._turns.get(loop)
        if turns is None:
            turns = self._turns[loop] = tuple(asyncio.Lock() for _ in range(_TURNS))
        return turns[zlib.crc32(_customer_of(message).encode("utf-8", "surrogatepass")) % _TURNS]

    def take_waiting(self) -> list[Message]:
        """Take the callbacks that have not been begun out of the queue."""
        with self._lock:
            taken = [message for lane in self._lanes.values() for message in lane.waiting]
            for lane in self._lanes.values():
                lane.waiting.clear()
            return taken

    async def drain(self, within: float) -> int:
        """Wait until everything is dealt with, and stop what takes too long.

        Args:
            within: Seconds to wait.

        Returns:
            How many callbacks have not been begun.
        """
        here = asyncio.get_running_loop()
        with self._lock:
            woken = [self._wake(lane) for lane in list(self._lanes.values())]
        tasks = [task for task in woken if task is not None and task.get_loop() is here]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        return self.pending

    def _load(self) -> int:
        return sum(len(lane.waiting) + lane.is_working for lane in self._lanes.values())

    def _wake(self, lane: _Lane) -> asyncio.Task[None] | None:
        """Give the task that works a lane off, a new one if need be; None if it has nothing to do."""
        # A loop that was closed with its tasks pending leaves them so for ever.
        if lane.task is not None and (lane.task.done() or lane.task.get_loop().is_closed()):
            lane.task, lane.is_working = None, False
        if lane.task is None and lane.waiting:
            # In a context of its own: not in that of whichever request came first.
            lane.task = asyncio.get_running_loop().create_task(self._run(lane), context=Context())
        return lane.task

    async def _run(self, lane: _Lane) -> None:
        places = self._places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._count))
        own = lane.task
        try:
            while self._goes_on(lane, own):
                # First the place, then the callback: whoever is stopped while waiting for a place has begun nothing.
                async with Place(places) as place:
                    message = self._next(lane)
                    if message is not None:
                        await self._work(message, place)
        except asyncio.CancelledError:
            with self._lock:
                self._leave(lane, own)
            raise

    def _goes_on(self, lane: _Lane, own: asyncio.Task[None] | None) -> bool:
        with self._lock:
            lane.is_working = False
            if lane.task is own and lane.waiting:
                return True
            self._leave(lane, own)
            return False

    def _next(self, lane: _Lane) -> Message | None:
        with self._lock:
            lane.is_working = bool(lane.waiting)
            return lane.waiting.popleft() if lane.waiting else None

    def _leave(self, lane: _Lane, own: asyncio.Task[None] | None) -> None:
        if lane.task is own:
            lane.task, lane.is_working = None, False
            if not lane.waiting:
                self._lanes.pop(lane.customer, None)


class _Lane:
    """The callbacks of one customer's number, as long as there are any."""

    def __init__(self, customer: str) -> None:
        self.customer = customer
        self.waiting: deque[Message] = deque()
        self.task: asyncio.Task[None] | None = None
        self.is_working = False


def _customer_of(message: Message) -> str:
    return (message.from_ if message.direction != "outbound" else message.to) or message.message_sid

"""A bounded queue of callbacks, worked off in the background of an event loop."""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections import deque
from contextvars import Context
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from carrierx.models.message import Message

__all__ = ["Lanes"]


class Lanes:
    """Works callbacks off in several lanes: those of one customer's number in order, one after the other.

    A lane has a task only while it has something to do, so nothing has to be started, and what waits when an event
    loop ends is taken up in the next one. A callback that was begun is never begun again.

    Args:
        work: Deals with one callback; must not raise.
        count: How many lanes there are: how many callbacks are dealt with at once.
        room: How many callbacks may wait or be worked on.
    """

    def __init__(self, work: Callable[[Message], Awaitable[None]], count: int, room: int) -> None:
        self._lanes = [_Lane(work) for _ in range(count)]
        self._room = room
        self._reserved = 0
        self._lock = threading.Lock()

    @property
    def pending(self) -> int:
        """How many callbacks wait or are being dealt with."""
        return sum(lane.load for lane in self._lanes)

    def reserve(self) -> bool:
        """Keep a place free for a callback, if there is one; `release` it afterwards."""
        with self._lock:
            if self.pending + self._reserved >= self._room:
                return False
            self._reserved += 1
            return True

    def release(self) -> None:
        """Give back a place that was kept."""
        with self._lock:
            self._reserved -= 1

    def add(self, message: Message) -> None:
        """Queue a callback, to be dealt with in the running event loop.

        Args:
            message: The callback.
        """
        self._lane_of(message).add(message)

    def turn(self, message: Message) -> asyncio.Lock:
        """Give the lock under which callbacks of one lane are written down and queued, in the running event loop.

        Else one that was written down first might be queued last.

        Args:
            message: The callback.
        """
        return self._lane_of(message).turn()

    def take_waiting(self) -> list[Message]:
        """Take the callbacks that have not been begun out of the queue."""
        return [message for lane in self._lanes for message in lane.take_waiting()]

    async def drain(self, within: float) -> int:
        """Wait until everything is dealt with, and stop what takes too long.

        Args:
            within: Seconds to wait.

        Returns:
            How many callbacks have not been begun.
        """
        here = asyncio.get_running_loop()
        tasks = [task for lane in self._lanes if (task := lane.wake()) is not None and task.get_loop() is here]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        return self.pending

    def _lane_of(self, message: Message) -> _Lane:
        other = (message.from_ if message.direction != "outbound" else message.to) or message.message_sid
        return self._lanes[zlib.crc32(other.encode("utf-8", "surrogatepass")) % len(self._lanes)]


class _Lane:
    def __init__(self, work: Callable[[Message], Awaitable[None]]) -> None:
        self._work = work
        self._waiting: deque[Message] = deque()
        self._task: asyncio.Task[None] | None = None
        self._is_working = False
        self._lock = threading.Lock()
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    @property
    def load(self) -> int:
        return len(self._waiting) + self._is_working

    def add(self, message: Message) -> None:
        self._waiting.append(message)
        self.wake()

    def turn(self) -> asyncio.Lock:
        return self._turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())

    def take_waiting(self) -> list[Message]:
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
            return taken

    def wake(self) -> asyncio.Task[None] | None:
        """Give the task that works this lane off, a new one if need be; None if it has nothing to do."""
        with self._lock:
            # A loop that was closed with its tasks pending leaves them so for ever.
            if self._task is not None and (self._task.done() or self._task.get_loop().is_closed()):
                self._task, self._is_working = None, False
            if self._task is None and self._waiting:
                # In a context of its own: not in that of whichever request came first.
                self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())
            return self._task

    async def _run(self) -> None:
        while (message := self._next()) is not None:
            try:
                await self._work(message)
            finally:
                self._is_working = False

    def _next(self) -> Message | None:
        with self._lock:
            if not self._waiting:
                self._task = None
                return None
            self._is_working = True
            return self._waiting.popleft()

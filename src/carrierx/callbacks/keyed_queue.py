"""Bounded queue of callbacks that are processed in the background of an event loop."""

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

__all__ = ["KeyedQueue", "Slot"]

_LOCK_COUNT = 64


class Slot:
    """Slot for one of the callbacks that are processed concurrently, released while the callback waits for a retry."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots = slots
        self._is_held = False

    @asynccontextmanager
    async def released(self) -> AsyncGenerator[None]:
        """Release the slot for the duration of a block."""
        self._is_held = False
        self._slots.release()
        yield
        await self.__aenter__()  # not after an exception: a cancelled callback needs no slot

    async def __aenter__(self) -> Self:
        await self._slots.acquire()
        self._is_held = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._is_held:
            self._slots.release()


class KeyedQueue:
    """Queue that processes callbacks concurrently, and those of the same customer's number one by one, in order.

    Each customer's number has a queue and a task of its own, which exist only while callbacks wait. So you don't have
    to start anything, and callbacks that wait when an event loop ends are processed in the next one. A callback that
    was started is never started again.

    Args:
        work: Processes one callback in the given slot. It must not raise.
        concurrency: Maximum number of callbacks that are processed at the same time.
        capacity: Maximum number of callbacks that wait or are being processed.
    """

    def __init__(self, work: Callable[[Message, Slot], Awaitable[None]], concurrency: int, capacity: int) -> None:
        self._work = work
        self._concurrency = concurrency
        self._capacity = capacity
        self._queues: dict[str, _CustomerQueue] = {}
        self._reserved = 0
        self._lock = threading.Lock()
        self._slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
        self._write_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[asyncio.Lock, ...]] = WeakKeyDictionary()

    @property
    def pending(self) -> int:
        """Number of callbacks that are waiting or being processed."""
        with self._lock:
            return self._load()

    def reserve(self) -> bool:
        """Reserve room in the queue for one callback, if there is any. Call `release` afterwards."""
        with self._lock:
            if self._load() + self._reserved >= self._capacity:
                return False
            self._reserved += 1
            return True

    def release(self) -> None:
        """Release room that `reserve` reserved."""
        with self._lock:
            self._reserved -= 1

    def add(self, message: Message) -> None:
        """Queue a callback, to be processed in the running event loop.

        Args:
            message: The callback.
        """
        customer = _customer_of(message)
        with self._lock:
            queue = self._queues.setdefault(customer, _CustomerQueue(customer))
            queue.waiting.append(message)
            self._wake(queue)

    def lock_for(self, message: Message) -> asyncio.Lock:
        """Return the lock that keeps a customer's callbacks in order while they are recorded and queued.

        Without it, a callback that was recorded first might be queued last.

        Args:
            message: The callback.
        """
        loop = asyncio.get_running_loop()
        locks = self._write_locks.get(loop)
        if locks is None:
            locks = self._write_locks[loop] = tuple(asyncio.Lock() for _ in range(_LOCK_COUNT))
        return locks[zlib.crc32(_customer_of(message).encode("utf-8", "surrogatepass")) % _LOCK_COUNT]

    def remove_waiting(self) -> list[Message]:
        """Remove the callbacks that were not started, and return them."""
        with self._lock:
            taken = [message for queue in self._queues.values() for message in queue.waiting]
            for queue in self._queues.values():
                queue.waiting.clear()
            return taken

    async def drain(self, within: float) -> int:
        """Wait until all callbacks are processed, and cancel those that take too long.

        Args:
            within: Seconds to wait.

        Returns:
            Number of callbacks that were not started.
        """
        here = asyncio.get_running_loop()
        with self._lock:
            woken = [self._wake(queue) for queue in list(self._queues.values())]
        tasks = [task for task in woken if task is not None and task.get_loop() is here]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        return self.pending

    def _load(self) -> int:
        return sum(len(queue.waiting) + queue.is_working for queue in self._queues.values())

    def _wake(self, queue: _CustomerQueue) -> asyncio.Task[None] | None:
        """Return the task that processes a queue, and start it if needed; None if the queue is empty."""
        # If a loop is closed while tasks are pending, they stay pending forever.
        if queue.task is not None and (queue.task.done() or queue.task.get_loop().is_closed()):
            queue.task, queue.is_working = None, False
        if queue.task is None and queue.waiting:
            # A new context, not that of the request that happened to come first.
            queue.task = asyncio.get_running_loop().create_task(self._run(queue), context=Context())
        return queue.task

    async def _run(self, queue: _CustomerQueue) -> None:
        slots = self._slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._concurrency))
        own = queue.task
        try:
            while self._has_more(queue, own):
                # First the slot, then the callback: a task that is cancelled while it waits has started nothing.
                async with Slot(slots) as slot:
                    message = self._next(queue)
                    if message is not None:
                        await self._work(message, slot)
        except asyncio.CancelledError:
            with self._lock:
                self._leave(queue, own)
            raise

    def _has_more(self, queue: _CustomerQueue, own: asyncio.Task[None] | None) -> bool:
        with self._lock:
            queue.is_working = False
            if queue.task is own and queue.waiting:
                return True
            self._leave(queue, own)
            return False

    def _next(self, queue: _CustomerQueue) -> Message | None:
        with self._lock:
            queue.is_working = bool(queue.waiting)
            return queue.waiting.popleft() if queue.waiting else None

    def _leave(self, queue: _CustomerQueue, own: asyncio.Task[None] | None) -> None:
        if queue.task is own:
            queue.task, queue.is_working = None, False
            if not queue.waiting:
                self._queues.pop(queue.customer, None)


class _CustomerQueue:
    """Waiting callbacks of one customer's number."""

    def __init__(self, customer: str) -> None:
        self.customer = customer
        self.waiting: deque[Message] = deque()
        self.task: asyncio.Task[None] | None = None
        self.is_working = False


def _customer_of(message: Message) -> str:
    return (message.from_ if message.direction != "outbound" else message.to) or message.message_sid

"""Who may use an HTTP client: the process, and for async the event loop, that it was made or first used in.

A connection that two processes share hands one of them the other's answer, without an error. So what another process
made is never used, and an injected client is refused there before a byte leaves.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from carrierx.errors import ConfigurationError
from carrierx.event_loops import running_loop

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from carrierx.transport.aiohttp_adapter import AiohttpAdapter
    from carrierx.transport.httpx_adapter import AsyncHttpxAdapter, HttpxAdapter

__all__ = ["PerLoop", "PerProcess"]

AsyncAdapter: TypeAlias = "AsyncHttpxAdapter | AiohttpAdapter"

_POLL_SECONDS = 0.005

_CLOSED = "This client is closed. Make a new one; `with` closes it at the end of its block."
_OTHER_PROCESS = (
    "The injected HTTP client was first used in another process: sharing its connections would mix up answers. "
    "Give http_client= a function that makes one, and each process gets its own."
)
_OTHER_LOOP = (
    "The injected HTTP client was first used in another event loop, and its connections can't move. "
    "Give http_client= a function that makes one, and each loop gets its own."
)


class InFlight:
    """The exchanges under way in a process's threads, so that a client that is closed waits for their answers.

    An answer that nobody waits for is a receipt lost: the message went out, and its sender can't know. The wait ends
    with the exchanges' own time limits. No lock is held, which an interrupt could leave locked.
    """

    def __init__(self) -> None:
        self._exchanges: dict[object, tuple[int, int, float]] = {}

    def add(self, exchange: object, seconds: float) -> None:
        """Note that an exchange begins, and for how long it may last."""
        self._exchanges[exchange] = os.getpid(), threading.get_ident(), time.monotonic() + seconds

    def remove(self, exchange: object) -> None:
        """Note that an exchange has ended."""
        self._exchanges.pop(exchange, None)

    def wait(self) -> None:
        """Wait until the exchanges of all other threads have ended, or their time has passed.

        Those that a fork left behind belong to threads that don't exist in this process.
        """
        here, me = os.getpid(), threading.get_ident()
        while any(
            process == here and thread != me and until > time.monotonic()
            for process, thread, until in list(self._exchanges.values())
        ):
            time.sleep(_POLL_SECONDS)


class PerProcess:
    """Hands out the process's adapter.

    Args:
        make: Makes an adapter for this process; called at the first use in each.
        injected: The adapter over the user's own client, instead; never closed here.

    Attributes:
        in_flight: The exchanges that are under way. Whoever adds one before `get` is either refused there or waited
            for by `close`.
    """

    def __init__(self, make: Callable[[], HttpxAdapter] | None, injected: HttpxAdapter | None = None) -> None:
        self.in_flight: InFlight = InFlight()
        self._make = make
        self._adapter = injected
        self._process: int | None = None
        self._lock = threading.Lock()
        self._lock_process = os.getpid()
        self._closed = False

    def get(self) -> HttpxAdapter:
        """Give the adapter to use here and now.

        Raises:
            ConfigurationError: It is closed, or an injected client belongs to another process.
        """
        if self._closed:
            raise ConfigurationError(_CLOSED)
        process = os.getpid()
        if self._process == process and self._adapter is not None:
            return self._adapter
        if self._lock_process != process:
            # The child of a fork: the lock may be held by a thread that exists only in the parent.
            self._lock, self._lock_process = threading.Lock(), process
        with self._lock:
            return self._claimed(process)

    def _claimed(self, process: int) -> HttpxAdapter:
        if self._make is not None and (self._adapter is None or self._process != process) and not self._closed:
            # What a fork left behind is dropped unclosed: its locks may be held by threads of the parent.
            self._adapter = self._make()
        elif self._process not in (None, process):
            raise ConfigurationError(_OTHER_PROCESS)
        self._process = process
        if self._adapter is None:
            raise ConfigurationError(_CLOSED)
        return self._adapter

    def abandon(self, adapter: HttpxAdapter) -> None:
        """Leave an adapter of ours after an interrupt, so that the next call makes another.

        An interrupt can leave bookkeeping half done or a lock of the HTTP library locked: whoever then sends or closes
        would wait without end.
        """
        if self._make is not None and self._adapter is adapter:
            self._adapter = None
            adapter.abandon()

    def close(self, *, wait: bool = True) -> None:
        """Close what was made here; closing twice is fine.

        Args:
            wait: Whether to wait for the exchanges under way, so that no receipt is lost.
        """
        self._closed = True
        adapter, self._adapter = self._adapter, None
        if adapter is None or self._process != os.getpid():
            return
        if wait:
            self.in_flight.wait()
        if self._make is not None:
            adapter.close()


class AsyncInFlight:
    """The exchanges under way in an event loop's tasks; see `InFlight`."""

    def __init__(self) -> None:
        self._exchanges: dict[object, tuple[asyncio.Task[object] | None, float]] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def add(self, exchange: object, seconds: float) -> None:
        """Note that an exchange begins, and for how long it may last."""
        self._exchanges[exchange] = asyncio.current_task(), time.monotonic() + seconds

    def remove(self, exchange: object) -> None:
        """Note that an exchange has ended."""
        self._exchanges.pop(exchange, None)
        while self._waiting:
            waiting = self._waiting.pop()
            if not waiting.done():
                waiting.set_result(None)

    async def wait(self) -> None:
        """Wait until the exchanges of all other tasks have ended, or their time has passed."""
        here = asyncio.current_task()
        while True:
            now = time.monotonic()
            left = [until - now for task, until in self._exchanges.values() if task is not here and until > now]
            if not left:
                return
            ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(ended)
            await asyncio.wait([ended], timeout=max(left))


class InLoop(NamedTuple):
    """What an event loop has of a client.

    Attributes:
        adapter: The adapter.
        in_flight: The exchanges of this loop that are under way.
        keeper: Closes the adapter when the loop ends; None for the adapter over an injected client.
    """

    adapter: AsyncAdapter
    in_flight: AsyncInFlight
    keeper: AsyncGenerator[None] | None


class PerLoop:
    """Hands out the running event loop's adapter.

    Args:
        make: Makes an adapter for this loop; called at the first use in each.
        injected: The adapter over the user's own client, instead; never closed here.
    """

    def __init__(self, make: Callable[[], AsyncAdapter] | None, injected: AsyncHttpxAdapter | None = None) -> None:
        self._make = make
        self._injected = injected
        self._home: tuple[int, asyncio.AbstractEventLoop] | None = None
        self._process = os.getpid()
        self._in_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, InLoop] = WeakKeyDictionary()
        self._closed = False

    async def get(self) -> InLoop:
        """Give what to use in this loop.

        Raises:
            ConfigurationError: It is closed, no asyncio loop runs, or an injected client belongs elsewhere.
        """
        if self._closed:
            raise ConfigurationError(_CLOSED)
        loop = running_loop()
        process = os.getpid()
        if process != self._process:
            self._process = process
            self._in_loops = WeakKeyDictionary()
        held = self._in_loops.get(loop)
        if held is not None:
            return held
        if self._make is None:
            held = self._in_loops[loop] = InLoop(self._claimed(process, loop), AsyncInFlight(), None)
            return held
        self._drop_closed_loops()
        adapter = self._make()
        keeper = _closed_with_loop(adapter)
        held = self._in_loops[loop] = InLoop(adapter, AsyncInFlight(), keeper)
        await anext(keeper)
        return held

    def _claimed(self, process: int, loop: asyncio.AbstractEventLoop) -> AsyncHttpxAdapter:
        if self._injected is None:
            raise ConfigurationError(_CLOSED)
        if self._home is None:
            self._home = process, loop
        if self._home[0] != process:
            raise ConfigurationError(_OTHER_PROCESS)
        if self._home[1] is not loop:
            raise ConfigurationError(_OTHER_LOOP)
        return self._injected

    def _drop_closed_loops(self) -> None:
        # A loop that was closed without `shutdown_asyncgens` never ran the keeper. Its connections can't be closed
        # in it any more, and each would keep its socket, and the loop, for good.
        for reference in self._in_loops.keyrefs():  # a copy: other threads may add their loops meanwhile
            loop = reference()
            held = self._in_loops.pop(loop, None) if loop is not None and loop.is_closed() else None
            if held is not None:
                held.adapter.close_sockets()

    async def close(self) -> None:
        """Close what was made for this loop, after the exchanges under way; closing twice is fine.

        Other loops close theirs when they end.
        """
        self._closed = True
        if self._process != os.getpid():
            return
        self._drop_closed_loops()
        held = self._in_loops.pop(asyncio.get_running_loop(), None)
        if held is None:
            return
        try:
            await held.in_flight.wait()
        finally:
            if held.keeper is not None:
                await held.keeper.aclose()


async def _closed_with_loop(adapter: AsyncAdapter) -> AsyncGenerator[None]:
    # A loop that ends finishes its async generators first. That is the last moment at which connections can close.
    try:
        yield
    finally:
        await adapter.aclose()

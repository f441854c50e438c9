"""Ownership of HTTP clients: each belongs to the process, and async ones to the event loop, that first used it.

If two processes share a connection, one can get the other's response, without an error. So a client that another
process made is never used, and a client that the user passed in is refused there before anything is sent.
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
    "The injected HTTP client was first used in another process: sharing its connections would mix up responses. "
    "Give http_client= a function that makes one, and each process gets its own."
)
_OTHER_LOOP = (
    "The injected HTTP client was first used in another event loop, and its connections can't move. "
    "Give http_client= a function that makes one, and each loop gets its own."
)


class InFlight:
    """The requests in flight in a process's threads, so that `close` can wait for their responses.

    Closing a connection too early loses a receipt: the message was sent, but its sender can't know. The wait ends with
    the requests' own timeouts. It holds no lock, because an interrupt could leave it locked.
    """

    def __init__(self) -> None:
        self._requests: dict[object, tuple[int, int, float]] = {}

    def add(self, request: object, seconds: float) -> None:
        """Record that a request starts, and the maximum seconds it can last."""
        self._requests[request] = os.getpid(), threading.get_ident(), time.monotonic() + seconds

    def remove(self, request: object) -> None:
        """Record that a request has ended."""
        self._requests.pop(request, None)

    def wait(self) -> None:
        """Wait until the requests of all other threads have ended, or their maximum time has passed.

        Requests from before a fork are ignored: their threads don't exist in this process.
        """
        here, me = os.getpid(), threading.get_ident()
        while any(
            process == here and thread != me and until > time.monotonic()
            for process, thread, until in list(self._requests.values())
        ):
            time.sleep(_POLL_SECONDS)


class PerProcess:
    """Holds the adapter of the current process.

    Args:
        make: Makes an adapter; called at the first use in each process.
        injected: Instead, the adapter of the user's own client. It is never closed here.

    Attributes:
        in_flight: The requests in flight. Add a request before calling `get`: then either `get` refuses it, or `close`
            waits for it.
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
        """Return the adapter of this process.

        Raises:
            ConfigurationError: It is closed, or the user's client belongs to another process.
        """
        if self._closed:
            raise ConfigurationError(_CLOSED)
        process = os.getpid()
        if self._process == process and self._adapter is not None:
            return self._adapter
        if self._lock_process != process:
            # A forked child: a thread that exists only in the parent may hold the lock.
            self._lock, self._lock_process = threading.Lock(), process
        with self._lock:
            return self._claimed(process)

    def _claimed(self, process: int) -> HttpxAdapter:
        if self._make is not None and (self._adapter is None or self._process != process) and not self._closed:
            # After a fork, the old adapter is dropped unclosed: threads of the parent may hold its locks.
            self._adapter = self._make()
        elif self._process not in (None, process):
            raise ConfigurationError(_OTHER_PROCESS)
        self._process = process
        if self._adapter is None:
            raise ConfigurationError(_CLOSED)
        return self._adapter

    def abandon(self, adapter: HttpxAdapter) -> None:
        """Drop our adapter after an interrupt, so that the next call makes a new one.

        An interrupt can leave the HTTP library in an inconsistent state or with a locked lock. The next request, or
        closing it, could then wait forever.
        """
        if self._make is not None and self._adapter is adapter:
            self._adapter = None
            adapter.abandon()

    def close(self, *, wait: bool = True) -> None:
        """Close our own adapter. Closing twice is fine.

        Args:
            wait: Whether to wait for the requests in flight, so that no receipt is lost.
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
    """The requests in flight in an event loop's tasks; see `InFlight`."""

    def __init__(self) -> None:
        self._requests: dict[object, tuple[asyncio.Task[object] | None, float]] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def add(self, request: object, seconds: float) -> None:
        """Record that a request starts, and the maximum seconds it can last."""
        self._requests[request] = asyncio.current_task(), time.monotonic() + seconds

    def remove(self, request: object) -> None:
        """Record that a request has ended."""
        self._requests.pop(request, None)
        while self._waiting:
            waiting = self._waiting.pop()
            if not waiting.done():
                waiting.set_result(None)

    async def wait(self) -> None:
        """Wait until the requests of all other tasks have ended, or their maximum time has passed."""
        here = asyncio.current_task()
        while True:
            now = time.monotonic()
            left = [until - now for task, until in self._requests.values() if task is not here and until > now]
            if not left:
                return
            ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(ended)
            await asyncio.wait([ended], timeout=max(left))


class InLoop(NamedTuple):
    """A client's state in one event loop.

    Attributes:
        adapter: The adapter.
        in_flight: The requests of this loop that are in flight.
        keeper: Closes the adapter when the loop ends; None for the adapter of the user's own client.
    """

    adapter: AsyncAdapter
    in_flight: AsyncInFlight
    keeper: AsyncGenerator[None] | None


class PerLoop:
    """Holds the adapter of the running event loop.

    Args:
        make: Makes an adapter; called at the first use in each loop.
        injected: Instead, the adapter of the user's own client. It is never closed here.
    """

    def __init__(self, make: Callable[[], AsyncAdapter] | None, injected: AsyncHttpxAdapter | None = None) -> None:
        self._make = make
        self._injected = injected
        self._home: tuple[int, asyncio.AbstractEventLoop] | None = None
        self._process = os.getpid()
        self._in_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, InLoop] = WeakKeyDictionary()
        self._closed = False

    async def get(self) -> InLoop:
        """Return the client's state in this loop.

        Raises:
            ConfigurationError: It is closed, no asyncio loop runs, or the user's client belongs elsewhere.
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
        # in it any more, and each would keep its socket and the loop forever.
        for reference in self._in_loops.keyrefs():  # a copy: other threads may add their loops meanwhile
            loop = reference()
            held = self._in_loops.pop(loop, None) if loop is not None and loop.is_closed() else None
            if held is not None:
                held.adapter.close_sockets()

    async def close(self) -> None:
        """Close this loop's adapter, once the requests in flight have ended. Closing twice is fine.

        Other loops close their adapters when they end.
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
    # A loop finishes its async generators before it ends. That is the last moment when connections can be closed.
    try:
        yield
    finally:
        await adapter.aclose()

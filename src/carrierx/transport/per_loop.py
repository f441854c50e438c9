"""Which event loop may use an HTTP client: see `per_process`, which is about processes."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from carrierx.errors import ConfigurationError
from carrierx.event_loops import running_loop
from carrierx.transport.per_process import CLOSED, OTHER_PROCESS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from carrierx.transport.http_library.aiohttp_adapter import AiohttpAdapter
    from carrierx.transport.http_library.httpx_adapter import AsyncHttpxAdapter

__all__ = ["PerLoop"]

Adapter: TypeAlias = "AsyncHttpxAdapter | AiohttpAdapter"

_OTHER_LOOP = (
    "The injected HTTP client was first used in another event loop, and its connections can't move. "
    "Give http_client= a function that makes one, and each loop gets its own."
)


class AsyncInFlight:
    """The exchanges under way in an event loop's tasks; see `per_process.InFlight`."""

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

    adapter: Adapter
    in_flight: AsyncInFlight
    keeper: AsyncGenerator[None] | None


class PerLoop:
    """Hands out the running event loop's adapter.

    Args:
        make: Makes an adapter for this loop; called at the first use in each.
        injected: The adapter over the user's own client, instead; never closed here.
    """

    def __init__(self, make: Callable[[], Adapter] | None, injected: AsyncHttpxAdapter | None = None) -> None:
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
            raise ConfigurationError(CLOSED)
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
            raise ConfigurationError(CLOSED)
        if self._home is None:
            self._home = process, loop
        if self._home[0] != process:
            raise ConfigurationError(OTHER_PROCESS)
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


async def _closed_with_loop(adapter: Adapter) -> AsyncGenerator[None]:
    # A loop that ends finishes its async generators first. That is the last moment at which connections can close.
    try:
        yield
    finally:
        await adapter.aclose()

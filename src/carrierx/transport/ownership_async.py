"""Which event loop may use an HTTP client: see `ownership`, which is about processes."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from carrierx.errors import ConfigurationError
from carrierx.transport.ownership import CLOSED, OTHER_PROCESS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

__all__ = ["AsyncOwner"]

_OTHER_LOOP = (
    "The injected HTTP client was first used in another event loop, and its connections can't move. "
    "Give http_client= a function that makes one, and each loop gets its own."
)


class AsyncCloseable(Protocol):
    """What an async HTTP client must offer here."""

    def aclose(self) -> Awaitable[None]:
        """Close every connection."""
        ...


A = TypeVar("A", bound=AsyncCloseable)


class AsyncOwner(Generic[A]):
    """Hands out the running event loop's HTTP client.

    Args:
        make: Makes a client for this loop; called at the first use in each.
        injected: The user's own client, instead; never closed here.
    """

    def __init__(self, make: Callable[[], A] | None, injected: A | None = None) -> None:
        self._make = make
        self._injected = injected
        self._home: tuple[int, asyncio.AbstractEventLoop] | None = None
        self._process = os.getpid()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[A, AsyncGenerator[None]]] = (
            WeakKeyDictionary()
        )
        self._closed = False

    async def client(self) -> A:
        """Give the client to use in this loop.

        Raises:
            ConfigurationError: It is closed, no asyncio loop runs, or an injected client belongs elsewhere.
        """
        if self._closed:
            raise ConfigurationError(CLOSED)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError(
                "AsyncCarrierXClient runs on asyncio, and no asyncio event loop runs here. Under trio, use "
                "CarrierXClient in a worker thread."
            ) from None
        if self._make is None:
            return self._claimed(loop)
        process = os.getpid()
        if process != self._process:
            self._process = process
            self._clients = WeakKeyDictionary()
        held = self._clients.get(loop)
        if held is None:
            client = self._make()
            keeper = _closed_with_loop(client)
            held = self._clients[loop] = (client, keeper)
            await anext(keeper)
        return held[0]

    def _claimed(self, loop: asyncio.AbstractEventLoop) -> A:
        if self._injected is None:
            raise ConfigurationError(CLOSED)
        here = (os.getpid(), loop)
        if self._home is None:
            self._home = here
        if self._home[0] != here[0]:
            raise ConfigurationError(OTHER_PROCESS)
        if self._home[1] is not loop:
            raise ConfigurationError(_OTHER_LOOP)
        return self._injected

    async def close(self) -> None:
        """Close what was made for this loop; closing twice is fine. Other loops close theirs when they end."""
        self._closed = True
        held = self._clients.pop(asyncio.get_running_loop(), None) if self._process == os.getpid() else None
        if held is not None:
            await held[1].aclose()


async def _closed_with_loop(client: AsyncCloseable) -> AsyncGenerator[None]:
    # A loop that ends finishes its async generators first. That is the last moment at which connections can close.
    try:
        yield
    finally:
        await client.aclose()

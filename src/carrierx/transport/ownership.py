"""Who may use an HTTP client: the process, and for async the event loop, that it was made or first used in.

A connection that two processes share hands one of them the other's answer, without an error. So what another process
made is never used, and an injected client is refused there before a byte leaves.
"""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from carrierx.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

__all__ = ["AsyncOwner", "SyncOwner"]


class SyncCloseable(Protocol):
    """What a sync HTTP client must offer here."""

    def close(self) -> None:
        """Close every connection."""
        ...


class AsyncCloseable(Protocol):
    """What an async HTTP client must offer here."""

    def aclose(self) -> Awaitable[None]:
        """Close every connection."""
        ...


C = TypeVar("C", bound=SyncCloseable)
A = TypeVar("A", bound=AsyncCloseable)

_CLOSED = "This client is closed. Make a new one; `with` closes it at the end of its block."
_OTHER_PROCESS = (
    "The injected HTTP client was first used in another process: sharing its connections would mix up answers. "
    "Give http_client= a function that makes one, and each process gets its own."
)
_OTHER_LOOP = (
    "The injected HTTP client was first used in another event loop, and its connections can't move. "
    "Give http_client= a function that makes one, and each loop gets its own."
)


class SyncOwner(Generic[C]):
    """Hands out the process's HTTP client.

    Args:
        make: Makes a client for this process; called at the first use in each.
        injected: The user's own client, instead; never closed here.
    """

    def __init__(self, make: Callable[[], C] | None, injected: C | None = None) -> None:
        self._make = make
        self._client = injected
        self._process: int | None = None
        self._lock = threading.Lock()
        self._lock_process = os.getpid()
        self._closed = False

    def client(self) -> C:
        """Give the client to use here and now.

        Raises:
            ConfigurationError: It is closed, or an injected client belongs to another process.
        """
        if self._closed:
            raise ConfigurationError(_CLOSED)
        process = os.getpid()
        if self._process == process and self._client is not None:
            return self._client
        if self._lock_process != process:
            # The child of a fork: the lock may be held by a thread that exists only in the parent.
            self._lock, self._lock_process = threading.Lock(), process
        with self._lock:
            return self._claimed(process)

    def _claimed(self, process: int) -> C:
        if self._make is not None and (self._client is None or self._process != process) and not self._closed:
            # What a fork left behind is dropped unclosed: its locks may be held by threads of the parent.
            self._client = self._make()
        elif self._process not in (None, process):
            raise ConfigurationError(_OTHER_PROCESS)
        self._process = process
        if self._client is None:
            raise ConfigurationError(_CLOSED)
        return self._client

    def abandon(self, client: C) -> None:
        """Leave a client of ours unclosed after an interrupt, so that the next call makes another.

        An interrupt between the taking of a pool's lock and its `with` block leaves it taken for good: whoever then
        sends or closes waits for ever.
        """
        if self._make is not None and self._client is client:
            self._client = None

    def close(self) -> None:
        """Close what was made here; closing twice is fine."""
        self._closed = True
        client, self._client = self._client, None
        if client is not None and self._make is not None and self._process == os.getpid():
            client.close()


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
            raise ConfigurationError(_CLOSED)
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
            raise ConfigurationError(_CLOSED)
        here = (os.getpid(), loop)
        if self._home is None:
            self._home = here
        if self._home[0] != here[0]:
            raise ConfigurationError(_OTHER_PROCESS)
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

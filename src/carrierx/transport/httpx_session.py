"""The default sessions: real httpx clients, with our own connections.

Tools for `httpx.Client` work with them: mocks, recorders, tracing. Only the pool below httpx's own transport is
replaced, by slots of one connection each over the watched network.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

import httpcore
import httpx

from carrierx.transport.connection_slots import AsyncConnectionSlots, ConnectionSlot, ConnectionSlots
from carrierx.transport.evidence import attempt_evidence
from carrierx.transport.watched_network import (
    WatchedAsyncBackend,
    WatchedAsyncStream,
    WatchedStream,
    WatchedSyncBackend,
)

if TYPE_CHECKING:
    from carrierx.transport.tls_and_proxy import ConnectionSettings

__all__ = ["AsyncSession", "Session"]

KEEP_ALIVE_SECONDS = 5.0


class _NoCookies(httpx.Cookies):
    """Keeps no cookies. CarrierX's API has none, and reading them costs a fifth of httpx's time for a request."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Ignore the cookies of a response."""


class _Cookieless:
    @property
    def cookies(self) -> httpx.Cookies:
        """The cookies: always empty."""
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        """Ignore them."""


_NO_COOKIES = _NoCookies()


class Session(_Cookieless, httpx.Client):
    """The `httpx.Client` that a sync client makes for itself.

    Args:
        settings: The settings of its connections.
    """

    def __init__(self, settings: ConnectionSettings) -> None:
        self._connections = _Connections(settings)
        super().__init__(transport=_Transport(self._connections), trust_env=False, timeout=None)

    def abandon(self) -> None:
        """Drop the session after an interrupt: close free connections now, and others when they are released."""
        self._connections.close()


class AsyncSession(_Cookieless, httpx.AsyncClient):
    """The `httpx.AsyncClient` that an async client makes for an event loop.

    Args:
        settings: The settings of its connections.
    """

    def __init__(self, settings: ConnectionSettings) -> None:
        self._connections = _AsyncConnections(settings)
        super().__init__(transport=_AsyncTransport(self._connections), trust_env=False, timeout=None)

    def close_sockets(self) -> None:
        """Close all sockets, after the event loop that would have to close the connections was closed."""
        self._connections.backend.close_sockets()


class _Transport(httpx.HTTPTransport):
    """httpx's own transport over our connections. It keeps httpx's `handle_request`, since tools patch that method."""

    def __init__(self, connections: _Connections) -> None:
        # httpx's own constructor would make a pool and a TLS context. A test checks that `_pool` is all it needs.
        self._pool = cast("httpcore.ConnectionPool", connections)


class _AsyncTransport(httpx.AsyncHTTPTransport):
    """httpx's own async transport over our connections."""

    def __init__(self, connections: _AsyncConnections) -> None:
        self._pool = cast("httpcore.AsyncConnectionPool", connections)


class _UnlockedPool(httpcore.ConnectionPool):
    """A pool that one thread at a time uses, so that it needs no lock.

    An exception from a signal handler could leave the lock locked, and httpcore would then wait for it forever. A test
    checks that the attribute exists.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._optional_thread_lock = cast("Any", nullcontext())


class _Connections:
    """Has the interface of an httpcore pool. It sends each request over a slot, and releases it with the response."""

    def __init__(self, settings: ConnectionSettings) -> None:
        backend = WatchedSyncBackend()

        def make() -> httpcore.ConnectionPool:
            return _UnlockedPool(
                ssl_context=settings.tls_context,
                proxy=proxy,
                max_connections=1,
                keepalive_expiry=KEEP_ALIVE_SECONDS,
                network_backend=backend,
            )

        proxy = _proxy(settings)
        self._slots = ConnectionSlots(make, httpcore.ConnectionPool.close, settings.max_connections, KEEP_ALIVE_SECONDS)

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request over a connection that no other request uses."""
        slot = self._slots.acquire(_pool_timeout(request))
        try:
            response = slot.pool.handle_request(request)
        except BaseException:
            self._slots.discard(slot)
            raise
        stream = response.stream = _ResponseStream(response, slot, self._slots, request.method)
        _note_open(stream.close)
        return response

    def close(self) -> None:
        """Close free connections now, and those in use when they are released."""
        self._slots.close()


class _ResponseStream:
    """A response body that releases the slot when closed. The connection is reused if no bytes follow the body."""

    def __init__(
        self,
        response: httpcore.Response,
        slot: ConnectionSlot[httpcore.ConnectionPool],
        slots: ConnectionSlots[httpcore.ConnectionPool],
        method: bytes,
    ) -> None:
        self._body = cast("Iterable[bytes]", response.stream)
        self._slot: ConnectionSlot[httpcore.ConnectionPool] | None = slot
        self._slots = slots
        self._is_at_end = _end_check(response, method)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        slot, self._slot = self._slot, None
        if slot is None:
            return
        close = cast("Callable[[], None] | None", getattr(self._body, "close", None))
        try:
            if close is not None:
                close()
        except BaseException:
            self._slots.discard(slot)
            raise
        if self._is_at_end():
            self._slots.release(slot)
        else:
            self._slots.discard(slot)


class _AsyncConnections:
    """Has the interface of an httpcore pool. It sends each request over a slot, and releases it with the response."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self.backend = WatchedAsyncBackend()

        def make() -> httpcore.AsyncConnectionPool:
            return httpcore.AsyncConnectionPool(
                ssl_context=settings.tls_context,
                proxy=proxy,
                max_connections=1,
                keepalive_expiry=KEEP_ALIVE_SECONDS,
                network_backend=self.backend,
            )

        proxy = _proxy(settings)
        close = httpcore.AsyncConnectionPool.aclose
        self._slots = AsyncConnectionSlots(make, close, settings.max_connections, KEEP_ALIVE_SECONDS)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request over a connection that no other request uses."""
        slot = await self._slots.acquire(_pool_timeout(request))
        try:
            response = await slot.pool.handle_async_request(request)
        except BaseException:
            await self._slots.discard(slot)
            raise
        stream = response.stream = _AsyncResponseStream(response, slot, self._slots, request.method)
        _note_open(stream.aclose)
        return response

    async def aclose(self) -> None:
        """Close free connections now, and those in use when they are released."""
        await self._slots.close()


class _AsyncResponseStream:
    """A response body that releases the slot when closed. The connection is reused if no bytes follow the body."""

    def __init__(
        self,
        response: httpcore.Response,
        slot: ConnectionSlot[httpcore.AsyncConnectionPool],
        slots: AsyncConnectionSlots[httpcore.AsyncConnectionPool],
        method: bytes,
    ) -> None:
        self._body = cast("AsyncIterable[bytes]", response.stream)
        self._slot: ConnectionSlot[httpcore.AsyncConnectionPool] | None = slot
        self._slots = slots
        self._is_at_end = _end_check(response, method)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._body)

    async def aclose(self) -> None:
        slot, self._slot = self._slot, None
        if slot is None:
            return
        close = getattr(self._body, "aclose", None)
        try:
            if close is not None:
                await close()
        except BaseException:
            await self._slots.discard(slot)
            raise
        if self._is_at_end():
            await self._slots.release(slot)
        else:
            await self._slots.discard(slot)


def _note_open(close: Callable[[], Awaitable[None] | None]) -> None:
    # A tool between this session and the adapter, such as tracing, may raise without closing the response.
    evidence = attempt_evidence.get()
    if evidence is not None:
        evidence.close_response = close


def _end_check(response: httpcore.Response, method: bytes) -> Callable[[], bool]:
    stream: object = cast("Any", response).extensions.get("network_stream")
    if not isinstance(stream, WatchedStream | WatchedAsyncStream):
        return lambda: True  # a mock answered instead of the network
    return lambda: stream.ends_with_response(method, response.status, response.headers)


def _pool_timeout(request: httpcore.Request) -> float | None:
    seconds: float | None = cast("Any", request).extensions.get("timeout", {}).get("pool")
    return seconds


def _proxy(settings: ConnectionSettings) -> httpcore.Proxy | None:
    if settings.proxy is None:
        return None
    parts = urlsplit(settings.proxy)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 1080)
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username is not None else None
    tls_context = settings.tls_context if parts.scheme == "https" else None
    return httpcore.Proxy(f"{parts.scheme}://{host}:{port}", auth, ssl_context=tls_context)

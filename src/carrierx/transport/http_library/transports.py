"""Our own transports for httpx, over httpcore's public pools.

httpx's own transports take no network backend and keep one pool each. Ours watch the network, and spread async requests
over several small pools: the cost of a request in one pool grows with the number of its connections.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import httpcore
import httpx

from carrierx.transport.http_library.network import WatchedAsyncBackend, WatchedStream, WatchedSyncBackend

__all__ = ["CONNECTIONS_A_SMALL_POOL", "PoolSettings", "PooledTransport", "SmallPoolsTransport"]

CONNECTIONS_A_SMALL_POOL = 8
KEEP_ALIVE_SECONDS = 5.0

# From httpcore's exceptions to httpx's of the same name. Order matters: the nearest class comes first.
_NAMES = (
    "ConnectTimeout",
    "ReadTimeout",
    "WriteTimeout",
    "PoolTimeout",
    "ConnectError",
    "ReadError",
    "WriteError",
    "ProxyError",
    "UnsupportedProtocol",
    "LocalProtocolError",
    "RemoteProtocolError",
)
_EXCEPTIONS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = tuple(
    (getattr(httpcore, name), getattr(httpx, name)) for name in _NAMES
)


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """What a pool is made with. `tls_context` is asked only when a pool is made."""

    max_connections: int
    proxy: str | None
    tls_context: Callable[[], ssl.SSLContext] | None


@contextmanager
def _as_httpx() -> Generator[None]:
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        for theirs, ours in _EXCEPTIONS:
            if isinstance(error, theirs):
                raise ours(str(error)) from error
        raise


def _core_request(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


class _SyncAnswerStream(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes], network: object) -> None:
        self._stream = stream
        self._network = network

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._stream

    def close(self) -> None:
        if isinstance(self._network, WatchedStream):
            self._network.end_exchange()
        close: Callable[[], None] | None = getattr(self._stream, "close", None)
        if close is not None:
            close()


class PooledTransport(httpx.BaseTransport):
    """One watched pool for a process's threads."""

    def __init__(self, settings: PoolSettings) -> None:
        self._pool = _sync_pool(settings)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a request over a connection of the pool."""
        with _as_httpx():
            answer = self._pool.handle_request(_core_request(request))
        extensions = _extensions(answer)
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_SyncAnswerStream(_sync_parts(answer.stream), extensions.get("network_stream")),
            extensions=extensions,
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _AsyncAnswerStream(httpx.AsyncByteStream):
    def __init__(self, stream: AsyncIterable[bytes], release: Callable[[], None]) -> None:
        self._stream = stream
        self._release = release

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for part in self._stream:
                yield part

    async def aclose(self) -> None:
        try:
            aclose: Callable[[], Awaitable[None]] | None = getattr(self._stream, "aclose", None)
            if aclose is not None:
                await aclose()
        finally:
            self._release()


def _sync_parts(stream: Iterable[bytes] | AsyncIterable[bytes]) -> Iterable[bytes]:
    if not isinstance(stream, Iterable):
        raise TypeError("the pool gave an async answer")
    return stream


def _async_parts(stream: Iterable[bytes] | AsyncIterable[bytes]) -> AsyncIterable[bytes]:
    if not isinstance(stream, AsyncIterable):
        raise TypeError("the pool gave a sync answer")
    return stream


def _extensions(answer: httpcore.Response) -> dict[str, Any]:
    return dict(answer.extensions)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - httpcore's


class _SmallPool:
    __slots__ = ("in_flight", "pool", "size")

    def __init__(self, pool: httpcore.AsyncConnectionPool, size: int) -> None:
        self.pool = pool
        self.size = size
        self.in_flight = 0


class SmallPoolsTransport(httpx.AsyncBaseTransport):
    """Several small watched pools for one event loop; made as they are needed."""

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        self._pools: list[_SmallPool] = []
        self._room = settings.max_connections

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a request over a connection of the first small pool that has room."""
        chosen = self._choose()
        chosen.in_flight += 1
        released = False

        def release() -> None:
            nonlocal released
            if not released:
                released = True
                chosen.in_flight -= 1

        try:
            with _as_httpx():
                answer = await chosen.pool.handle_async_request(_core_request(request))
        except BaseException:
            release()
            raise
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_AsyncAnswerStream(_async_parts(answer.stream), release),
            extensions=_extensions(answer),
        )

    def _choose(self) -> _SmallPool:
        # The first with room, not the least busy: it has the warm connections.
        for small in self._pools:
            if small.in_flight < small.size:
                return small
        if self._room > 0:
            size = min(self._room, CONNECTIONS_A_SMALL_POOL)
            self._room -= size
            small = _SmallPool(_async_pool(self._settings, size), size)
            self._pools.append(small)
            return small
        return min(self._pools, key=lambda small: small.in_flight / small.size)

    async def aclose(self) -> None:
        """Close every connection."""
        while self._pools:
            await self._pools.pop().pool.aclose()


def _proxy(settings: PoolSettings, tls_context: ssl.SSLContext | None) -> httpcore.Proxy | None:
    if settings.proxy is None:
        return None
    parts = urlsplit(settings.proxy)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 1080)
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username is not None else None
    return httpcore.Proxy(
        f"{parts.scheme}://{host}:{port}", auth, ssl_context=tls_context if parts.scheme == "https" else None
    )


def _sync_pool(settings: PoolSettings) -> httpcore.ConnectionPool:
    tls_context = settings.tls_context() if settings.tls_context is not None else None
    return httpcore.ConnectionPool(
        ssl_context=tls_context,
        proxy=_proxy(settings, tls_context),
        max_connections=settings.max_connections,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
        network_backend=WatchedSyncBackend(),
    )


def _async_pool(settings: PoolSettings, size: int) -> httpcore.AsyncConnectionPool:
    tls_context = settings.tls_context() if settings.tls_context is not None else None
    return httpcore.AsyncConnectionPool(
        ssl_context=tls_context,
        proxy=_proxy(settings, tls_context),
        max_connections=size,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
        network_backend=WatchedAsyncBackend(),
    )

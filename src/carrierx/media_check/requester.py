"""Send the requests of a plan over HTTP. Bodies are counted and discarded, never kept or decoded."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import httpcore
import httpx

from carrierx.media_check.plans import Ask, Reply
from carrierx.version import __version__

if TYPE_CHECKING:
    import ssl

    from carrierx.media_check.network import Deadline, GuardedAsyncBackend, GuardedBackend
    from carrierx.media_check.plans import ReadOn

__all__ = ["AsyncPools", "AsyncRequester", "SyncPools", "SyncRequester"]

TlsContext = Callable[[], "ssl.SSLContext"]

USER_AGENT = f"carrierx-python/{__version__} (media check)"


class SyncPools:
    """Connections of one sync check. The last holder that releases them closes them.

    Args:
        backend: Opens connections.
        deadline: End of the check.
        max_connections: Maximum number of open connections.
        tls_context: Returns the TLS context; called at the first https URL.
    """

    def __init__(
        self, backend: GuardedBackend, deadline: Deadline, max_connections: int, tls_context: TlsContext
    ) -> None:
        self._backend = backend
        self._deadline = deadline
        self._max_connections = max_connections
        self._tls_context = tls_context
        self._pools: dict[str, httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()
        self._holders = 0

    def hold(self) -> None:
        """Keep the connections open until `release`."""
        with self._lock:
            self._holders += 1

    def release(self) -> None:
        """Release the connections, and close them if there is no other holder."""
        with self._lock:
            self._holders -= 1
            closing = [] if self._holders else list(self._pools.values())
        for pool in closing:
            pool.close()

    def send(self, ask: Ask) -> httpcore.Response:
        """Send a request and return the response, its body still unread."""
        return self._pool(ask.url.scheme).handle_request(_request(ask, self._deadline))

    def _pool(self, scheme: str) -> httpcore.ConnectionPool:
        with self._lock:
            if scheme not in self._pools:
                self._pools[scheme] = httpcore.ConnectionPool(
                    ssl_context=self._tls_context() if scheme == "https" else None,
                    max_connections=self._max_connections,
                    network_backend=self._backend,
                )
            return self._pools[scheme]


class SyncRequester:
    """Sends the requests of one worker, one after the other."""

    def __init__(self, pools: SyncPools) -> None:
        self._pools = pools
        self._response: httpcore.Response | None = None
        # Both belong to the last response. A plan always sends a request before it reads a body.
        self._parts: Iterator[bytes]
        self._reply: Reply

    def run(self, step: Ask | ReadOn) -> Reply:
        """Run one step of a plan."""
        if isinstance(step, Ask):
            self.close()
            self._response = response = self._pools.send(step)
            self._parts = _sync_parts(response)
            self._reply = _reply(response, step)
        else:
            part = next(self._parts, None)
            _count(self._reply, part)
        return self._reply

    def close(self) -> None:
        """Close the last response. A small body is read to its end, so that its connection can be reused."""
        response, self._response = self._response, None
        if response is None:
            return
        with contextlib.suppress(Exception):
            if self._reply.has_small_body:
                for _ in self._parts:
                    pass
        with contextlib.suppress(Exception):
            response.close()


class AsyncPools:
    """Connections of one async check.

    Args:
        backend: Opens connections.
        deadline: End of the check.
        max_connections: Maximum number of open connections.
        tls_context: Returns the TLS context; called at the first https URL.
    """

    def __init__(
        self, backend: GuardedAsyncBackend, deadline: Deadline, max_connections: int, tls_context: TlsContext
    ) -> None:
        self._backend = backend
        self._deadline = deadline
        self._max_connections = max_connections
        self._tls_context = tls_context
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    async def close(self) -> None:
        """Close the connections."""
        while self._pools:
            _, pool = self._pools.popitem()
            await pool.aclose()

    async def send(self, ask: Ask) -> httpcore.Response:
        """Send a request and return the response, its body still unread."""
        return await self._pool(ask.url.scheme).handle_async_request(_request(ask, self._deadline))

    def _pool(self, scheme: str) -> httpcore.AsyncConnectionPool:
        if scheme not in self._pools:
            self._pools[scheme] = httpcore.AsyncConnectionPool(
                ssl_context=self._tls_context() if scheme == "https" else None,
                max_connections=self._max_connections,
                network_backend=self._backend,
            )
        return self._pools[scheme]


class AsyncRequester:
    """Sends the requests of one worker, one after the other."""

    def __init__(self, pools: AsyncPools) -> None:
        self._pools = pools
        self._response: httpcore.Response | None = None
        # Both belong to the last response. A plan always sends a request before it reads a body.
        self._parts: AsyncIterator[bytes]
        self._reply: Reply

    async def run(self, step: Ask | ReadOn) -> Reply:
        """Run one step of a plan."""
        if isinstance(step, Ask):
            await self.close()
            self._response = response = await self._pools.send(step)
            self._parts = _async_parts(response)
            self._reply = _reply(response, step)
        else:
            part = await anext(self._parts, None)
            _count(self._reply, part)
        return self._reply

    async def close(self) -> None:
        """Close the last response. A small body is read to its end, so that its connection can be reused."""
        response, self._response = self._response, None
        if response is None:
            return
        with contextlib.suppress(Exception):
            if self._reply.has_small_body:
                async for _ in self._parts:
                    pass
        with contextlib.suppress(Exception):
            aclose: Callable[[], Awaitable[None]] | None = getattr(self._parts, "aclose", None)
            if aclose is not None:
                await aclose()
        with contextlib.suppress(Exception):
            await response.aclose()


def _count(reply: Reply, part: bytes | None) -> None:
    if part is None:
        reply.ended = True
    else:
        reply.arrived += len(part)


def _request(ask: Ask, deadline: Deadline) -> httpcore.Request:
    url = ask.url
    headers = [
        ("Host", url.netloc.decode("ascii")),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
        ("User-Agent", USER_AGENT),
    ]
    if ask.first_byte_only:
        headers.append(("Range", "bytes=0-0"))
    return httpcore.Request(
        ask.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=headers,
        extensions={"timeout": {"pool": max(0.0, deadline.left())}},
    )


def _reply(response: httpcore.Response, ask: Ask) -> Reply:
    return Reply(response.status, httpx.Headers(response.headers), ask.method == "HEAD")


def _sync_parts(response: httpcore.Response) -> Iterator[bytes]:
    if not isinstance(response.stream, Iterable):
        raise TypeError("the pool returned an async response")
    return iter(response.stream)


def _async_parts(response: httpcore.Response) -> AsyncIterator[bytes]:
    if not isinstance(response.stream, AsyncIterable):
        raise TypeError("the pool returned a sync response")
    return aiter(response.stream)

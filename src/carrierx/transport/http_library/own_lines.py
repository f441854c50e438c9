"""Attempts over pools of our own: httpcore's public pools, straight, over a network that is watched.

httpx's clients cost as much again as the exchange itself, take no network backend and keep one pool each. Ours watch
the network, and spread async requests over several small pools: the cost of a request in one pool grows with the number
of its connections. respx intercepts the pools.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

import httpcore

from carrierx.transport.answer import Answer, AnswerBody, AnswerHeaders
from carrierx.transport.http_library.answers import answer_cut, answer_of, note_keep_alive
from carrierx.transport.http_library.failures import CORE_FAILURES, as_httpx
from carrierx.transport.http_library.network import WatchedAsyncBackend, WatchedStream, WatchedSyncBackend
from carrierx.transport.http_library.requests import CoreRequestBuilder

if TYPE_CHECKING:
    from carrierx.options import ClientConfig
    from carrierx.transport.evidence import Evidence
    from carrierx.transport.journey import Journey

__all__ = ["CONNECTIONS_A_SMALL_POOL", "AsyncOwnLine", "PoolSettings", "SyncOwnLine"]

T = TypeVar("T")

CONNECTIONS_A_SMALL_POOL = 4
KEEP_ALIVE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """What a pool is made with. `tls_context` is asked only when a pool is made."""

    max_connections: int
    proxy: str | None
    tls_context: Callable[[], ssl.SSLContext] | None


class SyncOwnLine:
    """Carries attempts over one watched pool for a process's threads."""

    def __init__(self, config: ClientConfig, settings: PoolSettings) -> None:
        self._builder = CoreRequestBuilder(config)
        self._pool = _sync_pool(settings)

    def exchange(self, journey: Journey[T], evidence: Evidence, authorization: str) -> Answer:
        """Carry one attempt over a connection of the pool, and take its answer in."""
        request = self._builder.build(journey, evidence, authorization)
        try:
            response = self._pool.handle_request(request)
        except CORE_FAILURES as failure:
            raise as_httpx(failure) from failure
        status = evidence.status_code = response.status
        headers = AnswerHeaders(response.headers)
        note_keep_alive(headers, evidence)
        body = AnswerBody(headers, journey.call.largest_answer)
        try:
            for chunk in _sync_parts(response.stream):
                if not body.feed(chunk):
                    break
        except CORE_FAILURES as failure:
            return answer_cut(status, headers, body, _chained(as_httpx(failure), failure))
        except Exception as failure:  # noqa: BLE001 - the status is known, so the body can only be cut
            return answer_cut(status, headers, body, failure)
        finally:
            if isinstance(evidence.stream, WatchedStream):
                evidence.stream.end_exchange()
            response.close()
        return answer_of(status, headers, body)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class AsyncOwnLine:
    """Carries attempts over several small watched pools for one event loop; they are made as they are needed."""

    def __init__(self, config: ClientConfig, settings: PoolSettings) -> None:
        self._builder = CoreRequestBuilder(config)
        self._settings = settings
        self._pools: list[_SmallPool] = []
        self._room = settings.max_connections

    async def exchange(
        self, journey: Journey[T], evidence: Evidence, authorization: str, deadline: asyncio.Timeout
    ) -> Answer:
        """Carry one attempt over a connection of the first small pool that has room, and take its answer in."""
        request = self._builder.build(journey, evidence, authorization)
        chosen = self._choose()
        chosen.in_flight += 1
        try:
            try:
                async with deadline:
                    response = await chosen.pool.handle_async_request(request)
            except CORE_FAILURES as failure:
                raise as_httpx(failure) from failure
            return await _read(response, journey, evidence)
        finally:
            chosen.in_flight -= 1

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


async def _read(response: httpcore.Response, journey: Journey[T], evidence: Evidence) -> Answer:
    status = evidence.status_code = response.status
    headers = AnswerHeaders(response.headers)
    note_keep_alive(headers, evidence)
    body = AnswerBody(headers, journey.call.largest_answer)
    try:
        async with asyncio.timeout(journey.time_left()):
            async for chunk in _async_parts(response.stream):
                if not body.feed(chunk):
                    break
    except CORE_FAILURES as failure:
        return answer_cut(status, headers, body, _chained(as_httpx(failure), failure))
    except Exception as failure:  # noqa: BLE001 - the status is known, so the body can only be cut
        return answer_cut(status, headers, body, failure)
    finally:
        await response.aclose()
    return answer_of(status, headers, body)


class _SmallPool:
    __slots__ = ("in_flight", "pool", "size")

    def __init__(self, pool: httpcore.AsyncConnectionPool, size: int) -> None:
        self.pool = pool
        self.size = size
        self.in_flight = 0


def _sync_parts(stream: Iterable[bytes] | AsyncIterable[bytes]) -> Iterable[bytes]:
    if not isinstance(stream, Iterable):
        raise TypeError("the pool gave an async answer")
    return stream


def _async_parts(stream: Iterable[bytes] | AsyncIterable[bytes]) -> AsyncIterable[bytes]:
    if not isinstance(stream, AsyncIterable):
        raise TypeError("the pool gave a sync answer")
    return stream


def _chained(failure: Exception, cause: Exception) -> Exception:
    failure.__cause__ = cause
    return failure


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

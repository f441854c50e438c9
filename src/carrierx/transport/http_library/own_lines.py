"""Attempts over pools of our own: httpcore's public pools, straight, over a network that is watched.

httpx's clients cost as much again as the exchange itself, take no network backend and keep one pool each. Ours watch
the network, and have one connection to a pool: the cost of a request grows with the number of connections in its pool.
respx intercepts the pools.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

import httpcore

from carrierx.transport.answer import Answer, AnswerBody, AnswerHeaders
from carrierx.transport.http_library.answers import answer_cut, answer_of, note_keep_alive
from carrierx.transport.http_library.failures import CORE_FAILURES, as_httpx
from carrierx.transport.http_library.network import WatchedAsyncBackend, WatchedStream, WatchedSyncBackend
from carrierx.transport.http_library.places import AsyncPlaces, SyncPlaces
from carrierx.transport.http_library.requests import CoreRequestBuilder, seconds_for

if TYPE_CHECKING:
    from carrierx.options import ClientConfig
    from carrierx.transport.evidence import Evidence
    from carrierx.transport.journey import Journey

__all__ = ["AsyncOwnLine", "PoolSettings", "SyncOwnLine"]

T = TypeVar("T")

KEEP_ALIVE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """What a line's pools are made with."""

    max_connections: int
    proxy: str | None = field(repr=False)  # it may hold a password
    tls_context: ssl.SSLContext | None


class SyncOwnLine:
    """Carries attempts over watched connections for a process's threads."""

    def __init__(self, config: ClientConfig, settings: PoolSettings) -> None:
        self._builder = CoreRequestBuilder(config)
        make = _sync_pools(settings)
        self._places = SyncPlaces(make, httpcore.ConnectionPool.close, settings.max_connections, KEEP_ALIVE_SECONDS)

    def exchange(self, journey: Journey[T], evidence: Evidence) -> Answer:
        """Carry one attempt over a connection that nobody else uses meanwhile, and take its answer in."""
        try:
            place = self._places.take() or self._places.wait(seconds_for(journey))
        except CORE_FAILURES as failure:
            raise as_httpx(failure) from failure
        # After an interrupt the place is not given back: a lock of its pool may be left taken for good.
        try:
            response = place.pool.handle_request(self._builder.build(journey, evidence))
            answer = _read(response, journey, evidence)
        except Exception as failure:
            self._places.give_back_broken(place)
            if isinstance(failure, CORE_FAILURES):
                raise as_httpx(failure) from failure
            raise
        self._places.give_back(place)
        return answer

    def close(self) -> None:
        """Close every connection."""
        self._places.close()


def _read(response: httpcore.Response, journey: Journey[T], evidence: Evidence) -> Answer:
    status = evidence.status_code = response.status
    headers = AnswerHeaders(response.headers)
    note_keep_alive(headers, evidence)
    body = AnswerBody(headers, journey.call.largest_answer)
    try:
        for chunk in _sync_parts(response.stream):
            if not body.feed(chunk):
                break
    except Exception as failure:  # noqa: BLE001 - the status is known, so the body can only be cut
        return answer_cut(status, headers, body, _told(failure))
    finally:
        if isinstance(evidence.stream, WatchedStream):
            evidence.stream.end_exchange()
        response.close()
    return answer_of(status, headers, body)


class AsyncOwnLine:
    """Carries attempts over watched connections for one event loop."""

    def __init__(self, config: ClientConfig, settings: PoolSettings) -> None:
        self._builder = CoreRequestBuilder(config)
        make, close = _async_pools(settings), httpcore.AsyncConnectionPool.aclose
        self._places = AsyncPlaces(make, close, settings.max_connections, KEEP_ALIVE_SECONDS)

    async def exchange(
        self, journey: Journey[T], evidence: Evidence, deadline: asyncio.Timeout
    ) -> Answer:
        """Carry one attempt over a connection that nobody else uses meanwhile, and take its answer in."""
        try:
            async with deadline:
                place = await self._places.take() or await self._places.wait(seconds_for(journey))
                try:
                    request = self._builder.build(journey, evidence)
                    response = await place.pool.handle_async_request(request)
                except BaseException:
                    await self._places.give_back_broken(place)
                    raise
        except CORE_FAILURES as failure:
            raise as_httpx(failure) from failure
        try:
            answer = await _read_async(response, journey, evidence)
        except BaseException:
            await self._places.give_back_broken(place)
            raise
        self._places.give_back(place)
        return answer

    async def aclose(self) -> None:
        """Close every connection."""
        await self._places.close()


async def _read_async(response: httpcore.Response, journey: Journey[T], evidence: Evidence) -> Answer:
    status = evidence.status_code = response.status
    headers = AnswerHeaders(response.headers)
    note_keep_alive(headers, evidence)
    body = AnswerBody(headers, journey.call.largest_answer)
    try:
        async with asyncio.timeout(journey.time_left()):
            async for chunk in _async_parts(response.stream):
                if not body.feed(chunk):
                    break
    except Exception as failure:  # noqa: BLE001 - the status is known, so the body can only be cut
        return answer_cut(status, headers, body, _told(failure))
    finally:
        await response.aclose()
    return answer_of(status, headers, body)


def _sync_parts(stream: Iterable[bytes] | AsyncIterable[bytes]) -> Iterable[bytes]:
    if not isinstance(stream, Iterable):
        raise TypeError("the pool gave an async answer")
    return stream


def _async_parts(stream: Iterable[bytes] | AsyncIterable[bytes]) -> AsyncIterable[bytes]:
    if not isinstance(stream, AsyncIterable):
        raise TypeError("the pool gave a sync answer")
    return stream


def _told(failure: Exception) -> Exception:
    """Give a failure as users know it: httpx's in the place of httpcore's, which is its cause."""
    if not isinstance(failure, CORE_FAILURES):
        return failure
    counterpart = as_httpx(failure)
    counterpart.__cause__ = failure
    return counterpart


def _proxy(settings: PoolSettings) -> httpcore.Proxy | None:
    if settings.proxy is None:
        return None
    parts = urlsplit(settings.proxy)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 1080)
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username is not None else None
    return httpcore.Proxy(
        f"{parts.scheme}://{host}:{port}", auth, ssl_context=settings.tls_context if parts.scheme == "https" else None
    )


def _sync_pools(settings: PoolSettings) -> Callable[[], httpcore.ConnectionPool]:
    return partial(
        httpcore.ConnectionPool,
        ssl_context=settings.tls_context,
        proxy=_proxy(settings),
        max_connections=1,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
        network_backend=WatchedSyncBackend(),
    )


def _async_pools(settings: PoolSettings) -> Callable[[], httpcore.AsyncConnectionPool]:
    return partial(
        httpcore.AsyncConnectionPool,
        ssl_context=settings.tls_context,
        proxy=_proxy(settings),
        max_connections=1,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
        network_backend=WatchedAsyncBackend(),
    )

"""Transports for httpx: a client calls the emulator in its own process, without a socket."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import cast

import anyio
import httpx

from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.types import EmulatorResponse, Request


class EmulatorTransport(httpx.BaseTransport):
    """A transport that sends all requests of an `httpx.Client` to an emulator, whatever their host.

    Faults have the same effect as on a socket: a lost response raises `httpx.RemoteProtocolError`, a truncated one
    raises it while it is read, and one that comes after the client's read timeout raises `httpx.ReadTimeout`.

    Args:
        emulator: The emulator; the caller closes it.
        sleep: Waits this many seconds before a late response.

    Example:
        >>> client = httpx.Client(transport=EmulatorTransport(emulator))
    """

    def __init__(self, emulator: Emulator, *, sleep: Callable[[float], object] = time.sleep) -> None:
        self._emulator = emulator
        self._sleep = sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request of httpx.

        Raises:
            httpx.RemoteProtocolError: A fault lost the response.
            httpx.ReadTimeout: A fault delayed the response for longer than the client waits.
        """
        answer = self._emulator.handle(_from_httpx(request, request.read()))
        if delay := answer.delivery.delay:
            self._sleep(_waited(request, delay))
        return _to_httpx(request, answer)


class AsyncEmulatorTransport(httpx.AsyncBaseTransport):
    """A transport that sends all requests of an `httpx.AsyncClient` to an emulator, whatever their host.

    The emulator runs on the event loop itself, since its database needs little time. Faults have the same effect as in
    `EmulatorTransport`.

    Args:
        emulator: The emulator; the caller closes it.
        sleep: Waits this many seconds before a late response.
    """

    def __init__(self, emulator: Emulator, *, sleep: Callable[[float], Awaitable[object]] = anyio.sleep) -> None:
        self._emulator = emulator
        self._sleep = sleep

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request of httpx.

        Raises:
            httpx.RemoteProtocolError: A fault lost the response.
            httpx.ReadTimeout: A fault delayed the response for longer than the client waits.
        """
        answer = self._emulator.handle(_from_httpx(request, await request.aread()))
        if delay := answer.delivery.delay:
            await self._sleep(_waited(request, delay))
        return _to_httpx(request, answer)


class _BrokenOff(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The start of a body, then the error of a connection that closed too early."""

    def __init__(self, start: bytes, announced: int) -> None:
        self._start = start
        self._announced = announced

    def __iter__(self) -> Iterator[bytes]:
        yield self._start
        raise self._closed_early()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._start
        raise self._closed_early()

    def _closed_early(self) -> httpx.RemoteProtocolError:
        return httpx.RemoteProtocolError(
            "peer closed connection without sending complete message body"
            f" (received {len(self._start)} bytes, expected {self._announced})"
        )


def _from_httpx(request: httpx.Request, body: bytes) -> Request:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return Request(request.method, path, query, headers, body, request.url.scheme)


def _read_timeout(request: httpx.Request) -> float | None:
    timeouts = cast("dict[str, float | None]", request.extensions.get("timeout", {}))
    return timeouts.get("read")


def _waited(request: httpx.Request, delay: float) -> float:
    """Return how long the client waits for a response with this delay."""
    limit = _read_timeout(request)
    return delay if limit is None else min(delay, limit)


def _to_httpx(request: httpx.Request, answer: EmulatorResponse) -> httpx.Response:
    delivery = answer.delivery
    if _waited(request, delivery.delay) < delivery.delay:
        raise httpx.ReadTimeout("The read operation timed out", request=request)
    if delivery.lost:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
    if delivery.cut_after is None:
        return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)
    headers = [*answer.headers, ("content-length", str(len(answer.body)))]
    stream = _BrokenOff(answer.body[: delivery.cut_after], len(answer.body))
    return httpx.Response(answer.status, headers=headers, stream=stream)

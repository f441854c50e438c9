"""The emulator's doors for httpx: a client calls it in its own process, without a socket."""

from __future__ import annotations

import httpx

from carrierx.emulator.core import Emulator
from carrierx.emulator.wire import Request, Response


class EmulatorTransport(httpx.BaseTransport):
    """Lets an `httpx.Client` talk to an emulator, whatever host it calls.

    Args:
        emulator: The emulator; it stays the caller's to close.

    Example:
        >>> client = httpx.Client(transport=EmulatorTransport(emulator))
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of httpx."""
        return _to_httpx(self._emulator.handle(_from_httpx(request, request.read())))


class AsyncEmulatorTransport(httpx.AsyncBaseTransport):
    """Lets an `httpx.AsyncClient` talk to an emulator, whatever host it calls.

    The emulator works on the event loop itself, for the short time that its database takes.

    Args:
        emulator: The emulator; it stays the caller's to close.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of httpx."""
        return _to_httpx(self._emulator.handle(_from_httpx(request, await request.aread())))


def _from_httpx(request: httpx.Request, body: bytes) -> Request:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return Request(request.method, path, query, headers, body, request.url.scheme)


def _to_httpx(response: Response) -> httpx.Response:
    return httpx.Response(response.status, headers=list(response.headers), content=response.body)

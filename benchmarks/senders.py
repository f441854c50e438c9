"""Ways to send one message. Each imports only what it measures, because each runs in its own process.

The argument is the stub server's port. The name of an async one starts with `async`.
"""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from typing import TypeAlias

from benchmarks.stub import FROM, MESSAGE, TO, TOKEN, api_url

SyncSend: TypeAlias = Callable[[], object]
AsyncSend: TypeAlias = Callable[[], Awaitable[object]]
OpenSync: TypeAlias = Callable[[int], AbstractContextManager[SyncSend]]
OpenAsync: TypeAlias = Callable[[int], AbstractAsyncContextManager[AsyncSend]]

_FIELDS = {"from": FROM, "to": TO, "message": MESSAGE}
_HEADERS = {"Authorization": f"Bearer {TOKEN}"}
SEGMENTED = ("The quick brown fox jumps over the lazy dog. 0123456789 times! " * 3)[:160]


@contextmanager
def raw_socket(port: int) -> Generator[SyncSend]:
    """Write a prepared request and read the response's bytes: the lower bound."""
    body = json.dumps(_FIELDS)
    request = "\r\n".join(
        (
            "POST /core/v2/sms/messages HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Authorization: Bearer {TOKEN}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "",
            body,
        )
    ).encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def send() -> object:
            connection.sendall(request)
            response = connection.recv(65536)
            if not response.startswith(b"HTTP/1.1 200"):
                raise SystemExit("the stub server did not answer 200")
            return response

        yield send


@contextmanager
def httpx_by_hand(port: int) -> Generator[SyncSend]:
    """Send with one `httpx.Client`."""
    import httpx

    url = f"{api_url(port)}/sms/messages"
    with httpx.Client() as client:
        yield lambda: client.post(url, json=_FIELDS, headers=_HEADERS).json()


@asynccontextmanager
async def async_httpx_by_hand(port: int) -> AsyncGenerator[AsyncSend]:
    """Send with one `httpx.AsyncClient` with default settings, which keeps 20 connections alive."""
    import httpx

    url = f"{api_url(port)}/sms/messages"
    async with httpx.AsyncClient() as client:

        async def send() -> object:
            return (await client.post(url, json=_FIELDS, headers=_HEADERS)).json()

        yield send


@contextmanager
def ours(port: int) -> Generator[SyncSend]:
    """Send with a `CarrierXClient` with default settings."""
    from carrierx import CarrierXClient

    with CarrierXClient(TOKEN, base_url=api_url(port)) as client:
        messages = client.messages
        yield lambda: messages.send(from_=FROM, to=TO, message=MESSAGE)


@contextmanager
def ours_with_telemetry(port: int) -> Generator[SyncSend]:
    """Send with spans and metrics of OpenTelemetry's SDK, whose spans are discarded when they end."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider

    from carrierx import CarrierXClient
    from carrierx.otel import OpenTelemetry

    telemetry = OpenTelemetry(tracer_provider=TracerProvider(), meter_provider=MeterProvider([InMemoryMetricReader()]))
    with CarrierXClient(TOKEN, base_url=api_url(port), telemetry=telemetry) as client:
        messages = client.messages
        yield lambda: messages.send(from_=FROM, to=TO, message=MESSAGE)


@asynccontextmanager
async def async_ours(port: int) -> AsyncGenerator[AsyncSend]:
    """Send with an `AsyncCarrierXClient` with default settings."""
    from carrierx import AsyncCarrierXClient

    async with AsyncCarrierXClient(TOKEN, base_url=api_url(port)) as client:
        messages = client.messages
        yield lambda: messages.send(from_=FROM, to=TO, message=MESSAGE)


@asynccontextmanager
async def async_ours_over_aiohttp(port: int) -> AsyncGenerator[AsyncSend]:
    """Send over aiohttp."""
    from carrierx import AsyncCarrierXClient

    async with AsyncCarrierXClient(TOKEN, base_url=api_url(port), async_backend="aiohttp") as client:
        messages = client.messages
        yield lambda: messages.send(from_=FROM, to=TO, message=MESSAGE)


@contextmanager
def our_segments(_port: int) -> Generator[SyncSend]:
    """Count the segments of 160 ASCII characters. Nothing is sent."""
    from carrierx import segments

    assert segments(SEGMENTED).count == 1
    yield partial(segments, SEGMENTED)

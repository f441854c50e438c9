"""carrierx as its users call it: a client that stays open, `messages.send(from_=..., to=..., message=...)`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

from benchmarks.answers import CARRIERX_PATH, FROM, MESSAGE, TO, TOKEN
from benchmarks.measuring import AsyncSend, SyncSend
from benchmarks.promise import check_promise, check_promise_async
from carrierx import AsyncCarrierXClient, CarrierXClient

__all__ = ["async_aiohttp", "async_client", "async_httpx2", "sync", "sync_httpx2"]


def _base_url(port: int) -> str:
    return f"http://127.0.0.1:{port}{CARRIERX_PATH}"


@contextmanager
def _sending(client: CarrierXClient, port: int) -> Generator[SyncSend]:
    messages = client.messages

    def send() -> object:
        return messages.send(from_=FROM, to=TO, message=MESSAGE)

    yield send
    check_promise(client, port)


@asynccontextmanager
async def _sending_async(client: AsyncCarrierXClient, port: int) -> AsyncGenerator[AsyncSend]:
    messages = client.messages

    async def send() -> object:
        return await messages.send(from_=FROM, to=TO, message=MESSAGE)

    yield send
    await check_promise_async(client, port)


@contextmanager
def sync(port: int) -> Generator[SyncSend]:
    """Send with a `CarrierXClient` with default settings."""
    with CarrierXClient(TOKEN, base_url=_base_url(port)) as client, _sending(client, port) as send:
        yield send


@contextmanager
def sync_httpx2(port: int) -> Generator[SyncSend]:
    """Send over an injected `httpx2.Client`."""
    import httpx2

    with (
        httpx2.Client() as injected,
        CarrierXClient(TOKEN, base_url=_base_url(port), http_client=injected) as client,  # type: ignore[arg-type]
        _sending(client, port) as send,
    ):
        yield send


@asynccontextmanager
async def async_client(port: int) -> AsyncGenerator[AsyncSend]:
    """Send with an `AsyncCarrierXClient` with default settings."""
    async with (
        AsyncCarrierXClient(TOKEN, base_url=_base_url(port)) as client,
        _sending_async(client, port) as send,
    ):
        yield send


@asynccontextmanager
async def async_aiohttp(port: int) -> AsyncGenerator[AsyncSend]:
    """Send over aiohttp."""
    async with (
        AsyncCarrierXClient(TOKEN, base_url=_base_url(port), async_backend="aiohttp") as client,
        _sending_async(client, port) as send,
    ):
        yield send


@asynccontextmanager
async def async_httpx2(port: int) -> AsyncGenerator[AsyncSend]:
    """Send over an injected `httpx2.AsyncClient`."""
    import httpx2

    async with (
        httpx2.AsyncClient() as injected,
        AsyncCarrierXClient(TOKEN, base_url=_base_url(port), http_client=injected) as client,  # type: ignore[arg-type]
        _sending_async(client, port) as send,
    ):
        yield send

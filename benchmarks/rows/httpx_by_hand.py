"""httpx by hand: a client that stays open, `post(url, json=..., headers=...)`, `.json()`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import httpx

from benchmarks.answers import CARRIERX_PATH, FROM, MESSAGE, TO, TOKEN
from benchmarks.measuring import AsyncSend, SyncSend

__all__ = ["async_client", "async_client_keeping_all", "sync"]

_HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}{CARRIERX_PATH}/sms/messages"


@contextmanager
def sync(port: int) -> Generator[SyncSend]:
    """Send with one `httpx.Client`."""
    url = _url(port)
    with httpx.Client() as client:

        def send() -> object:
            return client.post(url, json={"from": FROM, "to": TO, "message": MESSAGE}, headers=_HEADERS).json()

        yield send


@asynccontextmanager
async def async_client(port: int) -> AsyncGenerator[AsyncSend]:
    """Send with one `httpx.AsyncClient` with default settings, which keeps 20 connections alive."""
    async with httpx.AsyncClient() as client:
        yield _async_send(client, port)


@asynccontextmanager
async def async_client_keeping_all(port: int) -> AsyncGenerator[AsyncSend]:
    """Send with an `httpx.AsyncClient` that keeps 100 connections alive."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(limits=limits) as client:
        yield _async_send(client, port)


def _async_send(client: httpx.AsyncClient, port: int) -> AsyncSend:
    url = _url(port)

    async def send() -> object:
        answer = await client.post(url, json={"from": FROM, "to": TO, "message": MESSAGE}, headers=_HEADERS)
        return answer.json()

    return send

"""The default clients' sessions: real clients of httpx, over connections of our own."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from typing import Any

import httpcore
import httpx
import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, ConfigurationError, SendOutcomeUnknownError
from carrierx.emulator import DEMO_TOKEN
from carrierx.transport.httpx_session import AsyncSession, Session
from carrierx.transport.tls_and_proxy import ConnectionSettings
from tests.support.behaviours import respond_sms
from tests.support.client_factory import ClientFactory
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS

PLAIN = ConnectionSettings(max_connections=2, proxy=None, tls_context=None)


def private(thing: object, name: str) -> Any:
    return getattr(thing, name)


def test_what_our_transport_replaces_is_all_that_httpxs_has() -> None:
    """If httpx keeps anything else than its pool, or names it otherwise, ours needs it too."""
    for theirs, session in ((httpx.HTTPTransport(), Session(PLAIN)), (httpx.AsyncHTTPTransport(), AsyncSession(PLAIN))):
        ours = private(session, "_transport")
        assert list(private(theirs, "__dict__")) == list(private(ours, "__dict__")) == ["_pool"]
        assert isinstance(ours, type(theirs))
        for method in ("handle_request", "handle_async_request"):
            assert getattr(type(ours), method, None) is getattr(type(theirs), method, None)


def test_the_pool_of_a_slot_has_no_lock_that_could_stay_locked() -> None:
    """If httpcore names its lock otherwise, replacing it would do nothing."""
    assert hasattr(httpcore.ConnectionPool(), "_optional_thread_lock")
    slots = private(private(Session(PLAIN), "_connections"), "_slots")
    lock = private(slots.acquire(0).pool, "_optional_thread_lock")
    assert isinstance(lock, contextlib.nullcontext)


def test_a_server_that_sets_cookies_gets_none_back(factory: ClientFactory) -> None:
    with FaultServer(respond_sms(headers=[("Set-Cookie", "session=17")])) as server:
        client = factory.at(server.base_url)
        for _ in range(2):
            client.send(**SMS)
        assert [request.header("cookie") for request in server.requests] == [None, None]


def test_a_send_goes_through_the_public_send_of_an_httpx_client(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def answer(self: httpx.Client, request: httpx.Request, **keywords: object) -> httpx.Response:
        seen.append(f"{isinstance(self, httpx.AsyncClient)} {request.method} {request.url.path}")
        return httpx.Response(200, json={"message_sid": "sid"}, request=request)

    async def answer_async(self: httpx.AsyncClient, request: httpx.Request, **keywords: object) -> httpx.Response:
        return answer(self, request)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(httpx.Client, "send", answer)
    monkeypatch.setattr(httpx.AsyncClient, "send", answer_async)
    with CarrierXClient(DEMO_TOKEN) as client:
        assert client.messages.send(**SMS).message_sid == "sid"

    async def scene() -> None:
        async with AsyncCarrierXClient(DEMO_TOKEN) as async_client:
            assert (await async_client.messages.send(**SMS)).message_sid == "sid"

    asyncio.run(scene())
    assert seen == ["False POST /core/v2/sms/messages", "True POST /core/v2/sms/messages"]


FIRST_SEND = """
import asyncio, sys
from carrierx import {client}
SMS = dict(from_="15162065575", to="15162065574", message="See you at noon")
options = dict(base_url=sys.argv[1], {options})
def new(before):
    return sorted(name for name in sys.modules.keys() - before)
def sync():
    with CarrierXClient("token", **options) as client:
        before = set(sys.modules)
        client.messages.send(**SMS)
        print(*new(before), end="")
async def main():
    async with AsyncCarrierXClient("token", **options) as client:
        before = set(sys.modules)
        await client.messages.send(**SMS)
        print(*new(before), end="")
sync() if "{client}" == "CarrierXClient" else asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("client", "options"),
    [
        ("CarrierXClient", ""),
        ("AsyncCarrierXClient", ""),
        ("AsyncCarrierXClient", "async_backend='aiohttp'"),
        ("CarrierXClient", "on_event=lambda event: None, extra_headers={'x-a': 'b'}"),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_first_send_of_a_process_imports_nothing(client: str, options: str, host: str) -> None:
    """An import in the middle of a send blocks the event loop, and a child that is forked meanwhile for good.

    The first attempt is refused, so that the send also waits and makes another one.
    """
    with FaultServer(respond_sms(429, headers=[("Retry-After", "0")]), respond_sms()) as server:
        base_url = server.base_url.replace("127.0.0.1", host)
        done = subprocess.run(
            [sys.executable, "-c", FIRST_SEND.format(client=client, options=options), base_url],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert server.requests_fully_read == 2
    assert done.stdout == ""


def test_a_tool_that_fails_behind_the_answer_uses_no_connection_up(
    factory: ClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle, handle_async = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request
    failing = [True]

    def fail(response: httpx.Response) -> httpx.Response:
        if failing[0]:
            raise LookupError("no trace")
        return response

    async def traced_async(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        return fail(await handle_async(self, request))

    def traced(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return fail(handle(self, request))

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", traced)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", traced_async)
    with FaultServer() as server:
        client = factory.at(server.base_url, max_connections=1, timeout=5, max_retries=0)
        for _ in range(2):
            with pytest.raises(SendOutcomeUnknownError):
                client.send(**SMS)
        failing[0] = False
        assert client.send(**SMS).message_sid
        assert server.requests_fully_read == 3


@pytest.mark.parametrize("host", ["xn--a", "xn--zz--"])
def test_a_host_that_is_no_valid_name_is_told_before_anything_is_sent(factory: ClientFactory, host: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        factory.at(f"https://{host}/core/v2").send(**SMS)

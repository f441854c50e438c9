"""What is particular to `async_backend="aiohttp"`: nobody can tell it by the wire, and nothing goes out twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Literal

import httpx
import pytest

from carrierx import (
    AsyncCarrierXClient,
    Call,
    CarrierXError,
    ConfigurationError,
    ConnectionFailedError,
    ExchangeTimeoutError,
    Outcome,
    SendOutcomeUnknownError,
    TransportError,
)
from tests.support.behaviours import (
    CLOSE,
    STAY_SILENT,
    Behaviour,
    after_whole_request,
    cut_body,
    respond,
    respond_sms,
)
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address
from tests.support.proxy_server import ProxyServer, refuse
from tests.support.scripts import SMS
from tests.support.waits import wait_for_a_request

TOKEN = "0d7a8c3e-token"
BACKENDS: tuple[Literal["httpx", "aiohttp"], ...] = ("httpx", "aiohttp")


def client_of(
    server: FaultServer, backend: Literal["httpx", "aiohttp"] = "aiohttp", **options: float
) -> AsyncCarrierXClient:
    """A client without retries."""
    return AsyncCarrierXClient(
        TOKEN,
        base_url=server.base_url,
        async_backend=backend,
        trust_env=False,
        max_retries=0,
        timeout=options.get("timeout", 10.0),
        max_connections=int(options.get("max_connections", 10)),
    )


CALLS: dict[str, Call[bytes]] = {
    "a send": Call("POST", "/sms/messages", bytes, body={"message": "Gr\u00fc\u00dfe"}),
    "a read": Call("GET", "/sms/messages", bytes, query=[("limit", "10"), ("filter", "a eq b+c&d %2F\u00e4")]),
    "quoted identifiers": Call("GET", "/a%2Fb/%20c%25/%C3%A4/..%2F/x~y'z;v=1", bytes),
    "doubled slashes": Call("GET", "//a//b/", bytes),
    "a send without a body": Call("POST", "/sms/messages/renew", bytes),
    "a change": Call("PUT", "/x", bytes, body=b"<x/>", content_type="text/xml"),
    "a read with a body": Call("GET", "/x", bytes, body=b"{}"),
    "a large body": Call("POST", "/x", bytes, body=b"x" * 300_000),
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_request_looks_the_same_on_the_wire_as_by_the_default_backend(name: str) -> None:
    with FaultServer(respond(200, {})) as server:
        for backend in BACKENDS:
            async with client_of(server, backend) as client:
                await client.execute(CALLS[name], extra_headers={"X-Trace": "7"} if name == "a read" else {})
        default, by_aiohttp = server.requests
    assert (by_aiohttp.method, by_aiohttp.target) == (default.method, default.target)
    assert sorted(by_aiohttp.headers) == sorted(default.headers)
    assert by_aiohttp.body == default.body


async def test_a_deletion_says_that_it_has_no_body() -> None:
    with FaultServer(respond(200, {})) as server:
        for backend in BACKENDS:
            async with client_of(server, backend) as client:
                await client.execute(Call("DELETE", "/x", bytes))
        default, by_aiohttp = server.requests
    assert sorted(by_aiohttp.headers) == sorted([*default.headers, (b"Content-Length", b"0")])


async def test_an_answer_sets_no_cookie_and_is_not_followed() -> None:
    moved = respond(307, {}, headers=[("Location", "/core/v2/other"), ("Set-Cookie", "a=b")])
    with FaultServer(moved) as server:
        async with client_of(server) as client:
            for _ in range(2):
                with pytest.raises(CarrierXError):
                    await client.messages.send(**SMS)
        assert [request.header("cookie") for request in server.requests] == [None, None]


NOT_REPEATABLE: dict[str, Call[bytes]] = {
    "a send": Call("POST", "/sms/messages", bytes, body=b"{}"),
    "a send without a body": Call("POST", "/sms/messages", bytes),
    "a deletion that must not be repeated": Call("DELETE", "/x", bytes, repeatable=False),
    "a change that must not be repeated": Call("PUT", "/x", bytes, body=b"{}", repeatable=False),
    "a read that must not be repeated": Call("GET", "/x", bytes, repeatable=False),
}


@pytest.mark.parametrize("name", NOT_REPEATABLE)
async def test_what_must_not_be_repeated_is_not_when_a_kept_connection_breaks(name: str) -> None:
    with FaultServer(respond(200, {}), after_whole_request(CLOSE)) as server:
        async with client_of(server) as client:
            await client.execute(Call("GET", "/x", bytes))
            with pytest.raises(SendOutcomeUnknownError):
                await client.execute(NOT_REPEATABLE[name])
        await server.settled()
        assert server.requests_fully_read == 2


async def test_a_connection_that_the_server_has_closed_meanwhile_is_not_used() -> None:
    with FaultServer(after_whole_request_then_close()) as server:
        async with client_of(server) as client:
            for _ in range(3):
                await client.messages.send(**SMS)
                await server.settled()
        assert (server.requests_fully_read, server.connections) == (3, 3)


def after_whole_request_then_close() -> Behaviour:
    """A whole response, and the end of the connection, without a word about it."""
    answer = respond_sms()
    return Behaviour("answer and close", (*answer.steps, CLOSE))


@pytest.mark.parametrize(
    "hanging",
    [after_whole_request(STAY_SILENT), cut_body(b'{"message_sid": "1"}', 9, STAY_SILENT)],
    ids=["no response", "half a response"],
)
async def test_a_cancelled_send_gives_up_its_connection(hanging: Behaviour) -> None:
    with FaultServer(hanging, respond_sms()) as server:
        async with client_of(server, max_connections=1) as client:
            sending = asyncio.ensure_future(client.messages.send(**SMS))
            await asyncio.to_thread(wait_for_a_request, server)
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending
            assert sending.cancelled()
            await client.messages.send(**SMS)
        assert (server.requests_fully_read, server.connections) == (2, 2)


async def test_waiting_for_a_free_connection_is_told_from_connecting() -> None:
    with FaultServer(after_whole_request(STAY_SILENT)) as server:
        async with client_of(server, max_connections=1) as client:
            first = asyncio.ensure_future(client.messages.send(**SMS))
            await asyncio.to_thread(wait_for_a_request, server)
            with pytest.raises(ExchangeTimeoutError, match="max_connections") as caught:
                await client.with_options(timeout=0.05).messages.send(**SMS)
            first.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await first
    assert caught.value.outcome is Outcome.NOT_SENT
    assert type(caught.value.__cause__) is httpx.PoolTimeout


async def test_a_failure_is_told_in_the_words_of_httpx_and_without_the_request() -> None:
    with refusing_address() as address:
        async with AsyncCarrierXClient(
            TOKEN, base_url=f"http://{address.host}:{address.port}", async_backend="aiohttp", max_retries=0
        ) as client:
            with pytest.raises(ConnectionFailedError) as caught:
                await client.messages.send(**SMS)
    assert type(caught.value.__cause__) is httpx.ConnectError
    assert not any(type(link).__module__.startswith("aiohttp") for link in chain(caught.value))


async def test_a_proxy_gets_its_password_and_no_error_has_it() -> None:
    with FaultServer(use_tls=True) as server, ProxyServer(refuse(502)) as proxy:
        url = proxy.url.replace("://", "://carl:secret-word@")
        async with AsyncCarrierXClient(
            TOKEN, base_url=server.base_url, proxy=url, async_backend="aiohttp", max_retries=0
        ) as client:
            with pytest.raises(TransportError) as caught:
                await client.messages.send(**SMS)
        asked = proxy.requests[0]
    assert asked.header("proxy-authorization") == "Basic Y2FybDpzZWNyZXQtd29yZA=="
    assert asked.header("authorization") is None
    shown = [f"{link!r} {link} {link.__dict__}" for link in chain(caught.value)]
    assert not [words for words in shown if "secret-word" in words or TOKEN in words]


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error and everything that it was made from."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_a_socks_proxy_is_refused_before_it_hears_the_token(scheme: str) -> None:
    with FaultServer() as server:
        async with AsyncCarrierXClient(
            TOKEN,
            base_url="http://sms.example",
            allow_http=True,
            proxy=f"{scheme}://{server.host}:{server.port}",
            async_backend="aiohttp",
        ) as client:
            with pytest.raises(ConfigurationError, match="SOCKS"):
                await client.messages.send(**SMS)
        assert server.connections == 0

"""Bytes that follow a response: no later send takes them for its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import httpcore
import pytest

from carrierx import APIError, AsyncCarrierXClient, CarrierXError, Outcome
from carrierx.emulator import DEMO_TOKEN
from carrierx.transport.watched_network import ReceivedBytes, WatchedAsyncStream
from tests.support import tls
from tests.support.behaviours import pause, respond_raw, respond_sms, send
from tests.support.client_factory import ClientFactory
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS


def answer(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def sms(message_sid: str, **fields: str) -> bytes:
    return json.dumps({"message_sid": message_sid, "status": "queued", **fields}).encode()


def chunked(body: bytes, *, trailer: bytes = b"") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    half = len(body) // 2
    chunks = (b"%x;note=1\r\n%b\r\n" % (len(part), part) for part in (body[:half], body[half:]))
    return head + b"".join(chunks) + b"0\r\n" + trailer + b"\r\n"


STRAYS = {
    "a refusal to try again later": answer("429 Too Many Requests", b'{"message": "slow down"}'),
    "a refusal": answer("400 Bad Request", b'{"message": "no such DID"}'),
    "a receipt of another message": answer("200 OK", sms("someone-elses")),
    "a few bytes": b"\r\n",
}
FIRSTS = {
    "with a length": answer("200 OK", sms("first")),
    "in chunks": chunked(sms("first")),
    "without a body": b"HTTP/1.1 204 No Content\r\n\r\n",
}

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
LF_HEAD = HEAD.replace(b"\r\n", b"\n")
LENGTH_TWO = [(b"Content-Length", b"2")]


@pytest.fixture(params=[False, True], ids=["plain", "TLS"])
def use_tls(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def sids(client: ClientFactory, server: FaultServer, count: int) -> Iterator[str]:
    """Send some messages; give each one's SID, or what became of it."""
    driven = client.at(server.base_url, token=DEMO_TOKEN, ssl_context=tls.client_context())
    for _ in range(count):
        try:
            yield driven.send(**SMS).message_sid
        except CarrierXError as error:
            yield f"{type(error).__name__}: {error.outcome}"


@pytest.mark.parametrize("stray", STRAYS)
@pytest.mark.parametrize("first", ["with a length", "in chunks"])
def test_what_follows_an_answer_is_not_the_answer_to_the_next_send(
    factory: ClientFactory, first: str, stray: str, use_tls: bool
) -> None:
    own = respond_sms(message_sid="second")
    with FaultServer(respond_raw(FIRSTS[first] + STRAYS[stray]), own, use_tls=use_tls) as server:
        assert list(sids(factory, server, 2)) == ["first", "second"]
        assert (server.requests_fully_read, server.connections) == (2, 2)


class InMemory(httpcore.AsyncNetworkStream):
    """A connection with TLS over memory, as event loops have it: all that has come was taken off the network."""

    def __init__(self, *records: bytes) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls.client_context().wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        server = tls.server_context(tls.LOOPBACK_NAMES).wrap_bio(outgoing, incoming, server_side=True)
        for side in (self._tls, server, self._tls, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
        for record in records:
            server.write(record)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._tls.read(max_bytes)

    def get_extra_info(self, info: str) -> Any:
        return {"ssl_object": self._tls}.get(info)


@pytest.mark.parametrize(("stray", "at_end"), [([], True), ([STRAYS["a refusal"]], False)], ids=["alone", "and more"])
async def test_a_record_of_tls_that_waits_behind_an_answer_keeps_the_connection_from_further_use(
    stray: list[bytes], at_end: bool
) -> None:
    stream = WatchedAsyncStream(InMemory(HEAD + b"{}", *stray), WeakSet(), has_tls=True)
    assert await stream.read(65_536) == HEAD + b"{}"
    assert stream.ends_with_response(b"POST", 200, LENGTH_TWO) is at_end


@pytest.mark.parametrize("first", ["with a length", "in chunks"])
def test_an_answer_that_nothing_follows_leaves_its_connection_to_the_next_send(
    factory: ClientFactory, first: str, use_tls: bool
) -> None:
    with FaultServer(respond_raw(FIRSTS[first]), use_tls=use_tls) as server:
        assert list(sids(factory, server, 3)) == ["first"] * 3
        assert (server.requests_fully_read, server.connections) == (3, 1)


def test_a_refusal_leaves_its_connection_to_the_next_send_too(factory: ClientFactory) -> None:
    refusal = respond_raw(answer("422 Unprocessable Entity", b'{"message": "no such DID"}'))
    with FaultServer(refusal) as server:
        driven = factory.at(server.base_url)
        for _ in range(2):
            with pytest.raises(APIError) as caught:
                driven.send(**SMS)
            assert caught.value.outcome is Outcome.REJECTED
        assert server.connections == 1


CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
ENDS: list[tuple[str, list[bytes], bytes, int, list[tuple[bytes, bytes]], bool]] = [
    ("a stated length", [HEAD + b"{}"], b"POST", 200, LENGTH_TWO, True),
    ("in several reads", [HEAD[:9], HEAD[9:-1], HEAD[-1:] + b"{", b"}"], b"POST", 200, LENGTH_TWO, True),
    ("one byte more", [HEAD + b"{}\n"], b"POST", 200, LENGTH_TWO, False),
    ("one byte less", [HEAD + b"{"], b"POST", 200, LENGTH_TWO, False),
    ("two lengths", [HEAD + b"{}"], b"POST", 200, [*LENGTH_TWO, (b"content-length", b"3")], False),
    ("a length that is none", [HEAD + b"{}"], b"POST", 200, [(b"Content-Length", b"+2")], False),
    ("no length", [b"HTTP/1.1 200 OK\r\n\r\n{}"], b"GET", 200, [], False),
    ("HEAD", [HEAD], b"HEAD", 200, LENGTH_TWO, True),
    ("HEAD, and a body", [HEAD + b"{}"], b"HEAD", 200, LENGTH_TWO, False),
    ("204", [b"HTTP/1.1 204 No Content\r\n\r\n"], b"DELETE", 204, [], True),
    ("304, and more", [b"HTTP/1.1 304 Not Modified\r\n\r\nHTTP/1.1"], b"GET", 304, [], False),
    (
        "an informational answer first",
        [b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD + b"{}"],
        b"POST",
        200,
        LENGTH_TWO,
        False,
    ),
    ("lines that end with one byte", [LF_HEAD + b"{}"], b"POST", 200, LENGTH_TWO, True),
    (
        "such lines, and another response",
        [HEAD.replace(b"\r\n", b"\n") + b"{}" + HEAD + b"{}"],
        b"POST",
        200,
        LENGTH_TWO,
        False,
    ),
    (
        "a proxy called chunked",
        [HEAD.replace(b"\r\n\r", b"\r\nVia: chunked\r\n\r") + b"{}"],
        b"POST",
        200,
        LENGTH_TWO,
        True,
    ),
    ("chunks", [CHUNKS + b"2\r\n{}\r\n0\r\n\r\n"], b"POST", 200, [], True),
    ("chunks in pieces", [CHUNKS + b"2\r\n{", b"}\r\n0\r", b"\n\r\n"], b"POST", 200, [], True),
    ("chunks with extensions and trailers", [CHUNKS + b"2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n"], b"POST", 200, [], True),
    ("chunks, and a response that ends alike", [CHUNKS + b"2\r\n{}\r\n0\r\n\r\n" * 2], b"POST", 200, [], False),
    ("chunks that break off", [CHUNKS + b"2\r\n{}\r\n0\r\n"], b"POST", 200, [], False),
    ("chunks of no size", [CHUNKS + b"x\r\n{}\r\n0\r\n\r\n"], b"POST", 200, [], False),
    ("chunks of a negative size", [CHUNKS + b"-2\r\n{}\r\n0\r\n\r\n"], b"POST", 200, [], False),
    ("nothing at all", [], b"POST", 200, LENGTH_TWO, False),
]


@pytest.mark.parametrize(
    ("reads", "method", "status", "headers", "ends"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS]
)
def test_a_connection_is_at_the_end_of_its_answer_only_where_the_count_proves_it(
    reads: list[bytes], method: bytes, status: int, headers: list[tuple[bytes, bytes]], ends: bool
) -> None:
    received = ReceivedBytes()
    for data in reads:
        received.add(data, 65_536)
    assert received.end_with_response(method, status, headers) is ends


def test_a_read_that_was_filled_to_the_brim_proves_nothing() -> None:
    received = ReceivedBytes()
    received.add(HEAD + b"{}", len(HEAD) + 2)
    assert not received.end_with_response(b"POST", 200, LENGTH_TWO)


def test_the_count_begins_again_with_the_next_request() -> None:
    received = ReceivedBytes()
    received.add(HEAD + b"{} and more", 65_536)
    received.clear()
    received.add(HEAD + b"{}", 65_536)
    assert received.end_with_response(b"POST", 200, LENGTH_TWO)


@pytest.mark.parametrize("stray", STRAYS)
async def test_over_aiohttp_what_follows_an_answer_is_not_the_answer_to_the_next_send(stray: str) -> None:
    first, own = respond_raw(FIRSTS["with a length"] + STRAYS[stray]), respond_sms(message_sid="second")
    with FaultServer(first, own) as server:
        async with AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, async_backend="aiohttp") as client:
            assert [(await client.messages.send(**SMS)).message_sid for _ in range(2)] == ["first", "second"]


@pytest.mark.parametrize("stray", STRAYS)
async def test_over_aiohttp_what_came_while_the_connection_was_idle_is_not_the_answer_to_the_next_send(
    stray: str,
) -> None:
    first = respond_raw(FIRSTS["with a length"], pause(0.05), send(STRAYS[stray]))
    with FaultServer(first, respond_sms(message_sid="second")) as server:
        async with AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, async_backend="aiohttp") as client:
            assert (await client.messages.send(**SMS)).message_sid == "first"
            await asyncio.sleep(0.3)
            assert (await client.messages.send(**SMS)).message_sid == "second"
        assert server.requests_fully_read == 2


async def test_over_aiohttp_one_connection_serves_one_send_after_the_other() -> None:
    with FaultServer() as server:
        async with AsyncCarrierXClient(DEMO_TOKEN, base_url=server.base_url, async_backend="aiohttp") as client:
            for _ in range(5):
                await client.messages.send(**SMS)
        assert (server.requests_fully_read, server.connections) == (5, 1)

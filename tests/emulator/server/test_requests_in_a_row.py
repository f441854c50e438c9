"""Unusual requests over real sockets: several at once, invalid ones, and those that would change the protocol."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import cast

import httpx
import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, serve
from carrierx.emulator.server.connection import SeverableConnection
from tests.emulator.helpers import SMS

LIMIT = 0.2
PATIENCE = 20.0
BODY = json.dumps(dict(SMS)).encode()
START = b"POST /core/v2/sms/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
AUTHORIZATION = f"Authorization: Bearer {DEMO_TOKEN}\r\n".encode()
HEAD = START + AUTHORIZATION
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n"


def a_send(more: bytes = b"", body: bytes = BODY) -> bytes:
    return HEAD + more + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


CLOSING = a_send(b"Connection: close\r\n")


@pytest.fixture
def address(emulator: Emulator) -> Iterator[tuple[str, int]]:
    with serve(emulator) as running:
        url = httpx.URL(running.base_url)
        yield url.host, url.port or 0


def shorten(monkeypatch: pytest.MonkeyPatch, *names: str, seconds: float = LIMIT) -> None:
    for name in names:
        monkeypatch.setattr(f"carrierx.emulator.server.connection.{name}", seconds)


def answers_to(address: tuple[str, int], data: bytes) -> bytes:
    """Return what the server sends until it closes the connection."""
    with socket.create_connection(address) as connection:
        connection.settimeout(PATIENCE)
        writer = threading.Thread(target=connection.sendall, args=(data,))
        writer.start()
        received = b""
        while part := connection.recv(65_536):
            received += part
        writer.join()
    return received


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1.1 (\d+) ", received)]


def handlers() -> int:
    """Return the number of requests that servers of this process handle."""
    # isinstance() would ask each object for its class, which proxies such as Django's settings answer with an error.
    found = [cast("asyncio.Task[object]", each) for each in gc.get_objects() if issubclass(type(each), asyncio.Task)]
    return sum("run_asgi" in repr(task) for task in found if not task.done())


def test_many_requests_that_are_sent_at_once_are_all_answered(address: tuple[str, int], emulator: Emulator) -> None:
    received = answers_to(address, a_send() * 1500 + CLOSING)

    assert statuses(received) == [200] * 1501
    assert len(emulator.messages) == 1501


def test_requests_that_are_sent_at_once_do_not_fill_the_memory(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[int] = []
    begin = SeverableConnection.on_headers_complete

    def begin_and_count(connection: SeverableConnection) -> None:
        begin(connection)
        waiting.append(len(connection.pipeline))

    monkeypatch.setattr(SeverableConnection, "on_headers_complete", begin_and_count)
    unknown = b"GET /unknown HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-Filler: " + b"x" * 1000 + b"\r\n\r\n"
    received = answers_to(address, unknown * 1999 + unknown.replace(b"X-Filler:", b"Connection: close\r\nX-Filler:"))

    assert statuses(received) == [404] * 2000
    assert max(waiting) < 500  # as many as come at a time


@pytest.mark.parametrize("fault", ["lose_answer", "truncate_answer"])
def test_a_request_behind_one_without_a_whole_answer_leaves_nothing_running(
    address: tuple[str, int], emulator: Emulator, fault: str
) -> None:
    add: Callable[..., object] = getattr(emulator.faults, fault)
    add(times=1)
    before = handlers()
    answers_to(address, a_send() * 2)
    deadline = time.monotonic() + 2
    while handlers() > before and time.monotonic() < deadline:
        time.sleep(LIMIT / 10)

    assert handlers() <= before
    assert len(emulator.messages) == 1


def test_an_answer_comes_before_the_refusal_of_an_invalid_request(address: tuple[str, int], emulator: Emulator) -> None:
    received = answers_to(address, a_send() + b"INVALID\r\n\r\n")

    assert statuses(received) == [200, 400]
    assert received.endswith(b"\r\n\r\nInvalid HTTP request received.")
    assert len(emulator.messages) == 1


@pytest.mark.parametrize("start", [a_send()[:30], a_send()[:-2]], ids=["head", "body"])
def test_an_answer_comes_before_the_refusal_of_a_slow_request(
    address: tuple[str, int],
    monkeypatch: pytest.MonkeyPatch,
    emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
    start: bytes,
) -> None:
    shorten(monkeypatch, "HEAD_SECONDS", "BODY_SECONDS")
    emulator.faults.delay(LIMIT * 4, times=1)
    received = answers_to(address, a_send() + start)

    assert statuses(received) == [200, 408]
    assert len(emulator.messages) == 1
    assert caplog.records == []


def test_a_request_that_the_server_does_not_read_yet_is_not_slow(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    shorten(monkeypatch, "HEAD_SECONDS", "BODY_SECONDS", seconds=LIMIT * 4)
    emulator.faults.delay(LIMIT * 10, times=1)
    large = a_send(b"Connection: close\r\n", BODY + b" " * 900_000)

    assert statuses(answers_to(address, a_send() + large)) == [200, 200]


@pytest.mark.parametrize("before", [b"", a_send()], ids=["at the start", "after a request"])
def test_who_sends_empty_lines_is_let_go(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, before: bytes
) -> None:
    shorten(monkeypatch, "HEAD_SECONDS")
    with socket.create_connection(address) as connection:
        connection.settimeout(8)
        if before:
            connection.sendall(before)
            assert connection.recv(65_536)
        connection.sendall(b"\r\n")

        assert connection.recv(65_536) == b""


def test_who_ends_a_large_body_after_its_refusal_is_let_go(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    shorten(monkeypatch, "HEAD_SECONDS")
    received = answers_to(address, a_send(body=b"x" * emulator.config.max_body_bytes * 20))

    assert statuses(received) == [413]


@pytest.mark.parametrize("more", [UPGRADE, b"Connection: Upgrade\r\nUpgrade: websocket\r\n"], ids=["h2c", "websocket"])
def test_a_request_that_offers_another_protocol_is_answered_like_any_other(
    address: tuple[str, int], emulator: Emulator, caplog: pytest.LogCaptureFixture, more: bytes
) -> None:
    upgrading = a_send(more)
    with socket.create_connection(address) as connection:
        connection.settimeout(PATIENCE)
        connection.sendall(upgrading[:-10])
        time.sleep(LIMIT / 4)
        connection.sendall(upgrading[-10:])

        assert statuses(connection.recv(65_536)) == [200]
    assert statuses(answers_to(address, upgrading + CLOSING)) == [200, 200]
    assert len(emulator.messages) == 3
    assert caplog.records == []


@pytest.mark.parametrize("target", [b"example.com:443", b"/core/v2/sms/messages"])
def test_the_server_is_no_proxy(address: tuple[str, int], target: bytes) -> None:
    assert statuses(answers_to(address, b"CONNECT " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")) == [400]


def test_lines_after_a_body_are_no_headers(address: tuple[str, int], emulator: Emulator) -> None:
    chunk = f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n"
    head = START + b"Connection: close\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n"
    received = answers_to(address, head + chunk + b"0\r\n" + AUTHORIZATION + b"\r\n")

    assert statuses(received) == [401]
    assert emulator.messages == []


def test_who_sends_an_invalid_request_can_read_its_refusal(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    received = answers_to(address, b"INVALID\r\n\r\n" + b"x" * 3_000_000)

    assert statuses(received) == [400]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "Invalid HTTP request received.")
    ]

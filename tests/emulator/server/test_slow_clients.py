"""A served emulator cuts off clients that send or read too slowly, over real sockets and with short time limits."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, serve
from tests.emulator.helpers import SMS
from tests.emulator.server.helpers import HEADERS

LIMIT = 0.2
PATIENCE = 20.0
HEAD = f"POST /core/v2/sms/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {DEMO_TOKEN}\r\n".encode()


@pytest.fixture(params=["HEAD_SECONDS", "BODY_SECONDS", "READING_SECONDS"])
def limit(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def address(emulator: Emulator) -> Iterator[tuple[str, int]]:
    with serve(emulator) as running:
        url = httpx.URL(running.base_url)
        yield url.host, url.port or 0


def shorten(monkeypatch: pytest.MonkeyPatch, name: str, seconds: float = LIMIT) -> None:
    monkeypatch.setattr(f"carrierx.emulator.server.connection.{name}", seconds)


def rest_of(connection: socket.socket) -> bytes:
    """Return what the server sends until it closes the connection."""
    connection.settimeout(PATIENCE)
    received = b""
    while part := connection.recv(65_536):
        received += part
    return received


@pytest.mark.parametrize("start", [HEAD, HEAD[:9]])
def test_a_head_that_never_ends_is_cut_off(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    shorten(monkeypatch, "HEAD_SECONDS")
    with socket.create_connection(address) as connection:
        connection.sendall(start)

        assert rest_of(connection).startswith(b"HTTP/1.1 408 ")


def test_a_head_that_drips_is_cut_off_although_it_never_pauses(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, "HEAD_SECONDS")
    with socket.create_connection(address) as connection:
        connection.setblocking(False)
        deadline = time.monotonic() + PATIENCE
        received = b""
        connection.send(HEAD)
        while not received and time.monotonic() < deadline:
            with suppress(BlockingIOError):
                connection.send(b"x")
                time.sleep(LIMIT / 20)
                received = connection.recv(100)

    assert received.startswith(b"HTTP/1.1 408 ")


def test_who_connects_and_says_nothing_is_let_go(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch, "HEAD_SECONDS")
    with socket.create_connection(address) as connection:
        assert rest_of(connection) == b""


def test_a_second_head_on_a_kept_connection_has_a_limit_too(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, "HEAD_SECONDS")
    with socket.create_connection(address) as connection:
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /open")
        received = rest_of(connection)

    assert received.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in received


def test_a_body_that_never_ends_is_cut_off_and_makes_no_message(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    shorten(monkeypatch, "BODY_SECONDS")
    with socket.create_connection(address) as connection:
        connection.sendall(HEAD + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")

        assert rest_of(connection).startswith(b"HTTP/1.1 408 ")
    assert emulator.messages == []


@pytest.mark.parametrize("rest", [b"x" * 60, b"x" * 99], ids=["in part", "to the end"])
def test_who_goes_on_too_late_can_still_read_the_refusal(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, emulator: Emulator, rest: bytes
) -> None:
    shorten(monkeypatch, "BODY_SECONDS")
    with socket.create_connection(address) as connection:
        connection.sendall(HEAD + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(LIMIT * 2)
        connection.sendall(rest[:40])
        time.sleep(LIMIT)
        connection.sendall(rest[40:])

        received = rest_of(connection)

    assert received.startswith(b"HTTP/1.1 408 ")
    assert received.count(b"HTTP/1.1") == 1
    assert emulator.messages == []


def test_who_never_closes_after_a_refusal_is_cut_off(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch, "HEAD_SECONDS")
    shorten(monkeypatch, "CLOSING_SECONDS")
    with socket.create_connection(address) as connection:
        connection.sendall(HEAD)
        assert rest_of(connection).startswith(b"HTTP/1.1 408 ")
        deadline = time.monotonic() + PATIENCE
        is_open = True
        while is_open and time.monotonic() < deadline:
            try:
                connection.sendall(b"x")
                time.sleep(LIMIT / 4)
            except ConnectionError:
                is_open = False

    assert not is_open


def test_a_slow_body_that_keeps_coming_is_accepted(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    shorten(monkeypatch, "BODY_SECONDS", 1)
    body = json.dumps(dict(SMS)).encode()
    parts = 8
    with socket.create_connection(address) as connection:
        head = f"Connection: close\r\nContent-Type: application/json\r\nContent-Length: {parts + len(body)}\r\n\r\n"
        connection.sendall(HEAD + head.encode())
        for _ in range(parts):
            connection.sendall(b" ")
            time.sleep(0.2)
        connection.sendall(body)

        assert rest_of(connection).startswith(b"HTTP/1.1 200 ")
    assert len(emulator.messages) == 1


def test_who_never_reads_a_large_response_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch, "READING_SECONDS")
    with Emulator(EmulatorConfig(max_file_bytes=60_000_000, quota_bytes=10**9)) as emulator, serve(emulator) as running:
        uploaded = httpx.post(
            f"{running.base_url}/storage/files",
            params={"container_sid": "cb05c1f4-2398-432c-8314-cc306156281c", "name": "large"},
            headers={**HEADERS, "Content-Type": "application/octet-stream"},
            content=b"x" * 50_000_000,
            timeout=PATIENCE,
        ).json()
        url = httpx.URL(running.base_url)
        with socket.create_connection((url.host, url.port or 0)) as connection:
            connection.sendall(f"GET /f/{uploaded['file_sid']} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            connection.settimeout(PATIENCE)
            received = len(connection.recv(1))  # the response has begun
            time.sleep(LIMIT * 3)
            with suppress(ConnectionError):
                while part := connection.recv(1_000_000):
                    received += len(part)

    assert received < 50_000_000


def test_who_is_in_time_notices_no_limit(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, emulator: Emulator, limit: str
) -> None:
    shorten(monkeypatch, limit)
    with httpx.Client(base_url=f"http://{address[0]}:{address[1]}/core/v2", headers=HEADERS) as client:
        first = client.post("/sms/messages", json=dict(SMS))
        time.sleep(LIMIT * 2)
        second = client.post("/sms/messages", json=dict(SMS))

    assert (first.status_code, second.status_code) == (200, 200)
    assert len(emulator.messages) == 2


def test_a_head_without_end_is_refused_before_it_fills_the_memory(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(HEAD + b"x-filler: ")
        with suppress(ConnectionError):
            for _ in range(1000):
                connection.sendall(b"x" * 1000)
        connection.settimeout(PATIENCE)

        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_a_response_arrives_in_one_piece(address: tuple[str, int]) -> None:
    body = json.dumps(SMS).encode()
    with socket.create_connection(address) as connection:
        connection.settimeout(PATIENCE)
        connection.sendall(
            HEAD + f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
        )

        assert connection.recv(65_536).endswith(b"}")

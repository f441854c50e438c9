"""The fault server answers, well or badly, as told."""

import gzip
import time

import httpx
import pytest

from tests.support import behaviours as do
from tests.support.behaviours import CLOSE, RESET, STAY_SILENT, Behaviour
from tests.support.fault_server import FaultServer
from tests.support.raw_client import (
    BODY,
    HEADERS,
    MESSAGE,
    REQUEST,
    assert_says_nothing,
    dial,
    exchange,
)
from tests.support.wire import answer, sms_object

AFTER_THE_WHOLE_REQUEST: list[tuple[Behaviour, bytes]] = [
    (do.after_whole_request(CLOSE), b""),
    (do.respond_garbage(), do.GARBAGE),
    (do.cut_status_line(), b"HTTP/1.1 20"),
    (do.cut_headers(), b"HTTP/1.1 200 OK\r\nContent-Type: applic"),
    (do.cut_body(b"0123456789", 0), answer(200, b"0123456789")[:-10]),
    (do.cut_body(b"0123456789", 4), answer(200, b"0123456789")[:-6]),
    (do.respond_raw(b"anything at all", CLOSE), b"anything at all"),
    (do.respond(200, "whole", close=True), answer(200, "whole", [("Connection", "close")])),
]


@pytest.mark.parametrize(("behaviour", "expected"), AFTER_THE_WHOLE_REQUEST, ids=lambda value: str(value)[:40])
def test_answers_after_the_whole_request(behaviour: Behaviour, expected: bytes) -> None:
    with FaultServer(behaviour) as server:
        assert exchange(server) == expected
        assert [request.body for request in server.requests] == [BODY]


def test_reset_after_the_whole_request() -> None:
    with FaultServer(do.after_whole_request(RESET)) as server:
        with pytest.raises(ConnectionResetError):
            exchange(server)
        assert server.requests_fully_read == 1


def test_silence_after_the_whole_request() -> None:
    with FaultServer(do.after_whole_request(STAY_SILENT)) as server, dial(server) as sock:
        sock.sendall(REQUEST)
        assert_says_nothing(sock)
        assert server.requests_fully_read == 1


def test_raw_answer_on_a_connection_that_stays_open() -> None:
    with FaultServer(do.respond_raw(answer(200, b"ok"))) as server, dial(server) as sock:
        for _ in range(2):
            sock.sendall(REQUEST)
            assert sock.recv(1000) == answer(200, b"ok")
        assert server.connections == 1


def test_cut_chunked_body() -> None:
    with FaultServer(do.cut_chunked_body(b'{"message_sid"')) as server:
        with httpx.Client() as client, pytest.raises(httpx.RemoteProtocolError, match="chunked"):
            client.post(server.base_url, json=MESSAGE)
        assert exchange(server).endswith(b'\r\n\r\ne\r\n{"message_sid"\r\n')


@pytest.mark.parametrize(
    ("behaviour", "start"),
    [(do.drip_headers(0.001), b"HTTP/1.1 200 OK\r\nX-Slow: yes\r\nX-S"), (do.drip_body(0.001), b"HTTP/1.1 200 OK")],
)
def test_dripping_goes_on_a_byte_at_a_time(behaviour: Behaviour, start: bytes) -> None:
    with FaultServer(behaviour) as server, dial(server) as sock:
        sock.sendall(REQUEST)
        received = b""
        while len(received) < 150:
            received += sock.recv(1000)
        assert received.startswith(start)
        server.settle()
        assert len(sock.recv(1)) == 1
        assert server.requests_fully_read == 1


@pytest.mark.parametrize("times", [1, 2])
def test_gzipped_answers(times: int) -> None:
    with FaultServer(do.respond_gzipped({"status": "queued"}, times)) as server, httpx.Client() as client:
        response = client.get(server.base_url)
        assert response.json() == {"status": "queued"}
        with client.stream("GET", server.base_url) as raw:
            packed = b"".join(raw.iter_raw())
    for _ in range(times):
        packed = gzip.decompress(packed)
    assert packed == b'{"status": "queued"}'


def test_streaming_a_large_body() -> None:
    with FaultServer(do.respond_streaming(50_000_000)) as server, httpx.Client() as client:
        assert len(client.get(server.base_url).content) == 50_000_000


def test_streaming_without_end() -> None:
    with FaultServer(do.respond_endlessly()) as server, httpx.Client() as client:
        with client.stream("GET", server.base_url) as response:
            received = 0
            for part in response.iter_raw():
                received += len(part)
                if received > 5_000_000:
                    break
        server.settle()
        assert server.requests_fully_read == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects(status: int) -> None:
    with FaultServer(do.redirect(status, "/elsewhere"), do.respond(204)) as server, httpx.Client() as client:
        assert client.post(server.base_url, follow_redirects=True, json=MESSAGE).status_code == 204
        assert [request.target for request in server.requests] == ["/core/v2", "/elsewhere"]
        assert server.requests[1].method == ("POST" if status >= 307 else "GET")


def test_a_digest_challenge_makes_a_client_ask_twice() -> None:
    with FaultServer(do.demand_digest(), do.respond_sms()) as server:
        with httpx.Client(auth=httpx.DigestAuth("user", "password")) as client:
            assert client.post(server.base_url, json=MESSAGE).status_code == 200
        assert [request.json() for request in server.requests] == [MESSAGE, MESSAGE]


def test_answering_before_the_body_lets_the_client_read_it() -> None:
    with FaultServer(do.respond_before_reading_body(413, {"errors": []})) as server:
        with httpx.Client() as client:
            assert client.post(server.base_url, content=b"x" * 1_000_000).status_code == 413
        server.settle()
        assert (server.requests_started, server.requests_fully_read) == (1, 0)


@pytest.mark.parametrize("status", [100, 103])
def test_informational_answers_come_first(status: int) -> None:
    with FaultServer(do.informational(status, do.respond_sms(), [("Link", "</x>")])) as server:
        with dial(server) as sock:
            sock.sendall(HEADERS)  # the body is held back until the first answer is there
            assert sock.recv(1000).startswith(b"HTTP/1.1 %d " % status)
            sock.sendall(BODY)
            assert sock.recv(12) == b"HTTP/1.1 200"
        with httpx.Client() as client:
            assert client.post(server.base_url, json=MESSAGE).status_code == 200


def test_idle_connections_are_closed() -> None:
    with FaultServer(do.respond_then_close_idle(0.4, announced=1)) as server, dial(server) as sock:
        for _ in range(2):
            sock.sendall(REQUEST)
            assert b"\r\nKeep-Alive: timeout=1\r\n" in sock.recv(5000)
        started = time.monotonic()
        assert sock.recv(1) == b""
        assert time.monotonic() - started >= 0.3
        assert server.requests_fully_read == 2


def test_head_requests_get_no_body() -> None:
    with FaultServer(do.respond(200, "content")) as server, httpx.Client() as client:
        assert client.head(server.base_url).headers["content-length"] == "7"
        assert client.get(server.base_url).text == "content"


def test_a_client_that_wants_to_close_is_obeyed() -> None:
    with FaultServer() as server:
        request = REQUEST.replace(b"Host: x", b"Connection: close")
        assert b"\r\nConnection: close\r\n" in exchange(server, request)


def test_what_is_not_http_ends_the_connection() -> None:
    with FaultServer() as server:
        assert exchange(server, b"\x16\x03\x01 nonsense\r\n\r\n") == b""
        assert (server.requests_started, server.requests) == (1, [])


def test_an_sms_object_echoes_and_can_be_changed() -> None:
    assert sms_object().keys() == sms_object(from_="1").keys()
    changed = sms_object(from_="1", status="sent", message_sid="x")
    assert (changed["from"], changed["to"], changed["status"], changed["message_sid"]) == (
        "1",
        "15162065574",
        "sent",
        "x",
    )
    group = {"from_did": "1", "to_did": "2", "media_urls": ["https://x.example/a.png"], "message": "m" * 200}
    with FaultServer() as server, httpx.Client() as client:
        made = client.post(server.base_url, json=group).json()
    assert (made["from"], made["to"], made["type"], made["message_segments"]) == ("1", "2", "mms", 2)

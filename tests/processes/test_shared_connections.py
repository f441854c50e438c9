"""A connection that one thread uses is not closed by another, as the HTTP library's pool may try to."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpcore
import pytest

from carrierx.transport.evidence import Evidence, attempt_evidence
from carrierx.transport.http_library.network import WatchedStream


class Line(httpcore.NetworkStream):
    """A connection that notes what is done with it."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return b"HTTP/1.1 200 OK"

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.written += buffer

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def stream(line: Line) -> WatchedStream:
    return WatchedStream(line)


def in_an_attempt(work: Callable[[], object]) -> None:
    token = attempt_evidence.set(Evidence(has_body=True))
    try:
        work()
    finally:
        attempt_evidence.reset(token)


def in_another_thread(work: Callable[[], object]) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(in_an_attempt, work).result()


def test_a_close_by_another_thread_waits_until_the_exchange_is_over(line: Line, stream: WatchedStream) -> None:
    def exchange() -> None:
        stream.write(b"POST")
        in_another_thread(stream.close)
        assert not line.closed
        stream.read(100)
        stream.end_exchange()

    in_an_attempt(exchange)
    assert line.closed


def test_a_close_by_its_own_user_is_done_at_once(line: Line, stream: WatchedStream) -> None:
    def exchange() -> None:
        stream.write(b"POST")
        stream.close()
        assert line.closed

    in_an_attempt(exchange)


def test_an_idle_connection_is_closed_by_anybody_at_once(line: Line, stream: WatchedStream) -> None:
    def exchange() -> None:
        stream.write(b"POST")
        stream.end_exchange()

    in_an_attempt(exchange)
    assert not line.closed
    in_another_thread(stream.close)
    assert line.closed


def test_a_connection_that_was_closed_before_its_use_is_not_written_to(line: Line, stream: WatchedStream) -> None:
    in_another_thread(stream.close)
    with pytest.raises(httpcore.ConnectionNotAvailable):
        in_an_attempt(lambda: stream.write(b"POST"))
    assert line.written == b""


def test_a_connection_for_whose_handshake_no_time_is_left_is_closed(line: Line, stream: WatchedStream) -> None:
    token = attempt_evidence.set(Evidence(has_body=True, time_left=lambda: -1.0))
    try:
        with pytest.raises(httpcore.ConnectTimeout):
            stream.start_tls(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    finally:
        attempt_evidence.reset(token)
    assert line.closed

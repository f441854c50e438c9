"""A server of media that states their size well, badly or not at all, and counts what it wrote."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from tests.support.connection import Connection
from tests.support.tcp_server import TcpServer
from tests.support.wire import ReceivedRequest, head

Parts = Iterable[bytes]
Answer = Callable[[ReceivedRequest], Parts]

PIECE = b"\xff" * 65536


class MediaServer(TcpServer):
    """Answers each request with the parts that a function makes of it.

    Args:
        answer: Makes the parts; a connection is closed after an answer that says so in its first part.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer
        self._busy = 0
        self.most_busy = 0
        self.written = 0

    def url(self, path: str = "/cat.png", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def asked(self) -> list[str]:
        """What was asked: `HEAD /cat.png`, `GET /cat.png`, `GET /cat.png 0-0`."""
        return [self._in_short(request) for request in self.requests]

    @property
    def still_open(self) -> int:
        """How many connections the client has not closed. Settle first."""
        return sum(not connection.done for connection in self._connections)

    def _in_short(self, request: ReceivedRequest) -> str:
        ranged = (request.header("range") or "").replace("bytes=", " ")
        return f"{request.method} {request.target}{ranged}"

    def handle(self, connection: Connection) -> None:
        """Serve one request after the other."""
        while True:
            connection.await_request()
            connection.begin_exchange()
            connection.read_body()
            self._count(1)
            try:
                self._respond(connection)
            finally:
                self._count(-1)

    def _respond(self, connection: Connection) -> None:
        closing = False
        for part in self._answer(connection.request):
            closing = closing or b"\r\nConnection: close\r\n" in part
            connection.send(part)
            with self._lock:
                self.written += len(part)
        if closing:
            connection.close()

    def _count(self, change: int) -> None:
        with self._lock:
            self._busy += change
            self.most_busy = max(self.most_busy, self._busy)


def body(size: int) -> Iterator[bytes]:
    """So many bytes, in pieces."""
    while size > 0:
        yield PIECE[:size]
        size -= len(PIECE)


def file_of(
    size: int,
    *,
    head_status: int = 200,
    head_says: int | None = -1,
    range_says: int | str | None = -1,
    get_says: int | None = -1,
    cut_after: int | None = None,
) -> Answer:
    """Serve one file under every path; -1 stands for its true size, None for silence."""

    def stated(says: int | None) -> list[tuple[str, str]]:
        return [] if says is None else [("Content-Length", str(size if says == -1 else says))]

    def answer(request: ReceivedRequest) -> Parts:
        if request.method == "HEAD":
            yield head(head_status, stated(head_says))
        elif request.header("range") and range_says is not None:
            total = size if range_says == -1 else range_says
            yield head(206, [("Content-Range", f"bytes 0-0/{total}"), ("Content-Length", "1")])
            yield b"\xff"
        else:
            yield head(200, [*stated(get_says), ("Connection", "close")])
            yield from body(size if cut_after is None else cut_after)

    return answer


def endless(request: ReceivedRequest) -> Parts:
    """Refuse HEAD, ignore ranges, and never come to an end."""
    if request.method == "HEAD":
        yield head(405, [("Content-Length", "0")])
        return
    yield head(200, [("Transfer-Encoding", "chunked")])
    while True:
        yield b"%x\r\n%b\r\n" % (len(PIECE), PIECE)


def slowly(seconds: float, answer: Answer) -> Answer:
    """Take a while before answering."""

    def answer_later(request: ReceivedRequest) -> Parts:
        time.sleep(seconds)
        yield from answer(request)

    return answer_later


def redirecting(to: dict[str, str], answer: Answer, status: int = 302) -> Answer:
    """Send some paths elsewhere."""

    def redirect_or_answer(request: ReceivedRequest) -> Parts:
        if request.target in to:
            yield head(status, [("Location", to[request.target]), ("Content-Length", "0")])
        else:
            yield from answer(request)

    return redirect_or_answer

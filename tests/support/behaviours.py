"""What a `FaultServer` does with a request: steps, and behaviours made of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Self

from tests.support.connection import PATIENCE, Connection
from tests.support.wire import Body, BodyMaker, HeaderPairs, answer, gzip_times, head, sms_object

UNBUFFERABLE = 24 * 1024 * 1024
"""A body of so many bytes fits into no kernel's buffers: writing it blocks unless the server reads."""


@dataclass(frozen=True)
class Step:
    """One thing done on a connection."""

    name: str
    run: Callable[[Connection], None]


@dataclass(frozen=True)
class Behaviour:
    """The steps that deal with one request; a connection that they leave open serves the next one."""

    name: str
    steps: tuple[Step, ...]
    before_reading: bool = False
    small_receive_buffer: bool = False

    def __str__(self) -> str:
        return self.name

    def run(self, connection: Connection) -> None:
        """Take the steps in turn."""
        for step in self.steps:
            step.run(connection)

    def named(self, name: str) -> Self:
        """The same, under another name."""
        return type(self)(name, self.steps, self.before_reading, self.small_receive_buffer)


def behave(*steps: Step, name: str | None = None) -> Behaviour:
    """A behaviour of any steps."""
    return Behaviour(name or ", ".join(step.name for step in steps), steps)


# Steps.

READ_HEADERS = Step("read the headers", Connection.read_headers)
READ_REQUEST = Step("read the whole request", Connection.read_body)
CLOSE = Step("close", Connection.close)
RESET = Step("reset", Connection.reset)
CLOSE_GENTLY = Step("stop writing, discard, close", lambda connection: connection.close_gently())
STAY_SILENT = Step("stay silent", lambda connection: _stay_silent(connection))
GARBAGE = b"\x00\xff\x00 this is not HTTP \x00\r\n\r\n"


def _stay_silent(connection: Connection) -> None:
    connection.pause(PATIENCE)
    connection.close()


def read_part_of_body(size: int) -> Step:
    """Read the headers and this many bytes of the body."""
    return Step(f"read {size} bytes of the body", lambda connection: connection.read_part_of_body(size))


def send(data: bytes) -> Step:
    """Write bytes as they are."""
    return Step(f"send {data[:24]!r}", lambda connection: connection.send(data))


def pause(seconds: float) -> Step:
    """Do nothing for a while."""
    return Step(f"pause {seconds} s", lambda connection: connection.pause(seconds))


def drip(data: bytes, every: float, *, for_ever_after: bytes = b"") -> Step:
    """Write a byte, wait, write a byte; then the last bytes again and again."""

    def run(connection: Connection) -> None:
        for byte in _bytes_of(data, for_ever_after):
            connection.send(byte)
            connection.pause(every)

    return Step(f"drip a byte every {every} s", run)


def _bytes_of(data: bytes, for_ever_after: bytes) -> Iterator[bytes]:
    yield from (bytes([value]) for value in data)
    for again in repeat(for_ever_after) if for_ever_after else ():
        yield from (bytes([value]) for value in again)


# Before anything is read: these apply when a connection is accepted (before any TLS handshake), or when the next
# request begins on a connection that was kept alive.


def close_on_accept() -> Behaviour:
    """Close without reading."""
    return Behaviour("close on accept", (CLOSE,), before_reading=True)


def reset_on_accept() -> Behaviour:
    """Send a TCP reset without reading."""
    return Behaviour("reset on accept", (RESET,), before_reading=True)


def silence_on_accept() -> Behaviour:
    """Read nothing, say nothing; a TLS handshake gets no answer."""
    return Behaviour("silence on accept", (STAY_SILENT,), before_reading=True)


# After reading some.


def after_headers(*steps: Step) -> Behaviour:
    """Read the headers only, then take the steps."""
    name = ", ".join(step.name for step in steps)
    return Behaviour(f"after the headers: {name}", (READ_HEADERS, *steps), small_receive_buffer=True)


def after_part_of_body(size: int, *steps: Step) -> Behaviour:
    """Read the headers and this many bytes of the body, then take the steps."""
    name = ", ".join(step.name for step in steps)
    return Behaviour(f"after {size} bytes: {name}", (read_part_of_body(size), *steps), small_receive_buffer=True)


def after_whole_request(*steps: Step) -> Behaviour:
    """Read everything, then take the steps."""
    name = ", ".join(step.name for step in steps)
    return Behaviour(f"after the whole request: {name}", (READ_REQUEST, *steps))


# Answers.


def respond(
    status: int = 200,
    body: Body | BodyMaker = b"",
    headers: HeaderPairs = (),
    *,
    content_type: str | None = "application/json",
    close: bool = False,
) -> Behaviour:
    """Read everything and answer properly; the body may be made from the request."""
    fixed = tuple(headers)

    def run(connection: Connection) -> None:
        request = connection.request
        content = body(request) if callable(body) else body
        last = close or (request.header("connection") or "").lower() == "close"
        data = answer(status, content, (*fixed, ("Connection", "close")) if last else fixed, content_type)
        if request.method == "HEAD":
            data = data[: data.index(b"\r\n\r\n") + 4]
        connection.send(data)
        if last:
            connection.close()

    return Behaviour(f"respond {status}", (READ_REQUEST, Step("answer", run)))


def respond_sms(status: int = 200, headers: HeaderPairs = (), **changes: object) -> Behaviour:
    """Answer with an SMS object that echoes the request; changes override its fields."""
    return respond(status, lambda request: sms_object(request, **changes), headers).named(f"respond {status} SMS")


def respond_raw(data: bytes, *then: Step) -> Behaviour:
    """Read everything, write these bytes, take the steps; without steps the connection stays open."""
    return after_whole_request(send(data), *then)


def respond_before_reading_body(status: int = 413, body: Body = b"", headers: HeaderPairs = ()) -> Behaviour:
    """Answer when the headers are read, throw the body away uncounted, and close."""
    data = answer(status, body, [*headers, ("Connection", "close")])
    return Behaviour(f"respond {status} before the body", (READ_HEADERS, send(data), CLOSE_GENTLY))


def informational(status: int, then: Behaviour, headers: HeaderPairs = ()) -> Behaviour:
    """Send a 100, 102 or 103 when the headers are read, then go on."""
    steps = (READ_HEADERS, send(head(status, headers)), *then.steps)
    return Behaviour(f"{status}, then {then.name}", steps)


def redirect(status: int, location: str) -> Behaviour:
    """Answer 301, 302, 303, 307 or 308."""
    return respond(status, headers=[("Location", location)], content_type=None).named(f"redirect {status}")


def demand_digest() -> Behaviour:
    """Answer 401 with a Digest challenge."""
    challenge = 'Digest realm="api", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c0", qop="auth", algorithm=SHA-256'
    return respond(401, {"errors": []}, [("WWW-Authenticate", challenge)]).named("demand digest")


def respond_gzipped(body: Body, times: int = 1, status: int = 200) -> Behaviour:
    """Answer with a body that is compressed once or more."""
    encoding = ", ".join(["gzip"] * times)
    answered = respond(status, gzip_times(body, times), [("Content-Encoding", encoding)])
    return answered.named(f"respond {status} gzipped {times} times")


def respond_streaming(total: int = 50_000_000, filler: bytes = b" " * 65536, status: int = 200) -> Behaviour:
    """Answer with a body of this many bytes, as fast as the client reads."""

    def run(connection: Connection) -> None:
        connection.send(_json_head(status, ("Content-Length", str(total))))
        left = total
        while left:
            connection.send(filler[:left])
            left -= min(left, len(filler))

    return after_whole_request(Step(f"stream {total} bytes", run))


def respond_endlessly(filler: bytes = b" " * 65536, status: int = 200) -> Behaviour:
    """Answer with a chunked body that never ends, as fast as the client reads."""
    chunk = b"%x\r\n%b\r\n" % (len(filler), filler)

    def run(connection: Connection) -> None:
        connection.send(_json_head(status, ("Transfer-Encoding", "chunked")))
        while True:
            connection.send(chunk)

    return after_whole_request(Step("stream without end", run))


def respond_then_close_idle(after: float, announced: int | None = None, status: int = 200) -> Behaviour:
    """Answer with an SMS object, wait this long for another request, then close; may announce `Keep-Alive`."""

    def limit(connection: Connection) -> None:
        connection.idle_limit = after

    headers = [] if announced is None else [("Connection", "keep-alive"), ("Keep-Alive", f"timeout={announced}")]
    steps = (*respond_sms(status, headers).steps, Step("limit the idle time", limit))
    return Behaviour(f"respond {status}, close after {after} s idle", steps)


# Answers that go wrong, after the whole request was read.


def respond_garbage(then: Step = CLOSE) -> Behaviour:
    """Write bytes that are not HTTP."""
    return respond_raw(GARBAGE, then).named("garbage")


def cut_status_line(then: Step = CLOSE) -> Behaviour:
    """Write part of a status line."""
    return respond_raw(b"HTTP/1.1 20", then).named(f"part of a status line, {then.name}")


def cut_headers(then: Step = CLOSE) -> Behaviour:
    """Write a status line and part of the headers."""
    return respond_raw(b"HTTP/1.1 200 OK\r\nContent-Type: applic", then).named(f"part of the headers, {then.name}")


def cut_body(body: Body, sent: int, then: Step = CLOSE, status: int = 200) -> Behaviour:
    """Announce the body, write only its first bytes (0: none)."""
    whole = answer(status, body)
    start = whole.index(b"\r\n\r\n") + 4
    return respond_raw(whole[: start + sent], then).named(f"{status}, {sent} bytes of the body, {then.name}")


def cut_chunked_body(first_chunk: bytes, then: Step = CLOSE, status: int = 200) -> Behaviour:
    """Write one chunk and never the last one."""
    data = _json_head(status, ("Transfer-Encoding", "chunked")) + b"%x\r\n%b\r\n" % (len(first_chunk), first_chunk)
    return respond_raw(data, then).named(f"{status}, a chunk, {then.name}")


def drip_headers(every: float) -> Behaviour:
    """Write headers, a byte at a time, forever."""
    step = drip(b"HTTP/1.1 200 OK\r\n", every, for_ever_after=b"X-Slow: yes\r\n")
    return after_whole_request(step).named("drip headers")


def drip_body(every: float, status: int = 200) -> Behaviour:
    """Write the headers at once, then a body, a byte at a time, forever."""
    headers = _json_head(status, ("Content-Length", "1000000000"))
    return after_whole_request(send(headers), drip(b"{", every, for_ever_after=b" ")).named("drip body")


def _json_head(status: int, framing: tuple[str, str]) -> bytes:
    return head(status, [("Content-Type", "application/json"), framing])

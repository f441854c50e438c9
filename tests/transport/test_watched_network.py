"""How a request goes to the network: the last byte on its own, but in an event loop a small one in one write."""

import contextlib

import httpcore
import pytest

from carrierx.transport.evidence import Evidence, OneShotBody, attempt_evidence
from carrierx.transport.watched_network import WatchedAsyncBackend, WatchedSyncBackend

BODY = b'{"message":"Hello"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Written(httpcore.NetworkStream):
    """A connection that notes each write that isn't empty, and answers."""

    def __init__(self, writes: list[bytes]) -> None:
        self.writes = writes

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return ANSWER

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            self.writes.append(buffer)

    def close(self) -> None:
        pass

    def get_extra_info(self, info: str) -> None:
        return None


class WrittenAsync(httpcore.AsyncNetworkStream):
    """The same for an event loop."""

    def __init__(self, writes: list[bytes]) -> None:
        self.writes = writes

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return ANSWER

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            self.writes.append(buffer)

    async def aclose(self) -> None:
        pass

    def get_extra_info(self, info: str) -> None:
        return None


def connect_with(monkeypatch: pytest.MonkeyPatch, stream: httpcore.NetworkStream) -> None:
    def connect_tcp(*_: object, **__: object) -> httpcore.NetworkStream:
        return stream

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_tcp)


def request(body: bytes, evidence: Evidence) -> httpcore.Request:
    headers = [("Host", "127.0.0.1"), ("Content-Length", str(len(body)))]
    url = "http://127.0.0.1/sms/messages"
    return httpcore.Request("POST", url, headers=headers, content=OneShotBody(body, evidence))


def send(body: bytes) -> Evidence:
    evidence = Evidence(has_body=bool(body))
    token = attempt_evidence.set(evidence)
    with httpcore.ConnectionPool(network_backend=WatchedSyncBackend()) as pool:
        pool.handle_request(request(body, evidence)).read()
    attempt_evidence.reset(token)
    return evidence


async def send_async(body: bytes) -> Evidence:
    evidence = Evidence(has_body=bool(body))
    token = attempt_evidence.set(evidence)
    async with httpcore.AsyncConnectionPool(network_backend=WatchedAsyncBackend()) as pool:
        with contextlib.suppress(httpcore.WriteError):
            response = await pool.handle_async_request(request(body, evidence))
            await response.aread()
    attempt_evidence.reset(token)
    return evidence


def check(writes: list[bytes], body: bytes, *, last_byte_alone: bool) -> None:
    head, end = b"".join(writes).split(b"\r\n\r\n")
    assert head.startswith(b"POST /sms/messages HTTP/1.1\r\n")
    assert end == body
    assert writes[1:] == ([body[-1:]] if last_byte_alone else [])


BODIES = pytest.mark.parametrize("body", [BODY, b"", b"x", b"x" * 20_001], ids=["text", "no body", "one byte", "large"])


@BODIES
def test_the_last_byte_is_a_write_of_its_own(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    writes: list[bytes] = []
    connect_with(monkeypatch, Written(writes))

    send(body)

    check(writes, body, last_byte_alone=len(body) > 1)


@BODIES
async def test_in_an_event_loop_a_small_request_is_a_single_write(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    writes: list[bytes] = []

    async def connect_tcp(*_: object, **__: object) -> WrittenAsync:
        return WrittenAsync(writes)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)
    await send_async(body)

    check(writes, body, last_byte_alone=len(body) > 20_000)


class Refusing(Written):
    """A connection that takes nothing more."""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            raise httpcore.WriteError


@pytest.mark.parametrize("body", [BODY, b"x" * 20_001], ids=["small", "large"])
def test_a_request_that_the_network_refused_can_not_be_complete(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    connect_with(monkeypatch, Refusing([]))

    assert send(body).never_complete


class RefusingAsync(WrittenAsync):
    """A connection that takes nothing more, in an event loop."""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            raise httpcore.WriteError


@pytest.mark.parametrize("body", [BODY, b"x" * 20_001], ids=["small", "large"])
async def test_a_request_that_an_event_loop_refused_can_not_be_complete(
    monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    async def connect_tcp(*_: object, **__: object) -> RefusingAsync:
        return RefusingAsync([])

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)

    assert (await send_async(body)).never_complete

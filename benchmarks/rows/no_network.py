"""carrierx and httpcore with the network taken away: httpcore's pool answers from memory.

The difference of the two is our own layer without evidence: checking, JSON, the call, reading and judging the answer.
carrierx sends with a client as it comes; by hand, httpcore gets a ready URL, ready headers, and the body that notes how
far it was taken. httpx takes no part in either.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Generator, Iterable, Iterator
from contextlib import contextmanager
from unittest import mock

import httpcore

from benchmarks.answers import CARRIERX_PATH, FROM, MESSAGE, TO, TOKEN, sms_answer
from benchmarks.measuring import SyncSend
from carrierx import CarrierXClient
from carrierx.transport.evidence import Evidence, OneShotBody, attempt_evidence

__all__ = ["by_hand", "ours"]


class _Bytes:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content

    def close(self) -> None:
        """Nothing is open."""


def _parts(stream: Iterable[bytes] | AsyncIterable[bytes]) -> Iterable[bytes]:
    assert isinstance(stream, Iterable)
    return stream


@contextmanager
def _answering_from_memory() -> Generator[None]:
    headers, body = sms_answer()
    raw_headers = [(name.encode(), value.encode()) for name, value in headers]

    def handle_request(_pool: httpcore.ConnectionPool, request: httpcore.Request) -> httpcore.Response:
        """Take a request's body and answer as the stub server does."""
        for _ in _parts(request.stream):
            pass
        return httpcore.Response(200, headers=raw_headers, content=_Bytes(body))

    with mock.patch.object(httpcore.ConnectionPool, "handle_request", handle_request):
        yield


@contextmanager
def ours(_port: int) -> Generator[SyncSend]:
    """Send with a `CarrierXClient` as it comes."""
    with _answering_from_memory(), CarrierXClient(TOKEN, base_url=f"http://127.0.0.1:1{CARRIERX_PATH}") as client:
        messages = client.messages
        yield lambda: messages.send(from_=FROM, to=TO, message=MESSAGE)


@contextmanager
def by_hand(_port: int) -> Generator[SyncSend]:
    """Hand httpcore a request, keep its evidence, and read the answer's bytes."""
    target = f"{CARRIERX_PATH}/sms/messages".encode()
    url = httpcore.URL(scheme=b"http", host=b"127.0.0.1", port=1, target=target)
    body = b'{"from":"%b","to":"%b","message":"%b"}' % (FROM.encode(), TO.encode(), MESSAGE.encode())
    headers = [
        (b"Host", b"127.0.0.1:1"),
        (b"Accept", b"application/json"),
        (b"User-Agent", b"benchmark"),
        (b"Authorization", f"Bearer {TOKEN}".encode()),
        (b"Content-Length", b"%d" % len(body)),
        (b"Content-Type", b"application/json"),
    ]
    extensions = {"timeout": {"connect": 5.0, "read": 30.0, "write": 30.0, "pool": 30.0}}
    with _answering_from_memory(), httpcore.ConnectionPool() as pool:

        def send() -> object:
            evidence = Evidence(has_body=True, authorization=TOKEN)
            token = attempt_evidence.set(evidence)
            request = httpcore.Request("POST", url, content=OneShotBody(body, evidence), extensions=extensions)
            request.headers = headers
            answer = pool.handle_request(request)
            content = b"".join(_parts(answer.stream))
            answer.close()
            attempt_evidence.reset(token)
            return content

        yield send

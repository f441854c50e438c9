"""carrierx and httpx over a transport that answers from memory: what is left is what each does around the network.

The difference of the two is our own layer: checking, JSON, the call, reading and judging the answer. Both send over the
same `httpx.Client`, and httpx gets its request ready but for the `Request` itself.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import httpx

from benchmarks.answers import CARRIERX_PATH, FROM, MESSAGE, TO, TOKEN, sms_answer
from benchmarks.measuring import SyncSend

__all__ = ["httpx_alone", "ours"]

_BASE_URL = f"http://127.0.0.1:1{CARRIERX_PATH}"


class _Bytes(httpx.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content


class _Memory(httpx.BaseTransport):
    """Takes a request's body and answers as the stub server does."""

    def __init__(self) -> None:
        self._headers, self._body = sms_answer()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        for _ in request.stream:
            pass
        return httpx.Response(200, headers=self._headers, stream=_Bytes(self._body))


@contextmanager
def ours(_port: int) -> Generator[SyncSend]:
    """Send with carrierx over an injected `httpx.Client`."""
    from carrierx import CarrierXClient

    with (
        httpx.Client(transport=_Memory()) as http_client,
        CarrierXClient(TOKEN, base_url=_BASE_URL, http_client=http_client) as client,
    ):
        messages = client.messages
        yield lambda: messages.send(from_=FROM, to=TO, message=MESSAGE)


@contextmanager
def httpx_alone(_port: int) -> Generator[SyncSend]:
    """Hand httpx a ready request and read the answer's bytes."""
    url = httpx.URL(f"{_BASE_URL}/sms/messages")
    body = json.dumps({"from": FROM, "to": TO, "message": MESSAGE}).encode()
    headers = [
        ("Host", "127.0.0.1:1"),
        ("Accept", "application/json"),
        ("User-Agent", "benchmark"),
        ("Authorization", f"Bearer {TOKEN}"),
        ("Content-Length", str(len(body))),
        ("Content-Type", "application/json"),
    ]
    extensions = {"timeout": {"connect": 5.0, "read": 30.0, "write": 30.0, "pool": 30.0}}
    with httpx.Client(transport=_Memory()) as client:

        def send() -> object:
            request = httpx.Request("POST", url, headers=headers, stream=_Bytes(body), extensions=extensions)
            answer = client.send(request, stream=True, auth=None, follow_redirects=False)
            content = b"".join(answer.iter_raw())
            answer.close()
            return content

        yield send

"""The lower bound: a socket and a prepared request. Only the length of the response is read."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator
from contextlib import contextmanager

from benchmarks.answers import CARRIERX_PATH, FROM, MESSAGE, TO, TOKEN
from benchmarks.measuring import SyncSend

__all__ = ["sync"]


@contextmanager
def sync(port: int) -> Generator[SyncSend]:
    """Send by writing bytes and reading bytes."""
    body = json.dumps({"from": FROM, "to": TO, "message": MESSAGE})
    request = "\r\n".join(
        (
            f"POST {CARRIERX_PATH}/sms/messages HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Authorization: Bearer {TOKEN}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "",
            body,
        )
    ).encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def send() -> object:
            connection.sendall(request)
            answer = connection.recv(65536)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise SystemExit("the stub server did not answer 200")
            return answer

        yield send

"""Maximum request rate of the stub server, by its processor time for many requests."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from benchmarks.answers import CARRIERX_PATH, FROM, MESSAGE, TO
from benchmarks.stub import StubControl

__all__ = ["ENOUGH", "server_rate"]

ENOUGH = 40_000
"""Requests per second that the server must be able to answer, so that no row waits for it."""

_CONNECTIONS = 50
_BODY = f'{{"from":"{FROM}","to":"{TO}","message":"{MESSAGE}"}}'
_REQUEST = (
    f"POST {CARRIERX_PATH}/sms/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(_BODY)}\r\n\r\n{_BODY}"
).encode()


def server_rate(control: StubControl, port: int, rounds: int = 100) -> float:
    """Measure the rate. Every connection has a request in flight, as with many messages in flight.

    Args:
        control: The control connection of the server.
        port: The server's port.
        rounds: The number of requests on each of 50 connections.

    Returns:
        Requests a second of the server's own processor time.
    """
    before = control.stats()
    with ExitStack() as held:
        connections = [held.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(_CONNECTIONS)]
        for _ in range(rounds):
            for connection in connections:
                connection.sendall(_REQUEST)
            for connection in connections:
                if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
                    raise ConnectionError("the stub server did not answer 200")
    after = control.stats()
    return (after.requests - before.requests) / max(after.cpu_seconds - before.cpu_seconds, 1e-6)

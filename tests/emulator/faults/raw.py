"""Raw sockets towards a served emulator or a proxy: what really comes back, byte for byte."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from carrierx.emulator import DEMO_TOKEN
from tests.emulator.helpers import MESSAGES, SMS

PATIENCE = 20.0
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Exchange:
    """What came back until the connection ended.

    Attributes:
        received: Every byte.
        reset: Whether it ended by a reset.
    """

    received: bytes
    reset: bool = False

    @property
    def status(self) -> int:
        return int(self.received.split(b" ", 2)[1])

    @property
    def headers(self) -> dict[str, str]:
        lines = self.received.partition(HEAD_END)[0].decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    @property
    def body(self) -> bytes:
        return self.received.partition(HEAD_END)[2]


def send_request(body: bytes | None = None, *, close: bool = True) -> bytes:
    """A request that sends a message, as bytes."""
    content = json.dumps(dict(SMS)).encode() if body is None else body
    lines = [
        f"POST {MESSAGES} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {DEMO_TOKEN}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *(["Connection: close"] if close else []),
    ]
    return "\r\n".join(lines).encode() + HEAD_END + content


def list_request() -> bytes:
    """A request for the list of messages, as bytes."""
    lines = [f"GET {MESSAGES} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {DEMO_TOKEN}", "Connection: close"]
    return "\r\n".join(lines).encode() + HEAD_END


def dial(base_url: str, *, receive_buffer: int | None = None) -> socket.socket:
    """A connection to where a base URL leads."""
    parts = urlsplit(base_url)
    assert parts.hostname is not None
    assert parts.port is not None
    sock = socket.socket()
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(PATIENCE)
    try:
        sock.connect((parts.hostname, parts.port))
    except OSError:
        sock.close()
        raise
    return sock


def read_to_end(sock: socket.socket) -> Exchange:
    """Read until the connection ends."""
    received = bytearray()
    try:
        while data := sock.recv(65536):
            received += data
    except ConnectionResetError:
        return Exchange(bytes(received), reset=True)
    return Exchange(bytes(received))


def exchange(base_url: str, request: bytes) -> Exchange:
    """Send a request on a connection of its own, and read until that ends; it may be reset at any time."""
    try:
        sock = dial(base_url)
    except ConnectionResetError:
        return Exchange(b"", reset=True)
    with sock:
        try:
            sock.sendall(request)
        except (ConnectionResetError, BrokenPipeError):
            return Exchange(b"", reset=True)
        return read_to_end(sock)

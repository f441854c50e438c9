"""A client of raw sockets, for asking a server under test."""

import socket

import pytest

from tests.support.behaviours import UNBUFFERABLE
from tests.support.tcp_server import TcpServer

MESSAGE = {"from": "15162065575", "to": "15162065574", "message": "Hi", "user_data": "order-17"}
REQUEST = b"POST /core/v2/sms/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
HEADERS, BODY = REQUEST[:-5], b"hello"


def dial(server: TcpServer) -> socket.socket:
    return socket.create_connection((server.host, server.port), timeout=5)


def read_to_end(sock: socket.socket) -> bytes:
    received = b""
    while data := sock.recv(65536):
        received += data
    return received


def exchange(server: TcpServer, request: bytes = REQUEST) -> bytes:
    """Send the request, read until the server closes."""
    with dial(server) as sock:
        sock.sendall(request)
        return read_to_end(sock)


def assert_says_nothing(sock: socket.socket, seconds: float = 0.1) -> None:
    sock.settimeout(seconds)
    with pytest.raises(TimeoutError):
        sock.recv(1)
    sock.settimeout(5)


def write_until_blocked(sock: socket.socket) -> int:
    """Write a large body until nothing has gone out for a while; tell how much went."""
    sock.settimeout(0.3)
    written, block = 0, b"x" * 65536
    try:
        while written < UNBUFFERABLE:
            written += sock.send(block)
    except TimeoutError:
        pass
    return written

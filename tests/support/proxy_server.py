"""An HTTP proxy to loopback targets: absolute-form forwarding and CONNECT tunnels, well or badly."""

import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.connection import READ, Connection, ConnectionOverError
from tests.support.tcp_server import TcpServer
from tests.support.wire import ReceivedRequest, answer

LOOPBACK = ("127.0.0.1", "localhost")
HOP_BY_HOP = (b"connection", b"keep-alive", b"proxy-authorization", b"proxy-connection", b"transfer-encoding")
GLANCE = 0.02
"""How often, in seconds, an open tunnel asks whether it is time to close."""


@dataclass(frozen=True)
class ProxyBehaviour:
    """What a proxy does; without anything given it works."""

    name: str = "work"
    on_accept: Callable[[Connection], None] | None = None
    refusal: bytes | None = None
    close_when: Callable[[], bool] | None = None

    def __str__(self) -> str:
        return self.name


def work() -> ProxyBehaviour:
    """Forward and tunnel."""
    return ProxyBehaviour()


def refuse(status: int) -> ProxyBehaviour:
    """Answer every request and CONNECT with this status, such as 502 or 503."""
    return ProxyBehaviour(f"refuse with {status}", refusal=answer(status, "refused by the proxy", content_type=None))


def demand_credentials() -> ProxyBehaviour:
    """Answer 407 with a Basic challenge."""
    challenge = [("Proxy-Authenticate", 'Basic realm="proxy"')]
    return ProxyBehaviour("demand credentials", refusal=answer(407, headers=challenge, content_type=None))


def close_on_accept() -> ProxyBehaviour:
    """Close without reading."""
    return ProxyBehaviour("close on accept", on_accept=Connection.close)


def silence() -> ProxyBehaviour:
    """Read the request or CONNECT and say nothing."""
    return ProxyBehaviour("silence", refusal=b"")


def close_when(passed: Callable[[], bool]) -> ProxyBehaviour:
    """Work till this is true, such as `lambda: server.requests_fully_read > 0`, then close.

    It is asked before anything is handed back to the client: what a target says after it became true never arrives.
    """
    return ProxyBehaviour("close when the request has passed", close_when=passed)


class ProxyServer(TcpServer):
    """Counts what went through; `requests` holds what the proxy itself was asked, CONNECTs among them."""

    def __init__(self, behaviour: ProxyBehaviour | None = None) -> None:
        super().__init__()
        self._behaviour = behaviour or work()
        self._tunnels = 0
        self._forwarded = 0

    @property
    def url(self) -> str:
        """What a client's proxy setting holds."""
        return f"http://{self.host}:{self.port}"

    @property
    def connects(self) -> int:
        """How many CONNECTs arrived, answered well or not."""
        return sum(request.method == "CONNECT" for request in self.requests)

    @property
    def tunnels(self) -> int:
        """How many tunnels were opened."""
        with self._lock:
            return self._tunnels

    @property
    def forwarded(self) -> int:
        """How many absolute-form requests were handed to their target."""
        with self._lock:
            return self._forwarded

    def handle(self, connection: Connection) -> None:
        """Serve a client: one forwarded request or one tunnel, after any number of refusals."""
        if self._behaviour.on_accept is not None:
            self._behaviour.on_accept(connection)
        while True:
            connection.await_request()
            connection.begin_exchange()
            connection.read_body()
            self._serve_request(connection)

    def _serve_request(self, client: Connection) -> None:
        if self._behaviour.refusal is not None:
            client.send(self._behaviour.refusal)
            if not self._behaviour.refusal:
                client.pause(float("inf"))
            return
        request = client.request
        tunnel = request.method == "CONNECT"
        host, port = _target_of(request)
        try:
            target = self._connect(host, port)
        except OSError:
            client.send(answer(502, "the target cannot be reached", content_type=None))
            return
        try:
            if tunnel:
                self._count_tunnel()
                client.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                target.send(_origin_form(request))
                self._count_forwarded()
            self._relay(client, target)
        finally:
            target.finish()

    def _connect(self, host: str, port: int) -> Connection:
        if host not in LOOPBACK:
            raise ConnectionRefusedError(f"{host} is not on loopback")
        return self.watch(socket.create_connection((self.host, port), timeout=5))

    def _count_tunnel(self) -> None:
        with self._lock:
            self._tunnels += 1

    def _count_forwarded(self) -> None:
        with self._lock:
            self._forwarded += 1

    def _relay(self, client: Connection, target: Connection) -> None:
        """Carry bytes both ways until both sides have ended, or it is time to close."""
        with selectors.DefaultSelector() as selector:
            selector.register(client.sock, READ, (client, target))
            selector.register(target.sock, READ, (target, client))
            while selector.get_map():
                for key in selector.get_map().values():
                    key.data[0].rest()
                arrived = selector.select(GLANCE if self._behaviour.close_when else None)
                for key, _ in arrived:
                    source, sink = key.data
                    data = source.receive_some()
                    if source is target and self._must_close():
                        client.close()
                    if data:
                        sink.send(data)
                    else:
                        selector.unregister(key.fileobj)
                        source.rest(at_end=True)
                        sink.end_writing()
                if self._must_close():
                    client.close()
        raise ConnectionOverError

    def _must_close(self) -> bool:
        return self._behaviour.close_when is not None and self._behaviour.close_when()


def _target_of(request: ReceivedRequest) -> tuple[str, int]:
    if request.method == "CONNECT":
        host, _, port = request.target.rpartition(":")
        return host, int(port)
    parts = urlsplit(request.target)
    return parts.hostname or "", parts.port or 80


def _origin_form(request: ReceivedRequest) -> bytes:
    parts = urlsplit(request.target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [(name, value) for name, value in request.headers if name.lower() not in HOP_BY_HOP]
    if request.header("transfer-encoding"):
        kept.append((b"Content-Length", str(len(request.content)).encode()))
    kept.append((b"Connection", b"close"))  # one request, then both sides end: no framing of answers is needed
    lines = [f"{request.method} {path} HTTP/1.1".encode("latin-1"), *(b"%b: %b" % pair for pair in kept)]
    return b"\r\n".join([*lines, b"", b""]) + request.body

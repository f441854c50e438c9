"""A proxy for faults that no HTTP server can produce."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.faults.proxy.connection import ProxiedConnection
from carrierx.emulator.faults.proxy.listening import LOOPBACK, Listening
from carrierx.emulator.faults.proxy.modes import ProxyFault, ProxyMode

_HTTP_PORT: Final = 80
_JOIN_WITHIN: Final = 10.0


@dataclass(frozen=True)
class ProxyCounts:
    """The number of connections and faults of a fault proxy so far.

    Attributes:
        connections: The number of accepted connections. Refused ones can't be counted, since the system refuses them.
        hits: The number of connections that had each fault; faults without any are left out.
    """

    connections: int
    hits: Mapping[ProxyFault, int]


class FaultProxy:
    """A proxy on this machine, in front of a server, that produces faults below HTTP.

    Use it as a context manager. It runs in threads of its own and passes everything on at first. Each connection keeps
    the mode that it started with. Switching the mode ends all open connections, so that clients with persistent
    connections get the new mode with their next request.

    On some systems, though not on Linux, a reset discards data that the client has not read yet.

    Args:
        target: The base URL of the server, such as that of a served emulator. The proxy connects to it only when a
            client makes a request.
        port: The port to listen on; 0 for a free one.

    Raises:
        ValueError: The target is not an http URL.

    Example:
        >>> from carrierx.emulator import serve
        >>> with serve(emulator) as running, FaultProxy(running.base_url) as proxy:
        ...     proxy.base_url == running.base_url
        ...     proxy.reset_on_accept()
        ...     proxy.mode.fault.value
        False
        'reset_on_accept'
    """

    def __init__(self, target: str, *, port: int = 0) -> None:
        parts = urlsplit(target)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError("the target must be the http URL of a server, such as http://127.0.0.1:8025/core/v2")
        self._target = (parts.hostname, parts.port or _HTTP_PORT)
        self._path = parts.path
        self._wanted_port = port
        self._lock = threading.Lock()
        self._switching = threading.Lock()
        self._mode = ProxyMode()
        self._connections_with_mode = 0
        self._listening: Listening | None = None
        self._connections: dict[ProxiedConnection, threading.Thread] = {}
        self._accepted = 0
        self._hits: Counter[ProxyFault] = Counter()

    def __enter__(self) -> Self:
        """Open the port, and accept connections unless the mode is to refuse them.

        Raises:
            EmulatorError: The port is not available, or the proxy is running already.
        """
        if self._listening is not None:
            raise EmulatorError("this fault proxy is running already")
        self._listening = Listening(self._wanted_port, self._accept)
        self._apply(self._mode)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for thread in self._end_connections():
            thread.join(_JOIN_WITHIN)

    @property
    def port(self) -> int:
        """The port that it listens on.

        Raises:
            EmulatorError: The proxy is not running.
        """
        return self._running().port

    @property
    def base_url(self) -> str:
        """The target's base URL, with the address of the proxy.

        Raises:
            EmulatorError: The proxy is not running.
        """
        return f"http://{LOOPBACK}:{self.port}{self._path}"

    @property
    def mode(self) -> ProxyMode:
        """The current mode."""
        with self._lock:
            return self._mode

    @property
    def counts(self) -> ProxyCounts:
        """The number of connections and faults so far."""
        with self._lock:
            return ProxyCounts(self._accepted, dict(self._hits))

    def pass_on(self) -> None:
        """Pass everything on."""
        self.switch(ProxyMode())

    def refuse(self) -> None:
        """Refuse connections, as if no server were listening."""
        self.switch(ProxyMode(ProxyFault.REFUSE))

    def reset_on_accept(self, *, times: int | None = None) -> None:
        """Reset each connection immediately, without reading anything.

        Args:
            times: The number of connections to do it to, before everything is passed on again; None for all.
        """
        self.switch(ProxyMode(ProxyFault.RESET_ON_ACCEPT, times=times))

    def reset_in_request(self, after: int = 0, *, times: int | None = None) -> None:
        """Reset each connection while its request is being read. Nothing is forwarded.

        Args:
            after: The number of bytes of the request's body before the reset. If the body is shorter, the reset comes
                at its end.
            times: The number of connections to do it to, before everything is passed on again; None for all.
        """
        self.switch(ProxyMode(ProxyFault.RESET_IN_REQUEST, after=after, times=times))

    def reset_in_answer(self, after: int = 0, *, times: int | None = None) -> None:
        """Forward the request, and reset the connection while its response is being written.

        Args:
            after: The number of bytes of the response's body before the reset. If the body is shorter, the reset comes
                just before its end.
            times: The number of connections to do it to, before everything is passed on again; None for all.
        """
        self.switch(ProxyMode(ProxyFault.RESET_IN_ANSWER, after=after, times=times))

    def silence(self, *, times: int | None = None) -> None:
        """Read everything, but never respond, and forward nothing.

        Args:
            times: The number of connections to do it to, before everything is passed on again; None for all.
        """
        self.switch(ProxyMode(ProxyFault.SILENCE, times=times))

    def drip(self, pause: float, size: int = 1, *, times: int | None = None) -> None:
        """Forward the request, and send its response in small pieces.

        Args:
            pause: The number of seconds before each piece.
            size: The number of bytes in a piece.
            times: The number of connections to do it to, before everything is passed on again; None for all.
        """
        self.switch(ProxyMode(ProxyFault.DRIP, pause=pause, size=size, times=times))

    def close_after_reading(self, *, forward: bool = False, times: int | None = None) -> None:
        """Read the complete request, and close the connection without a byte of a response.

        Args:
            forward: True to forward the request first, so that it is handled.
            times: The number of connections to do it to, before everything is passed on again; None for all.
        """
        self.switch(ProxyMode(ProxyFault.CLOSE_AFTER_READING, forward=forward, times=times))

    def switch(self, mode: ProxyMode) -> None:
        """Change the mode. Open connections end. When this returns, new ones get the new mode.

        Args:
            mode: The new mode.

        Raises:
            EmulatorError: Another program took the port while connections were refused.
        """
        with self._switching:
            self._apply(mode)
            self._end_connections()

    def _apply(self, mode: ProxyMode) -> None:
        with self._lock:
            self._mode = mode
            self._connections_with_mode = 0
        if self._listening is None:
            return
        if mode.fault is ProxyFault.REFUSE:
            self._listening.refuse()
        else:
            self._listening.start()

    def _running(self) -> Listening:
        if self._listening is None:
            raise EmulatorError("the fault proxy is not running: enter it with `with FaultProxy(...) as proxy`")
        return self._listening

    def _end_connections(self) -> list[threading.Thread]:
        with self._lock:
            connections = dict(self._connections)
        for connection in connections:
            connection.end()
        return list(connections.values())

    def _accept(self, sock: socket.socket) -> None:
        with self._lock:
            mode = self._mode
            if mode.times is not None and self._connections_with_mode >= mode.times:
                mode = ProxyMode()
            self._connections_with_mode += 1
            self._accepted += 1
            connection = ProxiedConnection(sock, self._target, mode, lambda: self._count(mode.fault))
            thread = threading.Thread(
                target=self._serve, args=(connection,), name="fault proxy connection", daemon=True
            )
            self._connections[connection] = thread
            thread.start()

    def _serve(self, connection: ProxiedConnection) -> None:
        try:
            connection.serve()
        finally:
            with self._lock:
                del self._connections[connection]

    def _count(self, fault: ProxyFault) -> None:
        with self._lock:
            self._hits[fault] += 1

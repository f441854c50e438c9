"""A proxy that plays faults which no HTTP server can play."""

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
from carrierx.emulator.proxy.connection import ProxiedConnection
from carrierx.emulator.proxy.listening import LOOPBACK, Listening
from carrierx.emulator.proxy.modes import ProxyFault, ProxyMode

_HTTP_PORT: Final = 80
_JOIN_WITHIN: Final = 10.0


@dataclass(frozen=True)
class ProxyCounts:
    """What a fault proxy has done so far.

    Attributes:
        connections: How many connections it accepted; refused ones are the system's, and can't be counted.
        hits: How many connections each fault has hit; faults without hits are left out.
    """

    connections: int
    hits: Mapping[ProxyFault, int]


class FaultProxy:
    """A proxy on this machine, in front of a server, that plays faults below HTTP.

    It is to be used as a context manager, works in threads of its own, and lets everything pass at first. Each
    connection keeps the mode that it began with: switching the mode ends every open connection, so that clients that
    keep connections meet the new mode with their next request.

    A reset discards what the client has not read yet on some systems; on Linux it does not.

    Args:
        target: The base URL of the server, such as that of a served emulator. It is never called before a client is.
        port: The port to listen on; 0 takes a free one.

    Raises:
        ValueError: The target is no http URL.

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
        self._listening: Listening | None = None
        self._connections: dict[ProxiedConnection, threading.Thread] = {}
        self._accepted = 0
        self._hits: Counter[ProxyFault] = Counter()

    def __enter__(self) -> Self:
        """Take the port, and accept connections unless the mode is to refuse them.

        Raises:
            EmulatorError: The port can't be taken, or the proxy runs already.
        """
        if self._listening is not None:
            raise EmulatorError("this fault proxy runs already")
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
            EmulatorError: It does not run.
        """
        return self._running().port

    @property
    def base_url(self) -> str:
        """The target's base URL by way of the proxy.

        Raises:
            EmulatorError: The proxy does not run.
        """
        return f"http://{LOOPBACK}:{self.port}{self._path}"

    @property
    def mode(self) -> ProxyMode:
        """What it does with connections at present."""
        with self._lock:
            return self._mode

    @property
    def counts(self) -> ProxyCounts:
        """What it has done so far."""
        with self._lock:
            return ProxyCounts(self._accepted, dict(self._hits))

    def pass_on(self) -> None:
        """Let everything pass."""
        self.switch(ProxyMode())

    def refuse(self) -> None:
        """Refuse connections, as where nobody listens."""
        self.switch(ProxyMode(ProxyFault.REFUSE))

    def reset_on_accept(self) -> None:
        """Reset each connection at once; nothing is read."""
        self.switch(ProxyMode(ProxyFault.RESET_ON_ACCEPT))

    def reset_in_request(self, after: int = 0) -> None:
        """Reset each connection while its request is being read; nothing is forwarded.

        Args:
            after: When so many bytes of the request's body have been read, or at its end if it is shorter.
        """
        self.switch(ProxyMode(ProxyFault.RESET_IN_REQUEST, after=after))

    def reset_in_answer(self, after: int = 0) -> None:
        """Forward the request, and reset the connection while its answer is being written.

        Args:
            after: When so many bytes of the answer's body have been written, or just before its end if it is shorter.
        """
        self.switch(ProxyMode(ProxyFault.RESET_IN_ANSWER, after=after))

    def silence(self) -> None:
        """Read everything, say nothing, and forward nothing."""
        self.switch(ProxyMode(ProxyFault.SILENCE))

    def drip(self, pause: float, size: int = 1) -> None:
        """Forward the request, and let its answer come in small pieces.

        Args:
            pause: How many seconds pass before each piece.
            size: How many bytes a piece has.
        """
        self.switch(ProxyMode(ProxyFault.DRIP, pause=pause, size=size))

    def close_after_reading(self, *, forward: bool = False) -> None:
        """Read the whole request, and close the connection without a byte of an answer.

        Args:
            forward: Whether the request is forwarded first, so that it is dealt with.
        """
        self.switch(ProxyMode(ProxyFault.CLOSE_AFTER_READING, forward=forward))

    def switch(self, mode: ProxyMode) -> None:
        """Change the mode. Open connections end; when this returns, new ones meet the new mode.

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
        if self._listening is None:
            return
        if mode.fault is ProxyFault.REFUSE:
            self._listening.refuse()
        else:
            self._listening.start()

    def _running(self) -> Listening:
        if self._listening is None:
            raise EmulatorError("the fault proxy does not run: enter it with `with FaultProxy(...) as proxy`")
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

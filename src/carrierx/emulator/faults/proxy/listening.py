"""Accepting connections in a thread that can be stopped, on a port that stays reserved."""

from __future__ import annotations

import os
import selectors
import socket
import threading
from collections.abc import Callable
from typing import Final

from carrierx.emulator.errors import EmulatorError

LOOPBACK: Final = "127.0.0.1"
"""The address of a fault proxy, which only this machine can reach."""

_BACKLOG: Final = 128


class Listening:
    """A port of this machine on which connections are accepted or refused.

    The port is reserved immediately. Connections are refused until `start` is called.

    Args:
        port: The port; 0 for a free one.
        accepted: Called in a thread of this object with each accepted socket.

    Raises:
        EmulatorError: The port is not available.
    """

    def __init__(self, port: int, accepted: Callable[[socket.socket], None]) -> None:
        self._accepted = accepted
        self._socket = _bound(port)
        self._thread: threading.Thread | None = None
        self._waker: socket.socket | None = None
        self.port: int = self._socket.getsockname()[1]

    @property
    def accepts(self) -> bool:
        """True while connections are accepted, False while they are refused."""
        return self._thread is not None

    def start(self) -> None:
        """Accept connections from now on."""
        if self._thread is not None:
            return
        _share(self._socket, shared=True)  # connections inherit it, and must not keep `refuse` from binding the port
        self._socket.listen(_BACKLOG)
        self._socket.setblocking(False)
        self._waker, woken = socket.socketpair()
        arguments = (self._socket, woken)
        self._thread = threading.Thread(target=self._accept, args=arguments, name="fault proxy", daemon=True)
        self._thread.start()

    def refuse(self) -> None:
        """Refuse connections from now on, and keep the port.

        Raises:
            EmulatorError: Another program took the port in the meantime.
        """
        if self._thread is None:
            return
        self._stop()
        # A socket that is bound but doesn't listen keeps the port, and the system refuses connections.
        self._socket = _bound(self.port)

    def close(self) -> None:
        """Release the port."""
        if self._thread is not None:
            self._stop()
        self._socket.close()

    def _stop(self) -> None:
        if self._waker is not None:
            self._waker.close()
        if self._thread is not None:
            self._thread.join()
        self._thread = self._waker = None
        self._socket.close()

    def _accept(self, listener: socket.socket, woken: socket.socket) -> None:
        with woken, selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            while all(key.fileobj is not woken for key, _ in selector.select()):
                try:
                    sock, _ = listener.accept()
                except OSError:  # the client has disconnected already
                    continue
                sock.setblocking(True)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._accepted(sock)


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        _share(made, shared=True)  # with earlier connections that linger
        made.bind((LOOPBACK, port))
        _share(made, shared=False)  # with no other program, as long as it doesn't listen
    except OSError as error:
        made.close()
        raise EmulatorError(f"the fault proxy can't use port {port} of {LOOPBACK}: {error}") from error
    return made


def _share(sock: socket.socket, *, shared: bool) -> None:
    if os.name == "posix":  # on other systems, it would let two programs share one port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, shared)

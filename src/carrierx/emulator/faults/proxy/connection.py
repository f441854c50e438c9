"""One connection of a fault proxy, from accepting it to closing it."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, TypeAlias

from carrierx.emulator.faults.proxy.framing import AnswerCut, RequestWatch
from carrierx.emulator.faults.proxy.modes import ProxyFault, ProxyMode

_PIECE: Final = 65_536
_PATIENCE: Final = 30.0
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)

Address: TypeAlias = "tuple[str, int]"
"""A host and a port."""


class ProxiedConnection:
    """One connection of a fault proxy. Its thread calls `serve`; any thread may call `end`.

    Args:
        sock: The accepted socket; closed by `serve`.
        target: The address that requests are forwarded to.
        mode: The mode for this connection.
        on_fault: Called when the fault has happened.
    """

    def __init__(self, sock: socket.socket, target: Address, mode: ProxyMode, on_fault: Callable[[], None]) -> None:
        self._client = sock
        self._target = target
        self._mode = mode
        self._on_fault = on_fault
        self._lock = threading.Lock()
        self._open = [sock]
        self._over = threading.Event()

    def serve(self) -> None:
        """Handle the connection as the mode says, until it ends."""
        # Either side can close a connection at any time, above all in a fault proxy.
        with suppress(OSError):
            self._act()
        self._close(self._client)

    def end(self) -> None:
        """Make the connection end soon, whatever it is doing."""
        with self._lock:
            self._over.set()
            for sock in self._open:
                with suppress(OSError):  # the socket may be disconnected already
                    sock.shutdown(socket.SHUT_RDWR)

    def _act(self) -> None:
        mode = self._mode
        match mode.fault:
            case ProxyFault.RESET_ON_ACCEPT:
                self._reset()
            case ProxyFault.RESET_IN_REQUEST:
                if self._read_request(stop_after=mode.after):
                    self._reset()
            case ProxyFault.SILENCE:
                self._on_fault()
                while self._client.recv(_PIECE):
                    pass
            case ProxyFault.CLOSE_AFTER_READING:
                self._close_after_reading()
            case ProxyFault.RESET_IN_ANSWER:
                self._relay(self._cutting(AnswerCut(mode.after)))
            case ProxyFault.DRIP:
                self._on_fault()
                self._relay(self._drip)
            case _:
                self._relay(self._pass)

    def _read_request(self, stop_after: int | None = None) -> bytes:
        """Read a request, completely or up to this many bytes of its body; return the bytes that were read."""
        watch, received = RequestWatch(), b""
        while not watch.complete:
            if stop_after is not None and watch.has_head and watch.body_size >= stop_after:
                break
            data = self._client.recv(_PIECE)
            received += data
            watch.feed(data)
            if not data:
                break
        return received

    def _close_after_reading(self) -> None:
        request = self._read_request()
        if not request:
            return
        if self._mode.forward:
            upstream = self._connect()
            try:
                upstream.sendall(request)
                upstream.recv(1)  # when a response begins, the request has been handled
            finally:
                self._close(upstream)
        self._on_fault()

    def _relay(self, deliver: Callable[[bytes], bool]) -> None:
        """Forward bytes both ways until either side closes or `deliver` needs no more of the response."""
        upstream = self._connect()
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._client, selectors.EVENT_READ)
                selector.register(upstream, selectors.EVENT_READ)
                while self._carry(selector, upstream, deliver):
                    pass
        finally:
            self._close(upstream)

    def _carry(
        self, selector: selectors.BaseSelector, upstream: socket.socket, deliver: Callable[[bytes], bool]
    ) -> bool:
        """Forward the available bytes; return whether there may be more."""
        ready = {key.fileobj for key, _ in selector.select()}
        if upstream in ready:
            data = upstream.recv(_PIECE)
            if not data or not deliver(data):
                return False
        if self._client in ready:
            data = self._client.recv(_PIECE)
            try:
                if data:
                    upstream.sendall(data)
                else:
                    upstream.shutdown(socket.SHUT_WR)
            except OSError:  # the target accepts no more, but may have responded before
                data = b""
            if not data:
                selector.unregister(self._client)
        return True

    def _pass(self, data: bytes) -> bool:
        self._client.sendall(data)
        return True

    def _cutting(self, cut: AnswerCut) -> Callable[[bytes], bool]:
        def deliver(data: bytes) -> bool:
            passed, reached = cut.feed(data)
            self._client.sendall(passed)
            if reached:
                self._reset()
            return not reached

        return deliver

    def _drip(self, data: bytes) -> bool:
        for piece in _pieces(data, self._mode.size):
            if self._over.wait(self._mode.pause):
                return False
            self._client.sendall(piece)
        return True

    def _connect(self) -> socket.socket:
        upstream = socket.create_connection(self._target, timeout=_PATIENCE)
        upstream.settimeout(None)
        upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.append(upstream)
        if self._over.is_set():
            self.end()
        return upstream

    def _reset(self) -> None:
        self._on_fault()
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._close(self._client)

    def _close(self, sock: socket.socket) -> None:
        with self._lock:
            if sock in self._open:
                self._open.remove(sock)
                sock.close()


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))

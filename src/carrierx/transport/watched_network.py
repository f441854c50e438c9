"""The network layer of our own connections. It keeps the deadline and counts the bytes written and read.

httpcore's timeouts limit one read, not all of them: a server that sends a byte now and then could make a call last
forever. So these streams limit each wait to the time left for the call. They also record whether any byte of a request
was written, and whether a connection is exactly at the end of a response.

Bytes after a response would be read as the response to the next request: an error for a message that was accepted, or
the receipt for another message. The HTTP parser doesn't show such bytes, so these streams count what they read. If the
count proves nothing, the connection isn't reused.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, cast
from weakref import WeakSet

import httpcore

from carrierx.transport.evidence import Evidence, attempt_evidence

__all__ = ["ReceivedBytes", "WatchedAsyncBackend", "WatchedAsyncStream", "WatchedStream", "WatchedSyncBackend"]

_LARGEST_HELD = 16_384
# The end of the headers as h11 sees it, which also accepts lines without a carriage return.
_HEAD_END = re.compile(rb"\n\r?\n")
_CHUNKED = re.compile(rb"\ntransfer-encoding:[^\n]*chunked", re.IGNORECASE)
_WITHOUT_BODY = (204, 304)
SocketOption: TypeAlias = "tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]"


def _time_left(timeout: float | None, evidence: Evidence | None, late: type[httpcore.TimeoutException]) -> float | None:
    if evidence is None or evidence.time_left is None:
        return timeout
    left = evidence.time_left()
    if left <= 0:
        raise late("the call's total time has passed")
    return left if timeout is None else min(timeout, left)


class _Watched:
    """The common part of sync and async streams."""

    __slots__ = ("__weakref__", "_extra_info", "_has_tls", "_held", "_received", "usable_until")

    def __init__(self, extra_info: Callable[[str], Any], *, has_tls: bool) -> None:
        self._extra_info = extra_info
        self.usable_until: float | None = None
        self._has_tls = has_tls
        self._held = b""
        self._received = ReceivedBytes()

    def _release(self) -> bytes:
        """Return the bytes held back, to write them now."""
        held, self._held = self._held, b""
        return held

    def _record_write(self, buffer: bytes) -> Evidence | None:
        evidence = attempt_evidence.get()
        # A proxy's CONNECT is not the request itself.
        if evidence is not None and not buffer.startswith(b"CONNECT "):
            evidence.bytes_offered = True
        return evidence

    def ends_with_response(self, method: bytes, status_code: int, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Return whether no byte was read after the response, so that the connection can be reused."""
        return self._received.end_with_response(method, status_code, headers) and not self._tls_holds_more()

    def _tls_holds_more(self) -> bool:
        # TLS over memory buffers, as in event loops, may have received more records than were read from it. The socket
        # looks empty then.
        tls = self._extra_info("ssl_object") if self._has_tls else None
        if not isinstance(tls, ssl.SSLObject):
            return False
        try:
            tls.read(1)
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError:
            return True
        return True

    def get_extra_info(self, info: str) -> Any:
        """Return connection details to the pool. A connection that must not be reused looks closed by the server."""
        if info == "is_readable" and self.usable_until is not None and time.monotonic() > self.usable_until:
            return True
        return self._extra_info(info)


class WatchedStream(_Watched, httpcore.NetworkStream):
    """A sync connection."""

    __slots__ = ("_inner",)

    def __init__(self, inner: httpcore.NetworkStream, *, has_tls: bool = False) -> None:
        super().__init__(inner.get_extra_info, has_tls=has_tls)
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read, within the time left for the call."""
        if self._held:
            self._write(self._release(), timeout)
        data = self._inner.read(max_bytes, _time_left(timeout, attempt_evidence.get(), httpcore.ReadTimeout))
        self._received.add(data, max_bytes)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, within the time left for the call.

        The headers are the first write of a request. They are held back until the next write. The body's last byte is a
        separate write (see `evidence`), so a send needs two writes in all.
        """
        if self._received.clear():
            self._held = buffer
        elif buffer := self._release() + buffer:
            self._write(buffer, timeout)

    def _write(self, buffer: bytes, timeout: float | None) -> None:
        evidence = self._record_write(buffer)
        self._inner.write(buffer, _time_left(timeout, evidence, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Start TLS, within the time left for the call."""
        try:
            left = _time_left(timeout, attempt_evidence.get(), httpcore.ConnectTimeout)
            return WatchedStream(self._inner.start_tls(ssl_context, server_hostname, left), has_tls=True)
        except BaseException:
            # httpcore closes the connection if its own handshake fails, but not if no time is left for one.
            self._inner.close()
            raise


class WatchedSyncBackend(httpcore.NetworkBackend):
    """Opens sync connections."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that responds, within the time left for the call."""
        evidence = attempt_evidence.get()
        if evidence is not None:
            evidence.address = _address(host, port)
        failure: Exception = httpcore.ConnectError("the host name has no address")
        for address in _addresses(host, port):
            left = _time_left(timeout, evidence, httpcore.ConnectTimeout)
            try:
                return WatchedStream(self._inner.connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def sleep(self, seconds: float) -> None:
        """Wait before httpcore connects again."""
        self._inner.sleep(seconds)


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(error) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class WatchedAsyncStream(_Watched, httpcore.AsyncNetworkStream):
    """An async connection. An `asyncio.timeout` around the attempt keeps the deadline."""

    __slots__ = ("_inner", "_open_streams")

    def __init__(
        self, inner: httpcore.AsyncNetworkStream, open_streams: WeakSet[WatchedAsyncStream], *, has_tls: bool = False
    ) -> None:
        super().__init__(inner.get_extra_info, has_tls=has_tls)
        self._inner = inner
        self._open_streams = open_streams
        open_streams.add(self)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read."""
        if self._held:
            await self._write(self._release(), timeout)
        data = await self._inner.read(max_bytes, timeout)
        self._received.add(data, max_bytes)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, but hold small writes back until the response is read, because each write costs a tenth of a send.

        The event loop accepts all bytes of a write or none, so a small request was either not sent, or may have been.
        """
        self._received.clear()
        self._held += buffer
        if len(self._held) > _LARGEST_HELD:
            await self._write(self._release(), timeout)

    async def _write(self, buffer: bytes, timeout: float | None) -> None:
        evidence = self._record_write(buffer)
        try:
            await self._inner.write(buffer, timeout)
        except httpcore.WriteError:
            # The event loop refuses a write to a lost connection, or lost the connection before the buffer was sent.
            # Either way, the last byte of the buffer was not sent, and it may be the end of the request.
            if evidence is not None:
                evidence.end_taken = False
            raise

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    def close_socket(self) -> None:
        """Close the socket itself, after the event loop that would have to close the connection was closed."""
        lent = self._extra_info("socket")
        held = getattr(lent, "_sock", lent)  # asyncio lends its sockets without their `close`
        if isinstance(held, socket.socket):
            held.close()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Start TLS."""
        try:
            inner = await self._inner.start_tls(ssl_context, server_hostname, timeout)
            return WatchedAsyncStream(inner, self._open_streams, has_tls=True)
        except BaseException:
            # httpcore closes the connection when this fails, but not when it is cancelled.
            await self._inner.aclose()
            raise


class WatchedAsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens async connections."""

    def __init__(self) -> None:
        # httpcore declares the name twice, once for where anyio is missing.
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        self._open_streams: WeakSet[WatchedAsyncStream] = WeakSet()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect."""
        evidence = attempt_evidence.get()
        if evidence is not None:
            evidence.address = _address(host, port)
        inner = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return WatchedAsyncStream(inner, self._open_streams)

    def close_sockets(self) -> None:
        """Close the sockets of all connections, after their event loop was closed."""
        for stream in list(self._open_streams):
            stream.close_socket()

    async def sleep(self, seconds: float) -> None:
        """Wait before httpcore connects again."""
        await self._inner.sleep(seconds)


class ReceivedBytes:
    """Counts the bytes that a connection has read since the last request. Only chunked bodies are kept."""

    __slots__ = ("_filled", "_head_size", "_kept", "_size", "_used")

    def __init__(self) -> None:
        self._used = True
        self._size = 0
        self._head_size = 0
        self._kept: bytearray | None = bytearray()
        self._filled = False

    def clear(self) -> bool:
        """Start again with the next request, which begins with the first write after a read.

        Returns:
            Whether the coming write is the first of its request.
        """
        if not self._used:
            return False
        self._used = False
        self._size = self._head_size = 0
        self._kept = bytearray()
        self._filled = False
        return True

    def add(self, data: bytes, asked_for: int) -> None:
        """Record a read.

        Args:
            data: The bytes that were read.
            asked_for: The maximum size of the read. If that many bytes came, more may wait in a buffer below.
        """
        self._used = True
        self._size += len(data)
        self._filled = len(data) >= asked_for
        if self._kept is None:
            return
        self._kept += data
        if not self._head_size:
            end = _HEAD_END.search(self._kept)
            if end is not None:
                self._head_size = end.end()
                if _CHUNKED.search(self._kept, 0, self._head_size) is None:
                    self._kept = None  # its headers state its size, so the count is enough

    def end_with_response(self, method: bytes, status_code: int, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Return whether the last byte that was read is the last byte of the response.

        Args:
            method: The request's method.
            status_code: The response status.
            headers: The response headers.
        """
        if not self._head_size or self._filled:
            return False
        if method == b"HEAD" or status_code in _WITHOUT_BODY:
            return self._size == self._head_size
        if self._kept is not None:
            return self._size == _end_of_chunks(self._kept, self._head_size)
        lengths = {value for name, value in headers if name.lower() == b"content-length"}
        length = lengths.pop() if len(lengths) == 1 else b""
        return length.isdigit() and self._size == self._head_size + int(length)


def _end_of_chunks(data: bytearray, position: int) -> int | None:
    """Return the position after a chunked body with its trailers; None if it is incomplete or invalid."""
    size = -1
    while size:
        line_end = data.find(b"\r\n", position)
        try:
            size = int(data[position:line_end].partition(b";")[0], 16) if line_end >= 0 else -1
        except ValueError:
            return None
        if size < 0:
            return None
        position = line_end + 2 + (size + 2 if size else 0)
    while True:
        line_end = data.find(b"\r\n", position)
        if line_end < 0:
            return None
        if line_end == position:
            return line_end + 2
        position = line_end + 2

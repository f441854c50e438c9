"""The network beneath our own connections: it keeps the deadline and counts what is written and read.

The timeouts of httpcore bound one read, not all of them: a server that sends a byte now and then holds a call without
end. So the streams beneath it cap each wait by what is left of the call's time. They also note what was offered to the
network, and whether a connection ends exactly with its answer.

Anything after an answer would be read as the answer to the next request: a refusal of a message that was taken, or the
receipt of somebody else's. The HTTP parser keeps such bytes to itself, so what our own streams read is counted. Where
the count proves nothing, the connection isn't used again.
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
# As h11 ends a head, which also takes lines without a carriage return.
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
    """What sync and async streams share."""

    __slots__ = ("__weakref__", "_extra_info", "_has_tls", "_held", "_received", "usable_until")

    def __init__(self, extra_info: Callable[[str], Any], *, has_tls: bool) -> None:
        self._extra_info = extra_info
        self.usable_until: float | None = None
        self._has_tls = has_tls
        self._held = b""
        self._received = ReceivedBytes()

    def _release(self) -> bytes:
        """Give what is held back, to be written now."""
        held, self._held = self._held, b""
        return held

    def _note_write(self, buffer: bytes) -> Evidence | None:
        evidence = attempt_evidence.get()
        # A proxy's CONNECT is not the request itself.
        if evidence is not None and not buffer.startswith(b"CONNECT "):
            evidence.bytes_offered = True
        return evidence

    def ends_with_answer(self, method: bytes, status_code: int, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Tell whether nothing was read beyond an answer, so that the connection can carry another request."""
        return self._received.end_with_answer(method, status_code, headers) and not self._tls_holds_more()

    def _tls_holds_more(self) -> bool:
        # TLS over memory buffers, as in event loops, may have taken more records off the network than it has read.
        # Then the socket looks empty.
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
        """Answer what the pool asks; a connection that isn't to be used again looks closed by the server."""
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
        """Read, within what is left of the call's time."""
        if self._held:
            self._write(self._release(), timeout)
        data = self._inner.read(max_bytes, _time_left(timeout, attempt_evidence.get(), httpcore.ReadTimeout))
        self._received.add(data, max_bytes)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, within what is left of the call's time.

        The headers, an exchange's first write, are held back until the next. The body's last byte is a write of its own
        (see `evidence`), so a send takes two writes, as usual.
        """
        if self._received.clear():
            self._held = buffer
        elif buffer := self._release() + buffer:
            self._write(buffer, timeout)

    def _write(self, buffer: bytes, timeout: float | None) -> None:
        evidence = self._note_write(buffer)
        self._inner.write(buffer, _time_left(timeout, evidence, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Begin TLS, within what is left of the call's time."""
        try:
            left = _time_left(timeout, attempt_evidence.get(), httpcore.ConnectTimeout)
            return WatchedStream(self._inner.start_tls(ssl_context, server_hostname, left), has_tls=True)
        except BaseException:
            # httpcore closes the connection where its own handshake fails, but not where no time is left for one.
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
        """Connect to the first address that answers; each try is bound by what is left of the call's time."""
        evidence = attempt_evidence.get()
        if evidence is not None:
            evidence.address = _address(host, port)
        failure: Exception = httpcore.ConnectError("the name has no address")
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
    """An async connection. The call's time is kept by a timeout scope around it."""

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
        """Write, but hold small writes back until the answer is to be read: a tenth of a send is a write of its own.

        The event loop takes a write as a whole or refuses it, so a small request is either not out, or may be.
        """
        self._received.clear()
        self._held += buffer
        if len(self._held) > _LARGEST_HELD:
            await self._write(self._release(), timeout)

    async def _write(self, buffer: bytes, timeout: float | None) -> None:
        evidence = self._note_write(buffer)
        try:
            await self._inner.write(buffer, timeout)
        except httpcore.WriteError:
            # The event loop refuses a write to a connection that is lost, or lost it before the buffer had gone out.
            # Either way the last byte of what it was given was not sent, and that may be the end of the request.
            if evidence is not None:
                evidence.end_taken = False
            raise

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    def close_socket(self) -> None:
        """Close the socket itself, where the event loop that would have to close the connection is closed."""
        lent = self._extra_info("socket")
        held = getattr(lent, "_sock", lent)  # asyncio lends its sockets without their `close`
        if isinstance(held, socket.socket):
            held.close()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Begin TLS."""
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
        """Close the sockets of every connection, where their event loop is closed and can't do it."""
        for stream in list(self._open_streams):
            stream.close_socket()

    async def sleep(self, seconds: float) -> None:
        """Wait before httpcore connects again."""
        await self._inner.sleep(seconds)


class ReceivedBytes:
    """What a connection has read since the last request was written. Bodies aren't kept, except chunked ones."""

    __slots__ = ("_filled", "_head_size", "_kept", "_size", "_used")

    def __init__(self) -> None:
        self._used = True
        self._size = 0
        self._head_size = 0
        self._kept: bytearray | None = bytearray()
        self._filled = False

    def clear(self) -> bool:
        """Start again with the next exchange, which begins with the first write after a read.

        Returns:
            Whether a write that is about to happen is the first of its exchange.
        """
        if not self._used:
            return False
        self._used = False
        self._size = self._head_size = 0
        self._kept = bytearray()
        self._filled = False
        return True

    def add(self, data: bytes, asked_for: int) -> None:
        """Note a read.

        Args:
            data: What came.
            asked_for: How many bytes would have been taken. If that many came, more may wait in a buffer beneath.
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
                    self._kept = None  # its size is stated, so the count is enough

    def end_with_answer(self, method: bytes, status_code: int, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Tell whether the last byte that was read is the answer's last one.

        Args:
            method: The request's method.
            status_code: The answer's status.
            headers: The answer's headers.
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
    """Find where a chunked body ends, trailers included; None if it doesn't, or isn't one."""
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

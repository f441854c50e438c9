"""The network beneath our own pools: it keeps the deadline and watches what is written.

httpcore swallows write errors and reads on, and its timeouts bound one read, not the whole: a server that sends a byte
now and then holds a call for ever. So the streams beneath it note what was offered to the network, and cap each wait by
what is left of the call's time.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any, TypeAlias, cast

import httpcore

from carrierx.transport.evidence import FITS_IN_WRITE_BUFFER, Evidence, IdleLimit, attempt_evidence

__all__ = ["WatchedAsyncBackend", "WatchedSyncBackend"]

SocketOption: TypeAlias = "tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]"


def _time_left(timeout: float | None, evidence: Evidence | None, late: type[httpcore.TimeoutException]) -> float | None:
    if evidence is None or evidence.time_left is None:
        return timeout
    left = evidence.time_left()
    if left <= 0:
        raise late("the call's total time has passed")
    return left if timeout is None else min(timeout, left)


def _noted(stream: IdleLimit, buffer: bytes) -> Evidence | None:
    """Note a write. A proxy's CONNECT is not the request itself."""
    evidence = attempt_evidence.get()
    if evidence is not None and buffer and not buffer.startswith(b"CONNECT "):
        evidence.bytes_offered = True
        evidence.stream = stream
    return evidence


class _Watched(IdleLimit):
    __slots__ = ()

    def is_past_idle_limit(self) -> bool:
        return self.usable_until is not None and time.monotonic() > self.usable_until


class WatchedStream(_Watched, httpcore.NetworkStream):
    """A sync connection.

    Another thread may close the client while this one waits for an answer: the request would be out, and its answer
    lost. So a close by anybody but the user waits until the exchange is over.
    """

    __slots__ = ("_close_wanted", "_inner", "_user")

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        super().__init__()
        self._inner = inner
        self._user: Evidence | None = None
        self._close_wanted = False

    def end_exchange(self) -> None:
        """Give the connection back, before the pool hands it to another thread."""
        # In this order, and in `close` in the other: whichever thread comes second sees what the first one did.
        self._user = None
        if self._close_wanted:
            self._inner.close()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read, within what is left of the call's time."""
        return self._inner.read(max_bytes, _time_left(timeout, attempt_evidence.get(), httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, within what is left of the call's time, and note a failure."""
        if self._user is None:
            self._user = attempt_evidence.get()
            if self._close_wanted:
                raise httpcore.ConnectionNotAvailable  # nothing was written yet: the pool takes another one
        evidence = _noted(self, buffer)
        try:
            self._inner.write(buffer, _time_left(timeout, evidence, httpcore.WriteTimeout))
        except (httpcore.WriteError, httpcore.WriteTimeout):
            if evidence is not None:
                evidence.write_failed = True
            raise

    def close(self) -> None:
        """Close the connection, at once or, if another thread is using it, as soon as that has its answer."""
        self._close_wanted = True
        if self._user is None or self._user is attempt_evidence.get():
            self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Begin TLS, within what is left of the call's time."""
        try:
            left = _time_left(timeout, attempt_evidence.get(), httpcore.ConnectTimeout)
            return WatchedStream(self._inner.start_tls(ssl_context, server_hostname, left))
        except BaseException:
            # httpcore closes the connection where its own handshake fails, but not where no time is left for one.
            self._inner.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        """Answer what the pool asks; a connection past its idle life looks closed by the server."""
        if info == "is_readable" and self.is_past_idle_limit():
            return True
        return self._inner.get_extra_info(info)


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
            evidence.network_used = True
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


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(error) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class WatchedAsyncStream(_Watched, httpcore.AsyncNetworkStream):
    """An async connection. The call's time is kept by a timeout scope around it."""

    __slots__ = ("_inner",)

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        super().__init__()
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read."""
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, and note a failure."""
        evidence = _noted(self, buffer)
        try:
            await self._inner.write(buffer, timeout)
        except (httpcore.WriteError, httpcore.WriteTimeout) as error:
            # The event loop may still send what it took before the time ran out. Only of a long body, which keeps its
            # last byte back, that proves something.
            if evidence is not None and (isinstance(error, httpcore.WriteError) or len(buffer) > FITS_IN_WRITE_BUFFER):
                evidence.write_failed = True
            raise

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Begin TLS."""
        try:
            return WatchedAsyncStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            # httpcore closes the connection when this fails, but not when it is cancelled.
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        """Answer what the pool asks; a connection past its idle life looks closed by the server."""
        if info == "is_readable" and self.is_past_idle_limit():
            return True
        return self._inner.get_extra_info(info)


class WatchedAsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens async connections."""

    def __init__(self) -> None:
        # httpcore declares the name twice, once for where anyio is missing.
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

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
            evidence.network_used = True
        return WatchedAsyncStream(await self._inner.connect_tcp(host, port, timeout, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        """Wait before httpcore connects again."""
        await self._inner.sleep(seconds)

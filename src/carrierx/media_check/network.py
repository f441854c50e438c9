"""The network beneath a check: it connects to checked addresses alone, and keeps the check's time.

The name is looked up here, every address is checked, and the very address that was checked is connected to. So a name
that leads elsewhere when it is asked again gains nothing.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import httpcore

if TYPE_CHECKING:
    from carrierx.media_check.public_addresses import AddressGuard

__all__ = ["Deadline", "GuardedAsyncBackend", "GuardedBackend"]

SocketOption: TypeAlias = "tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]"

MAX_ADDRESSES = 4


class Deadline:
    """The end of a check. It goes by the real time, as sockets do."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Give the seconds that are left; 0 or less at the end."""
        return self._end - time.monotonic()

    def cap(self, late: type[httpcore.TimeoutException], share: int = 1) -> float:
        """Give the seconds that one wait may last.

        Args:
            late: What to raise if the end has come.
            share: Among how many waits the time is to be shared.
        """
        left = self.left()
        if left <= 0:
            raise late("the check's time has passed")
        return left / share


def _tries(found: list[str], deadline: Deadline) -> Iterator[tuple[str, float]]:
    """Give the first few addresses, each with its share of the time: one that is silent must not use it all up."""
    chosen = found[:MAX_ADDRESSES]
    for number, address in enumerate(chosen):
        yield address, deadline.cap(httpcore.ConnectTimeout, share=len(chosen) - number)


class _TimedStream(httpcore.NetworkStream):
    """A sync connection. Each wait is bound by what is left of the check's time."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the check's own time
        return self._inner.read(max_bytes, self._deadline.cap(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._inner.write(buffer, self._deadline.cap(httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        seconds = self._deadline.cap(httpcore.ConnectTimeout)
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens sync connections to checked addresses.

    Args:
        inner: Opens a connection to an address.
        guard: Looks names up, and checks what they lead to.
        deadline: The end of the check.
    """

    def __init__(self, inner: httpcore.NetworkBackend, guard: AddressGuard, deadline: Deadline) -> None:
        self._inner = inner
        self._guard = guard
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers."""
        try:
            found = self._guard.addresses(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(error) from error
        failure: Exception | None = None
        for address, seconds in _tries(found, self._deadline):
            try:
                inner = self._inner.connect_tcp(address, port, seconds, local_address, socket_options)
                return _TimedStream(inner, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("the name has no address")


class GuardedAsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens async connections to checked addresses. A timeout scope around the check keeps its time.

    Args:
        inner: Opens a connection to an address.
        guard: Looks names up, and checks what they lead to; asked in a thread.
        deadline: The end of the check.
    """

    def __init__(self, inner: httpcore.AsyncNetworkBackend, guard: AddressGuard, deadline: Deadline) -> None:
        self._inner = inner
        self._guard = guard
        self._deadline = deadline

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's addresses that answers."""
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(None, self._guard.addresses, host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(error) from error
        failure: Exception | None = None
        for address, seconds in _tries(found, self._deadline):
            try:
                return await self._inner.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("the name has no address")

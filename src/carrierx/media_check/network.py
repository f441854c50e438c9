"""Network backends of a check: they connect only to checked addresses, within the check's time.

A backend looks up the name, checks every address, and connects to exactly the address that it checked. So DNS rebinding
doesn't work: a name that resolves to a different address on a second lookup is never looked up a second time.
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
    """End of a check, in real time."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the remaining seconds; 0 or less at the end."""
        return self._end - time.monotonic()

    def cap(self, late: type[httpcore.TimeoutException], share: int = 1) -> float:
        """Return the seconds that one wait may last.

        Args:
            late: Exception to raise if the deadline has passed.
            share: Number of waits that share the remaining time.
        """
        left = self.left()
        if left <= 0:
            raise late("the check's deadline has passed")
        return left / share


def _tries(found: list[str], deadline: Deadline) -> Iterator[tuple[str, float]]:
    """Yield the first few addresses, each with a share of the time: an unresponsive one must not use it all."""
    chosen = found[:MAX_ADDRESSES]
    for number, address in enumerate(chosen):
        yield address, deadline.cap(httpcore.ConnectTimeout, share=len(chosen) - number)


class _TimedStream(httpcore.NetworkStream):
    """Sync connection in which each wait is limited to the remaining time of the check."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline applies instead
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
        guard: Looks up names and checks their addresses.
        deadline: End of the check.
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
        """Connect to the first of the host's addresses that responds."""
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
    """Opens async connections to checked addresses. The caller limits the time of the check.

    Args:
        inner: Opens a connection to an address.
        guard: Looks up names and checks their addresses; called in a thread.
        deadline: End of the check.
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
        """Connect to the first of the host's addresses that responds."""
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

"""Who may use an HTTP client: the process, and for async the event loop, that it was made or first used in.

A connection that two processes share hands one of them the other's answer, without an error. So what another process
made is never used, and an injected client is refused there before a byte leaves.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from carrierx.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CLOSED", "OTHER_PROCESS", "SyncOwner"]


class SyncCloseable(Protocol):
    """What a sync HTTP client must offer here."""

    def close(self) -> None:
        """Close every connection."""
        ...


C = TypeVar("C", bound=SyncCloseable)

CLOSED = "This client is closed. Make a new one; `with` closes it at the end of its block."
OTHER_PROCESS = (
    "The injected HTTP client was first used in another process: sharing its connections would mix up answers. "
    "Give http_client= a function that makes one, and each process gets its own."
)


class SyncOwner(Generic[C]):
    """Hands out the process's HTTP client.

    Args:
        make: Makes a client for this process; called at the first use in each.
        injected: The user's own client, instead; never closed here.
    """

    def __init__(self, make: Callable[[], C] | None, injected: C | None = None) -> None:
        self._make = make
        self._client = injected
        self._process: int | None = None
        self._lock = threading.Lock()
        self._lock_process = os.getpid()
        self._closed = False

    def client(self) -> C:
        """Give the client to use here and now.

        Raises:
            ConfigurationError: It is closed, or an injected client belongs to another process.
        """
        if self._closed:
            raise ConfigurationError(CLOSED)
        process = os.getpid()
        if self._process == process and self._client is not None:
            return self._client
        if self._lock_process != process:
            # The child of a fork: the lock may be held by a thread that exists only in the parent.
            self._lock, self._lock_process = threading.Lock(), process
        with self._lock:
            return self._claimed(process)

    def _claimed(self, process: int) -> C:
        if self._make is not None and (self._client is None or self._process != process) and not self._closed:
            # What a fork left behind is dropped unclosed: its locks may be held by threads of the parent.
            self._client = self._make()
        elif self._process not in (None, process):
            raise ConfigurationError(OTHER_PROCESS)
        self._process = process
        if self._client is None:
            raise ConfigurationError(CLOSED)
        return self._client

    def abandon(self, client: C) -> None:
        """Leave a client of ours unclosed after an interrupt, so that the next call makes another.

        An interrupt between the taking of a pool's lock and its `with` block leaves it taken for good: whoever then
        sends or closes waits for ever.
        """
        if self._make is not None and self._client is client:
            self._client = None

    def close(self) -> None:
        """Close what was made here; closing twice is fine."""
        self._closed = True
        client, self._client = self._client, None
        if client is not None and self._make is not None and self._process == os.getpid():
            client.close()

"""Who may use an HTTP client: the process, and for async the event loop, that it was made or first used in.

A connection that two processes share hands one of them the other's answer, without an error. So what another process
made is never used, and an injected client is refused there before a byte leaves.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from carrierx.errors import ConfigurationError
from carrierx.transport.in_flight import InFlight

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CLOSED", "OTHER_PROCESS", "PerProcess"]


class SyncAdapter(Protocol):
    """What an adapter must offer here."""

    def close(self) -> None:
        """Close every connection."""
        ...

    def abandon(self) -> None:
        """Leave it after an interrupt."""
        ...


C = TypeVar("C", bound=SyncAdapter)

CLOSED = "This client is closed. Make a new one; `with` closes it at the end of its block."
OTHER_PROCESS = (
    "The injected HTTP client was first used in another process: sharing its connections would mix up answers. "
    "Give http_client= a function that makes one, and each process gets its own."
)


class PerProcess(Generic[C]):
    """Hands out the process's adapter.

    Args:
        make: Makes an adapter for this process; called at the first use in each.
        injected: The adapter over the user's own client, instead; never closed here.

    Attributes:
        in_flight: The exchanges that are under way. Whoever adds one before `get` is either refused there or waited
            for by `close`.
    """

    def __init__(self, make: Callable[[], C] | None, injected: C | None = None) -> None:
        self.in_flight: InFlight = InFlight()
        self._make = make
        self._adapter = injected
        self._process: int | None = None
        self._lock = threading.Lock()
        self._lock_process = os.getpid()
        self._closed = False

    def get(self) -> C:
        """Give the adapter to use here and now.

        Raises:
            ConfigurationError: It is closed, or an injected client belongs to another process.
        """
        if self._closed:
            raise ConfigurationError(CLOSED)
        process = os.getpid()
        if self._process == process and self._adapter is not None:
            return self._adapter
        if self._lock_process != process:
            # The child of a fork: the lock may be held by a thread that exists only in the parent.
            self._lock, self._lock_process = threading.Lock(), process
        with self._lock:
            return self._claimed(process)

    def _claimed(self, process: int) -> C:
        if self._make is not None and (self._adapter is None or self._process != process) and not self._closed:
            # What a fork left behind is dropped unclosed: its locks may be held by threads of the parent.
            self._adapter = self._make()
        elif self._process not in (None, process):
            raise ConfigurationError(OTHER_PROCESS)
        self._process = process
        if self._adapter is None:
            raise ConfigurationError(CLOSED)
        return self._adapter

    def abandon(self, adapter: C) -> None:
        """Leave an adapter of ours after an interrupt, so that the next call makes another.

        An interrupt can leave bookkeeping half done or a lock of the HTTP library locked: whoever then sends or closes
        would wait without end.
        """
        if self._make is not None and self._adapter is adapter:
            self._adapter = None
            adapter.abandon()

    def close(self, *, wait: bool = True) -> None:
        """Close what was made here; closing twice is fine.

        Args:
            wait: Whether to wait for the exchanges under way, so that no receipt is lost.
        """
        self._closed = True
        adapter, self._adapter = self._adapter, None
        if adapter is None or self._process != os.getpid():
            return
        if wait:
            self.in_flight.wait()
        if self._make is not None:
            adapter.close()

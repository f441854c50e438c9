"""Who may use an HTTP client: the process, and for async the event loop, that it was made or first used in.

A connection that two processes share hands one of them the other's answer, without an error. So what another process
made is never used, and an injected client is refused there before a byte leaves.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from carrierx.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from carrierx.transport.http_library.httpx_adapter import HttpxAdapter

__all__ = ["CLOSED", "OTHER_PROCESS", "PerProcess"]


_POLL_SECONDS = 0.005

CLOSED = "This client is closed. Make a new one; `with` closes it at the end of its block."
OTHER_PROCESS = (
    "The injected HTTP client was first used in another process: sharing its connections would mix up answers. "
    "Give http_client= a function that makes one, and each process gets its own."
)


class InFlight:
    """The exchanges under way in a process's threads, so that a client that is closed waits for their answers.

    An answer that nobody waits for is a receipt lost: the message went out, and its sender can't know. The wait ends
    with the exchanges' own time limits. No lock is held, which an interrupt could leave locked.
    """

    def __init__(self) -> None:
        self._exchanges: dict[object, tuple[int, int, float]] = {}

    def add(self, exchange: object, seconds: float) -> None:
        """Note that an exchange begins, and for how long it may last."""
        self._exchanges[exchange] = os.getpid(), threading.get_ident(), time.monotonic() + seconds

    def remove(self, exchange: object) -> None:
        """Note that an exchange has ended."""
        self._exchanges.pop(exchange, None)

    def wait(self) -> None:
        """Wait until the exchanges of all other threads have ended, or their time has passed.

        Those that a fork left behind belong to threads that don't exist in this process.
        """
        here, me = os.getpid(), threading.get_ident()
        while any(
            process == here and thread != me and until > time.monotonic()
            for process, thread, until in list(self._exchanges.values())
        ):
            time.sleep(_POLL_SECONDS)


class PerProcess:
    """Hands out the process's adapter.

    Args:
        make: Makes an adapter for this process; called at the first use in each.
        injected: The adapter over the user's own client, instead; never closed here.

    Attributes:
        in_flight: The exchanges that are under way. Whoever adds one before `get` is either refused there or waited
            for by `close`.
    """

    def __init__(self, make: Callable[[], HttpxAdapter] | None, injected: HttpxAdapter | None = None) -> None:
        self.in_flight: InFlight = InFlight()
        self._make = make
        self._adapter = injected
        self._process: int | None = None
        self._lock = threading.Lock()
        self._lock_process = os.getpid()
        self._closed = False

    def get(self) -> HttpxAdapter:
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

    def _claimed(self, process: int) -> HttpxAdapter:
        if self._make is not None and (self._adapter is None or self._process != process) and not self._closed:
            # What a fork left behind is dropped unclosed: its locks may be held by threads of the parent.
            self._adapter = self._make()
        elif self._process not in (None, process):
            raise ConfigurationError(OTHER_PROCESS)
        self._process = process
        if self._adapter is None:
            raise ConfigurationError(CLOSED)
        return self._adapter

    def abandon(self, adapter: HttpxAdapter) -> None:
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

"""Cache of checks: sizes by URL, and hosts that could not be reached."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

    from carrierx.options import Clock

__all__ = ["SizeCache"]

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")

SIZE_SECONDS = 600.0
UNREACHABLE_SECONDS = 60.0
MAX_ENTRIES = 1024


class _ExpiringCache(Generic[K, V]):
    """LRU cache whose values also expire after a time."""

    def __init__(self, clock: Clock, seconds: float, max_entries: int) -> None:
        self._clock = clock
        self._seconds = seconds
        self._max_entries = max_entries
        self._entries: dict[K, tuple[V, float]] = {}
        self._lock = threading.Lock()
        self._process = os.getpid()

    def get(self, key: K) -> V | None:
        with self._own_lock():
            entry = self._entries.pop(key, None)
            if entry is None or self._clock.monotonic() >= entry[1]:
                return None
            self._entries[key] = entry
            return entry[0]

    def put(self, key: K, value: V) -> None:
        with self._own_lock():
            self._entries.pop(key, None)
            while len(self._entries) >= self._max_entries:
                self._entries.pop(next(iter(self._entries)))
            self._entries[key] = (value, self._clock.monotonic() + self._seconds)

    def drop(self, key: K) -> None:
        with self._own_lock():
            self._entries.pop(key, None)

    def clear(self) -> None:
        with self._own_lock():
            self._entries.clear()

    def _own_lock(self) -> threading.Lock:
        process = os.getpid()
        if process != self._process:
            # In a forked child, the lock may be held by a thread that exists only in the parent.
            self._lock, self._process = threading.Lock(), process
        return self._lock


class SizeCache:
    """Cache of one checker, for all of its checks. Threads may share it.

    Args:
        clock: Clock that decides when entries expire.
        max_entries: Maximum number of URLs, and of hosts, to remember.
    """

    def __init__(self, clock: Clock, max_entries: int = MAX_ENTRIES) -> None:
        self._sizes: _ExpiringCache[str, int] = _ExpiringCache(clock, SIZE_SECONDS, max_entries)
        self._unreachable: _ExpiringCache[tuple[str, int], bool] = _ExpiringCache(
            clock, UNREACHABLE_SECONDS, max_entries
        )

    def size_of(self, url: str) -> int | None:
        """Return the remembered size of a URL, or None."""
        return self._sizes.get(url)

    def note_size(self, url: str, size: int | None) -> None:
        """Remember the size of a URL; None removes it."""
        if size is None:
            self._sizes.drop(url)
        else:
            self._sizes.put(url, size)

    def is_unreachable(self, host: tuple[str, int]) -> bool:
        """Tell whether a host and port could not be reached recently."""
        return self._unreachable.get(host) is not None

    def note_unreachable(self, host: tuple[str, int]) -> None:
        """Remember that a host and port can't be reached."""
        self._unreachable.put(host, True)

    def clear(self) -> None:
        """Remove all entries."""
        self._sizes.clear()
        self._unreachable.clear()

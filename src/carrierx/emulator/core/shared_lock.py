"""A lock that many threads share, and that one thread can have alone."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager


class SharedLock:
    """Lets many threads work at the same time, except while one of them changes everything.

    A thread that shares the lock already can share it again.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._is_exclusive = False
        self._sharing = 0
        self._waiting = 0
        self._own = threading.local()

    def is_held(self) -> bool:
        """Return whether this thread shares the lock or has it alone."""
        levels: int = getattr(self._own, "levels", 0)
        return levels > 0

    @contextmanager
    def shared(self) -> Generator[None]:
        """Work beside other threads. Wait while one thread has the lock alone or waits for it."""
        self.share()
        try:
            yield
        finally:
            self.end_sharing()

    def share(self, *, wait: bool = True) -> bool:
        """Begin to work beside other threads, until `end_sharing` is called.

        Args:
            wait: True to wait while one thread has the lock alone or waits for it; False to return immediately.

        Returns:
            False if another thread has the lock alone or waits for it, so that this thread must not begin.
        """
        levels: int = getattr(self._own, "levels", 0)
        if levels == 0:
            with self._changed:
                if self._is_exclusive:
                    if not wait:
                        return False
                    self._wait_for_end()
                self._sharing += 1
        self._own.levels = levels + 1
        return True

    def end_sharing(self) -> None:
        """End what `share` has begun."""
        levels = self._own.levels = self._own.levels - 1
        if levels == 0:
            with self._changed:
                self._sharing -= 1
                if self._is_exclusive:
                    self._changed.notify_all()

    def _wait_for_end(self) -> None:
        self._waiting += 1
        try:
            self._changed.wait_for(lambda: not self._is_exclusive)
        finally:
            self._waiting -= 1
            self._changed.notify_all()

    @contextmanager
    def exclusive(self) -> Generator[None]:
        """Work alone, after all other threads have finished. A thread that shares the lock must not ask for this."""
        with self._changed:
            # Those who have waited for an earlier thread come first, or else resets in a row would keep them out.
            self._changed.wait_for(lambda: not self._is_exclusive and not self._waiting)
            self._is_exclusive = True
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._sharing == 0)
            self._own.levels = 1  # this thread may share what it has alone
            yield
        finally:
            self._own.levels = 0
            with self._changed:
                self._is_exclusive = False
                self._changed.notify_all()

"""The exchanges that are under way, so that a client that is closed waits for their answers.

An answer that nobody waits for is a receipt lost: the message went out, and its sender can't know. The wait ends with
the exchanges' own time limits, so whatever an interrupt left behind holds nobody up for longer.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time

__all__ = ["AsyncInFlight", "InFlight"]

_POLL_SECONDS = 0.005


class InFlight:
    """The exchanges of a process's threads. No lock is held, which an interrupt could leave locked."""

    def __init__(self) -> None:
        self._exchanges: dict[object, tuple[tuple[int, int], float]] = {}

    def add(self, exchange: object, seconds: float) -> None:
        """Note that an exchange begins, and for how long it may last."""
        self._exchanges[exchange] = _here(), time.monotonic() + seconds

    def remove(self, exchange: object) -> None:
        """Note that an exchange has ended."""
        self._exchanges.pop(exchange, None)

    def wait(self) -> None:
        """Wait until the exchanges of all other threads have ended, or their time has passed.

        Those that a fork left behind belong to threads that don't exist in this process.
        """
        here = _here()
        while any(_waits(here, there, until) for there, until in list(self._exchanges.values())):
            time.sleep(_POLL_SECONDS)


def _here() -> tuple[int, int]:
    return os.getpid(), threading.get_ident()


def _waits(here: tuple[int, int], there: tuple[int, int], until: float) -> bool:
    return there[0] == here[0] and there[1] != here[1] and until > time.monotonic()


class AsyncInFlight:
    """The exchanges of an event loop's tasks."""

    def __init__(self) -> None:
        self._exchanges: dict[object, tuple[asyncio.Task[object] | None, float]] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def add(self, exchange: object, seconds: float) -> None:
        """Note that an exchange begins, and for how long it may last."""
        self._exchanges[exchange] = asyncio.current_task(), time.monotonic() + seconds

    def remove(self, exchange: object) -> None:
        """Note that an exchange has ended."""
        self._exchanges.pop(exchange, None)
        while self._waiting:
            waiting = self._waiting.pop()
            if not waiting.done():
                waiting.set_result(None)

    async def wait(self) -> None:
        """Wait until the exchanges of all other tasks have ended, or their time has passed."""
        here = asyncio.current_task()
        while True:
            now = time.monotonic()
            left = [until - now for task, until in self._exchanges.values() if task is not here and until > now]
            if not left:
                return
            ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(ended)
            await asyncio.wait([ended], timeout=max(left))

"""Processor time of blocks of sends, measured in the sending process."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TypeAlias

__all__ = ["AsyncSend", "Block", "SyncSend", "send_async", "send_sync"]

SyncSend: TypeAlias = Callable[[], object]
AsyncSend: TypeAlias = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Block:
    """The time of one block of sends, per send, in microseconds.

    Attributes:
        user: Processor time outside the kernel.
        system: Processor time in the kernel.
        wall: Elapsed time.
    """

    user: float
    system: float
    wall: float

    def as_json(self) -> dict[str, float]:
        """Return the block as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Moment:
    user: float
    system: float
    wall: float

    @classmethod
    def now(cls) -> _Moment:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return cls(used.ru_utime, used.ru_stime, time.perf_counter())

    def until(self, later: _Moment, sends: int) -> Block:
        scale = 1e6 / sends
        return Block(
            (later.user - self.user) * scale, (later.system - self.system) * scale, (later.wall - self.wall) * scale
        )


def send_sync(send: SyncSend, sends: int, in_flight: int = 1) -> Block:
    """Send a number of times with a number of threads, and return the time."""
    begun = _Moment.now()
    if in_flight == 1:
        for _ in range(sends):
            send()
    else:
        left = iter(range(sends))

        def work() -> None:
            for _ in left:
                send()

        with ThreadPoolExecutor(in_flight) as threads:
            for one in [threads.submit(work) for _ in range(in_flight)]:
                one.result()
    return begun.until(_Moment.now(), sends)


async def send_async(send: AsyncSend, sends: int, in_flight: int) -> Block:
    """Send a number of times with a number of sends in flight, and return the time."""
    begun = _Moment.now()
    if in_flight == 1:
        for _ in range(sends):
            await send()
    else:
        left = iter(range(sends))

        async def work() -> None:
            for _ in left:
                await send()

        await asyncio.gather(*(work() for _ in range(in_flight)))
    return begun.until(_Moment.now(), sends)

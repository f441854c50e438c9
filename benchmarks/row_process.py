"""The process of one row: `python -m benchmarks.row_process TASK`. It sends to the stub server and prints the times.

TASK is a `Task` and the result a `Measured`, both as JSON.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import resource
import sys
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from typing import Any, TypedDict

from benchmarks.layers import sampled
from benchmarks.processes import stay_on
from benchmarks.rows import Row
from benchmarks.senders import AsyncSend, OpenAsync, OpenSync, SyncSend
from benchmarks.stub import StubControl

__all__ = ["Block", "Measured", "Task"]


class Task(TypedDict):
    """What the process is to measure: a row's fields, and the number of blocks and of the sends in each."""

    row: dict[str, Any]
    port: int
    sends: int
    blocks: int
    core: int | None


class Block(TypedDict):
    """Processor time of one block of sends, outside and in the kernel: microseconds per send."""

    user: float
    system: float


class Measured(TypedDict):
    """What the process prints: its blocks, and its samples by layer."""

    blocks: list[Block]
    layers: dict[str, int]


class _Meter:
    """Measures blocks of sends, and checks that the server read each message once."""

    def __init__(self, task: Task, row: Row) -> None:
        self.blocks: list[Block] = []
        self._sends = task["sends"]
        self._server = None if row.unanswered else StubControl(task["port"])

    @contextmanager
    def block(self) -> Generator[None]:
        """Measure the sends that are made in this context."""
        read_before = self._requests()
        before = resource.getrusage(resource.RUSAGE_SELF)
        yield
        after = resource.getrusage(resource.RUSAGE_SELF)
        read = self._requests() - read_before
        if self._server is not None and read != self._sends:
            raise SystemExit(f"the server read {read} requests instead of {self._sends}")
        user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
        self.blocks.append({"user": user * 1e6 / self._sends, "system": system * 1e6 / self._sends})

    def _requests(self) -> int:
        return 0 if self._server is None else self._server.stats().requests


def _send_sync(send: SyncSend, sends: int, threads: int) -> None:
    if threads == 1:
        for _ in range(sends):
            send()
        return
    left = iter(range(sends))

    def work() -> None:
        for _ in left:
            send()

    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(work) for _ in range(threads)]:
            future.result()


async def _send_async(send: AsyncSend, sends: int, in_flight: int) -> None:
    left = iter(range(sends))

    async def work() -> None:
        for _ in left:
            await send()

    await asyncio.gather(*(work() for _ in range(in_flight)))


def _measure_sync(sender: OpenSync, task: Task, row: Row) -> Measured:
    with sender(task["port"]) as send:
        _send_sync(send, _warm_up(task, row), row.in_flight)
        meter = _Meter(task, row)
        with _layers(row) as layers:
            for _ in range(task["blocks"]):
                with meter.block():
                    _send_sync(send, task["sends"], row.in_flight)
    return {"blocks": meter.blocks, "layers": layers}


async def _measure_async(sender: OpenAsync, task: Task, row: Row) -> Measured:
    async with sender(task["port"]) as send:
        await _send_async(send, _warm_up(task, row), row.in_flight)
        meter = _Meter(task, row)
        with _layers(row) as layers:
            for _ in range(task["blocks"]):
                with meter.block():
                    await _send_async(send, task["sends"], row.in_flight)
    return {"blocks": meter.blocks, "layers": layers}


def _warm_up(task: Task, row: Row) -> int:
    return max(min(task["sends"], 300), 2 * row.in_flight)


def _layers(row: Row) -> AbstractContextManager[Counter[str]]:
    return sampled() if row.with_layers else nullcontext(Counter())


def _hide_sniffio() -> None:
    """Make `import sniffio` fail, and take as long as if it were not installed.

    None in `sys.modules` would not do: then the import fails in a fortieth of the time, without a search.
    """
    importlib.util.find_spec("sniffio")  # makes the finders read their folders
    for finder in sys.path_importer_cache.values():
        found: set[str] = getattr(finder, "_path_cache", set())
        found.discard("sniffio")
    if importlib.util.find_spec("sniffio") is not None:
        raise SystemExit("sniffio can't be hidden here")


def _main(task: Task) -> None:
    row = Row(**task["row"])
    stay_on(task["core"])
    if row.without_sniffio:
        _hide_sniffio()
    module = "benchmarks.peers" if row.peer else "benchmarks.senders"
    sender = getattr(import_module(module), row.sender)
    if row.sender.startswith("async"):
        measured = asyncio.run(_measure_async(sender, task, row))
    else:
        measured = _measure_sync(sender, task, row)
    print(json.dumps(measured))


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))

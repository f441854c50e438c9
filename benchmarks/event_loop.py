"""Time for which an async send blocks the event loop, each measured in a new process.

The loop's selector records the time between two of its calls, in which nothing else can run. The client is created
before. Its first send is compared with its tenth, over plain HTTP to the stub server.

After so many imports, Python soon collects all garbage, which takes longer than a send. So this is done before the
first send.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import selectors
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.answers import CARRIERX_PATH, FROM, MESSAGE, TO, TOKEN
from benchmarks.cores import row_and_server_cores, stay_on
from benchmarks.rounds import ROOT, RowFailedError
from benchmarks.stub import StubServer

__all__ = ["EventLoop", "StretchNotingSelector", "measure_event_loop"]

_PROCESSES = 20


class StretchNotingSelector(selectors.DefaultSelector):
    """A selector of an event loop that records the longest time between two calls.

    Attributes:
        longest: The longest time between two calls, in seconds of processor time, since it was last set to 0.
    """

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._left = time.thread_time()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait until something can be read or written."""
        self.longest = max(self.longest, time.thread_time() - self._left)
        try:
            return super().select(timeout)
        finally:
            self._left = time.thread_time()


@dataclass(slots=True)
class EventLoop:
    """The longest blocking times of sends, in milliseconds of processor time, one per process.

    Attributes:
        first: Those of the first send of a client.
        tenth: Those of the tenth send.
    """

    first: list[float] = field(default_factory=list[float])
    tenth: list[float] = field(default_factory=list[float])

    @property
    def ratio(self) -> float:
        """The median of the first sends, divided by that of the tenth ones."""
        return statistics.median(self.first) / statistics.median(self.tenth)


def measure_event_loop(say: Callable[[str], None]) -> EventLoop:
    """Measure sends in several new processes.

    Args:
        say: A function that is called with a message when it is done.

    Raises:
        NoCompilerError: There is no server to send to.
        RowFailedError: A process failed.
    """
    core, server_core = row_and_server_cores()
    found = EventLoop()
    with StubServer(server_core) as server, tempfile.TemporaryDirectory(prefix="carrierx-benchmarks-") as bytecode:
        # Compiled, as after an installation with pip.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(_PROCESSES + 1):
            stretches = _measured(server.port, core, environment)
            if number:  # the first one only compiles the files and loads them into the cache
                found.first.append(stretches[0])
                found.tenth.append(stretches[9])
    say(f"event loop: {_PROCESSES} processes done")
    return found


def _measured(port: int, core: int | None, environment: Mapping[str, str]) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.event_loop", str(port), "" if core is None else str(core)]
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise RowFailedError(f"event loop: its process ended with {finished.returncode}\n{finished.stderr.strip()}")
    stretches: list[float] = json.loads(finished.stdout)
    return stretches


async def _stretches(port: int, selector: StretchNotingSelector) -> list[float]:
    from carrierx import AsyncCarrierXClient

    found: list[float] = []
    async with AsyncCarrierXClient(TOKEN, base_url=f"http://127.0.0.1:{port}{CARRIERX_PATH}") as client:
        gc.collect()
        for _ in range(10):
            await asyncio.sleep(0)  # separates the send from earlier work
            selector.longest = 0.0
            await client.messages.send(from_=FROM, to=TO, message=MESSAGE)
            await asyncio.sleep(0)
            found.append(selector.longest * 1000)
    return found


def _main(port: str, core: str) -> None:
    stay_on(int(core) if core else None)
    selector = StretchNotingSelector()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        print(json.dumps(runner.run(_stretches(int(port), selector))))


if __name__ == "__main__":
    _main(*sys.argv[1:])

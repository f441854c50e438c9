"""For how long an async send keeps the event loop from everything else, each time in a fresh process.

The loop's selector notes when the loop leaves it and when it comes back: all between is one stretch in which nothing
else can run. The client is made before; its first send is compared with its tenth, over plain HTTP to the stub server.

After so many imports a collection of all garbage is due, which takes longer than all of a send and would fall on
whatever runs next. So it is done before the first send.
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
    """The selector of an event loop, which notes for how long the loop was away from it at most.

    Attributes:
        longest: The longest time away, in seconds of processor time, since it was last set to 0.
    """

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._left = time.thread_time()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for what can be read or written."""
        self.longest = max(self.longest, time.thread_time() - self._left)
        try:
            return super().select(timeout)
        finally:
            self._left = time.thread_time()


@dataclass(slots=True)
class EventLoop:
    """The longest stretches in which sends blocked the event loop, in milliseconds of processor time: one a process.

    Attributes:
        first: Of the first send after the client was made.
        tenth: Of the tenth.
    """

    first: list[float] = field(default_factory=list[float])
    tenth: list[float] = field(default_factory=list[float])

    @property
    def ratio(self) -> float:
        """The median of the first sends over that of the tenth ones."""
        return statistics.median(self.first) / statistics.median(self.tenth)


def measure_event_loop(say: Callable[[str], None]) -> EventLoop:
    """Measure the sends of some fresh processes.

    Args:
        say: Is told when it is done.

    Raises:
        NoCompilerError: There is no server to send to.
        RowFailedError: A process failed.
    """
    core, server_core = row_and_server_cores()
    found = EventLoop()
    with StubServer(server_core) as server, tempfile.TemporaryDirectory(prefix="carrierx-benchmarks-") as bytecode:
        # As pip leaves a package that it installed: compiled.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(_PROCESSES + 1):
            stretches = _measured(server.port, core, environment)
            if number:  # the first only compiles, and warms the files
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
            await asyncio.sleep(0)  # what came before is a stretch of its own
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

"""Costs that only a new process has: importing the package, creating a client, and the first send.

For the event loop, its selector records the time between two of its calls, in which nothing else can run. The client is
created before. Its first send is compared with its tenth, over plain HTTP to the stub server. After so many imports,
Python soon collects all garbage, which takes longer than a send. So this is done before the first send.
"""

from __future__ import annotations

import asyncio
import gc
import json
import selectors
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.processes import fresh_installation, measured_and_server_cores, run, stay_on
from benchmarks.stub import FROM, MESSAGE, TO, TOKEN, api_url, stub_server

__all__ = ["START_UP_GOALS", "StartUp", "StretchSelector", "measure_start_up"]

START_UP_GOALS = frozenset({"import-used", "import-bare", "second-client", "first-send"})
"""The keys of the goals that are measured here."""


_PROCESSES = 20
_PORT = "PORT"  # replaced when the server runs
_URL = api_url(_PORT)
_HTTPX_SEND = (
    f"client.post('{_URL}/sms/messages', json={{'from': '{FROM}', 'to': '{TO}', 'message': '{MESSAGE}'}}, "
    f"headers={{'Authorization': 'Bearer {TOKEN}'}}).json()"
)
_HTTPX = f"import httpx; client = httpx.Client(); {_HTTPX_SEND}"
_OUR_SEND = f"client.messages.send(from_='{FROM}', to='{TO}', message='{MESSAGE}')"
_OURS = f"from carrierx import CarrierXClient; client = CarrierXClient('{TOKEN}', base_url='{_URL}'); {_OUR_SEND}"
_CLIENT = f"client = CarrierXClient('{TOKEN}')"
_OWN_MODEL = "import httpx; from pydantic import BaseModel\nclass Sms(BaseModel):\n    message: str"
_USED = "import carrierx; carrierx.CarrierXClient, carrierx.SendMessageRequest, carrierx.Message"

# Each step, in the order of a round: the preparation, and the measured code.
_STEPS: Mapping[str, tuple[str, str]] = {
    "import carrierx": ("", "import carrierx"),
    "import httpx": ("", "import httpx"),
    "import httpx, pydantic BaseModel": ("", "import httpx; from pydantic import BaseModel"),
    "import httpx, a pydantic BaseModel of one's own": ("", _OWN_MODEL),
    "import carrierx, client and send models": ("", _USED),
    "first httpx.Client()": ("import httpx", "client = httpx.Client()"),
    "second httpx.Client()": ("import httpx; first = httpx.Client()", "client = httpx.Client()"),
    "first CarrierXClient(token)": ("from carrierx import CarrierXClient", _CLIENT),
    "second CarrierXClient(token)": (f"from carrierx import CarrierXClient; first_{_CLIENT}", _CLIENT),
    "httpx: import, client, first send": ("", _HTTPX),
    "carrierx: import, client, first send": ("", _OURS),
    "httpx: second send": (_HTTPX, _HTTPX_SEND),
    "carrierx: second send": (_OURS, _OUR_SEND),
}
_SCRIPT = """
import os, time
if {core} is not None and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {{{core}}})
{before}
begun = time.process_time()
{measured}
print(time.process_time() - begun)
"""


@dataclass(slots=True)
class StartUp:
    """The results, in milliseconds of processor time.

    Attributes:
        steps: For each step, its time in each round.
        first_send: For each process, the longest time for which the first send of a client blocks the event loop.
        tenth_send: The same for the tenth send.
    """

    steps: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _STEPS})
    first_send: list[float] = field(default_factory=list[float])
    tenth_send: list[float] = field(default_factory=list[float])

    def ratios(self) -> dict[str, float]:
        """Return the measured ratios by the keys of their goals."""
        return {
            "import-used": self._ratio("import carrierx, client and send models", "import httpx, pydantic BaseModel"),
            "import-bare": self._ratio("import carrierx", "import httpx"),
            "second-client": self._ratio("second CarrierXClient(token)", "second httpx.Client()"),
            "first-send": statistics.median(self.first_send) / statistics.median(self.tenth_send),
        }

    def _ratio(self, step: str, reference: str) -> float:
        pairs = zip(self.steps[step], self.steps[reference], strict=True)
        return statistics.median(one / other for one, other in pairs)


def measure_start_up(rounds: int, processes: int = _PROCESSES) -> StartUp:
    """Measure all steps a number of times, and the event loop, each in a new process.

    Raises:
        NoCompilerError: There is no server to send to.
        MeasurementError: A process failed.
    """
    core, server_core = measured_and_server_cores()
    found = StartUp()
    with stub_server(server_core) as server, fresh_installation() as environment:
        for number in range(rounds + 1):
            for name, (before, measured) in _STEPS.items():
                script = _SCRIPT.format(core=core, before=before, measured=measured).replace(_PORT, str(server.port))
                seconds: float = run(name, ["-S", "-c", script], environment=environment)
                if number:  # the first round only compiles the files and loads them into the cache
                    found.steps[name].append(seconds * 1000)
        print(f"start-up: {rounds} rounds done", file=sys.stderr)
        for number in range(processes + 1):
            arguments = ["-S", "-m", "benchmarks.start_up", json.dumps([server.port, core])]
            stretches: list[float] = run("event loop", arguments, environment=environment)
            if number:
                found.first_send.append(stretches[0])
                found.tenth_send.append(stretches[9])
        print(f"event loop: {processes} processes done", file=sys.stderr)
    return found


class StretchSelector(selectors.DefaultSelector):
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


async def _stretches(port: int, selector: StretchSelector) -> list[float]:
    """Send ten times and return the longest stretch of each send, in milliseconds."""
    from carrierx import AsyncCarrierXClient

    found: list[float] = []
    async with AsyncCarrierXClient(TOKEN, base_url=api_url(port)) as client:
        gc.collect()
        for _ in range(10):
            await asyncio.sleep(0)  # separates the send from earlier work
            selector.longest = 0.0
            await client.messages.send(from_=FROM, to=TO, message=MESSAGE)
            await asyncio.sleep(0)
            found.append(selector.longest * 1000)
    return found


def _main(port: int, core: int | None) -> None:
    stay_on(core)
    selector = StretchSelector()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        print(json.dumps(runner.run(_stretches(port, selector))))


if __name__ == "__main__":
    _main(*json.loads(sys.argv[1]))

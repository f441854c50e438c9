"""Cost of importing the package, creating a client and sending the first message, each in its own processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.answers import CARRIERX_PATH, FROM, MESSAGE, TO, TOKEN
from benchmarks.cores import row_and_server_cores
from benchmarks.rounds import ROOT, RowFailedError
from benchmarks.stub import StubServer

__all__ = ["STEPS", "StartUp", "measure_start_up"]

_JSON = (
    f"json={{'from': '{FROM}', 'to': '{TO}', 'message': '{MESSAGE}'}}, headers={{'Authorization': 'Bearer {TOKEN}'}}"
)
_URL = f"http://127.0.0.1:{{port}}{CARRIERX_PATH}"
_SEND = f"messages.send(from_='{FROM}', to='{TO}', message='{MESSAGE}')"

# Each step: the preparation, and the measured code.
STEPS: Mapping[str, tuple[str, str]] = {
    "import carrierx": ("", "import carrierx"),
    "import httpx": ("", "import httpx"),
    "import httpx, pydantic BaseModel": ("", "import httpx; from pydantic import BaseModel"),
    "import httpx, a pydantic BaseModel of one's own": (
        "",
        "import httpx; from pydantic import BaseModel\nclass Sms(BaseModel):\n    message: str",
    ),
    "import carrierx, client and send models": (
        "",
        "import carrierx; carrierx.CarrierXClient, carrierx.SendMessageRequest, carrierx.Message",
    ),
    "first httpx.Client()": ("import httpx", "client = httpx.Client()"),
    "second httpx.Client()": ("import httpx; first = httpx.Client()", "client = httpx.Client()"),
    "first CarrierXClient(token)": ("from carrierx import CarrierXClient", f"client = CarrierXClient('{TOKEN}')"),
    "second CarrierXClient(token)": (
        f"from carrierx import CarrierXClient; first = CarrierXClient('{TOKEN}')",
        f"client = CarrierXClient('{TOKEN}')",
    ),
    "httpx: import, client, first send": (
        "",
        f"import httpx; client = httpx.Client(); client.post('{_URL}/sms/messages', {_JSON}).json()",
    ),
    "carrierx: import, client, first send": (
        "",
        f"from carrierx import CarrierXClient; client = CarrierXClient('{TOKEN}', base_url='{_URL}'); client.{_SEND}",
    ),
    "httpx: second send": (
        f"import httpx; client = httpx.Client(); client.post('{_URL}/sms/messages', {_JSON}).json()",
        f"client.post('{_URL}/sms/messages', {_JSON}).json()",
    ),
    "carrierx: second send": (
        f"from carrierx import CarrierXClient; client = CarrierXClient('{TOKEN}', base_url='{_URL}'); client.{_SEND}",
        f"client.{_SEND}",
    ),
}
"""The measured steps, in their order in a round."""

_SCRIPT = """
import os, sys, time
sys.modules["click"] = None  # or httpx would load its command with rich, if the development extra is installed
if {core} is not None and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {{{core}}})
{before}
begun = time.process_time()
{measured}
print(time.process_time() - begun)
"""


@dataclass(slots=True)
class StartUp:
    """The results: milliseconds of processor time, by step and round."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in STEPS})

    def median(self, step: str) -> float:
        """Return the median of a step in milliseconds."""
        return statistics.median(self.milliseconds[step])

    def best(self, step: str) -> float:
        """Return the best time of a step in milliseconds."""
        return min(self.milliseconds[step])

    def ratio(self, step: str, reference: str) -> float:
        """Return the median of the ratios of two steps in each round."""
        pairs = zip(self.milliseconds[step], self.milliseconds[reference], strict=True)
        return statistics.median(one / other for one, other in pairs)


def measure_start_up(rounds: int, say: Callable[[str], None]) -> StartUp:
    """Measure all steps a number of times, each in a new process.

    Args:
        rounds: The number of rounds.
        say: A function that is called with a message when it is done.

    Raises:
        NoCompilerError: There is no server to send to.
        RowFailedError: A process failed.
    """
    core, server_core = row_and_server_cores()
    found = StartUp()
    with StubServer(server_core) as server, tempfile.TemporaryDirectory(prefix="carrierx-benchmarks-") as bytecode:
        # Compiled, as after an installation with pip. A checkout may not be compiled.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(rounds + 1):
            for name, (before, measured) in STEPS.items():
                milliseconds = _measured(
                    _SCRIPT.format(
                        core=core,
                        before=before.replace("{port}", str(server.port)),
                        measured=measured.replace("{port}", str(server.port)),
                    ),
                    name,
                    environment,
                )
                if number:  # the first round only compiles the files and loads them into the cache
                    found.milliseconds[name].append(milliseconds)
    say(f"start-up: {rounds} rounds done")
    return found


def _measured(script: str, name: str, environment: Mapping[str, str]) -> float:
    command = [sys.executable, "-c", script]
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise RowFailedError(f"{name}: its process ended with {finished.returncode}\n{finished.stderr.strip()}")
    return float(finished.stdout) * 1000

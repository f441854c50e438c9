"""Celery's workers and beat, in processes of their own, which tests can kill and suspend."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.outbox.celery_processes.app import VARIABLE, AppSettings

__all__ = ["CeleryProcess", "beat", "until", "worker"]

_ROOT = Path(__file__).parents[3]
_APP = "tests.outbox.celery_processes.app"


class CeleryProcess:
    """A worker or beat, with its log in a file.

    Attributes:
        log: The file.
    """

    def __init__(self, settings: AppSettings, log: Path, *arguments: str) -> None:
        self.log = log
        self._settings, self._arguments = settings, arguments
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
        environment |= {
            "PYTHONPATH": os.pathsep.join([str(_ROOT), str(_ROOT / "src")]),
            VARIABLE: self._settings.to_json(),
            "C_FORCE_ROOT": "1",
        }
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", _APP, *self._arguments],
                env=environment,
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start_again_if_ended(self) -> None:
        """Do what a process manager does. Workers sometimes end when they lose their connection to Redis."""
        if self.process.poll() is not None:
            self.kill()  # its children
            self.process = self._start()

    def text(self) -> str:
        """Return its log."""
        return self.log.read_text(errors="replace")

    def children(self) -> list[int]:
        """Return its child processes: those in which prefork runs tasks."""
        pid = self.process.pid
        with suppress(OSError):
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    def kill(self) -> None:
        """Kill it with -9. Its children die with it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it and to its children."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def stop(self) -> int:
        """Let it end as an operator would: what it does is finished."""
        self.process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Wait for its end. Return its exit code."""
        try:
            return self.process.wait(60)
        finally:
            self.kill()


def worker(settings: AppSettings, folder: Path, name: str, *, pool: str = "prefork", size: int = 2) -> CeleryProcess:
    """Start a worker."""
    own = ("-P", pool, "-c", str(size), "-n", f"{name}@carrierx", "-l", "info", "-Q", settings.queue)
    fewer = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return CeleryProcess(settings, folder / f"{name}.log", "worker", *own, *fewer)


def beat(settings: AppSettings, folder: Path) -> CeleryProcess:
    """Start beat."""
    own = ("-s", str(folder / "schedule"), "--pidfile=", "-l", "info", "--max-interval", "1")
    return CeleryProcess(settings, folder / "beat.log", "beat", *own)


@contextmanager
def running(*processes: CeleryProcess) -> Generator[None]:
    """End them after the block, whatever happens."""
    with ExitStack() as stack:
        for each in processes:
            stack.callback(each.kill)
        yield


def until(condition: Callable[[], object], seconds: float = 120, *, logs: tuple[CeleryProcess, ...] = ()) -> None:
    """Wait for something.

    Raises:
        AssertionError: It takes too long; with the ends of these logs.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("\n".join(f"{each.log.name}:\n{each.text()[-3000:]}" for each in logs) or "too late")
        time.sleep(0.05)

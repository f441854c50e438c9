"""The stub server: compiling, starting, configuring and stopping it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from benchmarks.answers import answers_file

__all__ = ["Fault", "NoCompilerError", "Stats", "StubControl", "StubServer", "find_compiler"]

Fault = Literal["none", "close", "error", "huge"]
_SOURCE = Path(__file__).with_name("stub_server.c")


class NoCompilerError(Exception):
    """The stub server can't be built on this machine."""


@dataclass(frozen=True, slots=True)
class Stats:
    """The server's counters since its start.

    Attributes:
        requests: Requests that it read completely.
        cpu_seconds: Its processor time, user and system.
    """

    requests: int
    cpu_seconds: float


class StubControl:
    """Controls a running server over a separate connection.

    Args:
        port: The server's port on this machine.
    """

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def behave(self, fault: Fault = "none", latency_ms: int = 0) -> None:
        """Set the behaviour for the following requests.

        Args:
            fault: What goes wrong: nothing, the connection closes after the request, a 500, or 4 MB come back.
            latency_ms: How long the server waits before each answer.
        """
        self._get(f"/-/set/{fault}/{latency_ms}")

    def stats(self) -> Stats:
        """Read the server's counters."""
        found = self._get("/-/stats")
        return Stats(int(found["requests"]), found["cpu_seconds"])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _get(self, target: str) -> dict[str, float]:
        self._connection.request("GET", target)
        answer: dict[str, float] = json.loads(self._connection.getresponse().read())
        return answer


class StubServer:
    """A stub server for the duration of a `with` block.

    Args:
        core: The processor core to run it on; None for any.

    Raises:
        NoCompilerError: When it is entered where there is no C compiler, or no Linux.
    """

    def __init__(self, core: int | None = None) -> None:
        self._core = core
        self._folder: Path | None = None
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="carrierx-benchmarks-"))
        try:
            program = _compiled(self._folder)
            answers = self._folder / "answers"
            answers.write_bytes(answers_file())
            command = [str(program), str(answers)] + ([] if self._core is None else [str(self._core)])
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.port = int(self._process.stdout.readline()) if self._process.stdout else 0
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server and remove its files."""
        if self._process is not None:
            self._process.communicate()  # closes its standard input, which stops it
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def find_compiler() -> str:
    """Find a C compiler: `$CC`, else cc, gcc or clang.

    Raises:
        NoCompilerError: There is none, or this is not Linux, whose epoll the server is written for.
    """
    if sys.platform != "linux":
        raise NoCompilerError("The stub server uses epoll, which Linux alone has.")
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise NoCompilerError("The stub server is written in C, and there is no C compiler here: install gcc or set CC.")


def _compiled(folder: Path) -> Path:
    program = folder / "stub_server"
    built = subprocess.run(
        [find_compiler(), "-O2", "-o", str(program), str(_SOURCE)], capture_output=True, text=True, check=False
    )
    if built.returncode:
        raise NoCompilerError(f"The C compiler could not build the stub server:\n{built.stderr}")
    return program

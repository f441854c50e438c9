"""The stub server, written in C: compiling, starting and controlling it, and the message that is sent to it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "ENOUGH",
    "FROM",
    "MESSAGE",
    "TO",
    "TOKEN",
    "NoCompilerError",
    "Stats",
    "StubControl",
    "api_url",
    "find_compiler",
    "server_rate",
    "stub_server",
]

TOKEN = "benchmark-0d7a8c3e-token"  # any value works, because the stub server does not check it
FROM = "15162065575"
TO = "15162065574"
MESSAGE = "This is a test message"

ENOUGH = 40_000
"""Requests per second that the server must be able to answer, so that no row waits for it."""

_SOURCE = Path(__file__).with_name("stub_server.c")
# CarrierX's sample of a send's response and those of the peers' APIs, each by a part of the request's target.
_RESPONSES = Path(__file__).with_name("stub_responses.json")
_HEADERS = (
    "Server: nginx",
    "Date: Wed, 06 Dec 2023 15:18:30 GMT",
    "Content-Type: application/json; charset=utf-8",
    "Connection: keep-alive",
    "Keep-Alive: timeout=75",
    "Cache-Control: no-store",
    "X-Request-Id: 5f0a3c1e9d7b4a62",
    "Strict-Transport-Security: max-age=31536000",
)
_CONNECTIONS = 50


class NoCompilerError(Exception):
    """The stub server can't be built on this machine."""


@dataclass(frozen=True, slots=True)
class Stats:
    """The server's counters since its start: requests that it read completely, and seconds of processor time."""

    requests: int
    cpu_seconds: float


class StubControl:
    """Controls a running server over a separate connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def wait(self, milliseconds: int) -> None:
        """Set how long the server waits before each response."""
        self._get(f"/-/wait/{milliseconds}")

    def stats(self) -> Stats:
        """Read the server's counters."""
        found = self._get("/-/stats")
        return Stats(int(found["requests"]), found["cpu_seconds"])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _get(self, target: str) -> dict[str, float]:
        self._connection.request("GET", target)
        answered: dict[str, float] = json.loads(self._connection.getresponse().read())
        return answered


def api_url(port: int | str) -> str:
    """Return the base URL of CarrierX's API at the stub server."""
    return f"http://127.0.0.1:{port}/core/v2"


@contextmanager
def stub_server(core: int | None = None) -> Generator[StubControl]:
    """Run a stub server on a processor core, or on any.

    Raises:
        NoCompilerError: There is no C compiler, or this is not Linux.
    """
    compiler = find_compiler()
    with tempfile.TemporaryDirectory(prefix="carrierx-benchmarks-") as folder:
        program, responses = f"{folder}/stub_server", Path(folder, "responses")
        build = [compiler, "-O2", "-o", program, str(_SOURCE)]
        built = subprocess.run(build, capture_output=True, text=True, check=False)
        if built.returncode:
            raise NoCompilerError(f"The C compiler could not build the stub server:\n{built.stderr}")
        responses.write_bytes(_responses())
        command = [program, str(responses)] + ([] if core is None else [str(core)])
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            # Leaving the block closes the server's standard input, which stops it.
            control = StubControl(int(process.stdout.readline()) if process.stdout else 0)
            try:
                yield control
            finally:
                control.close()


def _responses() -> bytes:
    """Write the responses in the format that the stub server reads."""
    entries: list[bytes] = []
    for target, body in json.loads(_RESPONSES.read_bytes()).items():
        content = json.dumps(body, separators=(",", ":")).encode()
        head = "\r\n".join(("HTTP/1.1 200 OK", *_HEADERS, f"Content-Length: {len(content)}", "", ""))
        response = head.encode() + content
        entries += [f"{target} {len(response)}\n".encode(), response]
    return b"".join(entries)


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


def server_rate(control: StubControl, rounds: int = 100) -> float:
    """Measure how many requests a second of its own processor time the server can answer.

    Every connection has a request in flight, as with many messages in flight.
    """
    body = json.dumps({"from": FROM, "to": TO, "message": MESSAGE})
    head = "POST /core/v2/sms/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    before = control.stats()
    with ExitStack() as opened:
        address = ("127.0.0.1", control.port)
        connections = [opened.enter_context(socket.create_connection(address)) for _ in range(_CONNECTIONS)]
        for _ in range(rounds):
            for connection in connections:
                connection.sendall(request)
            for connection in connections:
                if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
                    raise ConnectionError("the stub server did not answer 200")
    after = control.stats()
    return (after.requests - before.requests) / max(after.cpu_seconds - before.cpu_seconds, 1e-6)

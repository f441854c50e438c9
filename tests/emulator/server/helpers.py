"""A program that serves an emulator, and the events of an ASGI application."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from carrierx.emulator import DEMO_TOKEN, Emulator, create_app
from tests.emulator.helpers import MESSAGES

HEADERS = {"Authorization": f"Bearer {DEMO_TOKEN}"}


PROGRAM = """
import sys
from carrierx.emulator import Emulator, run
with Emulator(database=sys.argv[1]) as emulator:
    run(emulator, announce=lambda running: print(running.base_url, flush=True))
print("ended", flush=True)
"""


@contextmanager
def running_program(database: Path, program: str = PROGRAM) -> Generator[tuple[subprocess.Popen[str], str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(database)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


class Wire:
    """An ASGI server's side of one request, played by hand."""

    def __init__(self, *events: dict[str, object], raw_path: bool = True) -> None:
        self.events = list(events)
        self.sent: list[MutableMapping[str, Any]] = []
        self.headers = [
            (b"host", b"127.0.0.1"),
            (b"authorization", f"Bearer {DEMO_TOKEN}".encode()),
            (b"content-type", b"application/json"),
        ]
        scope: dict[str, object] = {
            "type": "http",
            "method": "POST",
            "path": MESSAGES,
            "root_path": "",
            "query_string": b"",
            "headers": self.headers,
            "scheme": "http",
            "server": ("127.0.0.1", 80),
        }
        self.scope = scope | ({"raw_path": MESSAGES.encode()} if raw_path else {})

    async def receive(self) -> dict[str, object]:
        return self.events.pop(0)

    async def send(self, event: MutableMapping[str, Any]) -> None:
        self.sent.append(event)

    async def run(self, emulator: Emulator) -> list[int]:
        await create_app(emulator)(self.scope, self.receive, self.send)
        return [event["status"] for event in self.sent if event["type"] == "http.response.start"]


def part(body: bytes, *, more: bool) -> dict[str, object]:
    return {"type": "http.request", "body": body, "more_body": more}

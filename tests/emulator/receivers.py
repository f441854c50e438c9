"""A receiver of callbacks on a real socket of this machine."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PATIENCE = 20.0


@dataclass(frozen=True)
class Arrival:
    """A callback as it came over the socket."""

    method: str
    path: str
    headers: dict[str, str]
    message: dict[str, Any]


class SocketReceiver:
    """Takes callbacks at `url`, from `with` to the block's end: answers with `answers`, then with 200."""

    def __init__(
        self,
        *answers: tuple[int, dict[str, str]],
        before_answering: Callable[[dict[str, Any]], None] = lambda message: None,
    ) -> None:
        arrivals: queue.Queue[Arrival] = queue.Queue()
        script = list(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["content-length"])))
                before_answering(message)
                status, headers = script.pop(0) if script else (200, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()
                lines = {name.lower(): value for name, value in self.headers.items()}
                arrivals.put(Arrival(self.command, self.path, lines, message))

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the library
                """Say nothing."""

        self._arrivals = arrivals
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/texts"

    def next(self) -> Arrival:
        """Wait for the next callback."""
        return self._arrivals.get(timeout=PATIENCE)

    @property
    def is_empty(self) -> bool:
        return self._arrivals.empty()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE)
        self._server.server_close()

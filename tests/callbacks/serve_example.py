"""Serves one of the examples on a free port and prints its URL: `python serve_example.py fastapi_app`.

In a process of its own, since Django settles the process that it runs in.
"""

from __future__ import annotations

import socket
import sys
from importlib import import_module
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

EXAMPLES = Path(__file__).parents[2] / "examples" / "callbacks"


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Show no paths: the secret stands in them."""


def serve_wsgi(app: Any) -> None:
    with make_server("127.0.0.1", 0, app, Server, QuietHandler) as server:
        announce(server.server_port)
        server.serve_forever()


def serve_asgi(app: Any) -> None:
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listener:
        announce(listener.getsockname()[1])
        uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning", ws="none")).run([listener])


def announce(port: int) -> None:
    print(f"http://127.0.0.1:{port}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.path.insert(0, str(EXAMPLES))
    module = import_module(sys.argv[1])
    if sys.argv[1] == "fastapi_app":
        serve_asgi(module.create_app())
    else:
        serve_wsgi(module.application if sys.argv[1] == "django_app" else module.create_app())

"""Serve one of the example services, with an emulator in place of CarrierX.

    python examples/run_service.py callbacks/fastapi_app.py

The emulator accepts what the service sends and posts its callbacks to the service. Its inbox is a web page in which you
can text the service. Press Ctrl-C to stop.
"""

import inspect
import os
import socket
import sys
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path
from socketserver import ThreadingMixIn
from tempfile import TemporaryDirectory
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import uvicorn

from carrierx.callbacks import new_secret
from carrierx.emulator import BASE_PATH, DEMO_TOKEN, Emulator, EmulatorConfig, serve

API_KEY = "an-api-key-for-this-machine"
USUAL_PORT = 8000


class ThreadingWSGIServer(ThreadingMixIn, WSGIServer):
    """A server that handles several requests at a time."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Requests are not logged, because the path of a callback contains the secret."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""


def listen() -> socket.socket:
    """Return a socket on the usual port, or on a free one if another program uses that."""
    with suppress(OSError):
        return socket.create_server(("127.0.0.1", USUAL_PORT))
    return socket.create_server(("127.0.0.1", 0))


def main() -> None:
    script = Path(__file__).parent / sys.argv[1]
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        listener = stack.enter_context(listen())
        secret = new_secret()
        port = listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        emulator = stack.enter_context(Emulator(EmulatorConfig(callback_url=f"{url}/carrierx/{secret}")))
        running = stack.enter_context(serve(emulator))
        os.environ.update(
            CARRIERX_TOKEN=DEMO_TOKEN,
            CARRIERX_BASE_URL=running.base_url,
            CALLBACK_SECRET=secret,
            CALLBACK_FOLDER=folder,
            API_KEY=API_KEY,
            API_KEYS=f"shop={API_KEY}",
            DATABASE=str(Path(folder) / "texts.db"),
        )
        sys.path.insert(0, str(script.parent))
        module = import_module(script.stem)
        app = module.application if hasattr(module, "application") else module.create_app()
        print(f"service:   {url}")
        print(f"API key:   {API_KEY}")
        print(f"inbox:     {running.base_url.removesuffix(BASE_PATH)}/", flush=True)
        serve_app(app, listener)


def serve_app(app: Any, listener: socket.socket) -> None:
    """Serve an ASGI or WSGI application until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        if inspect.iscoroutinefunction(type(app).__call__):
            uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning")).run([listener])
        else:
            port = listener.getsockname()[1]
            listener.close()
            with make_server("127.0.0.1", port, app, ThreadingWSGIServer, QuietHandler) as server:
                server.serve_forever()


if __name__ == "__main__":
    main()

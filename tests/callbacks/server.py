"""Serving an ASGI application on a real socket of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn


@contextmanager
def serving(app: Any) -> Generator[str]:
    """Serve an application from a thread, with its lifespan, and give its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="on", log_config=None, access_log=False, ws="none", http="h11")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    with listener:
        thread.start()
        try:
            host, port = listener.getsockname()
            yield f"http://{host}:{port}"  # it listens already: whoever connects early waits in the queue
        finally:
            server.should_exit = True
            thread.join(30)

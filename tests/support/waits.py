"""Waiting, within limits, for what a server sees."""

from __future__ import annotations

import time

from tests.support.tcp_server import TcpServer

PATIENCE = 10.0


def wait_for_a_request(server: TcpServer) -> None:
    """Wait until a server has read a whole request; to be called in a thread, not in an event loop."""
    end = time.monotonic() + PATIENCE
    while not server.requests_fully_read:
        if time.monotonic() > end:
            raise TimeoutError("no request has come")
        time.sleep(0.002)

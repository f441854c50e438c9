"""Send one message through real HTTP with nothing but the wheel and what it needs."""

from __future__ import annotations

import socket
import sys
import time
from importlib.util import find_spec
from os import environ
from urllib.parse import urlsplit

from carrierx import CarrierXClient
from carrierx.emulator import DEMO_TOKEN


def wait_for(base_url: str) -> None:
    """Wait until the emulator takes connections."""
    parts = urlsplit(base_url)
    for _ in range(100):
        try:
            socket.create_connection((str(parts.hostname), int(parts.port or 80)), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The emulator did not start.")


def main() -> None:
    """Send, and check that no development tool helped."""
    if find_spec("pytest") or find_spec("typer") or find_spec("starlette"):
        sys.exit("This environment is not empty.")
    wait_for(environ["CARRIERX_BASE_URL"])
    with CarrierXClient(DEMO_TOKEN) as client:
        message = client.messages.send(from_="15162065575", to="15162065574", message="From the wheel")
        print(message.message_sid, message.status)


if __name__ == "__main__":
    main()

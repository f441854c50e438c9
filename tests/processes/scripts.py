"""Scripts run in a process of their own, which may fork without harm to the tests."""

from __future__ import annotations

import subprocess
import sys
import textwrap

_HEAD = """
import asyncio, os, signal, sys, threading, warnings
import httpx
from carrierx import AsyncCarrierXClient, CarrierXClient, ConfigurationError
BASE_URL = sys.argv[1]
SMS = dict(from_="15162065575", to="15162065574", message="See you at noon")
def fork():
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        # What the parent left behind is dropped: closing it would speak on the parent's connections.
        warnings.simplefilter("ignore", ResourceWarning)
    return child
def finish(child):
    if child == 0:
        sys.stdout.flush()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
"""


def run(script: str, base_url: str) -> str:
    """Run a script against a server, with every warning shown as an error; give what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _HEAD + textwrap.dedent(script), base_url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # A warning within a destructor can't be raised: it is only written down.
    assert (done.returncode, done.stderr) == (0, ""), done.stderr + done.stdout
    return done.stdout

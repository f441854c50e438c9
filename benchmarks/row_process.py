"""The process of one row: it sends to the stub server, and prints what that took as JSON.

python -m benchmarks.row_process httpx_by_hand:sync --port 8025 --sends 500 --blocks 5
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from benchmarks.cores import stay_on
from benchmarks.measuring import Block, send_async, send_sync
from benchmarks.rows.senders import OpenAsync, OpenSync, opener
from benchmarks.stub import StubControl

__all__ = ["main"]


class _Count:
    """Checks that the server read each message once."""

    def __init__(self, port: int) -> None:
        self._server = StubControl(port)
        self._last = self._server.stats().requests

    def expect(self, sends: int) -> None:
        now = self._server.stats().requests
        if now - self._last != sends:
            raise SystemExit(f"the server read {now - self._last} requests instead of {sends}")
        self._last = now


def _run_sync(opened: OpenSync, given: argparse.Namespace) -> list[Block]:
    blocks: list[Block] = []
    with opened(given.port) as send:
        send_sync(send, given.warm_up)
        count = _Count(given.port)
        for _ in range(given.blocks):
            blocks.append(send_sync(send, given.sends))
            count.expect(given.sends)
    return blocks


async def _run_async(opened: OpenAsync, given: argparse.Namespace) -> list[Block]:
    blocks: list[Block] = []
    async with opened(given.port) as send:
        await send_async(send, max(given.warm_up, 2 * given.in_flight), given.in_flight)
        count = _Count(given.port)
        for _ in range(given.blocks):
            blocks.append(await send_async(send, given.sends, given.in_flight))
            count.expect(given.sends)
    return blocks


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sender", help="the way to send: a module in benchmarks/rows and its function")
    parser.add_argument("--port", type=int, required=True, help="of the stub server")
    parser.add_argument("--in-flight", type=int, default=1)
    parser.add_argument("--sends", type=int, default=500, help="in one block")
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=200, help="sends before the first block")
    parser.add_argument("--core", type=int, help="the processor core to stay on")
    given = parser.parse_args(arguments)
    stay_on(given.core)
    opened_sync, opened_async = opener(given.sender)
    if opened_sync is not None:
        blocks = _run_sync(opened_sync, given)
    elif opened_async is not None:
        blocks = asyncio.run(_run_async(opened_async, given))
    else:
        parser.error("no such way to send")
    print(json.dumps([block.as_json() for block in blocks]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

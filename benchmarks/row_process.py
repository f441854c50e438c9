"""The process of one row. It sends to the stub server and prints the times as JSON.

python -m benchmarks.row_process httpx_by_hand:sync --port 8025 --sends 500 --blocks 5
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from benchmarks.cores import stay_on
from benchmarks.layers import sampled
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


@dataclass(frozen=True, slots=True)
class _Task:
    """The arguments of the process."""

    port: int
    in_flight: int
    sends: int
    blocks: int
    warm_up: int
    with_layers: bool
    unanswered: bool

    def expect_all(self, count: _Count | None) -> None:
        if count is not None:
            count.expect(self.sends)

    def counting(self) -> _Count | None:
        return None if self.unanswered else _Count(self.port)

    def watching(self) -> AbstractContextManager[Counter[str]]:
        return sampled() if self.with_layers else nullcontext(Counter())


def _run_sync(opened: OpenSync, task: _Task) -> tuple[list[Block], Counter[str]]:
    blocks: list[Block] = []
    with opened(task.port) as send:
        send_sync(send, max(task.warm_up, 2 * task.in_flight), task.in_flight)
        count = task.counting()
        with task.watching() as layers:
            for _ in range(task.blocks):
                blocks.append(send_sync(send, task.sends, task.in_flight))
                task.expect_all(count)
    return blocks, layers


async def _run_async(opened: OpenAsync, task: _Task) -> tuple[list[Block], Counter[str]]:
    blocks: list[Block] = []
    async with opened(task.port) as send:
        await send_async(send, max(task.warm_up, 2 * task.in_flight), task.in_flight)
        count = task.counting()
        with task.watching() as layers:
            for _ in range(task.blocks):
                blocks.append(await send_async(send, task.sends, task.in_flight))
                task.expect_all(count)
    return blocks, layers


def _hide_sniffio() -> None:
    """Make `import sniffio` fail, and take as long as if it were not installed.

    None in `sys.modules` would not do: then the import fails in a fortieth of the time, without a search.
    """
    importlib.util.find_spec("sniffio")  # makes the finders read their folders
    for finder in sys.path_importer_cache.values():
        found: set[str] = getattr(finder, "_path_cache", set())
        found.discard("sniffio")
    if importlib.util.find_spec("sniffio") is not None:
        raise SystemExit("sniffio can't be hidden here")


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments, measure, and print the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sender", help="the way to send: a module in benchmarks/rows and its function")
    parser.add_argument("--port", type=int, required=True, help="of the stub server")
    parser.add_argument("--in-flight", type=int, default=1)
    parser.add_argument("--sends", type=int, default=500, help="in one block")
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=200, help="sends before the first block")
    parser.add_argument("--with-layers", action="store_true", help="look where the time goes, which costs some")
    parser.add_argument("--unanswered", action="store_true", help="nothing is sent to the server")
    parser.add_argument("--without-sniffio", action="store_true", help="as if sniffio were not installed")
    parser.add_argument("--core", type=int, help="the processor core to stay on")
    given = vars(parser.parse_args(arguments))
    stay_on(given.pop("core"))
    if given.pop("without_sniffio"):
        _hide_sniffio()
    opened_sync, opened_async = opener(given.pop("sender"))
    task = _Task(**given)
    if opened_sync is not None:
        blocks, layers = _run_sync(opened_sync, task)
    else:
        assert opened_async is not None
        blocks, layers = asyncio.run(_run_async(opened_async, task))
    print(json.dumps({"blocks": [block.as_json() for block in blocks], "layers": layers}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

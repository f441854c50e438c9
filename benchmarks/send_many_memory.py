"""Memory of `send_many` for few and for many messages. Each size is measured in its own process.

    python benchmarks/send_many_memory.py
    python benchmarks/send_many_memory.py --sizes 1000 100000 --kind async --over emulator --concurrency 50

A generator makes the messages. An emulator that stores them in a file, or a mock that forgets them, answers in the same
process. The emulator keeps its latest 1000 requests and 2 MB of its file in memory, so it is filled before the
measurement. After that, only the client's memory can grow. The script prints the peak resident memory of each process
and its ratio to that of the smallest size. It exits with 1 if a ratio is above 1.05. It needs Unix.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from carrierx import AsyncCarrierXClient, CarrierXClient
from carrierx.emulator import DEMO_TOKEN, AsyncEmulatorTransport, Emulator, EmulatorTransport, Request

__all__ = ["KINDS", "measure_apart"]

KINDS = ("sync", "async")
TOLERANCE = 1.05
FILL = 3_000
"""Number of messages that an emulator holds before the measurement."""


def texts(count: int) -> Iterator[dict[str, object]]:
    """Yield a number of messages."""
    return (
        {"from": "15162065575", "to": f"1516207{number % 10_000:04}", "message": f"Message {number}"}
        for number in range(count)
    )


def answer(request: httpx.Request) -> httpx.Response:
    """Accept a message and forget it."""
    sent = json.loads(request.content)
    return httpx.Response(200, json={**sent, "message_sid": "097b49df", "status": "queued", "type": "sms"})


@contextmanager
def kept_in_a_file(fill: int) -> Generator[Emulator]:
    """Create an emulator that stores its messages on disk and already has a number of them."""
    headers = (("authorization", f"Bearer {DEMO_TOKEN}"), ("content-type", "application/json"))
    with tempfile.TemporaryDirectory() as folder, Emulator(database=Path(folder, "emulator.db")) as emulator:
        for text in texts(fill):
            emulator.handle(Request("POST", "/core/v2/sms/messages", "", headers, json.dumps(text).encode()))
        yield emulator


def send_sync(count: int, concurrency: int, emulator: Emulator | None) -> int:
    """Send with threads and return the number of accepted messages."""
    http = httpx.Client(transport=EmulatorTransport(emulator) if emulator else httpx.MockTransport(answer))
    with (
        CarrierXClient(DEMO_TOKEN, http_client=http) as client,
        client.messages.send_many(texts(count), concurrency=concurrency) as batch,
    ):
        return sum(result.ok for result in batch)


async def send_async(count: int, concurrency: int, emulator: Emulator | None) -> int:
    """Send with tasks and return the number of accepted messages."""
    http = httpx.AsyncClient(transport=AsyncEmulatorTransport(emulator) if emulator else httpx.MockTransport(answer))
    accepted = 0
    async with (
        AsyncCarrierXClient(DEMO_TOKEN, http_client=http) as client,
        client.messages.send_many(texts(count), concurrency=concurrency) as batch,
    ):
        async for result in batch:
            accepted += result.ok
    return accepted


def send(kind: str, count: int, concurrency: int, emulator: Emulator | None) -> int:
    """Send with one kind of client and return the number of accepted messages."""
    if kind == "sync":
        return send_sync(count, concurrency, emulator)
    return asyncio.run(send_async(count, concurrency, emulator))


def measure(kind: str, over: str, count: int, concurrency: int, fill: int) -> None:
    """Send in this process and print the memory."""
    begun = time.perf_counter()
    if over == "mock":
        accepted = send(kind, count, concurrency, None)
    else:
        with kept_in_a_file(fill) as emulator:
            accepted = send(kind, count, concurrency, emulator)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    mebibytes = peak / 1024 / (1024 if sys.platform == "darwin" else 1)
    print(json.dumps({"accepted": accepted, "mebibytes": mebibytes, "seconds": time.perf_counter() - begun}))


def measure_apart(
    kind: str, count: int, concurrency: int = 10, *, over: str = "mock", fill: int = FILL
) -> tuple[float, float]:
    """Send in a new process.

    Args:
        kind: `sync` or `async`.
        count: The number of messages.
        concurrency: The number of messages in flight.
        over: The server: `emulator` or `mock`.
        fill: The number of messages that an emulator holds before the run.

    Returns:
        The process's largest resident memory in MiB, and the seconds that it took.
    """
    arguments = ["--in-this-process", "--kind", kind, "--over", over]
    arguments += ["--sizes", str(count), "--concurrency", str(concurrency), "--fill", str(fill)]
    finished = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=True)
    told = json.loads(finished.stdout)
    if told["accepted"] != count:
        raise SystemExit(f"only {told['accepted']:,} of {count:,} messages were accepted")
    return float(told["mebibytes"]), float(told["seconds"])


def compare(kind: str, over: str, sizes: list[int], concurrency: int, fill: int) -> bool:
    """Measure each size and tell whether none needs much more memory than the smallest."""
    smallest, steady = 0.0, True
    for count in sorted(sizes):
        mebibytes, seconds = measure_apart(kind, count, concurrency, over=over, fill=fill)
        smallest = smallest or mebibytes
        ratio = mebibytes / smallest
        print(
            f"{kind:5} over the {over:8} {count:9,} messages: {mebibytes:7.1f} MiB, {seconds:6.1f} s, ratio {ratio:.3f}"
        )
        steady = steady and ratio <= TOLERANCE
    return steady


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000], help="how many messages")
    parser.add_argument("--kind", choices=["sync", "async", "both"], default="both")
    parser.add_argument("--over", choices=["emulator", "mock", "both"], default="both", help="who answers")
    parser.add_argument("--concurrency", type=int, default=10)
    parser.add_argument("--fill", type=int, default=FILL, help="how many messages an emulator holds beforehand")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.in_this_process:
        measure(given.kind, given.over, given.sizes[0], given.concurrency, given.fill)
        return 0
    kinds = list(KINDS) if given.kind == "both" else [given.kind]
    answerers = ["emulator", "mock"] if given.over == "both" else [given.over]
    results = [compare(kind, over, given.sizes, given.concurrency, given.fill) for over in answerers for kind in kinds]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

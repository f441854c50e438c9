"""Peak memory of `send_many`, in a process of its own: `python -m benchmarks.send_many_memory '["async", 10000]'`.

A generator makes the messages, and a mock answers and forgets them, so only the client's memory can grow.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Iterator

import httpx

from benchmarks.processes import run
from benchmarks.stub import FROM, TOKEN
from carrierx import AsyncCarrierXClient, CarrierXClient

__all__ = ["FEW_MESSAGES", "measure_memory"]

FEW_MESSAGES = 1_000
_KINDS = ("sync", "async")


def measure_memory(messages: int) -> dict[tuple[str, int], float]:
    """Return the peak resident memory in MiB, by kind of client and number of messages: a few and so many.

    Raises:
        MeasurementError: A process failed.
    """
    found: dict[tuple[str, int], float] = {}
    for kind in _KINDS:
        for count in (FEW_MESSAGES, messages):
            found[kind, count] = run("send_many", ["-m", "benchmarks.send_many_memory", json.dumps([kind, count])])
        print(f"send_many, {kind}: {messages:,} messages done", file=sys.stderr)
    return found


def _texts(count: int) -> Iterator[dict[str, object]]:
    for number in range(count):
        yield {"from": FROM, "to": f"1516207{number % 10_000:04}", "message": f"Message {number}"}


def _accept(request: httpx.Request) -> httpx.Response:
    sent = json.loads(request.content)
    return httpx.Response(200, json={**sent, "message_sid": "097b49df", "status": "queued", "type": "sms"})


def _send_sync(count: int) -> int:
    http = httpx.Client(transport=httpx.MockTransport(_accept))
    with CarrierXClient(TOKEN, http_client=http) as client, client.messages.send_many(_texts(count)) as batch:
        return sum(result.ok for result in batch)


async def _send_async(count: int) -> int:
    http = httpx.AsyncClient(transport=httpx.MockTransport(_accept))
    accepted = 0
    async with (
        AsyncCarrierXClient(TOKEN, http_client=http) as client,
        client.messages.send_many(_texts(count)) as batch,
    ):
        async for result in batch:
            accepted += result.ok
    return accepted


def _main(kind: str, count: int) -> None:
    accepted = _send_sync(count) if kind == "sync" else asyncio.run(_send_async(count))
    if accepted != count:
        raise SystemExit(f"only {accepted:,} of {count:,} messages were accepted")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / 1024 / (1024 if sys.platform == "darwin" else 1))


if __name__ == "__main__":
    _main(*json.loads(sys.argv[1]))

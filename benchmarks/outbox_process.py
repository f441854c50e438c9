"""Processes of the outbox's benchmark: `python -m benchmarks.outbox_process TASK`, where TASK is JSON.

Each prints its result as JSON. The worker of `work` runs until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from benchmarks.processes import stay_on
from benchmarks.stub import FROM, TO, TOKEN, api_url
from carrierx import CarrierXClient, SendMessageRequest
from carrierx.outbox import Outbox, OutboxEvent, OutboxSettings
from carrierx.outbox.events import WorkerStarted

__all__ = ["ANSWER", "CONCURRENCY", "FEW_AT_ONCE"]

CONCURRENCY: Final = 10
FEW_AT_ONCE: Final = 4
"""The sends at the same time of one of several workers."""

ANSWER: Final = b'{"message_sid": "097b49df", "status": "queued", "type": "sms", "direction": "outbound"}'
_HEAD: Final = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(ANSWER)}\r\n\r\n".encode()


def drain(url: str, port: int, core: int | None) -> dict[str, float]:
    """Send everything in an outbox, and measure messages a second and the peak of the memory in MiB."""
    stay_on(core)
    with Outbox(url) as outbox, CarrierXClient(TOKEN, base_url=api_url(port)) as client:
        begun = time.perf_counter()
        sent = outbox.drain(client, concurrency=CONCURRENCY).accepted
        return _measured(sent, begun)


def drain_beside(url: str, port: int) -> dict[str, float]:
    """Send what is in an outbox beside other workers, from when a line is read from the standard input."""
    with Outbox(url) as outbox, CarrierXClient(TOKEN, base_url=api_url(port)) as client:
        outbox.stats()  # connected
        sys.stdout.write("\n")
        sys.stdout.flush()
        sys.stdin.readline()
        begun, used = time.monotonic(), time.process_time()
        sent = outbox.drain(client, concurrency=FEW_AT_ONCE).accepted
        return {"sent": sent, "begun": begun, "ended": time.monotonic(), "cpu": time.process_time() - used}


def send_many(messages: int, port: int, core: int | None) -> dict[str, float]:
    """Send as many messages without an outbox."""
    stay_on(core)
    texts = [SendMessageRequest(from_=FROM, to=TO, message=f"Message {number}") for number in range(messages)]
    with CarrierXClient(TOKEN, base_url=api_url(port)) as client:
        begun = time.perf_counter()
        with client.messages.send_many(texts, concurrency=CONCURRENCY) as batch:
            sent = sum(result.ok for result in batch)
        return _measured(sent, begun)


def _measured(sent: int, begun: float) -> dict[str, float]:
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"sent": sent, "rate": sent / seconds, "peak": peak}


def work(url: str, port: int, rate: float, settings: dict[str, Any]) -> None:
    """Run a worker until it is killed. It prints a line when it has started."""

    def say_started(event: OutboxEvent) -> None:
        if isinstance(event, WorkerStarted):
            sys.stdout.write("\n")
            sys.stdout.flush()

    outbox = Outbox(url, settings=OutboxSettings(**settings), on_event=say_started)
    with CarrierXClient(TOKEN, base_url=api_url(port)) as client:
        outbox.run(client, rate=rate, concurrency=CONCURRENCY)


class _Arrivals(asyncio.Protocol):
    """Answers every request, and notes when it had arrived completely."""

    times: list[float]

    def __init__(self, times: list[float]) -> None:
        self.times = times
        self._read = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, separator, body = bytes(self._read).partition(b"\r\n\r\n")
        if not separator:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(body) < length:
            return
        if head.startswith(b"POST"):
            self.times.append(time.monotonic())
            self._transport.write(_HEAD + ANSWER)
        else:
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n")
            self._transport.write(b'{"items":[]}')
        self._read.clear()


def arrivals() -> None:
    """Serve until a line is read from the standard input. Print the port, and then when each message arrived."""
    asyncio.run(_arrivals())


async def _arrivals() -> None:
    loop, times = asyncio.get_running_loop(), list[float]()
    server = await loop.create_server(lambda: _Arrivals(times), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.readline)
    sys.stdout.write(json.dumps(times))


_TASKS: Final[dict[str, Callable[..., dict[str, float] | None]]] = {
    "drain": drain,
    "drain_beside": drain_beside,
    "send_many": send_many,
    "work": work,
    "arrivals": arrivals,
}

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    result = _TASKS[given.pop("task")](**given)
    if result is not None:
        sys.stdout.write(json.dumps(result))

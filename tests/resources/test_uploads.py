"""Uploads over real sockets: every carrier, memory, threads, cancellation."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from carrierx import (
    AsyncCarrierXClient,
    Outcome,
)
from carrierx.events import AttemptInterrupted, Event
from carrierx.models.streamed_body import PART
from tests.resources.helpers import Resource
from tests.resources.upload_carriers import CARRIERS, LARGE, STORED
from tests.support import behaviours as do
from tests.support.behaviours import STAY_SILENT
from tests.support.client_factory import ClientFactory
from tests.support.fault_server import FaultServer

PROJECT = Path(__file__).parents[2]


class Pipe:
    """Gives bytes once, and can't be wound back."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def read(self, size: int) -> bytes:
        return self._file.read(size)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_same_bytes_arrive_by_every_carrier(factory: ClientFactory, carrier: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 1024
    path = tmp_path / "noise"
    path.write_bytes(content)
    with FaultServer(STORED) as server:
        files = Resource(factory, CARRIERS[carrier](factory, server), "files")
        for source in (content, path, Pipe(content)):
            files.upload(source, container_sid="c")
        seen = [(request.header("content-length"), request.header("transfer-encoding")) for request in server.requests]
        assert [request.body == content for request in server.requests] == [True] * 3
        assert seen == [("262144", None), ("262144", None), (None, "chunked")]


async def test_the_same_bytes_arrive_by_aiohttp() -> None:
    content = bytes(range(256)) * 1024
    with FaultServer(STORED) as server:
        async with AsyncCarrierXClient("token", base_url=server.base_url, async_backend="aiohttp") as client:
            for source in (content, Pipe(content)):
                await client.files.upload(source, container_sid="c")
        seen = [(request.header("content-length"), request.header("transfer-encoding")) for request in server.requests]
        assert [request.body == content for request in server.requests] == [True, True]
        assert seen == [("262144", None), (None, "chunked")]


UPLOADER = """
import asyncio, json, resource, sys
from carrierx import AsyncCarrierXClient, CarrierXClient

kind, base_url, small, large = sys.argv[1:]

def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

async def upload_async(*paths):
    async with AsyncCarrierXClient("token", base_url=base_url) as client:
        for path in paths:
            await client.files.upload(path, container_sid="c", total_timeout=100)

def upload(*paths):
    with CarrierXClient("token", base_url=base_url) as client:
        for path in paths:
            client.files.upload(path, container_sid="c", total_timeout=100)

def run(*paths):
    upload(*paths) if kind == "sync" else asyncio.run(upload_async(*paths))

run(small, small)
before = used()
run(large)
print(json.dumps([before, used()]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the peak")
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_size_of_a_file_takes_no_memory(kind: str, tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    for path, size in ((small, 1_000_000), (large, 50_000_000)):
        with path.open("wb") as file:
            file.truncate(size)
    with FaultServer(STORED) as server:
        finished = subprocess.run(
            [sys.executable, "-c", UPLOADER, kind, server.base_url, str(small), str(large)],
            cwd=PROJECT / "src",
            capture_output=True,
            text=True,
            check=True,
        )
        assert [len(request.content) for request in server.requests] == [1_000_000, 1_000_000, 50_000_000]
    before, after = json.loads(finished.stdout)
    assert after < before * 1.1


async def test_async_clients_read_in_another_thread() -> None:
    threads: set[str] = set()

    class Watched(Pipe):
        def read(self, size: int) -> bytes:
            threads.add(threading.current_thread().name)
            return super().read(size)

    with FaultServer(STORED) as server:
        async with AsyncCarrierXClient("token", base_url=server.base_url) as client:
            await client.files.upload(Watched(bytes(PART + 1)), container_sid="c")
    assert threading.current_thread().name not in threads
    assert threads


async def test_a_cancelled_upload_closes_its_file_and_tells_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(LARGE)
    events: list[Event] = []
    begun = asyncio.Event()
    with FaultServer(do.after_part_of_body(100_000, STAY_SILENT)) as server:
        async with AsyncCarrierXClient("token", base_url=server.base_url, on_event=events.append) as client:
            uploading = asyncio.create_task(
                client.files.upload(path, container_sid="c", on_progress=lambda progress: begun.set())
            )
            await begun.wait()
            uploading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await uploading
    interrupted = events[-2]
    assert isinstance(interrupted, AttemptInterrupted)
    assert interrupted.outcome is Outcome.NOT_SENT  # its last byte was never asked for


async def test_an_upload_that_is_cancelled_while_its_file_is_opened_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carrierx.resources import uploads

    path = tmp_path / "slow"
    path.write_bytes(b"x")
    let_go, opened, closed = threading.Event(), threading.Event(), threading.Event()

    class Noting(io.FileIO):
        def close(self) -> None:
            super().close()
            closed.set()

    def slow_open(*arguments: Any) -> Any:
        opened.set()
        assert let_go.wait(10)
        return Noting(arguments[0])

    monkeypatch.setattr(uploads, "open", slow_open, raising=False)
    async with AsyncCarrierXClient("token", base_url="http://127.0.0.1:9") as client:
        uploading = asyncio.create_task(client.files.upload(path, container_sid="c"))
        assert await asyncio.to_thread(opened.wait, 10)
        uploading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await uploading
        let_go.set()
        assert await asyncio.to_thread(closed.wait, 10)

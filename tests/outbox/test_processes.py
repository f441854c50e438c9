"""A worker in a process of its own: signals, forks, kills."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from carrierx import SendMessageRequest
from carrierx.emulator import DEMO_TOKEN, Emulator
from carrierx.outbox import Outbox, OutboxMessage, State

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither these signals nor fork")

HEAD = """
import os, signal, sys, threading, time, warnings
from carrierx import CarrierXClient
from carrierx.outbox import Outbox, OutboxSettings, WorkerConflictError
signal.signal(signal.SIGINT, signal.default_int_handler)
outbox = Outbox("sqlite:///" + sys.argv[1], settings=OutboxSettings(poll_interval=0.02))
client = CarrierXClient(sys.argv[3], base_url=sys.argv[2])
"""


def start(script: str, outbox: Outbox, base_url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", HEAD + textwrap.dedent(script), outbox.path, base_url, DEMO_TOKEN],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    printed, errors = process.communicate(timeout=60)
    assert errors == ""
    return printed.strip()


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


THREADS = "print(outbox.run(client, concurrency=3).stopped_because)"
TASKS = """
import asyncio
from carrierx import AsyncCarrierXClient
async def main():
    async with AsyncCarrierXClient(sys.argv[3], base_url=sys.argv[2]) as client:
        print((await outbox.run_async(client, concurrency=3)).stopped_because)
asyncio.run(main())
"""


@pytest.mark.parametrize("script", [THREADS, TASKS], ids=["threads", "tasks"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(
    outbox: Outbox,
    base_url: str,
    emulator: Emulator,
    message: Callable[..., SendMessageRequest],
    number: int,
    script: str,
) -> None:
    emulator.faults.delay(0.3, path="/sms/messages", method="POST")
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(100)])
    process = start(script, outbox, base_url)
    wait_for(lambda: len(emulator.messages) >= 3)

    process.send_signal(number)

    assert finished(process) == signal.Signals(number).name
    states = {each.state for each in outbox.iterate()}
    assert states == {State.QUEUED, State.ACCEPTED}  # nothing is left in between
    assert len(emulator.messages) == outbox.stats().counts[State.ACCEPTED]


def test_a_killed_worker_leaves_no_lock(
    outbox: Outbox, base_url: str, emulator: Emulator, message: Callable[..., SendMessageRequest]
) -> None:
    outbox.add(None, message(), key="a")
    process = start("outbox.run(client)", outbox, base_url)
    wait_for(lambda: len(emulator.messages) == 1)
    second = start(
        """
        try:
            outbox.run(client)
        except WorkerConflictError as error:
            print(error)
        """,
        outbox,
        base_url,
    )
    assert "Another process is the worker of this outbox's file" in finished(second)

    process.kill()
    process.communicate()

    third = start("print(outbox.drain(client).stopped_because)", outbox, base_url)
    assert finished(third) == "drained"


def test_a_fork_uses_the_file_again(outbox: Outbox, base_url: str, message: Callable[..., SendMessageRequest]) -> None:
    outbox.add(None, message(), key="a")
    script = """
        outbox.stats()
        child = os.fork()
        os.write(1, f"{outbox.stats().depth}\\n".encode())
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        print(outbox.drain(client).accepted)
    """
    assert finished(start(script, outbox, base_url)).split() == ["1", "1", "1"]


def test_a_child_does_not_go_on_with_its_parents_worker(
    outbox: Outbox, base_url: str, message: Callable[..., SendMessageRequest]
) -> None:
    """The worker's threads stay with the parent. The child can start a worker of its own once the parent's ended."""
    script = """
        started, stop = threading.Event(), threading.Event()
        worker = threading.Thread(target=lambda: outbox.run(client, until=lambda: started.set() or stop.is_set()))
        worker.start()
        started.wait(30)
        child = os.fork()
        if child == 0:
            try:
                outbox.drain(client)
            except WorkerConflictError as error:
                print("refused", flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        stop.set()
        worker.join()
        print("ended")
    """
    assert finished(start(script, outbox, base_url)).split() == ["refused", "ended"]


def test_a_child_that_until_forks_does_not_report_the_parents_work(outbox: Outbox, base_url: str) -> None:
    script = """
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of a fork with threads
        children = []
        def until():
            if not children:
                children.append(os.fork())
            return children[0] != 0
        try:
            print(outbox.run(client, until=until).stopped_because, flush=True)
        except Exception as error:
            os.write(1, f"{type(error).__name__}\\n".encode())
        if children[0] == 0:
            os._exit(0)
        os.waitpid(children[0], 0)
    """
    assert sorted(finished(start(script, outbox, base_url)).split()) == ["OutboxError", "until"]


def test_a_stopped_worker_sends_nothing_late(
    outbox: Outbox, base_url: str, emulator: Emulator, message: Callable[..., SendMessageRequest], tmp_path: Path
) -> None:
    """It is stopped between its claim and the body, for longer than it may send."""
    ready = tmp_path / "ready"
    outbox.add(None, message(), key="a")
    script = f"""
        from carrierx.outbox.rules import Fence
        asked = Fence.__call__
        def ask(fence):
            Fence.__call__ = asked
            open({str(ready)!r}, "w").close()
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(0.3)  # the other threads stop first, and this one must not get ahead
            return asked(fence)
        Fence.__call__ = ask
        outbox = Outbox("sqlite:///" + sys.argv[1], settings=OutboxSettings(
            send_timeout=1, lease=2, margin=0.3, claim_timeout=0.2, claim_horizon=0.1, poll_interval=0.02))
        report = outbox.drain(client)
        print(report.accepted)
    """
    process = start(script, outbox, base_url)
    wait_for(ready.exists)
    time.sleep(1.0)
    assert not emulator.messages
    os.kill(process.pid, signal.SIGCONT)

    assert finished(process) == "1"
    late, *_, accepted = outbox.attempts("a")
    assert late.reason.startswith("lease: ")
    assert accepted.outcome == "accepted"
    assert len(emulator.messages) == 1

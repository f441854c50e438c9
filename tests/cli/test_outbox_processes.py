"""`carrierx outbox run --processes`: a parent, its worker processes, and what kills either."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from carrierx import SendMessageRequest
from carrierx.emulator import RunningEmulator
from carrierx.outbox import Outbox
from tests.cli.helpers import COMMAND, RECIPIENT, SENDER, TEXT, assert_discreet, credentials, environment, invoke
from tests.outbox.postgres_server import database, server_url

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the worker processes in /proc")


class Place:
    """An outbox in a file, and the environment of its workers."""

    def __init__(self, url: str, served: RunningEmulator) -> None:
        self.url = url
        self.emulator = served.emulator
        self.settings = {"CARRIERX_OUTBOX": self.url, **credentials(served)}
        with Outbox(self.url) as outbox:
            outbox.create_schema()

    def add(self, key: str) -> None:
        with Outbox(self.url) as outbox:
            outbox.add(None, SendMessageRequest(from_=SENDER, to=RECIPIENT, message=TEXT), key=key)

    def wait_for(self, key: str) -> None:
        with Outbox(self.url) as outbox:

            def accepted() -> bool:
                message = outbox.get(key)
                return message is not None and message.state == "accepted"

            until(accepted)


@pytest.fixture
def place(tmp_path: Path, served: RunningEmulator) -> Place:
    return Place(f"sqlite:///{tmp_path / 'texts.db'}", served)


def until(condition: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    """The worker processes of a parent."""
    found: list[int] = []
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with suppress(OSError):
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


def until_replaced(parent: int, killed: int) -> None:
    until(lambda: children(parent) not in ([], [killed]))


@contextmanager
def running(place: Place, *options: str, stdin: str = "", count: int = 1) -> Generator[subprocess.Popen[str]]:
    """A parent with its worker processes, in a process group of its own, as a terminal starts it."""
    arguments = [*COMMAND, "outbox", "run", "--processes", str(count), "--concurrency", "2", *options]
    with subprocess.Popen(
        arguments,
        env=environment(place.settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdin is not None
        parent.stdin.write(stdin)
        parent.stdin.close()
        parent.stdin = None
        try:
            yield parent
        finally:
            with suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)


def ended(parent: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = parent.communicate(timeout=40)
    assert_discreet(out + err)
    return out, err


def test_a_worker_that_is_killed_is_started_again_later_each_time(place: Place) -> None:
    with running(place) as parent:
        place.add("order-0")
        place.wait_for("order-0")
        for number in (1, 2):
            (worker,) = children(parent.pid)
            os.kill(worker, signal.SIGKILL)
            until_replaced(parent.pid, worker)
            place.add(f"order-{number}")
            place.wait_for(f"order-{number}")
        parent.terminate()
        out, err = ended(parent)

    notes = " ".join(err.split())
    assert "Worker 1 was killed by SIGKILL. Starting another in 1 s." in notes
    assert "Worker 1 was killed by SIGKILL. Starting another in 2 s." in notes
    assert parent.returncode == 0
    assert "SIGTERM" in out
    assert len(place.emulator.messages) == 3


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_stops_all_cleanly(place: Place, name: str) -> None:
    with running(place, "--json") as parent:
        place.add("order-17")
        place.wait_for("order-17")
        os.kill(parent.pid, signal.Signals[name])
        out, err = ended(parent)

    assert (parent.returncode, err) == (0, "")
    report: dict[str, Any] = json.loads(out)
    assert (report["accepted"], report["stopped_because"]) == (1, name)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_to_the_process_group_interrupts_no_send(place: Place, name: str) -> None:
    """The terminal sends Ctrl-C to all processes, and systemd by default sends SIGTERM to all."""
    place.emulator.faults.delay(1.5)
    with running(place, "--json") as parent:
        place.add("order-17")
        until(lambda: place.emulator.messages)
        os.killpg(parent.pid, signal.Signals[name])
        out, err = ended(parent)

    assert (parent.returncode, err) == (0, "")
    report = json.loads(out)
    assert (report["accepted"], report["unknown"]) == (1, 0)


def test_workers_end_by_themselves_if_their_parent_is_killed(place: Place) -> None:
    with running(place) as parent:
        place.add("order-17")
        place.wait_for("order-17")
        (worker,) = children(parent.pid)
        parent.kill()
        until(lambda: not is_alive(worker))

    with Outbox(place.url) as outbox:
        assert outbox.stats().unknown == 0


def test_a_token_from_standard_input_reaches_the_workers(place: Place) -> None:
    token = place.settings.pop("CARRIERX_TOKEN")
    with running(place, "--token-stdin", stdin=f"{token}\n") as parent:
        place.add("order-17")
        place.wait_for("order-17")
        parent.terminate()
        ended(parent)

    assert parent.returncode == 0


def test_what_every_worker_would_fail_at_ends_all(place: Place) -> None:
    with running(place, "--base-url", "ftp://nowhere") as parent:
        _, err = ended(parent)

    assert parent.returncode == 2
    assert "A worker process ended with the exit code 2. The others were stopped." in " ".join(err.split())


def test_several_processes_share_an_outbox_in_postgresql(served: RunningEmulator) -> None:
    with server_url() as server, database(server) as url:
        place = Place(url, served)
        with running(place, "--json", count=3) as parent:
            until(lambda: len(children(parent.pid)) == 3)
            for number in range(30):
                place.add(f"order-{number}")
            for number in range(30):
                place.wait_for(f"order-{number}")  # what is being sent when it's killed would be looked up for a minute
            os.kill(children(parent.pid)[0], signal.SIGKILL)
            until(lambda: len(children(parent.pid)) == 3)
            for number in range(30, 60):
                place.add(f"order-{number}")
            for number in range(60):
                place.wait_for(f"order-{number}")
            parent.terminate()
            out, _ = ended(parent)

    assert parent.returncode == 0
    # What the killed one did isn't counted.
    assert 30 <= json.loads(out)["accepted"] <= 60
    references = [message["user_data"] for message in place.emulator.messages]
    assert len(references) == len(set(references)) == 60


def test_an_sqlite_file_has_one_worker_process(place: Place) -> None:
    result = invoke("outbox", "run", "--processes", "2", **place.settings)

    assert result.exit_code == 2
    assert "has one worker process: use --processes 1" in " ".join(result.stderr.split())


def test_what_is_wrong_for_all_is_said_before_any_starts(place: Place, tmp_path: Path) -> None:
    no_token = {name: value for name, value in place.settings.items() if name != "CARRIERX_TOKEN"}
    no_tables = {**place.settings, "CARRIERX_OUTBOX": f"sqlite:///{tmp_path / 'none.db'}"}

    assert invoke("outbox", "run", "--processes", "1", **no_token).exit_code == 4
    without = invoke("outbox", "run", "--processes", "1", **no_tables)
    assert without.exit_code == 1
    assert "carrierx outbox init" in " ".join(without.stderr.split())
    assert invoke("outbox", "run", "--processes", "0", **place.settings).exit_code == 2

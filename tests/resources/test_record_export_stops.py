"""An export that is stopped at any step of its writing, and goes on: every record stands in the file, once."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.resources.helpers import Resource
from tests.resources.record_fake import FakeRecords, FaultyOs, StoppedError, raise_stopped, remove
from tests.support.client_factory import ClientFactory

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def real_os_afterwards() -> Iterator[None]:
    yield
    remove()


def sids_in(path: Path) -> list[str]:
    """The SIDs in an output, every byte of which must be read."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return [json.loads(line)["dr_sid"] for line in text.splitlines()]
    return [row["dr_sid"] for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)]


def export(factory: ClientFactory, fake: FakeRecords, path: Path) -> Any:
    return Resource(factory, factory.scripted([fake]), "detail_records").export(path, page_size=2)


@pytest.mark.parametrize("when", ["before", "within", "after"])
@pytest.mark.parametrize("name", ["records.jsonl", "records.csv"])
@pytest.mark.usefixtures("real_os_afterwards")
def test_wherever_it_stops_every_record_comes_once(
    factory: ClientFactory, tmp_path: Path, name: str, when: str
) -> None:
    stop_at, stopped = 0, True
    while stopped:
        folder = tmp_path / str(stop_at)
        folder.mkdir()
        fake, path = FakeRecords(3), folder / name
        faulty = FaultyOs(stop_at, when, raise_stopped)
        faulty.install()
        try:
            export(factory, fake, path)
            stopped = False
        except StoppedError:
            pass
        remove()
        fake.add(2)
        result = export(factory, fake, path)
        assert sids_in(path) == fake.sids, f"stopped {when} step {stop_at}"
        assert result.total_records == 5
        stop_at += 1
    # Open output and cursor, write and sync both, for two pages: fewer would mean that steps were missed.
    assert stop_at > 15


@pytest.mark.usefixtures("real_os_afterwards")
def test_it_may_stop_again_and_again(factory: ClientFactory, tmp_path: Path) -> None:
    fake, path = FakeRecords(40), tmp_path / "records.csv"
    for stop_at in range(4, 40):
        FaultyOs(stop_at, "within", raise_stopped).install()
        try:
            export(factory, fake, path)
        except StoppedError:
            fake.add(1)
        remove()
    export(factory, fake, path)
    assert sids_in(path) == fake.sids


@pytest.mark.usefixtures("real_os_afterwards")
def test_a_full_disk_stops_it_and_nothing_is_lost(factory: ClientFactory, tmp_path: Path) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    fake, path = FakeRecords(5), tmp_path / "records.jsonl"
    FaultyOs(10, "within", full).install()
    with pytest.raises(OSError, match="No space left"):
        export(factory, fake, path)
    remove()
    export(factory, fake, path)
    assert sids_in(path) == fake.sids


KILLER = """
import os, sys
import httpx
from carrierx import CarrierXClient
from tests.resources.record_fake import FakeRecords, FaultyOs, kill

folder, name, when = sys.argv[1:]

def export(fake, path):
    with httpx.Client(transport=httpx.MockTransport(fake)) as http:
        CarrierXClient("token", http_client=http).detail_records.export(path, page_size=2)

killed, stop_at = True, 0
while killed:
    path = f"{folder}/{stop_at}-{name}"
    child = os.fork()
    if child == 0:
        FaultyOs(stop_at, when, kill).install()
        export(FakeRecords(3), path)
        os._exit(0)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
    export(FakeRecords(5), path)
    stop_at += 1
print(stop_at)
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork and SIGKILL")
@pytest.mark.parametrize(("name", "when"), [("records.jsonl", "within"), ("records.csv", "before")])
def test_kill_9_at_every_step_loses_and_repeats_nothing(tmp_path: Path, name: str, when: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", KILLER, str(tmp_path), name, when],
        cwd=PROJECT,
        env={"PYTHONPATH": f"{PROJECT}:{PROJECT / 'src'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    outputs = [path for path in tmp_path.iterdir() if path.suffix in (".jsonl", ".csv")]
    assert len(outputs) == int(finished.stdout) > 15
    assert [sids_in(path) for path in outputs] == [FakeRecords(5).sids] * len(outputs)

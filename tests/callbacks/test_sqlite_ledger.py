"""A ledger in a file: shared, and kept whatever happens."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from carrierx.callbacks import CallbackLedgerError, SeenStatus, SQLiteLedger
from tests.callbacks.test_ledgers import update

SOURCE = Path(__file__).parents[2] / "src"

PROGRAM = """
import os, sys
from carrierx.callbacks import SQLiteLedger, parse
ledger = SQLiteLedger(sys.argv[1])
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    seen = ledger.record(parse('{"message_sid": "%d", "direction": "outbound", "status": "sent"}' % number))
    print(number, seen.name, flush=True)
ledger.close()
"""

# The fork happens while another thread is in the middle of a transaction, and so holds the ledger's lock.
FORKING = """
import os, sys, threading, time
from carrierx.callbacks import SQLiteLedger, parse
def heard(*sids):
    bodies = ['{"message_sid": "%s", "direction": "outbound", "status": "sent"}' % sid for sid in sids]
    return " ".join(ledger.record(parse(body)).name for body in bodies)
def clock():
    if threading.current_thread() is busy:
        begun.set()
        time.sleep(0.3)
    return time.time()
begun, busy = threading.Event(), threading.Thread(target=lambda: heard("thread"))
ledger = SQLiteLedger(sys.argv[1], clock=clock)
heard("before")
busy.start()
begun.wait()
child = os.fork()
if child == 0:
    print("child", heard("before", "thread", "child"), flush=True)
    ledger.close()
    os._exit(0)
busy.join()
status = os.waitpid(child, 0)[1]
print("parent", status, heard("child", "parent"))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "seen.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SQLiteLedger]:
    with SQLiteLedger(path) as made:
        yield made


def start(path: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )


def test_a_file_is_kept_for_the_next_start(path: Path) -> None:
    with SQLiteLedger(path) as first:
        assert first.record(update("delivered")) is SeenStatus.NEW
    with SQLiteLedger(str(path)) as second:
        assert second.record(update("delivered")) is SeenStatus.DUPLICATE
        assert second.record(update("sent")) is SeenStatus.OUT_OF_ORDER


def test_of_several_processes_just_one_hears_new(path: Path) -> None:
    count = 150
    programs = [start(path, count) for _ in range(3)]
    told = [program.communicate("go\n", timeout=60)[0].split("\n") for program in programs]

    heard = sorted(line for lines in told for line in lines if line.endswith(" NEW"))
    assert [program.returncode for program in programs] == [0, 0, 0]
    assert heard == sorted(f"{number} NEW" for number in range(count))


def test_what_was_recorded_outlives_being_killed(path: Path) -> None:
    program = start(path, 1_000_000)
    assert program.stdin is not None
    assert program.stdout is not None
    with program:
        program.stdin.write("go\n")
        program.stdin.flush()
        told = [program.stdout.readline() for _ in range(50)]
        program.send_signal(signal.SIGKILL)

    assert program.returncode == -signal.SIGKILL
    with SQLiteLedger(path) as ledger:
        again = [ledger.record(update("sent", line.split()[0])) for line in told]
        assert again == [SeenStatus.DUPLICATE] * 50
        assert ledger.record(update("sent", "another")) is SeenStatus.NEW


def test_a_ledger_made_before_a_fork_works_on_both_sides(path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", FORKING, str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        timeout=60,
        check=True,
    )

    assert told.stdout.split("\n") == ["child DUPLICATE DUPLICATE NEW", "parent 0 DUPLICATE NEW", ""]
    with SQLiteLedger(path) as ledger:
        assert ledger.record(update("sent", "child")) is SeenStatus.DUPLICATE


def open_at(path: Path) -> SQLiteLedger:
    return SQLiteLedger(path)


def test_several_may_begin_the_same_file_at_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        ledgers = list(threads.map(open_at, [path] * 8))
    heard = [ledger.record(update("sent")) for ledger in ledgers]
    for ledger in ledgers:
        ledger.close()

    assert heard == [SeenStatus.NEW] + [SeenStatus.DUPLICATE] * 7


def test_the_file_holds_neither_numbers_nor_texts(ledger: SQLiteLedger, path: Path) -> None:
    message = update("sent")
    ledger.record(message)

    written = b"".join(each.read_bytes() for each in path.parent.iterdir())
    assert message.message_sid.encode() in written
    assert str(message.to).encode() not in written
    assert str(message.message).encode() not in written


@pytest.mark.parametrize("name", ["missing/seen.db", "."])
def test_a_path_that_can_not_be_written_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(CallbackLedgerError, match=r"The callback ledger .* can't be used: unable to open") as caught:
        SQLiteLedger(tmp_path / name)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("my diary " * 1000)

    with pytest.raises(CallbackLedgerError, match="not a database"):
        SQLiteLedger(path)
    assert path.read_text() == "my diary " * 1000


def test_the_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE callbacks (text)")
    before = path.read_bytes()

    with pytest.raises(CallbackLedgerError, match="not a callback ledger"):
        SQLiteLedger(path)
    assert path.read_bytes() == before


def test_the_file_of_another_version_is_refused(path: Path) -> None:
    SQLiteLedger(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 2")

    with pytest.raises(CallbackLedgerError, match="another version"):
        SQLiteLedger(path)


def test_a_file_that_was_spoilt_is_an_error_and_no_status(ledger: SQLiteLedger, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DROP TABLE callbacks")
        with pytest.raises(CallbackLedgerError, match="no such table"):
            ledger.record(update("sent"))


def test_what_goes_wrong_in_between_is_undone(path: Path) -> None:
    times = [0.0]
    with SQLiteLedger(path, clock=lambda: times.pop()) as ledger:
        assert ledger.record(update("sent", "one")) is SeenStatus.NEW
        with pytest.raises(IndexError):
            ledger.record(update("sent", "two"))
        times.append(0.0)
        assert ledger.record(update("sent", "two")) is SeenStatus.NEW


def test_a_closed_ledger_says_so(path: Path) -> None:
    ledger = SQLiteLedger(path)
    ledger.close()
    ledger.close()

    with pytest.raises(CallbackLedgerError, match="closed"):
        ledger.record(update("sent"))


def test_a_ledger_that_is_let_go_leaves_nothing_open(path: Path) -> None:
    ledger = SQLiteLedger(path)
    ledger.record(update("sent"))
    del ledger
    gc.collect()

    assert [each.name for each in path.parent.iterdir()] == ["seen.db"]

"""Where messages are kept."""

from __future__ import annotations

import gc
import os
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from carrierx.emulator import Emulator, EmulatorError
from tests.emulator.helpers import DID, MMS, PHONE, START, accept, fetch, listed
from tests.support.clocks import SteppingClock


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "messages.db"


def test_a_file_keeps_messages_for_the_next_emulator(database: Path) -> None:
    with Emulator(database=database, clock=SteppingClock(START).now) as emulator:
        accept(emulator, message="é😀\x00'", user_data="mark")
        accept(emulator, MMS, group_recipients=[PHONE], type="mms")
        accept(emulator, {"from_did": DID, "to_did": PHONE, "message": "old"})
        before = emulator.messages

    with Emulator(database=str(database), clock=SteppingClock(START).now) as emulator:
        assert emulator.messages == before


def test_two_emulators_may_share_a_file(database: Path) -> None:
    with Emulator(database=database) as first, Emulator(database=database) as second:
        sid = accept(first)["message_sid"]

        assert fetch(second, sid)["message_sid"] == sid


HOLDING = """
import sys, time
from carrierx.emulator import Emulator
emulator = Emulator(database=sys.argv[1])
print("open", flush=True)
sys.stdin.read()
emulator.close()
"""


@contextmanager
def another_process_with(database: Path) -> Generator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("end", ["normal", "killed"])
def test_two_processes_may_not_share_a_file(database: Path, end: str) -> None:
    with another_process_with(database) as process:
        with pytest.raises(EmulatorError, match=rf"is in use by another process \({process.pid}\): stop it, or name"):
            Emulator(database=database)
        if end == "killed":
            process.kill()
            process.wait()
        else:
            process.communicate()

        with Emulator(database=database) as emulator:
            accept(emulator)


def test_another_name_of_a_file_in_use_is_refused_too(database: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(database)
    with another_process_with(database), pytest.raises(EmulatorError, match="in use by another process"):
        Emulator(database=link)


def test_a_file_with_a_second_name_is_refused_and_left_alone(database: Path, tmp_path: Path) -> None:
    """SQLite keeps a log beside each name, and two logs for one file damage it, even one after the other."""
    link = tmp_path / "link.db"
    with another_process_with(database):
        link.hardlink_to(database)
        before = database.read_bytes()
        with pytest.raises(EmulatorError, match="has more than one name"):
            Emulator(database=link)
    for name in (database, link):
        with pytest.raises(EmulatorError, match="has more than one name"):
            Emulator(database=name)
    assert database.read_bytes() == before
    link.unlink()

    Emulator(database=database).close()
    assert [path.name for path in database.parent.iterdir()] == [database.name]


FORKING = """
import os, sys
from carrierx.emulator import Emulator, EmulatorError
def use(emulator, text):
    try:
        return emulator.receive(from_="15162065574", to="15162065575", message=text)["status"]
    except EmulatorError as error:
        return str(error)
emulator = Emulator(database=sys.argv[1])
use(emulator, "before")
child = os.fork()
if child == 0:
    print(use(emulator, "in the child"), flush=True)
    emulator.close()
    os._exit(0)
os.waitpid(child, 0)
print(use(emulator, "after"), len(emulator.messages), os.path.exists(sys.argv[1] + ".lock"))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("name", ["messages.db", ":memory:"])
def test_a_forked_process_does_not_use_the_database_of_its_parent(tmp_path: Path, name: str) -> None:
    path = name if name == ":memory:" else str(tmp_path / name)
    said = run_another(path, FORKING).splitlines()

    assert said[0].startswith(f"the emulator's database {path} can't be used: it was opened by process ")
    assert said[0].endswith(", before a fork: make an emulator in each process")
    assert said[1] == f"received 2 {path != name}"


FORKING_WHILE_IN_USE = """
import os, signal, sys, threading
from carrierx.emulator import Emulator, EmulatorError
emulator, begun, end = Emulator(database=sys.argv[1]), threading.Event(), threading.Event()
def use():
    with emulator.in_use():
        begun.set()
        end.wait()
thread = threading.Thread(target=use)
thread.start()
begun.wait()
child = os.fork()
if child == 0:
    signal.alarm(20)
    try:
        emulator.reset()
    except EmulatorError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
end.set()
thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_waits_for_no_thread_of_its_parent() -> None:
    assert "before a fork" in run_another(":memory:", FORKING_WHILE_IN_USE)


def test_a_file_is_kept_until_the_last_emulator_of_a_process_lets_it_go(database: Path) -> None:
    first, second = Emulator(database=database), Emulator(database=database)
    first.close()
    first.close()
    with pytest.raises(subprocess.CalledProcessError):
        run_another(database)
    second.close()

    assert run_another(database) == "open\n"
    assert [path.name for path in database.parent.iterdir()] == [database.name]


def run_another(database: Path | str, program: str = HOLDING) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", program, str(database)]
    return subprocess.run(
        command, input="", capture_output=True, text=True, check=True, env=environment, timeout=60
    ).stdout


def test_memory_is_forgotten() -> None:
    with Emulator() as emulator:
        accept(emulator)
    with Emulator() as emulator:
        assert emulator.messages == []


def test_threads_may_share_an_emulator() -> None:
    def send_one(number: int) -> str:
        sid: str = accept(emulator, user_data=f"{number}")["message_sid"]
        return sid

    with Emulator() as emulator, ThreadPoolExecutor(8) as threads:
        sids = set(threads.map(send_one, range(200)))

        assert len(sids) == 200
        assert listed(emulator)["total"] == 200


@pytest.mark.parametrize("path", ["missing/messages.db", "."])
def test_a_path_that_cannot_be_written_is_named(tmp_path: Path, path: str) -> None:
    with pytest.raises(EmulatorError, match="can't be used: unable to open database file"):
        Emulator(database=tmp_path / path)


def test_a_file_that_is_no_database_is_refused_and_left_alone(database: Path) -> None:
    database.write_text("my diary " * 1000)

    with pytest.raises(EmulatorError, match="not a database"):
        Emulator(database=database)
    assert database.read_text() == "my diary " * 1000


def test_the_database_of_another_program_is_refused_and_left_alone(database: Path) -> None:
    with closing(sqlite3.connect(database)) as other:
        other.execute("CREATE TABLE messages (text)")
    before = database.read_bytes()

    with pytest.raises(EmulatorError, match="not one of the CarrierX emulator"):
        Emulator(database=database)
    assert database.read_bytes() == before


@pytest.mark.parametrize("version", [7, 99])
def test_the_database_of_another_version_is_refused(database: Path, version: int) -> None:
    Emulator(database=database).close()
    with closing(sqlite3.connect(database)) as other:
        other.execute(f"PRAGMA user_version = {version}")
    before = database.read_bytes()

    with pytest.raises(EmulatorError, match=rf"of the emulator \(its layout is {version}, this one is 8\)"):
        Emulator(database=database)
    assert database.read_bytes() == before


def test_a_repeated_sid_is_an_error_and_no_second_message() -> None:
    with Emulator(new_sid=lambda: "the same") as emulator:
        accept(emulator)
        with pytest.raises(EmulatorError, match="UNIQUE"):
            accept(emulator)

        assert len(emulator.messages) == 1


def test_a_closed_emulator_answers_no_more() -> None:
    emulator = Emulator()
    emulator.close()
    emulator.close()

    with pytest.raises(EmulatorError, match="closed"):
        accept(emulator)


def test_an_emulator_that_is_let_go_leaves_nothing_open(database: Path) -> None:
    emulator = Emulator(database=database)
    accept(emulator)
    del emulator
    gc.collect()

    assert not database.with_name("messages.db-wal").exists()


def open_at(database: Path) -> Emulator:
    return Emulator(database=database)


def test_several_may_begin_the_same_file_at_once(database: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        emulators = list(threads.map(open_at, [database] * 8))
    for emulator in emulators:
        accept(emulator)
    assert len(emulators[0].messages) == 8
    for emulator in emulators:
        emulator.close()

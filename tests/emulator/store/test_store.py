"""Where messages are kept."""

from __future__ import annotations

import gc
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
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


@pytest.mark.parametrize("version", [5, 99])
def test_the_database_of_another_version_is_refused(database: Path, version: int) -> None:
    Emulator(database=database).close()
    with closing(sqlite3.connect(database)) as other:
        other.execute(f"PRAGMA user_version = {version}")
    before = database.read_bytes()

    with pytest.raises(EmulatorError, match=rf"of the emulator \(its layout is {version}, this one is 6\)"):
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

"""The benchmark of the emulator compares what it says, and lists read few rows however much is stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from benchmarks import emulator as benchmark
from carrierx.emulator import BASE_PATH, DEMO_TOKEN, Emulator, Request
from carrierx.emulator.control.app import ControlApp
from carrierx.emulator.control.auth import ControlAuth
from tests.support.rows import check_rows

Read = Callable[[str, Mapping[str, str | int]], dict[str, Any]]

NONE = {
    *("a status that none has", "a direction that none has", "a recipient and a status", "a price that none has"),
    *("a country that none has", "a network, which none has", "a number of segments", "a text that none has"),
    *("two texts in the wrong order", "a text's beginning", "detail records of a country"),
    *("detail records with an error code", "conversations with a text", "control: a recipient and a status"),
    *("control: a sender and a direction", "control: a text that none has", "control: callbacks due"),
}
ONE = {
    *("a status that few have", "a status, newest first", "detail records of a status", "a reference"),
    *("a status, changed since a time", "by text, a status that few have", "in a random order, of a status"),
    *("a price, newest first", "a country and a status", "detail records of a price"),
    *("conversations of a status", "conversations with digits", "control: a status that few have"),
    "control: callbacks given up",
}
NUMBERS = {
    "the first 1,000": 1000,
    "detail records from the middle": 550,
    "conversations": 50,
    "messages of a conversation": 11,
    "control: a recipient": 11,
}
FEW_HUNDREDS_OF_STEPS = 250
"""Far less than a list takes that looks at each of 10,000 messages."""


@contextmanager
def filled(number: int) -> Generator[tuple[Emulator, Read, str]]:
    with Emulator() as emulator:
        benchmark.fill(emulator.database, number)
        control = ControlApp(emulator, ControlAuth())
        headers = (("authorization", f"Bearer {DEMO_TOKEN}"), ("host", "localhost"))

        def read(path: str, query: Mapping[str, str | int]) -> dict[str, Any]:
            app = control if path.startswith("/control") else emulator
            response = app.handle(Request("GET", path, urlencode(query), headers))
            assert response.status == 200
            found: dict[str, Any] = json.loads(response.body)
            return found

        (cursor,) = read(f"{BASE_PATH}/sms/message_drs", {"limit": 1, "offset": number // 2})["items"]
        yield emulator, read, cursor["dr_sid"]


def test_every_call_succeeds_and_finds_what_its_name_says() -> None:
    with filled(1_100) as (_, read, cursor):
        found = {call.name: len(read(call.path, call.query)["items"]) for call in benchmark.calls(1_100, cursor)}

    def check(name: str) -> None:
        usual = 50 if name.startswith("control") else 10
        expected = 0 if name in NONE else 1 if name in ONE else NUMBERS.get(name, usual)
        assert found[name] == expected

    assert {*NONE, *ONE, *NUMBERS} <= set(found)
    check_rows(sorted(found), check)


def test_lists_take_few_steps_however_much_is_stored() -> None:
    """Counting the steps of the database finds what a clock can't on a busy machine."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with filled(10_000) as (emulator, read, cursor):
        lists = [call for call in benchmark.calls(10_000, cursor) if call.limit == 5 and "limit" not in call.query]
        for call in lists:
            read(call.path, call.query)  # which creates the indexes
        taken: dict[str, int] = {}
        with emulator.database.session() as connection:
            connection.set_progress_handler(count, 100)
        for call in lists:
            steps = 0
            read(call.path, call.query)
            taken[call.name] = steps

    assert {name: number for name, number in taken.items() if number > FEW_HUNDREDS_OF_STEPS} == {}


def test_the_filled_messages_are_delivered_or_failed() -> None:
    with Emulator() as emulator:
        benchmark.fill(emulator.database, 600)

        statuses = [message["status"] for message in emulator.messages]

    assert statuses.count("delivered") == 599
    assert statuses[500] == "failed"

"""Seed files fill an emulator at its start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from carrierx.emulator import Credential, Emulator, EmulatorConfig, EmulatorError, load_seed_file
from tests.emulator.helpers import read

OWN_NUMBER = "15162065575"
NUMBER = {"phonenumber": "12125550100", "name": "Front desk", "callback_url": "http://127.0.0.1:9/texts"}
SENT = {"from": "12125550100", "to": "15162065570", "message": "Your table is ready", "user_data": "table-17"}
RECEIVED = {"from": "15162065570", "to": "12125550100", "message": "Thanks", "direction": "inbound"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "seed.json"


def load(emulator: Emulator, file: Path, data: Any) -> int:
    file.write_text(json.dumps(data), encoding="utf-8")
    return load_seed_file(emulator, file)


def test_numbers_and_messages_are_there_from_the_start(emulator: Emulator, file: Path) -> None:
    assert load(emulator, file, {"numbers": [NUMBER], "messages": [SENT, RECEIVED]}) == 2

    sent, received = emulator.messages
    assert (sent["direction"], sent["user_data"]) == ("outbound", "table-17")
    assert (received["direction"], received["message"]) == ("inbound", "Thanks")
    [did] = [did for did in read(emulator, "/phonenumber/dids", limit=100)["items"] if did["name"] == "Front desk"]
    assert did["phonenumber"] == "12125550100"
    assert [callback.url for callback in emulator.callbacks] == [NUMBER["callback_url"]]


def test_an_emulator_that_has_messages_is_not_filled_again(file: Path, tmp_path: Path) -> None:
    for expected in (1, 0):
        with Emulator(database=tmp_path / "emulator.db") as emulator:
            assert load(emulator, file, {"messages": [{**SENT, "from": OWN_NUMBER}]}) == expected
            assert len(emulator.messages) == 1


def test_an_account_with_a_user_name_is_filled_as_well(file: Path) -> None:
    with Emulator(EmulatorConfig(credentials=(Credential.basic("joe", "secret"),))) as emulator:
        assert load(emulator, file, {"messages": [{**SENT, "from": OWN_NUMBER}]}) == 1


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([], "must be a JSON object with numbers and messages"),
        ({"message": []}, "unknown key 'message'; known: numbers, messages"),
        ({"messages": {}}, "messages must be a list"),
        ({"messages": ["Hi"]}, r"messages\[0\] must be an object"),
        ({"messages": [{**SENT, "from": OWN_NUMBER, "to": "1"}]}, r"messages\[0\]: to: "),
        ({"messages": [{**RECEIVED, "direction": "in"}]}, r"messages\[0\]: direction must be inbound or outbound"),
        ({"messages": [{**RECEIVED, "user_data": "x"}]}, r"messages\[0\]: an inbound message has no user_data"),
        ({"messages": [{"direction": "inbound"}]}, r"messages\[0\]: "),
        ({"messages": [{**RECEIVED, "media_urls": 5}]}, r"messages\[0\]: media_urls must be a list of strings"),
        (
            {"messages": [{**RECEIVED, "group_recipients": [1]}]},
            r"messages\[0\]: group_recipients must be a list of st",
        ),
        ({"messages": [{**RECEIVED, "from": 1}]}, r"messages\[0\]: from must be a phone number"),
        ({"messages": [{**RECEIVED, "message": ["a"]}]}, r"messages\[0\]: message must be a string"),
        ({"numbers": [{"name": "Front desk"}]}, r"numbers\[0\]: phonenumber must be a phone number in digits"),
        ({"numbers": [NUMBER, {"phonenumber": OWN_NUMBER}]}, r"numbers\[1\]: .* already has this number"),
        ({"numbers": [{**NUMBER, "colour": "red"}]}, r"numbers\[0\]: colour: "),
    ],
    ids=str,
)
def test_what_can_not_be_used_is_told_with_its_place(emulator: Emulator, file: Path, data: Any, problem: str) -> None:
    with pytest.raises(EmulatorError, match=f"the seed file .*{problem}"):
        load(emulator, file, data)


def test_a_file_that_can_not_be_read_is_told(emulator: Emulator, file: Path) -> None:
    with pytest.raises(EmulatorError, match="can't be read: No such file"):
        load_seed_file(emulator, file)
    file.write_text("{", encoding="utf-8")
    with pytest.raises(EmulatorError, match="is not valid JSON"):
        load_seed_file(emulator, file)


def test_nothing_of_a_file_with_a_mistake_is_kept(file: Path, tmp_path: Path) -> None:
    data = {"numbers": [NUMBER], "messages": [SENT, {**SENT, "to": "1"}]}
    for _ in range(2):
        with Emulator(database=tmp_path / "emulator.db") as emulator:
            with pytest.raises(EmulatorError, match=r"messages\[1\]: to: "):
                load(emulator, file, data)
            assert emulator.messages == []
            assert NUMBER["phonenumber"] not in emulator.numbers


def test_numbers_alone_are_added_once(file: Path, tmp_path: Path) -> None:
    for _ in range(2):
        with Emulator(database=tmp_path / "emulator.db") as emulator:
            assert load(emulator, file, {"numbers": [NUMBER]}) == 0
            assert NUMBER["phonenumber"] in emulator.numbers


def test_what_a_file_sends_is_no_request_of_an_application(emulator: Emulator, file: Path) -> None:
    emulator.faults.lose_answer()

    load(emulator, file, {"messages": [{**SENT, "from": OWN_NUMBER}]})

    assert emulator.request_log.all() == ()
    assert [rule.hits for rule in emulator.faults.rules] == [0]

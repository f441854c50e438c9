"""Fault rules in the control API."""

from __future__ import annotations

from carrierx.emulator import Emulator
from tests.emulator.control.helpers import JSON, Control
from tests.emulator.helpers import send
from tests.support.rows import check_rows


def test_a_rule_is_added_used_and_removed(emulator: Emulator, control: Control) -> None:
    added = control.post("faults", kind="answer", status=429, path="/sms/messages", times=1)
    statuses = [send(emulator).status, send(emulator).status]

    assert (added["id"], added["hits"], added["used_up"]) == ("fault-1", 0, False)
    assert statuses == [429, 200]
    assert control.read("faults")["items"] == [{**added, "hits": 1, "used_up": True}]
    assert control.delete("faults/fault-1") == {"items": []}
    assert emulator.faults.rules == ()


def test_a_rule_without_a_limit_is_never_used_up(emulator: Emulator, control: Control) -> None:
    control.post("faults", kind="delay", seconds=0)
    send(emulator)

    [rule] = control.read("faults")["items"]

    assert (rule["hits"], rule["used_up"]) == (1, False)


def test_all_rules_are_cleared(emulator: Emulator, control: Control) -> None:
    control.post("faults", kind="lose_answer")
    control.post("faults", kind="delay", seconds=1, id="slow")

    assert control.delete("faults") == {"items": []}
    assert emulator.faults.rules == ()


def test_what_is_wrong_is_told(control: Control) -> None:
    control.post("faults", kind="lose_answer", id="mine")

    def check(row: tuple[JSON, int, str]) -> None:
        body, status, message = row
        found, told = control.refused("POST", "faults", body)
        assert (found, message in told) == (status, True), told

    rows: list[tuple[JSON, int, str]] = [
        ({}, 422, "kind is required, one of: answer, delay"),
        ({"kind": "explode"}, 422, "kind must be one of: answer, delay"),
        ({"kind": "answer", "status": 7}, 422, "status must be a whole number from 200 to 599, not 7"),
        ({"kind": "delay", "secnods": 1}, 422, "secnods is not a field of a rule of the kind delay"),
        ({"kind": "lose_answer", "hits": 1}, 422, "hits is counted by the emulator: leave it out"),
        ({"kind": "lose_answer", "id": "mine"}, 409, "id another rule has this id: leave it out or change it"),
    ]
    check_rows(rows, check)
    assert control.refused("DELETE", "faults/unknown")[0] == 404

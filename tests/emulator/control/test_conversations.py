"""Conversations in the control API, as the inbox reads them."""

from __future__ import annotations

from carrierx.emulator import Emulator
from tests.emulator.control.helpers import JSON, Control
from tests.emulator.helpers import DID, PHONE, accept
from tests.support.clocks import SteppingClock
from tests.support.rows import check_rows

OTHER = "12125550109"


def partners(listed: JSON) -> list[str]:
    return [item["theirs"] for item in listed["items"]]


def test_conversations_are_found_by_number_text_and_status(
    emulator: Emulator, control: Control, clock: SteppingClock
) -> None:
    accept(emulator, message="Your code is 4711")
    clock.advance(10)
    accept(emulator, to=OTHER, message="Größe XL")
    emulator.receive(from_=PHONE, to=DID, message="Thanks")

    def check(row: tuple[JSON, list[str]]) -> None:
        query, found = row
        assert partners(control.read("conversations", **query)) == found

    rows: list[tuple[JSON, list[str]]] = [
        ({}, [PHONE, OTHER]),
        ({"q": "0109"}, [OTHER]),
        ({"q": "212-555-0109"}, [OTHER]),
        ({"q": DID[-6:]}, [PHONE, OTHER]),
        ({"q": "4711"}, [PHONE]),
        ({"q": "code"}, [PHONE]),
        ({"q": "GRÖSSE"}, [OTHER]),
        ({"q": "code 0109"}, []),
        ({"q": "%"}, []),
        ({"status": "queued"}, [OTHER]),
        ({"status": "delivered"}, [PHONE]),
        ({"status": "delivered", "q": "code"}, [PHONE]),
        ({"status": "received", "q": "code"}, []),
        ({"status": "received", "q": PHONE}, [PHONE]),
        ({"status": "failed"}, []),
    ]
    check_rows(rows, check)


def test_a_conversation_is_counted_and_shown_with_its_latest_message(emulator: Emulator, control: Control) -> None:
    accept(emulator, message="Hello")
    sid = emulator.receive(from_=PHONE, to=DID, message="Hi")["message_sid"]

    [found] = control.read("conversations", q="hello")["items"]

    assert (found["ours"], found["theirs"], found["count"], found["latest"]["message_sid"]) == (DID, PHONE, 2, sid)


def test_each_message_says_how_its_response_was_delivered(emulator: Emulator, control: Control) -> None:
    accept(emulator)
    emulator.faults.lose_answer(times=1)
    accept(emulator)
    emulator.receive(from_=PHONE, to=DID, message="Hi")

    shown = control.read("conversations/messages", ours=DID, theirs=PHONE)

    assert [seen["delivery"] for seen in shown["items"]] == ["complete", "lost", None]


def test_changes_tell_what_is_new_and_the_state_of_the_controls(
    emulator: Emulator, control: Control, clock: SteppingClock
) -> None:
    sid = accept(emulator)["message_sid"]
    first = control.post("changes", after=0)
    clock.advance(10)
    emulator.faults.answer(503, times=1)
    emulator.faults.delay(0)
    control.post("clock", held=True)

    then = control.post("changes", after=first["sequence"], watched={sid: first["items"][0]["mark"]})

    assert (len(first["items"]), then["items"], [seen["sms"]["status"] for seen in then["moved"]]) == (
        1,
        [],
        ["delivered"],
    )
    assert first["controls"]["requests"] == 1
    assert then["controls"] == {
        "faults": 2,
        "used_up": 0,
        "hits": 0,
        "requests": 1,
        "problems": 0,
        "held": True,
        "now": "2026-03-15T12:00:10.084Z",
    }


def test_changes_are_asked_for_correctly(control: Control) -> None:
    def check(row: tuple[JSON, str]) -> None:
        body, message = row
        assert control.refused("POST", "changes", body) == (422, message)

    rows: list[tuple[JSON, str]] = [
        ({}, "after must be a whole number, 0 or more"),
        ({"after": "1"}, "after must be a whole number, 0 or more"),
        ({"after": -1}, "after must be a whole number, 0 or more"),
        ({"after": True}, "after must be a whole number, 0 or more"),
        ({"after": 2**63}, "after must be a whole number, 0 or more"),
        ({"after": 0, "watched": []}, "watched must be an object of strings"),
        ({"after": 0, "watched": {"\ud800": "queued"}}, "a text contains a lone surrogate"),
        ({"after": 0, "watched": {"x": 1}}, "watched must be an object of strings"),
    ]
    check_rows(rows, check)


def test_the_numbers_of_a_conversation_are_needed(control: Control) -> None:
    assert control.refused("GET", "conversations/messages", ours=DID) == (400, "theirs is required")

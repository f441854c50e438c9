"""Messages in the control API: received, listed, matched and shown."""

from __future__ import annotations

import json

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.emulator.control.helpers import JSON, Control
from tests.emulator.helpers import DID, PHONE, accept, make_emulator
from tests.support.clocks import SteppingClock
from tests.support.rows import check_rows

OTHER = "12125550109"


def texts(listed: JSON) -> list[str]:
    return [item["sms"]["message"] for item in listed["items"]]


def test_a_text_comes_in(emulator: Emulator, control: Control) -> None:
    sms = control.post("receive", **{"from": PHONE, "to": DID, "message": "STOP"})

    assert (sms["direction"], sms["status"], sms["message"]) == ("inbound", "received", "STOP")
    assert emulator.messages == [sms]


def test_pictures_and_groups_come_in(control: Control) -> None:
    url = "https://example.com/cat.png"

    sms = control.post("receive", **{"from": PHONE, "to": DID, "media_urls": [url], "group_recipients": [OTHER]})

    assert (sms["type"], sms["media_urls"], sms["group_recipients"]) == ("mms", [url], [OTHER])


def test_a_message_that_can_not_come_in_is_refused_with_its_reason(emulator: Emulator, control: Control) -> None:
    def check(row: tuple[JSON, str]) -> None:
        body, message = row
        assert control.refused("POST", "receive", body) == (422, message)

    both = {"from": PHONE, "to": DID}
    rows: list[tuple[JSON, str]] = [
        ({}, "from is required"),
        ({"from": PHONE, "message": "Hi"}, "to is required"),
        (both, "there must be a message or media_urls"),
        ({**both, "message": 7}, "message must be a string"),
        ({**both, "message": "\ud800"}, "message contains a lone surrogate"),
        ({**both, "media_urls": "http://a.example/"}, "media_urls must be a list of strings"),
        (
            {**both, "media_urls": ["javascript:alert(1)"]},
            "media_urls must be absolute http or https URLs without user information",
        ),
        ({**both, "group_recipients": ["x"]}, "group_recipients must be phone numbers in E.164 digits"),
        (
            {"from": "+1 516", "to": DID, "message": "Hi"},
            "from must be a phone number in E.164 digits, or a short code of 3 to 6 digits",
        ),
        (
            {**both, "text": "Hi"},
            "text is not a field of this body; the fields are: from, to, message, media_urls, group_recipients",
        ),
    ]
    check_rows(rows, check)
    assert emulator.messages == []


def test_the_latest_messages_come_first_page_by_page(emulator: Emulator, control: Control) -> None:
    for number in range(5):
        accept(emulator, message=f"{number}")

    first = control.read("messages", limit=3)
    second = control.read("messages", limit=3, before=first["items"][-1]["sequence"])

    assert (texts(first), first["more"], first["count"]) == (["4", "3", "2"], True, 5)
    assert (texts(second), second["more"], second["count"]) == (["1", "0"], False, 5)


def test_messages_are_matched_by_each_of_their_sides(
    emulator: Emulator, control: Control, clock: SteppingClock
) -> None:
    accept(emulator, message="Order 17 is on its way")
    accept(emulator, to="12025550101", message="Fails")
    accept(emulator, to="12025550102", message="Is lost")
    clock.advance(10)
    accept(emulator, to=OTHER, message="Größe XL")
    emulator.receive(from_=PHONE, to=DID, message="Where is it?")
    emulator.receive(from_=PHONE, to=DID, media_urls=["https://example.com/cat.png"], group_recipients=[OTHER])

    def check(row: tuple[JSON, list[str | None]]) -> None:
        query, found = row
        listed = control.read("messages", **query)
        assert (texts(listed), listed["count"]) == (found, len(found))

    rows: list[tuple[JSON, list[str | None]]] = [
        ({}, [None, "Where is it?", "Größe XL", "Is lost", "Fails", "Order 17 is on its way"]),
        ({"direction": "inbound"}, [None, "Where is it?"]),
        ({"from": PHONE}, [None, "Where is it?"]),
        ({"from": "+1 516-206-5574"}, [None, "Where is it?"]),
        ({"to": OTHER}, ["Größe XL"]),
        ({"to": OTHER, "direction": "outbound"}, ["Größe XL"]),
        ({"contains": "GRÖSSE"}, ["Größe XL"]),
        ({"contains": "is"}, ["Where is it?", "Is lost", "Order 17 is on its way"]),
        ({"contains": "%"}, []),
        ({"status": "queued"}, ["Größe XL"]),
        ({"status": "received"}, [None, "Where is it?"]),
        ({"status": "failed"}, ["Fails"]),
        ({"status": "undelivered"}, ["Is lost"]),
        ({"status": "delivered"}, ["Order 17 is on its way"]),
        ({"status": "sent"}, []),
        ({"status": "delivered", "contains": "17", "to": PHONE, "from": DID}, ["Order 17 is on its way"]),
    ]
    check_rows(rows, check)


def test_a_status_is_matched_as_it_is_shown(clock: SteppingClock) -> None:
    with make_emulator(EmulatorConfig(over_limit="fail"), clock) as emulator:
        control = Control(emulator)
        for number in ("12025550101", "12025550102", "12025550103", "12025550104", "12025550110", PHONE):
            accept(emulator, to=number, message="x")
        accept(emulator, message="x" * 1601)
        emulator.receive(from_=PHONE, to=DID, message="x")
        for _ in range(12):
            shown = control.read("messages")["items"]
            for status in ("queued", "received", "sent", "delivered", "failed", "undelivered"):
                expected = [item for item in shown if item["sms"]["status"] == status]
                assert control.read("messages", status=status)["items"] == expected
            clock.advance(0.5)


def test_a_count_must_match(emulator: Emulator, control: Control) -> None:
    accept(emulator, message="One")

    assert control.read("messages", count=1)["count"] == 1
    response = control.call("GET", "messages", count=2, to=PHONE)
    told = json.loads(response.body)

    assert (response.status, told["message"]) == (409, "count 1 message matches, not 2")
    assert texts(told) == ["One"]
    assert control.refused("GET", "messages", count=1, to=OTHER) == (409, "count 0 messages match, not 1")


def test_a_list_is_asked_for_correctly(control: Control) -> None:
    def check(query: JSON) -> None:
        status, message = control.refused("GET", "messages", **query)
        assert (status, bool(message)) == (400, True)
        assert next(iter(query)) in message or "the query parameters of this resource are" in message

    rows: list[JSON] = [
        {"direction": "up"},
        {"status": "lost"},
        {"limit": "0"},
        {"limit": "1001"},
        {"before": "x"},
        {"before": "9" * 19},
        {"before": "\u0661"},
        {"count": "-1"},
        {"wait": "31"},
        {"wait": "nan"},
        {"wait": "soon"},
        {"from": "somebody"},
        {"stauts": "sent"},
    ]
    check_rows(rows, check)


def test_everything_about_a_message_is_shown(emulator: Emulator, control: Control, clock: SteppingClock) -> None:
    sid = accept(emulator, message="Hello")["message_sid"]
    clock.advance(2)

    shown = control.read(f"messages/{sid}")

    assert shown["message"]["status"] == "sent"
    assert shown["timeline"] == [
        {"status": "queued", "at": "2026-03-15T12:00:00.084Z"},
        {"status": "sent", "at": "2026-03-15T12:00:01.084Z"},
    ]
    assert (shown["failure"], shown["callbacks"], shown["delivery"], shown["request"]) == (None, [], "complete", 1)
    assert json.loads(shown["raw"]["request"]["body"])["message"] == "Hello"
    assert json.loads(shown["raw"]["response"]["body"])["status"] == "queued"


def test_a_received_message_has_no_request(emulator: Emulator, control: Control) -> None:
    sid = emulator.receive(from_=PHONE, to=DID, message="Hi")["message_sid"]

    shown = control.read(f"messages/{sid}")

    assert [step["status"] for step in shown["timeline"]] == ["received"]
    assert (shown["failure"], shown["delivery"], shown["request"]) == (None, None, None)
    assert shown["raw"] == {"request": None, "response": None}


@pytest.mark.parametrize(
    ("number", "statuses", "failure"),
    [
        ("12025550101", ["queued", "failed"], "fails before it is sent"),
        ("12025550102", ["queued", "sent", "undelivered"], "is sent but never arrives"),
        ("12025550103", ["queued"], "stays queued"),
        ("12025550104", ["queued", "sent"], "stays sent"),
        ("12025550111", ["queued", "sent", "delivered"], None),
    ],
)
def test_a_failure_is_explained(
    emulator: Emulator, control: Control, clock: SteppingClock, number: str, statuses: list[str], failure: str | None
) -> None:
    sid = accept(emulator, to=number)["message_sid"]
    clock.advance(10)

    shown = control.read(f"messages/{sid}")

    assert [step["status"] for step in shown["timeline"]] == statuses
    assert shown["failure"] == (failure and f"{number} is a magic number of the emulator: a message to it {failure}")


def test_no_failure_is_told_before_it_has_happened(emulator: Emulator, control: Control) -> None:
    sid = accept(emulator, to="12025550102")["message_sid"]

    assert control.read(f"messages/{sid}")["failure"] is None


def test_a_message_that_was_too_large_says_so(clock: SteppingClock) -> None:
    with make_emulator(EmulatorConfig(over_limit="fail"), clock) as emulator:
        sid = accept(emulator, message="x" * 1601)["message_sid"]
        before = Control(emulator).read(f"messages/{sid}")["failure"]
        clock.advance(10)
        after = Control(emulator).read(f"messages/{sid}")

    assert before is None
    assert (after["message"]["status"], "too large" in after["failure"]) == ("failed", True)


def test_an_unknown_message_is_not_found(control: Control) -> None:
    assert control.refused("GET", "messages/unknown") == (404, "cannot find item by sid")

"""Messages that come in."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrierx.emulator import Emulator
from tests.emulator.helpers import DID, PHONE, accept, fetch, listed
from tests.support.clocks import SteppingClock


def test_a_received_message_is_an_sms_object(emulator: Emulator) -> None:
    message = emulator.receive(from_=PHONE, to=DID, message="STOP")

    assert message == {
        **accept(emulator, message="STOP"),
        "date_status_changed": "2026-03-15T12:00:00.084Z",
        "direction": "inbound",
        "from": PHONE,
        "mcc": 310,
        "message_sid": "00000000-0000-4000-8000-000000000001",
        "price": "0.005",
        "status": "received",
        "to": DID,
    }


def test_it_stays_received(emulator: Emulator, clock: SteppingClock) -> None:
    message = emulator.receive(from_=PHONE, to=DID, message="Hello")
    clock.advance(3600)

    assert fetch(emulator, str(message["message_sid"])) == message
    assert emulator.messages == [message]


def test_it_is_listed_with_the_others(emulator: Emulator) -> None:
    accept(emulator)
    received = emulator.receive(from_=PHONE, to=DID, message="Hello")

    assert listed(emulator, filter="direction eq inbound")["items"] == [received]
    assert listed(emulator)["count"] == 2


def test_media_and_groups_make_an_mms(emulator: Emulator) -> None:
    picture = emulator.receive(from_=PHONE, to=DID, media_urls=["https://example.com/cat.png"])
    group = emulator.receive(from_=PHONE, to=DID, message="All", group_recipients=["17207217011"])

    assert (picture["type"], picture["message"], picture["price"]) == ("mms", None, "0.01")
    assert (group["type"], group["group_recipients"]) == ("mms", ["17207217011"])


def test_a_long_one_costs_by_segment(emulator: Emulator) -> None:
    message = emulator.receive(from_=PHONE, to=DID, message="a" * 161)

    assert (message["message_segments"], message["price"]) == (2, "0.010")


def test_short_codes_may_send_and_receive(emulator: Emulator) -> None:
    assert emulator.receive(from_="87654", to="12345", message="Hello")["from"] == "87654"


def test_it_may_be_shown_under_the_old_names(emulator: Emulator) -> None:
    message = emulator.receive(from_=PHONE, to=DID, message="Hello", legacy_names=True)

    assert (message["from_did"], message["to_did"]) == (PHONE, DID)
    assert fetch(emulator, str(message["message_sid"])) == message


def test_it_survives_in_a_file(tmp_path: Path) -> None:
    with Emulator(database=tmp_path / "messages.db") as emulator:
        message = emulator.receive(from_=PHONE, to=DID, message="Hello")
    with Emulator(database=tmp_path / "messages.db") as emulator:
        assert emulator.messages == [message]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"from_": "+15162065574"}, "from_ must be"),
        ({"to": "12"}, "to must be"),
        ({"message": None}, "must be a message or media_urls"),
        ({"message": ""}, "must be a message or media_urls"),
        ({"message": "\ud800"}, "lone surrogate"),
        ({"media_urls": ["cat.png"]}, "media_urls must be"),
        ({"media_urls": ["https://example.com/\ud800"]}, "media_urls must be"),
        ({"group_recipients": ["12345"]}, "group_recipients must be"),
    ],
)
def test_what_could_not_be_a_message_is_an_error(emulator: Emulator, changes: dict[str, object], said: str) -> None:
    arguments: dict[str, object] = {"from_": PHONE, "to": DID, "message": "Hello", **changes}

    with pytest.raises(ValueError, match=said):
        emulator.receive(**arguments)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert emulator.messages == []

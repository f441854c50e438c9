"""What an accepted send is answered with."""

from __future__ import annotations

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.emulator.helpers import DID, MMS, PHONE, SMS, accept, call, content, fetch, make_emulator, send


def test_an_accepted_sms_is_answered_with_the_full_sms_object(emulator: Emulator) -> None:
    response = send(emulator, user_data="test_message")

    assert response.status == 200
    assert response.headers == (("content-type", "application/json"), ("vary", "Origin"))
    assert content(response) == {
        "date_changed": "2026-03-15T12:00:00.084Z",
        "date_created": "2026-03-15T12:00:00.084Z",
        "date_status_changed": None,
        "direction": "outbound",
        "from": "15162065575",
        "group_recipients": [],
        "mcc": None,
        "media_urls": [],
        "message": "This is a test message",
        "message_segments": 1,
        "message_sid": "00000000-0000-4000-8000-000000000001",
        "mnc": None,
        "partner_sid": "e00430c3-a7d0-4666-ab5c-f7202448382f",
        "price": None,
        "status": "queued",
        "to": "15162065574",
        "type": "sms",
        "user_data": "test_message",
    }


def test_the_attributes_come_in_alphabetical_order_as_in_the_documentation(emulator: Emulator) -> None:
    attributes = list(content(send(emulator)))

    assert attributes == sorted(attributes)


def test_media_make_an_mms_and_need_no_text(emulator: Emulator) -> None:
    message = accept(emulator, MMS)

    assert (message["type"], message["message"], message["message_segments"]) == ("mms", None, 1)
    assert message["media_urls"] == MMS["media_urls"]


def test_media_may_have_a_text_and_name_their_type(emulator: Emulator) -> None:
    message = accept(emulator, MMS, message="Look!" * 200, type="mms")

    assert (message["type"], message["message_segments"]) == ("mms", 1)


def test_a_group_makes_an_mms(emulator: Emulator) -> None:
    group = ["17575000928", "17575000929", DID]

    message = accept(emulator, group_recipients=group, type="mms")

    assert (message["type"], message["group_recipients"]) == ("mms", group)


def test_optional_fields_may_be_null(emulator: Emulator) -> None:
    message = accept(emulator, media_urls=None, group_recipients=None, user_data=None, type=None, from_did=None)

    assert (message["type"], message["media_urls"], message["group_recipients"]) == ("sms", [], [])


def test_empty_lists_count_as_absent(emulator: Emulator) -> None:
    assert accept(emulator, media_urls=[], group_recipients=[])["type"] == "sms"


def test_an_sms_may_name_its_type(emulator: Emulator) -> None:
    assert accept(emulator, type="sms")["type"] == "sms"


def test_an_sms_from_a_did_may_go_abroad(emulator: Emulator) -> None:
    assert accept(emulator, to="46700987654")["to"] == "46700987654"


@pytest.mark.parametrize("short_code", ["123", "012345", "87654"])
def test_a_short_code_may_send_to_the_united_states(emulator: Emulator, short_code: str) -> None:
    assert accept(emulator, **{"from": short_code})["from"] == short_code


@pytest.mark.parametrize("text", ["a" * 1600, "😀" * 1600, " a ", "a\x00b", "'; DROP TABLE messages; --", "\u202e"])
def test_a_text_is_kept_as_it_is(emulator: Emulator, text: str) -> None:
    message = accept(emulator, message=text)

    assert message["message"] == text
    assert fetch(emulator, message["message_sid"])["message"] == text


def test_an_sms_counts_its_segments(emulator: Emulator) -> None:
    assert accept(emulator, message="a" * 161)["message_segments"] == 2


class TestOldNames:
    """`from_did` and `to_did`, which some legacy users still have."""

    def test_who_uses_the_old_names_is_answered_under_the_old_names(self, emulator: Emulator) -> None:
        message = accept(emulator, {"from_did": DID, "to_did": PHONE, "message": "Hello"})

        assert (message["from_did"], message["to_did"]) == (DID, PHONE)
        assert not {"from", "to"} & message.keys()
        assert list(message) == sorted(message)
        assert fetch(emulator, message["message_sid"]) == message
        assert emulator.messages == [message]

    def test_one_old_name_is_enough(self, emulator: Emulator) -> None:
        message = accept(emulator, {"from": DID, "to_did": PHONE, "message": "Hello"})

        assert (message["from_did"], message["to_did"]) == (DID, PHONE)

    def test_both_names_may_say_the_same(self, emulator: Emulator) -> None:
        message = accept(emulator, SMS, from_did=DID, to_did=PHONE)

        assert (message["from"], message["to"]) == (DID, PHONE)

    def test_null_under_one_name_leaves_it_to_the_other(self, emulator: Emulator) -> None:
        assert accept(emulator, {"from": None, "from_did": DID, "to": PHONE, "message": "Hi"})["from_did"] == DID


def test_accepted_messages_can_be_inspected_in_the_process(emulator: Emulator) -> None:
    first, second = accept(emulator), accept(emulator, MMS)

    assert emulator.messages == [first, second]


def test_refused_messages_are_not_kept(emulator: Emulator) -> None:
    send(emulator, message="")

    assert emulator.messages == []


def test_requests_can_be_inspected_in_the_process(emulator: Emulator) -> None:
    send(emulator)
    call(emulator, "GET", "/elsewhere")

    seen = emulator.requests_seen

    assert [(request.method, request.path) for request in seen] == [
        ("POST", "/core/v2/sms/messages"),
        ("GET", "/elsewhere"),
    ]
    assert b"This is a test message" in seen[0].body
    assert "Bearer" not in repr(seen)
    assert "test message" not in repr(seen)


def test_the_partner_can_be_chosen() -> None:
    with make_emulator(EmulatorConfig(partner_sid="another")) as emulator:
        assert accept(emulator)["partner_sid"] == "another"

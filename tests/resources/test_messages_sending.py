"""A send goes out as the caller gave it, once, and nothing is added to it."""

from __future__ import annotations

import json

import pytest

from carrierx import MessageLimits, MessageStatus, MessageType, SendMessageRequest
from carrierx.emulator import DEMO_TOKEN, Emulator
from tests.support.client_factory import ClientFactory
from tests.support.scripts import SMS, Script, message, reply

GROUP_MMS = {
    "from_": "15162065575",
    "to": "15162065574",
    "message": "Look",
    "media_urls": ["https://storage.carrierx.com/f/cdac0471"],
    "group_recipients": ["15162065573", "15162065572"],
    "user_data": "mark",
}


def bodies(emulator: Emulator) -> list[object]:
    return [json.loads(request.body) for request in emulator.requests_seen]


def test_a_send_by_keywords_reaches_the_server_once_as_it_was_given(factory: ClientFactory, emulator: Emulator) -> None:
    sent = factory.over(emulator).send(**SMS)
    assert bodies(emulator) == [{"from": SMS["from_"], "to": SMS["to"], "message": SMS["message"]}]
    assert [found["message_sid"] for found in emulator.messages] == [sent.message_sid]
    assert sent.status == MessageStatus.QUEUED


def test_a_send_by_request_says_the_same_as_by_keywords(factory: ClientFactory, emulator: Emulator) -> None:
    client = factory.over(emulator)
    client.send(**GROUP_MMS)
    sent = client.send(SendMessageRequest.model_validate(GROUP_MMS))
    by_keywords, by_request = bodies(emulator)
    assert by_request == by_keywords
    assert sent.type == MessageType.MMS


def test_a_group_goes_out_with_the_type_that_the_server_asks_for(factory: ClientFactory, emulator: Emulator) -> None:
    factory.over(emulator).send(**GROUP_MMS)
    wire = {**GROUP_MMS, "from": GROUP_MMS["from_"], "type": "mms"}
    del wire["from_"]
    assert bodies(emulator) == [wire]


def test_media_alone_make_a_message(factory: ClientFactory, emulator: Emulator) -> None:
    sent = factory.over(emulator).send(from_=SMS["from_"], to=SMS["to"], media_urls=GROUP_MMS["media_urls"])
    assert sent.type == MessageType.MMS
    assert sent.message is None


def test_numbers_may_be_written_as_people_write_them(factory: ClientFactory, emulator: Emulator) -> None:
    sent = factory.over(emulator).send(from_="+1 (516) 206-5575", to="1.516.206.5574", message="Hi")
    assert (sent.from_, sent.to) == (SMS["from_"], SMS["to"])


def test_a_keyword_of_none_counts_as_not_given(factory: ClientFactory, emulator: Emulator) -> None:
    factory.over(emulator).send(
        **SMS, media_urls=None, group_recipients=None, user_data=None, type=None, reference=None
    )
    assert bodies(emulator) == [{"from": SMS["from_"], "to": SMS["to"], "message": SMS["message"]}]


def test_a_text_in_any_script_comes_back_as_it_was(factory: ClientFactory, emulator: Emulator) -> None:
    text = 'Grüße, 你好, 👋🏽 "quoted" \\ \x07'
    assert factory.over(emulator).send(**{**SMS, "message": text}).message == text


def test_legacy_accounts_are_written_to_and_read_by_the_old_names(factory: ClientFactory, emulator: Emulator) -> None:
    client = factory.over(emulator, legacy_field_names=True)
    by_keywords, by_request = client.send(**SMS), client.send(SendMessageRequest(**SMS))
    wire = {"from_did": SMS["from_"], "to_did": SMS["to"], "message": SMS["message"]}
    assert bodies(emulator) == [wire, wire]
    assert {by_keywords.from_, by_request.from_} == {SMS["from_"]}


def test_extra_body_adds_what_this_version_does_not_know(factory: ClientFactory) -> None:
    script = Script()
    factory.scripted(script).send(**SMS, extra_body={"validity": {"hours": 2}})
    assert script.bodies == [
        {"from": SMS["from_"], "to": SMS["to"], "message": SMS["message"], "validity": {"hours": 2}}
    ]


def test_a_limit_can_be_lifted_for_a_client_and_for_its_copy(factory: ClientFactory) -> None:
    script, long = Script(), {**SMS, "message": "x" * 1601}
    lifted = MessageLimits(max_sms_characters=None)
    factory.scripted(script, message_limits=lifted).send(**long)
    factory.scripted(script).with_options(message_limits=lifted).send(
        SendMessageRequest.model_validate(long, context=lifted)
    )
    assert [len(body["message"]) for body in script.bodies] == [1601, 1601]


def test_the_request_carries_its_own_headers_and_those_that_were_added(factory: ClientFactory) -> None:
    script = Script()
    client = factory.scripted(script, extra_headers={"X-Team": "billing", "X-Stage": "test"})
    client.send(**SMS, extra_headers={"x-stage": "live", "User-Agent": "shop/1"})
    headers = script.requests[0].headers
    assert headers["authorization"] == f"Bearer {DEMO_TOKEN}"
    assert headers["content-type"] == "application/json"
    assert headers["accept-encoding"] == "identity"
    assert headers["content-length"] == str(len(script.requests[0].content))
    assert headers["host"] == "api.carrierx.com"
    assert (headers["x-team"], headers.get_list("x-stage")) == ("billing", ["live"])
    assert headers.get_list("user-agent") == ["shop/1"]


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_success_with_an_sms_object_is_a_receipt(factory: ClientFactory, status: int) -> None:
    assert factory.scripted([reply(status, message())]).send(**SMS).status == MessageStatus.QUEUED

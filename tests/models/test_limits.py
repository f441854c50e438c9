"""Limits that a client can change."""

from __future__ import annotations

import dataclasses
import json
import pickle

import pytest

from carrierx.errors import ConfigurationError, InvalidArgumentError
from carrierx.models.send_request import SendMessageRequest, broken_rules_of
from carrierx.models.validation import MessageLimits
from tests.models.helpers import BRITISH, RECIPIENT, SENDER, SHORT_CODE, URL, broken, fields, us_numbers

SWITCHES = ["us_only_mms", "us_only_short_codes", "group_needs_from", "group_needs_to", "group_needs_type"]
TEXT_LIMITS = ["max_sms_characters", "max_mms_characters", "max_media_urls", "max_group_numbers", "max_media_bytes"]


def test_the_limits_are_those_of_carrierx() -> None:
    assert dataclasses.astuple(MessageLimits()) == (1600, 1600, 10, 10, 3_000_000, *[True] * 5)


@pytest.mark.parametrize("name", TEXT_LIMITS)
@pytest.mark.parametrize("value", [-1, True, 1.5, "1600"])
def test_a_limit_is_a_whole_number_of_at_least_zero(name: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=name):
        MessageLimits(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_a_bool(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        MessageLimits(**{name: None})  # type: ignore[arg-type]


def test_limits_are_immutable_and_pickle() -> None:
    limits = MessageLimits(max_media_urls=0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.max_media_urls = 5  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(limits)) == limits


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (MessageLimits(max_sms_characters=None), fields(message="a" * 5000)),
        (MessageLimits(max_mms_characters=1700), fields(message="a" * 1700, media_urls=[URL])),
        (MessageLimits(max_media_urls=None), fields(media_urls=[URL] * 50)),
        (MessageLimits(max_group_numbers=None), fields(group_recipients=us_numbers(50))),
        (MessageLimits(us_only_mms=False), fields(to=BRITISH, media_urls=[URL])),
        (MessageLimits(us_only_short_codes=False), {**fields(to=BRITISH), "from": SHORT_CODE}),
        (MessageLimits(group_needs_from=False), {"to": RECIPIENT, "message": "Hi", "group_recipients": us_numbers(2)}),
        (MessageLimits(group_needs_to=False), {"from": SENDER, "message": "Hi", "group_recipients": us_numbers(2)}),
    ],
)
def test_a_lifted_limit_no_longer_blocks(limits: MessageLimits, message: dict[str, object]) -> None:
    assert len(broken(message)) == 1
    assert broken(message, limits) == {}


def test_a_limit_of_the_other_kind_does_not_help() -> None:
    limits = MessageLimits(max_mms_characters=None, us_only_mms=False)
    assert list(broken(fields(message="a" * 1601), limits)) == ["message: message_too_long"]
    assert list(broken({**fields(to=BRITISH), "from": SHORT_CODE}, limits)) == ["to: outside_us"]


@pytest.mark.parametrize("group", [None, [], ()])
@pytest.mark.parametrize("field", ["from", "to"])
def test_a_message_without_a_group_needs_sender_and_recipient_under_any_limits(field: str, group: object) -> None:
    limits = MessageLimits(group_needs_from=False, group_needs_to=False)
    message = {**fields(), "group_recipients": group, field: None}
    assert list(broken(message, limits)) == [f"{field}: required"]


@pytest.mark.parametrize(("field", "switch"), [("from", "group_needs_from"), ("to", "group_needs_to")])
def test_the_refusal_of_a_group_names_the_switch_that_lifts_it(field: str, switch: str) -> None:
    message = {**fields(group_recipients=us_numbers(2)), field: None}
    assert f"MessageLimits({switch}=False)" in broken(message)[f"{field}: required"].explanation
    assert "MessageLimits" not in broken({**fields(), field: None})[f"{field}: required"].explanation


def test_a_group_without_numbers_of_its_own_is_read_and_written() -> None:
    limits = MessageLimits(group_needs_from=False, group_needs_to=False)
    group = us_numbers(2)
    request = SendMessageRequest.parse({"message": "Hi", "group_recipients": group}, limits)
    assert (request.from_, request.to) == (None, None)
    assert json.loads(request.to_wire()) == {"message": "Hi", "group_recipients": group, "type": "mms"}
    assert json.loads(request.to_wire(group_type=False)) == {"message": "Hi", "group_recipients": group}
    again = SendMessageRequest.model_validate_json(request.model_dump_json(), context=limits)
    assert again == request
    assert [rule.field for rule in broken_rules_of(again, MessageLimits())] == ["from", "to"]
    assert broken_rules_of(again, limits) == ()


def test_the_schema_of_a_request_still_requires_sender_and_recipient() -> None:
    schema = SendMessageRequest.model_json_schema()
    assert schema["required"] == ["from", "to"]
    assert schema["properties"]["to"] == {"title": "To", "type": "string"}


def test_limits_reach_pydantic_by_its_context() -> None:
    data = fields(message="a" * 1601)
    limits = MessageLimits(max_sms_characters=None)
    assert SendMessageRequest.model_validate(data, context=limits).to == RECIPIENT
    assert SendMessageRequest.model_validate(data, context={"message_limits": limits, "other": 1}).to == RECIPIENT
    assert SendMessageRequest.model_validate(fields(), context={"other": 1}).to == RECIPIENT


@pytest.mark.parametrize("context", ["limits", {"message_limits": 1600}])
def test_another_context_is_refused_rather_than_ignored(context: object) -> None:
    with pytest.raises(InvalidArgumentError, match="MessageLimits"):
        SendMessageRequest.model_validate(fields(), context=context)

"""What a send refuses before a byte leaves, and what it says about it."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx import InvalidArgumentError, InvalidMessageError, Outcome, SendMessageRequest
from carrierx.models.validation import MessageLimits
from tests.support.client_factory import ClientFactory, Driven
from tests.support.scripts import SMS, Script


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def client(factory: ClientFactory, script: Script) -> Driven:
    return factory.scripted(script)


def test_a_field_by_another_apis_name_is_refused_with_the_right_one(client: Driven, script: Script) -> None:
    with pytest.raises(InvalidMessageError, match="did you mean `message`") as caught:
        client.send(from_=SMS["from_"], to=SMS["to"], body="Hello")
    assert ("body", "unknown_field") in [(rule.field, rule.rule) for rule in caught.value.broken_rules]
    assert script.requests == []


@pytest.mark.parametrize(
    ("misspelt", "meant"), [("timeuot", "timeout"), ("max_retry", "max_retries"), ("retries", "max_retries")]
)
def test_a_misspelt_option_is_refused_with_the_right_one(
    client: Driven, script: Script, misspelt: str, meant: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=f"Did you mean {meant}") as caught:
        client.send(**SMS, **{misspelt: 3})
    assert not isinstance(caught.value, InvalidMessageError)
    assert script.requests == []


def test_a_request_and_keywords_together_are_refused(client: Driven, script: Script) -> None:
    with pytest.raises(InvalidArgumentError, match="not both: message, to"):
        client.send(SendMessageRequest(**SMS), to=SMS["to"], message="Hello")
    assert script.requests == []


def test_a_request_and_an_unknown_keyword_are_refused_together(client: Driven, script: Script) -> None:
    with pytest.raises(InvalidArgumentError, match="not both: body"):
        client.send(SendMessageRequest(**SMS), body="Hello")
    assert script.requests == []


@pytest.mark.parametrize("given", [dict(SMS), "Hello", b"{}", [SMS]])
def test_what_is_no_request_is_refused_with_the_way_to_make_one(client: Driven, script: Script, given: object) -> None:
    with pytest.raises(InvalidArgumentError, match="model_validate"):
        client.send(given)
    assert script.requests == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"message": " "}, "message_blank"),
        ({"message": "x" * 1601}, "message_too_long"),
        ({"message": 5}, "wrong_type"),
        ({"to": "+1 516 206 5574"}, "number_not_normalised"),
        ({"to": "0151"}, "number_starts_with_zero"),
        ({"media_urls": ("ftp://x/y",)}, "url_not_http"),
        ({"group_recipients": ("15162065573", "15162065573")}, "number_repeated"),
    ],
)
@pytest.mark.parametrize("bypass", ["model_copy", "model_construct"])
def test_a_request_that_went_round_the_checks_is_checked_again(
    client: Driven, script: Script, change: dict[str, Any], rule: str, bypass: str
) -> None:
    sound = SendMessageRequest(**SMS)
    if bypass == "model_copy":
        unsound = sound.model_copy(update=change)
    else:
        unsound = SendMessageRequest.model_construct(**(dict(sound) | change))
    with pytest.raises(InvalidMessageError) as caught:
        client.send(unsound)
    assert rule in [broken.rule for broken in caught.value.broken_rules]
    assert script.requests == []


def test_a_request_made_under_lifted_limits_is_held_to_the_clients_own(client: Driven, script: Script) -> None:
    lifted = SendMessageRequest.model_validate(
        {**SMS, "message": "x" * 1601}, context=MessageLimits(max_sms_characters=None)
    )
    with pytest.raises(InvalidMessageError) as caught:
        client.send(lifted)
    assert [(rule.rule, rule.measure, rule.limit) for rule in caught.value.broken_rules] == [
        ("message_too_long", 1601, 1600)
    ]
    assert script.requests == []


def test_all_broken_rules_are_told_together(client: Driven, script: Script) -> None:
    with pytest.raises(InvalidMessageError) as caught:
        client.send(to="0123", media_urls=["cat.png"], type="sms", shade="red")
    assert {rule.field for rule in caught.value.broken_rules} == {"from", "to", "media_urls[0]", "type", "shade"}
    assert "breaks 5 rules" in str(caught.value)
    assert script.requests == []


def test_no_arguments_at_all_are_a_message_without_anything(client: Driven, script: Script) -> None:
    with pytest.raises(InvalidMessageError) as caught:
        client.send()
    assert [rule.field for rule in caught.value.broken_rules] == ["from", "to", "message"]
    assert script.requests == []


@pytest.mark.parametrize(
    "extra",
    [{"message": "other"}, {"from_did": "15162065575"}, {"x": float("nan")}, {"x": object()}, {"x": "\ud800"}],
    ids=["a field", "a field's old name", "NaN", "no JSON", "half a character"],
)
def test_extra_body_that_replaces_or_cannot_be_written_is_refused(
    client: Driven, script: Script, extra: dict[str, Any]
) -> None:
    with pytest.raises(InvalidArgumentError, match="extra field"):
        client.send(**SMS, extra_body=extra)
    assert script.requests == []


@pytest.mark.parametrize("extra", [5, "urgent", [("x", 1)], b"{}"], ids=repr)
def test_extra_body_that_is_no_mapping_is_refused(client: Driven, script: Script, extra: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="mapping of names to values"):
        client.send(**SMS, extra_body=extra)
    assert script.requests == []


@pytest.mark.parametrize("option", ["timeout", "total_timeout", "max_retries"])
def test_a_number_with_more_digits_than_python_writes_is_refused_like_any_other(
    client: Driven, script: Script, option: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"{option} must be .*; it was far outside\."):
        client.send(**SMS, **{option: -(10**5000)})
    assert script.requests == []


@pytest.mark.parametrize(
    "option",
    [
        {"timeout": 0},
        {"timeout": float("nan")},
        {"timeout": "5"},
        {"total_timeout": -1},
        {"total_timeout": float("inf")},
        {"max_retries": -1},
        {"max_retries": 1.0},
        {"max_retries": True},
        {"extra_headers": {"Authorization": "Bearer other"}},
        {"extra_headers": None},
    ],
    ids=str,
)
def test_an_option_that_cannot_work_is_refused(client: Driven, script: Script, option: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(option))):
        client.send(**SMS, **option)
    assert script.requests == []


def test_a_refusal_says_that_nothing_was_sent_and_that_repeating_does_not_help(client: Driven) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        client.send(**SMS, timeout=0)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert not caught.value.safe_to_resend
    assert caught.value.attempts == ()

"""Texting a code: what is checked, what travels, and what is never shown."""

from __future__ import annotations

import pickle
from typing import Any, get_args

import pytest

from carrierx import AmbiguousNumberWarning, APIError, InvalidArgumentError, InvalidMessageError, Outcome
from carrierx.models.validation import MessageLimits
from carrierx.models.verification import CodeType, VerificationCode
from tests.resources.helpers import answer, scripted, wire
from tests.support.client_factory import ClientFactory
from tests.support.samples import sampled
from tests.support.scripts import reply

NUMBERS = {"from_": "15162065574", "to": "18057224756"}
SENT = answer("verification_sms_response")


def test_everything_travels_in_the_query_and_the_body_is_an_empty_object(factory: ClientFactory) -> None:
    verification, script = scripted(factory, "verification", SENT)

    verification.send_code(
        from_="+1 516-206-5574",
        to="+1 805-722-4756",
        message="Your code & more: é",
        code_length=6,
        code_type="numeric",
        did_group_sid="9cf3c0aa",
        allow_short_code=False,
    )

    assert wire(script) == [
        (
            "POST",
            "/verification/sms",
            {
                "from": "15162065574",
                "to": "18057224756",
                "message": "Your code & more: é",
                "code_length": "6",
                "code_type": "numeric",
                "did_group_sid": "9cf3c0aa",
                "allow_short_code": "false",
            },
            {},
        )
    ]
    (request,) = script.requests
    assert request.headers["content-length"] == "2"
    assert request.headers["content-type"] == "application/json"
    assert b"message=Your+code+%26+more%3A+%C3%A9" in request.url.query


def test_only_what_was_given_is_sent(factory: ClientFactory) -> None:
    verification, script = scripted(factory, "verification", SENT)

    verification.send_code(**NUMBERS)

    assert wire(script) == [("POST", "/verification/sms", {"from": "15162065574", "to": "18057224756"}, {})]


def test_legacy_accounts_get_the_old_names(factory: ClientFactory) -> None:
    verification, script = scripted(factory, "verification", SENT, legacy_field_names=True)

    verification.send_code(**NUMBERS, allow_short_code=True)

    query = {"from_did": "15162065574", "to_did": "18057224756", "allow_short_code": "true"}
    assert wire(script)[0][2] == query


@pytest.mark.parametrize("code_type", get_args(CodeType))
def test_every_documented_type_of_code_is_taken(factory: ClientFactory, code_type: str) -> None:
    verification, script = scripted(factory, "verification", SENT)

    verification.send_code(**NUMBERS, code_type=code_type)

    assert wire(script)[0][2]["code_type"] == code_type


def test_broken_rules_are_reported_together(factory: ClientFactory) -> None:
    verification, script = scripted(factory, "verification")

    with pytest.raises(InvalidMessageError) as caught:
        verification.send_code(from_="+44", to=None, message=" ")

    assert [rule.field for rule in caught.value.broken_rules] == ["from", "to", "message"]
    assert caught.value.outcome is Outcome.NOT_SENT
    assert script.requests == []


@pytest.mark.parametrize(
    ("arguments", "field"),
    [({"message": "x" * 1601}, "message"), ({"message": "\ud800"}, "message"), ({"message": 5}, "message")],
    ids=["long", "surrogate", "no text"],
)
def test_a_text_that_cannot_be_sent_is_refused(factory: ClientFactory, arguments: dict[str, Any], field: str) -> None:
    verification, script = scripted(factory, "verification")

    with pytest.raises(InvalidMessageError) as caught:
        verification.send_code(**NUMBERS, **arguments)
    assert [rule.field for rule in caught.value.broken_rules] == [field]
    assert script.requests == []


def test_the_limit_can_be_lifted(factory: ClientFactory) -> None:
    limits = MessageLimits(max_sms_characters=None)
    verification, script = scripted(factory, "verification", SENT, message_limits=limits)

    verification.send_code(**NUMBERS, message="x" * 1601)

    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"code_length": 0},
        {"code_length": "4"},
        {"code_length": True},
        {"code_type": "digits"},
        {"code_type": None, "did_group_sid": ""},
        {"allow_short_code": "no"},
    ],
    ids=repr,
)
def test_what_cannot_be_an_argument_is_refused(factory: ClientFactory, arguments: dict[str, Any]) -> None:
    verification, script = scripted(factory, "verification")

    with pytest.raises(InvalidArgumentError) as caught:
        verification.send_code(**NUMBERS, **arguments)
    assert not isinstance(caught.value, InvalidMessageError)
    assert script.requests == []


def test_ten_digits_are_warned_about(factory: ClientFactory) -> None:
    verification, _ = scripted(factory, "verification", SENT)

    with pytest.warns(AmbiguousNumberWarning, match="`to`"):
        verification.send_code(from_="15162065574", to="8057224756")


def test_the_code_is_shown_only_on_purpose(factory: ClientFactory) -> None:
    verification, _ = scripted(factory, "verification", answer("verification_sms_response", code="k7Q-secret"))

    sent = verification.send_code(**NUMBERS)

    assert sent.code.get_secret_value() == "k7Q-secret"
    assert sent.to_dict()["code"] == "k7Q-secret"
    for shown in (repr(sent), str(sent), f"{sent}", repr(sent.model_dump()), repr(sent.unknown_fields)):
        assert "k7Q" not in shown
    assert pickle.loads(pickle.dumps(sent)) == sent


@pytest.mark.parametrize(
    "body", [{"code": "k7Q"}, {"code": "k7Q", "message_sid": " "}, {"message_sid": "a", "code": 7}]
)
def test_an_answer_without_code_or_sid_shows_neither(body: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="VerificationCode") as caught:
        VerificationCode.model_validate(body)
    assert "k7Q" not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize("spelling", ["Hello Bob!", "Hello+Bob%21", "Hello%20Bob%21"])
def test_a_refusal_repeats_neither_text_nor_numbers(factory: ClientFactory, spelling: str) -> None:
    said = f"no: from=15162065574&to=18057224756&message={spelling}"
    verification, _ = scripted(factory, "verification", reply(403, {"message": said}))

    with pytest.raises(APIError) as caught:
        verification.send_code(**NUMBERS, message="Hello Bob!")

    for secret in ("Bob", "5162065574", "8057224756"):
        assert secret not in f"{caught.value} {caught.value!r} {caught.value.__dict__}"
    assert caught.value.required_scopes == ("verification.manage", "verification.create")
    assert "enabled on the DID" in str(caught.value)


def test_the_sample_is_what_is_read(factory: ClientFactory) -> None:
    verification, _ = scripted(factory, "verification", SENT)

    assert verification.send_code(**NUMBERS).to_dict() == sampled("verification_sms_response")

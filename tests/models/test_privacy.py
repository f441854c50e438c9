"""Models and their errors show no phone number, text or URL."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from pydantic import ValidationError, field_validator
from rich.pretty import pretty_repr

from carrierx.errors import InvalidMessageError
from carrierx.models.message import Message
from carrierx.models.page import Page
from carrierx.models.send_request import SendMessageRequest
from tests.models.helpers import everything_said_by
from tests.support.frame_secrets import secrets_in_frames

SECRETS = ["15162065574", "15162065575", "15162065576", "secrettext", "secret.example", "secretmark", "5162065574"]

GOOD: dict[str, object] = {
    "from": "15162065575",
    "to": "15162065574",
    "message": "secrettext",
    "media_urls": ["https://secret.example/15162065576"],
    "group_recipients": ["15162065576"],
    "user_data": "secretmark",
}
BAD: dict[str, object] = {
    "from": "15162065575 secrettext",
    "to": "15162065574\n",
    "message": "secrettext" * 200,
    "media_urls": ["ftp://secret.example/15162065576", "https://15162065576@secret.example"],
    "group_recipients": ["15162065576", "15162065576"],
    "user_data": {"secretmark": "15162065574"},
    "type": "secrettext",
    "secrettext 15162065574": "secrettext",
    "body": "secrettext",
}


def create(model: Callable[..., object], fields: dict[str, object]) -> object:
    """Call a model's constructor, as an application does."""
    return model(**fields)


def let_out(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize(
    "build",
    [
        lambda: create(SendMessageRequest, BAD),
        lambda: SendMessageRequest.parse(BAD),
        lambda: SendMessageRequest.model_validate(BAD),
        lambda: SendMessageRequest.model_validate_json('{"from": "15162065575", "to": "1516206557", "message": ""}'),
        lambda: SendMessageRequest.model_validate_json('{"to": "15162065574", "message": "secrettext" oops'),
        lambda: SendMessageRequest.model_validate_json('{"message": "secrettext \\ud800"}'),
        lambda: SendMessageRequest.model_validate("secrettext"),
        lambda: setattr(SendMessageRequest.model_validate(GOOD), "to", "15162065576"),
        lambda: Message.model_validate(GOOD),
        lambda: Message.model_validate({**GOOD, "message_sid": 15162065574, "date_created": "15162065574"}),
        lambda: Message.model_validate_json('{"to": "15162065574", "message": "secrettext" oops'),
        lambda: Message.model_validate("secrettext"),
        lambda: setattr(Message.model_validate({**GOOD, "message_sid": "x"}), "to", "15162065576"),
        lambda: Page[Message].model_validate({"items": [GOOD]}),
    ],
)
def test_an_error_holds_none(build: Callable[[], object]) -> None:
    with pytest.raises((ValidationError, InvalidMessageError)) as caught:
        build()
    assert let_out(everything_said_by(caught.value)) == []
    assert secrets_in_frames(caught.value, SECRETS) == []


class WithAFailingValidator(SendMessageRequest):
    """An application's own model, with a validator that has a bug."""

    @field_validator("message")
    @classmethod
    def fail(cls, value: str) -> str:
        del value
        raise LookupError


@pytest.mark.parametrize(
    "build",
    [
        lambda: WithAFailingValidator.parse(GOOD),
        lambda: WithAFailingValidator.model_validate(GOOD),
        lambda: create(WithAFailingValidator, GOOD),
        lambda: WithAFailingValidator.model_validate_json(json.dumps(GOOD)),
    ],
)
def test_the_frames_that_an_error_of_the_applications_own_validator_passed_hold_none(
    build: Callable[[], object],
) -> None:
    with pytest.raises(LookupError) as caught:
        build()
    assert secrets_in_frames(caught.value, SECRETS) == []


@pytest.mark.parametrize("show", [repr, str, format, pretty_repr])
def test_a_repr_shows_none(show: Callable[[object], str]) -> None:
    odd = {"message_sid": "x", "price": "15162065574$", "mcc": "secrettext", "new": "15162065574"}
    for shown in (
        SendMessageRequest.model_validate(GOOD),
        SendMessageRequest.model_construct(from_=15162065575, to=["15162065574"], message=b"secrettext"),
        Message.model_validate({**GOOD, "message_sid": "x"}),
        Message.model_validate(odd),
        Page[Message].model_validate(
            {"items": [{**GOOD, "message_sid": "x"}], "pagination": {"next": "https://api?filter=15162065574"}}
        ),
    ):
        assert let_out(show(shown)) == []


def test_a_repr_still_tells_messages_apart() -> None:
    request = SendMessageRequest.model_validate(GOOD)
    assert repr(request) == (
        "SendMessageRequest(from_='***5575', to='***5574', message=<10 characters>, media_urls=<1>, "
        "group_recipients=('***5576',), user_data=<set>)"
    )
    message = Message.model_validate({"message_sid": "a", "price": "n/a"})
    assert repr(message) == "Message(message_sid='a', other_fields=1)"

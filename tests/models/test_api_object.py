"""Subclasses of the models, tolerance within a page, and blank texts."""

from __future__ import annotations

import json
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator

from carrierx.errors import InvalidMessageError
from carrierx.models.message import Message
from carrierx.models.page import Page
from carrierx.models.send_request import SendMessageRequest
from tests.models.helpers import RECIPIENT, SENDER

SID = "097b49df-c54e-4eaf-97d0-89cf7d5a655b"


def test_a_page_is_read_whole_although_an_item_needs_tolerance() -> None:
    page = Page[Message].model_validate_json(json.dumps({"items": [{"message_sid": SID, "price": "n/a"}], "count": 1}))
    assert page.unreadable_paths() == ["items[0].price"]
    assert (page.items[0].message_sid, page.count) == (SID, 1)


class OwnMessage(Message):
    @model_validator(mode="wrap")
    @classmethod
    def _own(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        read = handler(data)
        if read.message == "refused":
            raise ValueError("refused by the subclass")
        return read


class OwnRequest(SendMessageRequest):
    @model_validator(mode="after")
    def _own(self) -> Self:
        if self.message == "refused":
            raise ValueError("refused by the subclass")
        return self


def test_what_a_subclass_of_a_message_checks_is_checked() -> None:
    assert OwnMessage.model_validate_json(json.dumps({"message_sid": SID, "message": "taken"})).message == "taken"
    with pytest.raises(ValidationError):
        OwnMessage.model_validate_json(json.dumps({"message_sid": SID, "message": "refused"}))


def test_what_a_subclass_of_a_request_checks_is_checked() -> None:
    fields = {"from": SENDER, "to": RECIPIENT}
    assert type(OwnRequest.parse({**fields, "message": "taken"})) is OwnRequest
    with pytest.raises(ValidationError):
        OwnRequest.parse({**fields, "message": "refused"})
    with pytest.raises(InvalidMessageError):
        OwnRequest.parse({**fields, "message": " "})


@given(st.text(max_size=6))
def test_a_text_of_blanks_alone_is_refused_whatever_its_characters(text: str) -> None:
    def refused(message: str) -> bool:
        try:
            SendMessageRequest.parse({"from": SENDER, "to": RECIPIENT, "message": message})
        except InvalidMessageError as error:
            return "message_blank" in [rule.rule for rule in error.broken_rules]
        return False

    assert refused(text) == refused(text + "\u200b")

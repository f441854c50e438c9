"""Where a model is read without its wrap validator, to save time: what comes of it is the same."""

from __future__ import annotations

import json
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ModelWrapValidatorHandler, ValidationError, model_validator

from carrierx.errors import InvalidMessageError
from carrierx.models.message import Message
from carrierx.models.page import Page
from carrierx.models.rules import MessageLimits
from carrierx.models.send_request import SendMessageRequest
from carrierx.models.validation import validate_fields
from tests.models.helpers import RECIPIENT, SENDER

SID = "097b49df-c54e-4eaf-97d0-89cf7d5a655b"
_VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
_FIELDS = st.sampled_from([*Message.model_fields, "from", "from_did", "to_did", "unknown"])


@given(st.dictionaries(_FIELDS, _VALUES | st.lists(_VALUES, max_size=2), max_size=6))
def test_reading_json_gives_what_reading_the_same_as_python_values_gives(fields: dict[str, JsonValue]) -> None:
    whole = {"message_sid": SID} | fields
    try:
        read = Message.model_validate(whole)
    except ValidationError:
        with pytest.raises(ValidationError):
            Message.model_validate_json(json.dumps(whole))
        return
    from_json = Message.model_validate_json(json.dumps(whole))
    assert from_json == read
    assert from_json.unreadable_fields == read.unreadable_fields
    assert from_json.model_fields_set == read.model_fields_set


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
    # Not the short way, because a text outside ASCII is checked completely.
    def refused(message: str) -> bool:
        try:
            SendMessageRequest.parse({"from": SENDER, "to": RECIPIENT, "message": message})
        except InvalidMessageError as error:
            return "message_blank" in [rule.rule for rule in error.broken_rules]
        return False

    assert refused(text) == refused(text + "\u200b")


@given(st.sampled_from([SENDER, RECIPIENT, "16135550123", "1516206557", "72345", "15160165575"]), st.text(max_size=12))
def test_a_plain_message_by_keywords_is_judged_as_the_same_by_wire_names(number: str, text: str) -> None:
    # Under its wire name a field takes the long way.
    limits = MessageLimits(max_sms_characters=9)
    by_keywords = validate_fields({"from_": number, "to": number, "message": text}, limits)
    by_wire_names = validate_fields({"from": number, "to": number, "message": text}, limits)
    assert by_keywords == by_wire_names

"""The JSON body of a send: the fields that the caller gave."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from carrierx.errors import InvalidArgumentError
from carrierx.models.send_request import SendMessageRequest
from tests.models.helpers import RECIPIENT, SENDER, URL, as_json, everything_said_by, fields
from tests.support.samples import sample

SMS = SendMessageRequest(from_=SENDER, to=RECIPIENT, message="Hello")


@pytest.mark.parametrize("name", ["sms_send_request", "mms_send_request"])
def test_the_documented_requests_come_out_as_they_went_in(name: str) -> None:
    request = SendMessageRequest.model_validate_json(sample(name))
    assert as_json(request.to_wire()) == as_json(sample(name))


def test_legacy_names_are_written_on_demand() -> None:
    request = SendMessageRequest.model_validate_json(sample("sms_send_request"))
    assert as_json(request.to_wire(legacy_field_names=True)) == as_json(sample("sms_send_request_legacy"))


def test_it_is_compact_utf8() -> None:
    request = SendMessageRequest(from_=SENDER, to=RECIPIENT, message="Größe 😀")
    expected = f'{{"from":"{SENDER}","to":"{RECIPIENT}","message":"Größe 😀"}}'.encode()
    assert request.to_wire() == expected
    assert request.to_wire(extra={}) == expected


@pytest.mark.parametrize("legacy", [True, False])
def test_no_field_is_added_and_nothing_empty_sent(legacy: bool) -> None:
    request = SendMessageRequest.model_validate(fields(media_urls=[], group_recipients=[], user_data=None, type="sms"))
    body = as_json(request.to_wire(legacy_field_names=legacy))
    assert isinstance(body, dict)
    assert len(body) == 3
    emptied = SMS.model_copy(update={"media_urls": [], "group_recipients": None})
    assert emptied.to_wire() == SMS.to_wire()


def test_a_type_goes_along_with_a_group_only() -> None:
    media = SendMessageRequest(from_=SENDER, to=RECIPIENT, media_urls=[URL], type="mms")
    assert as_json(media.to_wire()) == {"from": SENDER, "to": RECIPIENT, "media_urls": [URL]}
    group = SendMessageRequest(from_=SENDER, to=RECIPIENT, message="Hi", group_recipients=[RECIPIENT])
    assert as_json(group.to_wire()) == {
        "from": SENDER,
        "to": RECIPIENT,
        "message": "Hi",
        "group_recipients": [RECIPIENT],
        "type": "mms",
    }


def test_a_mark_can_be_sent_along() -> None:
    assert as_json(SMS.to_wire(user_data="order-17")) == fields(user_data="order-17")
    marked = SendMessageRequest.model_validate(fields(user_data="mine"))
    assert as_json(marked.to_wire()) == fields(user_data="mine")
    with pytest.raises(InvalidArgumentError, match="already has user_data"):
        marked.to_wire(user_data="order-17")


def test_extra_fields_are_written_as_given() -> None:
    extra: dict[str, JsonValue] = {"priority": 1, "nested": {"a": [None, True]}, "type": "sms"}
    assert as_json(SMS.to_wire(extra=extra)) == {**fields(), **extra}


@pytest.mark.parametrize("name", ["from", "from_did", "to", "message", "media_urls", "group_recipients", "user_data"])
def test_extra_fields_replace_none_that_was_checked(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        SMS.to_wire(extra={name: "x"})


def test_the_type_of_a_group_is_not_replaced() -> None:
    group = SendMessageRequest(from_=SENDER, to=RECIPIENT, message="Hi", group_recipients=[RECIPIENT])
    with pytest.raises(InvalidArgumentError, match="type"):
        group.to_wire(extra={"type": "sms"})


CIRCLE: list[object] = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(
    "extra", [{"a": float("nan")}, {"a": object()}, {"a": "secret\ud800"}, {"a": CIRCLE}, {5: "secret"}]
)
def test_what_json_cannot_carry_is_refused_without_being_repeated(extra: dict[str, JsonValue]) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        SMS.to_wire(extra=extra)
    said = everything_said_by(caught.value)
    assert "secret" not in said
    assert "Hello" not in said


@given(
    message=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200).map(lambda text: f".{text}"),
    media=st.lists(st.just(URL), max_size=10),
    user_data=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    legacy=st.booleans(),
)
def test_every_request_reads_back_from_the_wire(
    message: str, media: list[str], user_data: str | None, legacy: bool
) -> None:
    request = SendMessageRequest(from_=SENDER, to=RECIPIENT, message=message, media_urls=media, user_data=user_data)
    assert SendMessageRequest.model_validate_json(request.to_wire(legacy_field_names=legacy)) == request
    assert copy.copy(request).to_wire() == request.to_wire()

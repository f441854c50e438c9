"""Messages with a generated code."""

from __future__ import annotations

import string
from urllib.parse import urlencode

import pytest

from carrierx.emulator import Emulator, EmulatorConfig, EmulatorResponse
from tests.emulator.helpers import DID, PHONE, blamed, call, content, fetch, make_emulator, refused_fields


def verify(emulator: Emulator, **changes: object) -> EmulatorResponse:
    parameters = {"from": DID, "to": PHONE, **changes}
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    return call(emulator, "POST", "/core/v2/verification/sms", query=query)


def test_a_code_is_sent_and_handed_back(emulator: Emulator) -> None:
    answer = content(verify(emulator))

    message = fetch(emulator, answer["message_sid"])
    assert answer["code"] == "9999"
    assert (message["from"], message["to"], message["type"]) == (DID, PHONE, "sms")
    assert message["message"] == "Your verification code is 9999"
    assert message["status"] == "queued"


def test_the_text_can_be_chosen(emulator: Emulator) -> None:
    answer = content(verify(emulator, message="Open sesame:", did_group_sid="any", allow_short_code="true"))

    assert fetch(emulator, answer["message_sid"])["message"] == "Open sesame: 9999"


@pytest.mark.parametrize(("body", "status"), [(b"", 200), (b"{}", 200), (b"[]", 400), (b"{", 400)])
def test_a_body_may_be_missing_and_is_else_an_object(emulator: Emulator, body: bytes, status: int) -> None:
    query = urlencode({"from": DID, "to": PHONE})

    assert call(emulator, "POST", "/core/v2/verification/sms", body=body, query=query).status == status


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("alphabetical", "ZZZZZZ"),
        ("alphabetical_lower", "zzzzzz"),
        ("alphabetical_upper", "ZZZZZZ"),
        ("alphanumeric", "999999"),
        ("alphanumeric_lower", "999999"),
        ("alphanumeric_upper", "999999"),
        ("numeric", "999999"),
    ],
)
def test_length_and_type_are_honoured(emulator: Emulator, kind: str, code: str) -> None:
    assert content(verify(emulator, code_length=6, code_type=kind))["code"] == code


@pytest.mark.parametrize(
    ("kind", "alphabet"),
    [
        ("alphabetical_lower", string.ascii_lowercase),
        ("alphanumeric_upper", string.ascii_uppercase + string.digits),
        ("numeric", string.digits),
    ],
)
def test_a_real_code_is_random(kind: str, alphabet: str) -> None:
    with Emulator() as emulator:
        codes = {content(verify(emulator, code_length=32, code_type=kind))["code"] for _ in range(5)}

    assert len(codes) == 5
    assert all(set(code) <= set(alphabet) and len(code) == 32 for code in codes)


def test_the_old_names_will_do(emulator: Emulator) -> None:
    old = {"from": None, "to": None, "from_did": DID, "to_did": PHONE}

    message = fetch(emulator, content(verify(emulator, **old))["message_sid"])

    assert (message["from_did"], message["to_did"]) == (DID, PHONE)


def test_a_short_code_may_send_it_unless_that_is_ruled_out(emulator: Emulator) -> None:
    assert verify(emulator, **{"from": "87654"}).status == 200
    assert refused_fields(verify(emulator, allow_short_code="false", **{"from": "87654"})) == ["from"]
    assert verify(emulator, allow_short_code="false").status == 200


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"from": None}, ["from"]),
        ({"to": None}, ["to"]),
        ({"to": "+15162065574"}, ["to"]),
        ({"from": "1", "to": "2"}, ["from", "to"]),
        ({"message": "a" * 1600}, ["message"]),
        ({"from_did": PHONE}, ["from"]),
    ],
)
def test_the_rules_of_a_send_hold(emulator: Emulator, changes: dict[str, object], fields: list[str]) -> None:
    assert refused_fields(verify(emulator, **changes)) == fields
    assert emulator.messages == []


def test_only_enabled_numbers_send_when_they_are_named() -> None:
    with make_emulator(EmulatorConfig(enabled_numbers=frozenset({"15162065500"}))) as emulator:
        assert refused_fields(verify(emulator)) == ["from"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code_length", "0"),
        ("code_length", "33"),
        ("code_length", "four"),
        ("code_type", "roman"),
        ("allow_short_code", "yes"),
    ],
)
def test_other_parameters_are_refused(emulator: Emulator, name: str, value: str) -> None:
    assert blamed(verify(emulator, **{name: value}), 400) == name


def test_unknown_parameters_can_be_refused(emulator: Emulator, strict_emulator: Emulator) -> None:
    assert verify(emulator, code="1").status == 200
    assert verify(strict_emulator, code="1").status == 400


def test_arguments_in_the_body_do_not_count(emulator: Emulator) -> None:
    response = call(emulator, "POST", "/core/v2/verification/sms", body=b'{"from":"15162065575","to":"15162065574"}')

    assert refused_fields(response) == ["from", "to"]

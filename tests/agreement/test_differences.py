"""Where the two sides differ, and why: what the client puts right, and what it refuses besides, by habit."""

from __future__ import annotations

import json

import pytest

from carrierx.emulator import Emulator
from tests.agreement.helpers import Wire, checked, client_refuses, emulator_refuses, post

NUMBERS: Wire = {"from": "15162065575", "to": "15162065574"}
SMS: Wire = {**NUMBERS, "message": "Hello"}


def mms(url: str, **fields: str) -> Wire:
    return {**NUMBERS, "media_urls": [url], **fields}


PUT_RIGHT: dict[str, Wire] = {
    "a plus": {**SMS, "to": "+15162065574"},
    "separators": {**SMS, "from": "1 (516) 206-55.75"},
    "a short code with separators": {**SMS, "from": "72-345"},
    "separators in a group": {**SMS, "group_recipients": ["+1 516 206 5573"], "type": "mms"},
    "Python's name": {"from_": "15162065575", "to": "15162065574", "message": "Hello"},
    "a group without its type": {**SMS, "group_recipients": ["15162065573"]},
}

REFUSED_BY_HABIT: dict[str, tuple[Wire, str]] = {
    "ten digits that can lack the 1 of a US number": ({**SMS, "to": "5162065574"}, "number_ambiguous"),
    "a blank text beside media": (mms("https://example.org/", message="  "), "message_blank"),
    "an empty text beside media": (mms("https://example.org/", message=""), "message_blank"),
    "a text that can't be seen": ({**NUMBERS, "message": "\u200b\u00ad\u3164"}, "message_blank"),
    "a backslash in a URL": (mms("https://example.org\\cat.png"), "url_has_forbidden_characters"),
    "a C1 control in a URL": (mms("https://example.org/\x80"), "url_has_forbidden_characters"),
    "a host of dots": (mms("https://.../cat.png"), "url_without_host"),
    "a port of six digits": (mms("https://example.org:000080/cat.png"), "url_without_host"),
}

ACCEPTED_BY_BOTH: dict[str, Wire] = {
    "a short code of zeros": {**SMS, "from": "000"},
    "to oneself": {**SMS, "to": SMS["from"]},
    "a group of the sender alone": {**SMS, "group_recipients": [SMS["from"]], "type": "mms"},
    "an empty group": {**SMS, "group_recipients": [], "type": "sms"},
    "no media": {**SMS, "media_urls": []},
    "null for what is not given": {**SMS, "from_did": None, "media_urls": None, "type": None},
    "an empty mark": {**SMS, "user_data": ""},
    "media twice": {**NUMBERS, "media_urls": ["https://example.org/"] * 2},
    "a character that does nothing": {**NUMBERS, "message": "\x00"},
    "a percent sign in a host": mms("https://%41.example.org/"),
}

NO_SUCH_HOST: dict[str, str] = {
    "port 0": "https://example.org:0/cat.png",
    "port 000": "https://example.org:000/cat.png",
    "brackets around a name": "https://[abc]/cat.png",
    "brackets around IPv4": "https://[192.0.2.7]/cat.png",
    "no IPv6 address": "https://[:::1]/cat.png",
    "a host that a browser reads as host and path": "https://example\uff0forg/cat.png",
    "a host that a browser reads as host and port": "https://example\uff1aorg/cat.png",
    "a host that a browser reads as user and host": "https://example\uff20org/cat.png",
}


@pytest.mark.parametrize("case", PUT_RIGHT)
def test_the_client_puts_right_what_the_wire_does_not_take(emulator: Emulator, case: str) -> None:
    assert emulator_refuses(emulator, PUT_RIGHT[case]) != set()

    answer = post(emulator, checked(PUT_RIGHT[case]).to_wire())
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("case", REFUSED_BY_HABIT)
def test_the_client_refuses_more_than_is_documented(emulator: Emulator, case: str) -> None:
    wire, rule = REFUSED_BY_HABIT[case]

    assert {broken for _, broken in client_refuses(wire)} == {rule}
    assert emulator_refuses(emulator, wire) == set()


@pytest.mark.parametrize("case", ACCEPTED_BY_BOTH)
def test_both_accept_what_is_odd_but_not_ruled_out(emulator: Emulator, case: str) -> None:
    assert client_refuses(ACCEPTED_BY_BOTH[case]) == set()
    assert emulator_refuses(emulator, ACCEPTED_BY_BOTH[case]) == set()


@pytest.mark.parametrize("case", NO_SUCH_HOST)
def test_the_emulator_refuses_a_url_that_leads_nowhere(emulator: Emulator, case: str) -> None:
    assert emulator_refuses(emulator, mms(NO_SUCH_HOST[case])) == {"media_urls"}


@pytest.mark.parametrize("case", NO_SUCH_HOST)
def test_the_client_refuses_a_url_that_leads_nowhere(case: str) -> None:
    assert {field for field, _ in client_refuses(mms(NO_SUCH_HOST[case]))} == {"media_urls"}


def test_the_client_sends_the_type_with_a_group_only() -> None:
    with_group = checked({**SMS, "group_recipients": ["15162065573"]}).to_wire()
    without = checked({**SMS, "type": "sms"}).to_wire()

    assert json.loads(with_group)["type"] == "mms"
    assert "type" not in json.loads(without)

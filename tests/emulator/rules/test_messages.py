"""Every rule of a send, refused when it is broken."""

from __future__ import annotations

import json

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.emulator.helpers import (
    DID,
    MMS,
    PHONE,
    SMS,
    accept,
    broken_rules,
    call,
    content,
    make_emulator,
    refused_fields,
    send,
)
from tests.support.rows import check_rows

US_NUMBERS = [f"1516206{number:04}" for number in range(20)]


@pytest.mark.parametrize("field", ["from", "to", "message"])
def test_a_needed_field_must_be_there(emulator: Emulator, field: str) -> None:
    without = {name: value for name, value in SMS.items() if name != field}

    assert refused_fields(send(emulator, without)) == [field]
    assert refused_fields(send(emulator, SMS, **{field: None})) == [field]


def test_a_recipient_must_be_a_number_in_e164_digits(emulator: Emulator) -> None:
    def check(number: str) -> None:
        response = send(emulator, to=number)

        assert refused_fields(response) == ["to"]
        assert not number.strip() or number not in response.body.decode()

    check_rows(
        [
            "+15162065574",
            "1 516 206 5574",
            "1-516-206-5574",
            "(516)2065574",
            "05162065574",
            "123456",
            "4670098765432109",
            "1516206557",
            "151620655744",
            "10162065574",
            "15161065574",
            "１５１６２０６５５７４",
            "15162065574\n",
            "",
            " ",
            "alice",
        ],
        check,
    )


def test_a_sender_must_be_a_number_or_a_short_code(emulator: Emulator) -> None:
    def check(number: str) -> None:
        assert refused_fields(send(emulator, **{"from": number})) == ["from"]

    check_rows(["+15162065574", "12", "1234567", "0", "", "0123456", "abc"], check)


@pytest.mark.parametrize("number", ["4670098", "467009876543210", "15162065500"])
def test_numbers_have_7_to_15_digits(emulator: Emulator, number: str) -> None:
    assert accept(emulator, to=number, **{"from": number})["to"] == number


@pytest.mark.parametrize("text", ["", " ", "\n\t\u00a0\u2003"])
def test_an_sms_must_not_be_blank(emulator: Emulator, text: str) -> None:
    assert refused_fields(send(emulator, message=text)) == ["message"]


def test_a_group_without_media_needs_a_text(emulator: Emulator) -> None:
    group = {"from": DID, "to": PHONE, "group_recipients": US_NUMBERS[:2], "type": "mms"}

    assert refused_fields(send(emulator, group)) == ["message"]
    assert refused_fields(send(emulator, group, message=" ")) == ["message"]
    assert send(emulator, group, media_urls=MMS["media_urls"]).status == 200


@pytest.mark.parametrize("character", ["a", "😀"])
@pytest.mark.parametrize("kind", [SMS, MMS])
def test_a_text_has_at_most_1600_characters(emulator: Emulator, kind: dict[str, object], character: str) -> None:
    assert send(emulator, kind, message=character * 1600).status == 200
    assert refused_fields(send(emulator, kind, message=character * 1601)) == ["message"]


def test_an_mms_has_at_most_10_media(emulator: Emulator) -> None:
    urls = [f"https://example.com/{number}.png" for number in range(11)]

    assert send(emulator, MMS, media_urls=urls[:10]).status == 200
    assert refused_fields(send(emulator, MMS, media_urls=urls)) == ["media_urls"]


def test_media_urls_are_absolute_http_or_https_without_user_information(emulator: Emulator) -> None:
    def check(url: str) -> None:
        assert refused_fields(send(emulator, MMS, media_urls=[url])) == ["media_urls"]

    check_rows(
        [
            "ftp://example.com/cat.png",
            "/cat.png",
            "//example.com/cat.png",
            "cat.png",
            "https:///cat.png",
            "https://",
            "https://user:secret@example.com/cat.png",
            "https://@example.com/cat.png",
            "https://example.com/a cat.png",
            "https://example.com/cat.png\n",
            "https://example.com:70000/cat.png",
            "https://example.com:0/cat.png",
            "https://example.com:port/cat.png",
            "https://[::1/cat.png",
            "javascript:alert(1)",
            "",
        ],
        check,
    )


@pytest.mark.parametrize(
    "url", ["http://example.com/cat.png", "HTTPS://EXAMPLE.COM", "https://[::1]:8443/é.png?size=1#top"]
)
def test_other_media_urls_are_taken(emulator: Emulator, url: str) -> None:
    assert accept(emulator, MMS, media_urls=[url])["media_urls"] == [url]


class TestGroups:
    """`group_recipients`."""

    def test_must_name_the_type_mms(self, emulator: Emulator) -> None:
        assert refused_fields(send(emulator, group_recipients=US_NUMBERS[:2])) == ["type"]
        assert refused_fields(send(emulator, group_recipients=US_NUMBERS[:2], type="sms")) == ["type"]

    def test_must_hold_numbers(self, emulator: Emulator) -> None:
        assert refused_fields(send(emulator, group_recipients=["alice"], type="mms")) == ["group_recipients"]

    def test_must_not_repeat_a_number(self, emulator: Emulator) -> None:
        response = send(emulator, group_recipients=[PHONE, PHONE], type="mms")

        assert broken_rules(response) == [("group_recipients", "must not repeat a number")]

    def test_may_have_10_numbers_with_from_and_to(self, emulator: Emulator) -> None:
        assert send(emulator, group_recipients=US_NUMBERS[:8], type="mms").status == 200
        assert send(emulator, group_recipients=[*US_NUMBERS[:8], DID, PHONE], type="mms").status == 200

    def test_may_not_have_11_numbers_with_from_and_to(self, emulator: Emulator) -> None:
        assert refused_fields(send(emulator, group_recipients=US_NUMBERS[:9], type="mms")) == ["group_recipients"]

    def test_still_need_a_recipient(self, emulator: Emulator) -> None:
        assert refused_fields(send(emulator, to=None, group_recipients=US_NUMBERS[:2], type="mms")) == ["to"]


@pytest.mark.parametrize(("message", "given"), [(SMS, "mms"), (MMS, "sms"), (SMS, "MMS"), (SMS, "")])
def test_a_given_type_must_agree_with_the_other_fields(
    emulator: Emulator, message: dict[str, object], given: str
) -> None:
    assert refused_fields(send(emulator, message, type=given)) == ["type"]


class TestOutsideTheUnitedStates:
    """Neither MMS nor messages from short codes go there."""

    @pytest.mark.parametrize("number", ["46700987654", "14165550123", "18765550123"])
    def test_an_mms_is_refused(self, emulator: Emulator, number: str) -> None:
        assert refused_fields(send(emulator, MMS, to=number)) == ["to"]

    @pytest.mark.parametrize("number", ["46700987654", "14165550123", "18765550123"])
    def test_an_sms_from_a_short_code_is_refused(self, emulator: Emulator, number: str) -> None:
        assert refused_fields(send(emulator, to=number, **{"from": "87654"})) == ["to"]

    def test_a_group_member_is_refused(self, emulator: Emulator) -> None:
        response = send(emulator, group_recipients=[PHONE, "14165550123"], type="mms")

        assert refused_fields(response) == ["group_recipients"]

    def test_territories_and_codes_of_no_country_are_taken(self, emulator: Emulator) -> None:
        def check(area_code: str) -> None:
            assert send(emulator, MMS, to=f"1{area_code}5550123").status == 200

        check_rows(["340", "670", "671", "684", "787", "939", "800", "600", "999"], check)


def test_a_value_of_the_wrong_type_is_refused(emulator: Emulator) -> None:
    def check(row: tuple[str, object]) -> None:
        field, value = row
        body = json.dumps({**SMS, "type": "mms" if field == "group_recipients" else None, field: value})
        response = call(emulator, body=body.replace("Infinity", "1e999").encode())

        assert refused_fields(response) == [field]

    check_rows(
        [
            ("from", 15162065575),
            ("to", [PHONE]),
            ("message", 5),
            ("message", {"text": "Hi"}),
            ("user_data", {"order": 17}),
            ("user_data", 17),
            ("type", 1),
            ("media_urls", "https://example.com/cat.png"),
            ("media_urls", [1]),
            ("media_urls", [None]),
            ("media_urls", {"0": "https://example.com/cat.png"}),
            ("group_recipients", PHONE),
            ("group_recipients", [15162065574]),
            ("group_recipients", False),
            ("from", True),
            ("message", 1e999),
        ],
        check,
    )


def test_an_unknown_field_is_refused_by_its_name(emulator: Emulator) -> None:
    def check(field: str) -> None:
        assert refused_fields(send(emulator, SMS, **{field: None})) == [field]

    check_rows(["text", "From", "direction", "message_sid", "price"], check)


@pytest.mark.parametrize("field", ["15162065574", "a secret text", "", "x" * 65])
def test_an_unknown_field_that_may_be_a_number_or_a_text_is_not_repeated(emulator: Emulator, field: str) -> None:
    assert refused_fields(send(emulator, SMS, **{field: 1})) == [None]


def test_not_every_one_of_many_unknown_fields_is_listed(emulator: Emulator) -> None:
    many = {f"unknown_{'x' * number}": None for number in range(60)}

    assert len(broken_rules(send(emulator, SMS, **many))) == 10


class TestOldNames:
    """`from_did` and `to_did`."""

    @pytest.mark.parametrize(("current", "old"), [("from", "from_did"), ("to", "to_did")])
    def test_must_not_differ_from_the_current_ones(self, emulator: Emulator, current: str, old: str) -> None:
        assert broken_rules(send(emulator, SMS, **{old: "15162065500"})) == [
            (current, f"differs from {old}, its old name")
        ]

    def test_are_the_names_in_the_error(self, emulator: Emulator) -> None:
        response = send(emulator, {"from_did": "x", "to_did": "y", "message": "Hi"})

        assert refused_fields(response) == ["from_did", "to_did"]


def test_all_broken_rules_are_reported_together(emulator: Emulator) -> None:
    response = send(emulator, {"from": "x", "media_urls": ["cat.png"] * 11, "type": "sms", "extra": 1})

    assert refused_fields(response) == ["extra", "from", "to", "media_urls", "media_urls", "type"]


def test_an_error_has_the_documented_shape(emulator: Emulator) -> None:
    assert content(send(emulator, to=None)) == {
        "message": "Object validation error",
        "errors": [{"field": "to", "message": "is required", "reference_sid": None}],
    }


class TestEnabledNumbers:
    """Numbers that are rented and enabled for messaging."""

    def test_others_may_not_send(self) -> None:
        with make_emulator(EmulatorConfig(enabled_numbers=frozenset({DID}))) as emulator:
            assert send(emulator).status == 200
            assert refused_fields(send(emulator, **{"from": PHONE})) == ["from"]
            assert refused_fields(send(emulator, **{"from": "87654"})) == ["from"]

    @pytest.mark.parametrize("number", ["+15162065575", "1-516-206-5575", "", "１２３"])
    def test_are_configured_in_digits(self, number: str) -> None:
        with pytest.raises(ValueError, match="digits only"):
            EmulatorConfig(enabled_numbers=frozenset({DID, number}))

    def test_are_all_valid_ones_by_default(self, emulator: Emulator) -> None:
        assert send(emulator, **{"from": "442071838750"}).status == 200


def test_no_error_repeats_a_number_or_a_text(emulator: Emulator) -> None:
    response = send(
        emulator,
        {
            "from": "+15162065575",
            "to": "0015162065574",
            "message": "secret words " * 200,
            "media_urls": ["https://user:password@example.com"],
            "group_recipients": ["99", "99"],
            "type": "secret words",
        },
    )

    answer = response.body.decode()
    assert response.status == 422
    for secret in ("5162065575", "5162065574", "secret", "password", "99"):
        assert secret not in answer

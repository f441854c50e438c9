"""Phone numbers as values."""

from __future__ import annotations

import copy
import pickle
import sys
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from carrierx import ConfigurationError, InvalidArgumentError, SendMessageRequest
from carrierx.models.phone_number import PhoneNumber

NUMBER = PhoneNumber("+1 516-206-5574")


@pytest.mark.parametrize("text", ["+1 516-206-5574", "15162065574", "1 (516) 206.5574", "+15162065574"])
def test_a_number_is_read_as_people_write_it(text: str) -> None:
    assert PhoneNumber(text).wire == "15162065574"
    assert PhoneNumber(text) == NUMBER


@pytest.mark.parametrize(
    ("text", "display"),
    [
        ("15162065574", "+1 516-206-5574"),
        ("+49 30 901820", "+4930901820"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+420 601 123 456", "+420601123456"),
    ],
)
def test_a_number_is_displayed_whole(text: str, display: str) -> None:
    assert PhoneNumber(text).display == display
    assert PhoneNumber(PhoneNumber(text).display) == PhoneNumber(text)


def test_what_is_printed_of_a_number_is_masked() -> None:
    printed = [NUMBER.masked, str(NUMBER), f"{NUMBER}", "%s" % NUMBER, repr(NUMBER), repr({"to": NUMBER})]  # noqa: UP031

    assert printed[:4] == ["***5574"] * 4
    assert printed[4:] == ["PhoneNumber('***5574')", "{'to': PhoneNumber('***5574')}"]


def test_numbers_are_compared_by_what_goes_on_the_wire() -> None:
    same, other = PhoneNumber("1.516.206.5574"), PhoneNumber("15162065575")
    not_numbers: list[object] = ["15162065574", 15162065574, None]

    assert {NUMBER, same, other} == {NUMBER, other}
    assert hash(NUMBER) == hash(same)
    assert not any(each == NUMBER for each in not_numbers)


def test_a_number_is_a_value() -> None:
    assert pickle.loads(pickle.dumps(NUMBER)) == copy.deepcopy(NUMBER) == NUMBER
    for name in ("wire", "display", "other"):
        with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
            setattr(NUMBER, name, "15162065575")
    assert NUMBER.wire == "15162065574"


def test_a_number_goes_into_a_send_by_its_wire_form() -> None:
    request = SendMessageRequest(from_=PhoneNumber("1 516 206 5575").wire, to=NUMBER.wire, message="Hello")

    assert (request.from_, request.to) == ("15162065575", "15162065574")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "It has 0 digits"),
        ("5574", "It has 4 digits"),
        ("05162065574", "starts with 0"),
        ("1516206557", "has 10 digits; such a number has 11"),
        ("11162065574", "no such number exists"),
        ("+1 516-206-5574 ext. 3", "other than the digits"),
        ("1234567890123456", "has 16 digits"),
        ("+44 (0)20 7946 0958", "a 0 in parentheses"),
        ("１５１６２０６５５７４", "other than the digits"),
    ],
)
def test_what_is_no_number_is_refused_without_being_repeated(text: str, words: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        PhoneNumber(text)

    assert words in str(caught.value)
    assert "5574" not in f"{caught.value!r} {caught.value.__context__!r}"


@pytest.mark.parametrize("value", [15162065574, None, b"15162065574", NUMBER])
def test_a_number_is_made_of_a_text(value: Any) -> None:
    for make in (PhoneNumber, PhoneNumber.parse):
        with pytest.raises(InvalidArgumentError, match=f"must be a string, not {type(value).__name__}"):
            make(value)


def test_ten_digits_that_can_lack_the_country_code_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="ten digits and no") as caught:
        PhoneNumber("5162065574")
    assert "5574" not in str(caught.value)


def test_the_digits_of_a_number_can_be_sent_to_whatever_they_look_like() -> None:
    icelandic = PhoneNumber("+354 691 2345")
    assert icelandic.wire == "3546912345"
    assert PhoneNumber(icelandic.wire) == icelandic
    assert SendMessageRequest(from_="15162065575", to=icelandic.wire, message="Hæ").to == "3546912345"


@pytest.mark.parametrize(
    ("text", "region", "wire"),
    [
        ("(516) 206-5574", "US", "15162065574"),
        ("516.206.5574", "us", "15162065574"),
        ("1-516-206-5574", "US", "15162065574"),
        ("tel:+1-516-206-5574", "US", "15162065574"),
        ("011 44 20 7946 0958", "US", "442079460958"),
        ("+49 30 901820", "US", "4930901820"),
        ("030 901820", "DE", "4930901820"),
        ("06 1234 5678", "IT", "390612345678"),
        ("(787) 234-5678", "PR", "17872345678"),
    ],
)
def test_what_people_type_is_read_as_in_their_country(text: str, region: str, wire: str) -> None:
    assert PhoneNumber.parse(text, region).wire == wire


def test_the_usual_country_is_the_united_states() -> None:
    assert PhoneNumber.parse("(516) 206-5574") == NUMBER


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello", "It can't be read as a number of the region US"),
        ("", "It can't be read as a number"),
        ("+999 2065574", "It can't be read as a number"),
        ("206-5574", "it lacks its area code"),
        ("15574", "it is too short"),
        ("51620655745574", "it is too long"),
        ("516-206-5574 ext. 12", "an extension"),
        ("116-206-5574", "no such number exists"),
    ],
)
def test_what_nobody_can_dial_is_refused_without_being_repeated(text: str, words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words) as caught:
        PhoneNumber.parse(text)

    assert "5574" not in f"{caught.value!r} {caught.value.__context__!r}"


def test_a_length_that_a_country_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="This is not a phone number"):
        PhoneNumber.parse("12345", "AD")


@pytest.mark.parametrize("region", ["", "USA", "United States", "XX", None, 1])
def test_an_unknown_country_is_refused(region: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="two-letter ISO 3166-1 country code"):
        PhoneNumber.parse("(516) 206-5574", region)


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "phonenumbers", None)

    with pytest.raises(ConfigurationError, match=r'pip install "phonenumbers>=8.13"'):
        PhoneNumber.parse("(516) 206-5574")
    assert PhoneNumber("15162065574") == NUMBER

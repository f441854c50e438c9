"""The headers of an answer, as `client.execute` gives them."""

from __future__ import annotations

import pytest

from carrierx.transport.answer import AnswerHeaders

HEADERS = AnswerHeaders(
    [(b"Content-Type", b"application/json"), (b"Via", b"1.1 a"), (b"via", b"1.1 b"), (b"X-Name", b"caf\xe9")]
)


def test_a_header_is_found_whatever_its_case() -> None:
    assert HEADERS["content-type"] == HEADERS["CONTENT-TYPE"] == HEADERS.get("Content-Type") == "application/json"
    assert "VIA" in HEADERS


def test_what_came_several_times_is_joined() -> None:
    assert HEADERS["via"] == "1.1 a, 1.1 b"


def test_a_value_that_is_no_utf_8_is_read_as_latin_1() -> None:
    assert HEADERS["x-name"] == "caf\u00e9"
    assert AnswerHeaders([(b"X-Name", "caf\u00e9".encode())])["x-name"] == "caf\u00e9"


@pytest.mark.parametrize("name", ["location", "", "\u20ac"])
def test_a_header_that_did_not_come_is_none(name: str) -> None:
    assert HEADERS.get(name) is None
    assert HEADERS.get(name, "else") == "else"
    with pytest.raises(KeyError):
        HEADERS[name]


def test_it_is_gone_through_by_names_in_small_letters_and_shows_no_value() -> None:
    assert list(HEADERS) == ["content-type", "via", "x-name"]
    assert dict(HEADERS)["via"] == "1.1 a, 1.1 b"
    assert len(HEADERS) == 3
    assert repr(HEADERS) == "<AnswerHeaders: content-type, via, x-name>"

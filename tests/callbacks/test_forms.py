"""Callbacks as forms and query strings."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from carrierx.callbacks import CallbackError, InboundMessage, StatusUpdate, parse
from tests.callbacks.carrier import SID, THEIRS, YOURS, inbound, legacy, status_update

BASE = f"message_sid={SID}&"


@pytest.mark.parametrize("text", ["Hello", "é😀 & = +%", "مرحبا", "a\r\nb", "{curly}", ""])
def test_a_form_carries_any_text(text: str) -> None:
    fields = inbound(text, media_urls="https://example.com/a,b.png", group_recipients=f"{THEIRS}", user_data="x")

    message = parse(urlencode(fields).encode())

    assert type(message) is InboundMessage
    assert (message.message, message.from_, message.to) == (text, THEIRS, YOURS)
    assert message.media_urls == ("https://example.com/a,b.png",)
    assert (message.group_recipients, message.message_segments) == ((THEIRS,), 1)
    assert str(message.price) == "0.0150"
    assert message.unreadable_fields == {}


def test_text_that_was_not_escaped_is_read() -> None:
    assert parse(BASE + "message=é😀").message == "é😀"


def test_either_naming_is_read() -> None:
    assert parse(urlencode(legacy(status_update()))).to == parse(urlencode(status_update())).to == THEIRS


def test_a_query_string_is_read_if_there_is_no_body() -> None:
    query = urlencode({"message_sid": SID, "direction": "outbound", "status": "delivered"})

    for body in (b"", "", b"\n"):
        for written in (query, f"?{query}"):
            assert type(parse(body, query=written)) is StatusUpdate
    assert parse(f"message_sid={SID}&status=sent", query=query).status == "sent"


@pytest.mark.parametrize("query", ["lighthouse", "a b=c", "=x"])
def test_a_query_string_that_is_no_form_is_refused(query: str) -> None:
    with pytest.raises(CallbackError, match="its query string is not a form") as caught:
        parse(b"", query=query)
    assert caught.value.reason == "not_json_or_form"


def test_a_query_string_is_bounded() -> None:
    with pytest.raises(CallbackError) as caught:
        parse(b"", query="a=" + "b" * 100, body_limit=50)
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    "written",
    [
        "media_urls=a&media_urls=b",
        "media_urls[]=a&media_urls[]=b",
        "media_urls%5B0%5D=a&media_urls%5B1%5D=b&media_urls[2]=",
        'media_urls=["a", "b"]',
    ],
)
def test_a_list_may_be_written_in_several_ways(written: str) -> None:
    assert parse(BASE + written).media_urls == ("a", "b")


@pytest.mark.parametrize(("written", "read"), [("[a", ("[a",)), ("", ()), ("[]", ())])
def test_a_list_that_is_hardly_one(written: str, read: tuple[str, ...]) -> None:
    assert parse(f"{BASE}media_urls={written}").media_urls == read


def test_an_empty_field_was_not_filled_in() -> None:
    message = parse(f"{BASE}price=&from=&mcc=&message=&user_data=&status=")

    assert (message.price, message.from_, message.mcc, message.status) == (None, None, None, None)
    assert (message.message, message.user_data) == ("", "")


def test_an_empty_sid_is_none() -> None:
    with pytest.raises(CallbackError) as caught:
        parse("message_sid=&from=1")
    assert caught.value.reason == "no_message_sid"


def test_a_field_given_twice_differently_is_refused() -> None:
    assert parse(f"{BASE}{BASE}message=a").message == "a"
    with pytest.raises(CallbackError, match="twice") as caught:
        parse(f"{BASE}message=lighthouse&message=other")
    assert caught.value.reason == "ambiguous"

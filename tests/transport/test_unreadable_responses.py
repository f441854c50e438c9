"""Answers to reads that can't be read, wholly or in part."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from carrierx import Call, ResponseError
from carrierx.events import Event, FieldsUnreadable
from tests.support.behaviours import CLOSE, cut_body, respond_gzipped, respond_sms
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.fault_server import FaultServer
from tests.support.scripts import SID, Script, broken, message, page, reply, sms

UNREADABLE: Mapping[str, object] = {
    "nothing": None,
    "HTML": b"<html>signed in!</html>",
    "a list": [message()],
    "a text": "queued",
    "null": b"null",
    "cut": b'{"message_sid": "a',
    "no SID": {"status": "queued"},
    "an empty SID": {"message_sid": " "},
    "a SID of another type": {"message_sid": 5},
    "not UTF-8": b'{"message_sid": "\xff"}',
    "nested without end": b'{"message_sid": ' + b"[" * 10_000,
    "too large": b" " * 1_000_001,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_answer_that_is_no_message_is_told_with_status_and_request_id(factory: ClientFactory, body: object) -> None:
    script = Script(reply(200, body, {"X-Request-Id": "req-7f"}))
    with pytest.raises(ResponseError, match=f"The response to GET /sms/messages/{SID} can't be read") as caught:
        factory.scripted(script).get(SID)
    assert (caught.value.status_code, caught.value.request_id) == (200, "req-7f")
    assert len(caught.value.attempts) == len(script.requests) == 1


def test_the_error_names_the_fields_and_not_what_stands_in_them(factory: ClientFactory) -> None:
    with pytest.raises(ResponseError) as caught:
        factory.scripted([reply(200, {"message_sid": ["secret"]})]).get(SID)
    assert "message_sid (string_type)" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_mappings_keys_are_not_named_if_they_are_no_names(factory: ClientFactory) -> None:
    answer = {"15162065574": "x", "two words": "x", "plain": "x"}
    with pytest.raises(ResponseError) as caught:
        factory.scripted([reply(200, answer)]).execute(Call("GET", "/x", dict[str, int]))
    assert "*** (int_parsing), *** (int_parsing), plain (int_parsing)" in str(caught.value)


@pytest.mark.parametrize(
    "body", [{"items": [{"status": "queued"}]}, {"items": None}, {"total": 1}, {"items": [5]}], ids=str
)
def test_a_page_is_unreadable_if_one_of_its_items_is(factory: ClientFactory, body: object) -> None:
    with pytest.raises(ResponseError, match="items"):
        factory.scripted([reply(200, body)]).list()


def test_an_answer_that_broke_off_is_asked_for_again(factory: ClientFactory, clock: SteppingClock) -> None:
    whole = message()
    with FaultServer(cut_body(whole, 10), respond_sms(message_sid=SID)) as server:
        assert factory.at(server.base_url, clock=clock).get(SID).message_sid == SID
        assert server.requests_fully_read == 2


def test_an_answer_that_keeps_breaking_off_is_unreadable(factory: ClientFactory, clock: SteppingClock) -> None:
    with FaultServer(cut_body(message(), 10, CLOSE)) as server:
        with pytest.raises(ResponseError, match="was cut off") as caught:
            factory.at(server.base_url, clock=clock).get(SID)
        assert server.requests_fully_read == len(caught.value.attempts) == 3


def test_an_answer_that_was_packed_once_is_read_and_one_packed_twice_is_not(factory: ClientFactory) -> None:
    with FaultServer(respond_gzipped(message()), respond_gzipped(message(), 2)) as server:
        client = factory.at(server.base_url)
        assert client.get(SID).message_sid == SID
        with pytest.raises(ResponseError):
            client.get(SID)


def test_a_field_that_cannot_be_read_is_none_and_kept_raw_and_told(factory: ClientFactory) -> None:
    events: list[Event] = []
    client = factory.scripted([sms(price="free", date_created="soon", message_segments="many")], on_event=events.append)
    found = client.get(SID)
    assert (found.price, found.date_created, found.message_segments) == (None, None, None)
    assert dict(found.unreadable_fields) == {"price": "free", "date_created": "soon", "message_segments": "many"}
    (told,) = [event for event in events if isinstance(event, FieldsUnreadable)]
    assert (told.method, told.path) == ("GET", f"/sms/messages/{SID}")
    assert sorted(told.fields) == ["date_created", "message_segments", "price"]


def test_the_wire_name_is_told(factory: ClientFactory) -> None:
    events: list[Event] = []
    factory.scripted([sms(from_=["x"])], on_event=events.append).get(SID)
    assert [event.fields for event in events if isinstance(event, FieldsUnreadable)] == [("from",)]


def test_an_unreadable_field_of_a_listed_message_is_told_with_its_place(factory: ClientFactory) -> None:
    events: list[Event] = []
    client = factory.scripted([page(message(), message(price="free"), total="lots")], on_event=events.append)
    assert client.list().total is None
    (told,) = [event for event in events if isinstance(event, FieldsUnreadable)]
    assert set(told.fields) == {"total", "items[1].price"}


def test_a_readable_answer_tells_nothing_about_its_fields(factory: ClientFactory) -> None:
    events: list[Event] = []
    found = factory.scripted([sms(price="0.01", hue="red")], on_event=events.append).get(SID)
    assert (found.price, found.unknown_fields) == (Decimal("0.01"), {"hue": "red"})
    assert not [event for event in events if isinstance(event, FieldsUnreadable)]


def test_a_failure_is_chained_to_what_caused_it(factory: ClientFactory, clock: SteppingClock) -> None:
    with pytest.raises(Exception, match="connection broke") as caught:
        factory.scripted([broken()], clock=clock).get(SID)
    assert type(caught.value.__cause__).__name__ == "ReadError"

"""A response that describes another message: what it is worth, and what becomes of its connection."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx import Outcome, SendOutcomeUnknownError
from carrierx.events import Event, ResponseMismatch
from tests.support.behaviours import respond
from tests.support.client_factory import ClientFactory, Driven
from tests.support.fault_server import FaultServer
from tests.support.scripts import Script, sms

OURS: dict[str, Any] = {"from_": "15162065575", "to": "15162065574", "message": "Your table is ready at 7."}
ELSEWHERE = "15162065570"

Answers = dict[str, dict[str, Any]]

RECEIPTS: Answers = {
    "the same": {"to": "15162065574", "message": "Your table is ready at 7."},
    "nothing but a SID": {},
    "a recipient that is null": {"to": None, "message": "Another text"},
    "an empty recipient": {"to": "", "message": "Another text"},
    "the recipient in another form": {"to": "+1 (516) 206-5574", "message": "Your table is ready at 7."},
    "the recipient without its country code": {"to": "5162065574", "message": "Another text"},
    "the recipient with an extension": {"to": "tel:+1-516-206-5574;ext=5", "message": "Another text"},
    "the recipient as an address": {"to": "sip:15162065574@10.0.0.1", "message": "Another text"},
    "a masked recipient, and a masked text": {"to": "+1XXXXXX5574", "message": "[redacted]"},
    "another text": {"to": "15162065574", "message": "Your table is ready"},
    "our reference, and nothing else of ours": {"to": ELSEWHERE, "message": "Another text", "user_data": "order-17"},
}
SUSPICIOUS: Answers = {
    "another recipient": {"to": ELSEWHERE, "message": "Your table is ready at 7."},
    "another recipient, and no text": {"to": ELSEWHERE},
    "another recipient, and other line ends": {"to": ELSEWHERE, "message": " Your table is ready at 7.\r\n"},
}
NO_RECEIPTS: Answers = {
    "another recipient and text": {"to": ELSEWHERE, "message": "Another text"},
    "another recipient, text and reference": {"to": ELSEWHERE, "message": "Another text", "user_data": "order-18"},
}


def client_for(factory: ClientFactory, server: FaultServer, events: list[Event]) -> Driven:
    return factory.at(server.base_url, on_event=events.append, max_retries=2)


def differences(events: list[Event]) -> list[Outcome]:
    return [event.outcome for event in events if isinstance(event, ResponseMismatch)]


@pytest.mark.parametrize("fields", RECEIPTS.values(), ids=RECEIPTS)
def test_an_answer_that_can_be_ours_is_a_receipt(factory: ClientFactory, fields: dict[str, Any]) -> None:
    events: list[Event] = []
    with FaultServer(respond(200, {"message_sid": "sid", **fields})) as server:
        client = client_for(factory, server, events)
        for _ in range(2):
            assert client.send(**OURS, reference="order-17").message_sid == "sid"
        assert (server.requests_fully_read, server.connections) == (2, 1)
    assert differences(events) == []


@pytest.mark.parametrize("fields", SUSPICIOUS.values(), ids=SUSPICIOUS)
def test_another_recipient_alone_is_told_and_its_connection_is_not_used_again(
    factory: ClientFactory, fields: dict[str, Any]
) -> None:
    events: list[Event] = []
    with FaultServer(respond(200, {"message_sid": "sid", **fields})) as server:
        client = client_for(factory, server, events)
        for _ in range(2):
            assert client.send(**OURS, reference="order-17").message_sid == "sid"
        assert (server.requests_fully_read, server.connections) == (2, 2)
    assert differences(events) == [Outcome.ACCEPTED] * 2


@pytest.mark.parametrize("fields", NO_RECEIPTS.values(), ids=NO_RECEIPTS)
def test_another_recipient_and_text_are_no_receipt(factory: ClientFactory, fields: dict[str, Any]) -> None:
    events: list[Event] = []
    with FaultServer(respond(200, {"message_sid": "sid", **fields})) as server:
        client = client_for(factory, server, events)
        for _ in range(2):
            with pytest.raises(SendOutcomeUnknownError, match="another recipient and another text") as caught:
                client.send(**OURS, reference="order-17")
            assert [attempt.outcome for attempt in caught.value.attempts] == [Outcome.UNKNOWN]
            assert ELSEWHERE not in str(caught.value)
        assert (server.requests_fully_read, server.connections) == (2, 2)
    assert differences(events) == [Outcome.UNKNOWN] * 2
    assert ELSEWHERE not in str(events)


def test_any_member_of_a_group_counts_as_the_recipient(factory: ClientFactory) -> None:
    events: list[Event] = []
    with FaultServer(respond(200, {"message_sid": "sid", "to": ELSEWHERE, "message": "Another text"})) as server:
        client = client_for(factory, server, events)
        sent = client.send(
            **OURS, media_urls=["https://example.com/a.png"], group_recipients=[ELSEWHERE], media_check="off"
        )
        assert sent.message_sid == "sid"
    assert differences(events) == []


def test_over_an_injected_client_the_same_is_told(factory: ClientFactory) -> None:
    events: list[Event] = []
    script = Script(sms(to=ELSEWHERE, message="Another text"))
    client = factory.scripted(script, on_event=events.append)
    with pytest.raises(SendOutcomeUnknownError):
        client.send(**OURS)
    assert differences(events) == [Outcome.UNKNOWN]
    assert len(script.requests) == 1

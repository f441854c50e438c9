"""Reading one message, and one page of them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from urllib.parse import unquote

import pytest

from carrierx import CarrierXError, InvalidArgumentError, Message, MessageStatus, NotFoundError, Page, where
from carrierx.emulator import Emulator
from carrierx.models.did import Capability
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import SMS, Script, page, reply, sms


def test_a_message_is_read_by_its_sid(factory: ClientFactory, emulator: Emulator, clock: SteppingClock) -> None:
    client = factory.over(emulator)
    sent = client.send(**SMS)
    clock.advance(5)
    found = client.get(sent.message_sid)
    assert (found.message_sid, found.status) == (sent.message_sid, MessageStatus.DELIVERED)


def test_an_unknown_sid_is_not_found(factory: ClientFactory, emulator: Emulator) -> None:
    with pytest.raises(NotFoundError):
        factory.over(emulator).get("no-such-sid")


def test_a_sid_cannot_lead_to_another_path(factory: ClientFactory) -> None:
    script = Script(sms())
    client = factory.scripted(script)
    for sid in ("../rates?x=1#y", "a b", "%2e%2e", "größe"):
        client.get(sid)
    assert [request.url.raw_path.decode() for request in script.requests] == [
        "/core/v2/sms/messages/..%2Frates%3Fx%3D1%23y",
        "/core/v2/sms/messages/a%20b",
        "/core/v2/sms/messages/%252e%252e",
        "/core/v2/sms/messages/gr%C3%B6%C3%9Fe",
    ]


@pytest.mark.parametrize("sid", ["", " ", ".", "..", 5, None, "\ud800", "a\nb"], ids=repr)
def test_what_is_no_sid_is_refused(factory: ClientFactory, sid: Any) -> None:
    script = Script(sms())
    with pytest.raises(InvalidArgumentError, match="identifier"):
        factory.scripted(script).get(sid)
    assert script.requests == []


def test_a_list_always_says_how_many_it_wants(factory: ClientFactory) -> None:
    script = Script(page())
    client = factory.scripted(script)
    client.list()
    client.list(limit=1)
    client.list(limit=1000, offset=20, order="date_created desc", filter='status eq "queued"')
    assert script.queries == [
        {"limit": "10"},
        {"limit": "1"},
        {"limit": "1000", "offset": "20", "order": "date_created desc", "filter": 'status eq "queued"'},
    ]


def test_a_page_holds_messages_in_the_servers_order(
    factory: ClientFactory, emulator: Emulator, clock: SteppingClock
) -> None:
    client = factory.over(emulator)
    for text in "abc":
        client.send(**{**SMS, "message": text})
        clock.advance(1)
    found = client.list(order="date_created desc", limit=2)
    assert isinstance(found, Page)
    assert [message.message for message in found] == ["c", "b"]
    assert (found.has_more, found.total, found[0].message, len(found)) == (True, 3, "c", 2)
    assert all(isinstance(message, Message) for message in found)


def test_a_list_is_filtered_by_an_expression_or_a_text(factory: ClientFactory, emulator: Emulator) -> None:
    client = factory.over(emulator)
    for mark in ("red", "blue"):
        client.send(**SMS, user_data=mark)
    for chosen in (where("user_data").eq("blue") & where("type").eq("sms"), 'user_data eq "blue"'):
        assert [message.user_data for message in client.list(filter=chosen)] == ["blue"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": True},
        {"limit": "10"},
        {"limit": None},
        {"offset": -1},
        {"offset": 1.5},
        {"order": ""},
        {"order": 5},
        {"filter": " "},
        {"filter": 5},
    ],
    ids=str,
)
def test_an_argument_out_of_its_range_is_refused(factory: ClientFactory, arguments: dict[str, Any]) -> None:
    script = Script(page())
    with pytest.raises(InvalidArgumentError, match=next(iter(arguments))):
        factory.scripted(script).list(**arguments)
    assert script.requests == []


class NoOffset(tzinfo):
    """A time zone that doesn't know its offset."""

    def utcoffset(self, when: datetime | None) -> None:
        return None

    def dst(self, when: datetime | None) -> None:
        return None

    def tzname(self, when: datetime | None) -> None:
        return None

    def __repr__(self) -> str:
        return "NoOffset()"


NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
AFTER_NOON = str(where("date_created").ge(NOON) & where("date_created").lt(NOON + timedelta(days=1)))


@pytest.mark.parametrize(
    ("keywords", "sent"),
    [
        ({"to": "+1 516-206-5574"}, 'to eq "15162065574"'),
        ({"from_": "72345"}, 'from eq "72345"'),
        ({"to": "72345"}, 'to eq "72345"'),
        ({"status": "delivered"}, 'status eq "delivered"'),
        ({"sent_after": NOON, "sent_before": NOON + timedelta(days=1)}, AFTER_NOON),
        ({"filter": where("price").gt(1), "status": "sent"}, 'price gt 1 and status eq "sent"'),
        ({"filter": 'user_data eq "x"', "to": "15162065574"}, 'user_data eq "x" and to eq "15162065574"'),
    ],
    ids=str,
)
def test_what_people_filter_by_has_keywords(factory: ClientFactory, keywords: dict[str, Any], sent: str) -> None:
    script = Script(page(), page())
    client = factory.scripted(script)
    client.list(**keywords)
    list(client.iterate(**keywords))
    assert [request.url.params["filter"] for request in script.requests] == [sent, sent]


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"recipient": "15162065574"}, "Did you mean to?"),
        ({"since": NOON}, "Did you mean sent_after?"),
        ({"statuss": "sent"}, "Did you mean status?"),
        ({"nothing_like_it": 1}, "There are: .*filter, from_.*sent_after.*to, total_timeout"),
        ({"to": "5162065574"}, "to: It has ten digits"),
        ({"status": 5}, "status must be a string"),
        ({"sent_after": datetime(2026, 11, 29)}, "sent_after must be a datetime with a time zone"),  # noqa: DTZ001
        ({"sent_before": "2026-11-29"}, "sent_before must be a datetime"),
        ({"sent_after": datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))}, "in the years 1 to 9999"),
        ({"sent_after": datetime(2026, 11, 29, tzinfo=NoOffset())}, "sent_after must be a datetime with a time zone"),
        ({"sent_after": NOON, "sent_before": NOON}, "sent_after must be earlier than sent_before"),
        ({"filter": 5, "status": "sent"}, "filter must be"),
    ],
    ids=str,
)
def test_a_wrong_keyword_of_a_list_is_refused(factory: ClientFactory, keywords: dict[str, Any], words: str) -> None:
    script = Script(page())
    client = factory.scripted(script)
    for read in (client.list, client.iterate):
        with pytest.raises(InvalidArgumentError, match=words):
            read(**keywords)
    assert script.requests == []


def test_every_method_that_takes_a_number_reads_it_as_of_the_default_region(factory: ClientFactory) -> None:
    national, number = "(516) 206-5570", "15162065570"
    script = Script(page(), reply(200, {}))
    client: Any = factory.scripted(script, default_region="US").client
    calls: list[tuple[Any, tuple[str, ...], dict[str, Any]]] = [
        (client.messages.list, (), {"to": national, "from_": national}),
        (client.lookup.get, (national,), {}),
        (client.ratings.sms, ("toll",), {"to": national}),
        (client.dids.rent, (national,), {"confirm": True}),
        (client.external_dids.register, (national,), {"capabilities": Capability.SEND_SMS}),
    ]
    for method, arguments, keywords in calls:
        with suppress(CarrierXError):
            factory.run(method(*arguments, **keywords))
    assert len(script.requests) >= len(calls)
    for request in script.requests:
        assert number in f"{unquote(str(request.url))} {request.content.decode()}"


def test_a_filter_that_no_url_can_carry_is_refused(factory: ClientFactory) -> None:
    script = Script(page())
    with pytest.raises(InvalidArgumentError, match="query"):
        factory.scripted(script).list(filter="\ud800")
    assert script.requests == []


def test_reads_take_options_and_refuse_unknown_ones(factory: ClientFactory) -> None:
    script = Script(sms())
    client = factory.scripted(script)
    client.get("sid", extra_headers={"X-Trace": "7"})
    assert script.requests[0].headers["x-trace"] == "7"
    with pytest.raises(InvalidArgumentError, match="Did you mean timeout"):
        client.get("sid", timeuot=3)
    assert len(script.requests) == 1

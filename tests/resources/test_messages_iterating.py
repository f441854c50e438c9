"""Going through all messages, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from carrierx import InvalidArgumentError, Message, ServerError, where
from carrierx.emulator import Emulator, EmulatorConfig
from tests.support.client_factory import ClientFactory, Driven
from tests.support.clocks import SteppingClock
from tests.support.scripts import SMS, Script, page, reply


def numbered(*sids: int) -> list[dict[str, str]]:
    return [{"message_sid": str(sid)} for sid in sids]


def sids(messages: Iterable[Message]) -> list[str]:
    return [message.message_sid for message in messages]


def send_some(client: Driven, clock: SteppingClock, count: int) -> list[str]:
    sent: list[str] = []
    for _ in range(count):
        sent.append(client.send(**SMS).message_sid)
        clock.advance(1)
    return sent


@pytest.mark.parametrize("link_next", [True, False], ids=["with links", "without links"])
@pytest.mark.parametrize("show_total", [True, False], ids=["with a total", "without a total"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_every_message_comes_once_however_the_server_pages(
    factory: ClientFactory, clock: SteppingClock, count: int, show_total: bool, link_next: bool
) -> None:
    config = EmulatorConfig(strict_query=True, show_total=show_total, link_next=link_next)
    with Emulator(config, clock=clock.now) as emulator:
        client = factory.over(emulator)
        sent = send_some(client, clock, count)
        found = client.iterate(page_size=2, order="date_created", filter=where("direction").eq("outbound"))
        assert sids(found) == sent


@pytest.mark.parametrize(("most", "pages"), [(0, 0), (1, 1), (2, 1), (3, 2), (5, 3), (6, 3), (None, 3)])
def test_max_items_ends_the_iteration_and_fetches_no_page_too_many(
    factory: ClientFactory, emulator: Emulator, clock: SteppingClock, most: int | None, pages: int
) -> None:
    client = factory.over(emulator)
    sent = send_some(client, clock, 5)
    before = len(emulator.requests_seen)
    assert sids(client.iterate(page_size=2, max_items=most)) == sent[:most]
    assert len(emulator.requests_seen) - before == pages


def test_a_page_is_fetched_only_when_it_is_needed(factory: ClientFactory) -> None:
    script = Script(page(*numbered(1, 2), has_more=True), page(*numbered(3)))
    messages = factory.scripted(script).iterate(page_size=2)
    assert len(script.requests) == 0
    assert sids([next(messages), next(messages)]) == ["1", "2"]
    assert len(script.requests) == 1
    assert sids(messages) == ["3"]


def test_without_a_link_the_offset_counts_what_came(factory: ClientFactory) -> None:
    script = Script(page(*numbered(1), has_more=True), page(*numbered(2, 3), has_more=True), page(*numbered(4)))
    assert sids(factory.scripted(script).iterate(page_size=2, filter="x eq 1")) == ["1", "2", "3", "4"]
    assert script.queries == [
        {"limit": "2", "filter": "x eq 1"},
        {"limit": "2", "filter": "x eq 1", "offset": "1"},
        {"limit": "2", "filter": "x eq 1", "offset": "3"},
    ]


def test_without_link_and_has_more_a_full_page_means_that_there_may_be_more(factory: ClientFactory) -> None:
    script = Script(page(*numbered(1, 2), has_more=None, total=None), page(*numbered(3), has_more=None))
    assert sids(factory.scripted(script).iterate(page_size=2)) == ["1", "2", "3"]


def test_an_empty_page_ends_the_iteration_whatever_it_promises(factory: ClientFactory) -> None:
    script = Script(page(has_more=True, total=7))
    assert sids(factory.scripted(script).iterate()) == []
    assert len(script.requests) == 1


def test_a_page_that_fails_ends_the_iteration_with_its_error(factory: ClientFactory) -> None:
    script = Script(page(*numbered(1), has_more=True), reply(500))
    messages = factory.scripted(script, max_retries=0).iterate(page_size=1)
    assert next(messages).message_sid == "1"
    with pytest.raises(ServerError):
        next(messages)


def test_options_hold_for_every_page(factory: ClientFactory) -> None:
    script = Script(page(*numbered(1), has_more=True), page(*numbered(2)))
    sids(factory.scripted(script).iterate(page_size=1, extra_headers={"X-Trace": "7"}))
    assert [request.headers.get("x-trace") for request in script.requests] == ["7", "7"]


@pytest.mark.parametrize("size", [1, 1000])
def test_the_page_size_is_sent(factory: ClientFactory, size: int) -> None:
    script = Script(page())
    sids(factory.scripted(script).iterate(page_size=size))
    assert script.queries == [{"limit": str(size)}]


@pytest.mark.parametrize(
    "arguments",
    [{"page_size": 0}, {"page_size": 1001}, {"page_size": "5"}, {"max_items": -1}, {"max_items": True}],
    ids=str,
)
def test_an_argument_out_of_its_range_is_refused_before_the_first_item(
    factory: ClientFactory, arguments: dict[str, Any]
) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(arguments))):
        factory.scripted([page()]).iterate(**arguments)


def test_a_shuffled_list_cannot_be_gone_through(factory: ClientFactory) -> None:
    with pytest.raises(InvalidArgumentError, match="shuffled again"):
        factory.scripted([page()]).iterate(order="shuffle")

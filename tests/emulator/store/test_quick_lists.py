"""What is looked up in the database instead of in every object is found just the same."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator

import pytest

from carrierx.emulator import Emulator
from tests.emulator.helpers import DID, JSON, PHONE, START, accept, listed, make_emulator, read
from tests.support.clocks import SteppingClock
from tests.support.rows import check_rows

Holds = Callable[[JSON], bool]

OTHER = "14352105009"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Messages of every sort, some at the same time, and one accepted after the clock was set back."""
    clock = SteppingClock(START)
    with make_emulator(clock=clock) as made:
        for number in range(6):
            accept(
                made, to=(PHONE, OTHER)[number % 2], message=f"m{number // 2}", user_data=(None, "a", "b")[number % 3]
            )
            clock.advance(0.5 if number % 2 else 0)
        accept(made, media_urls=["https://storage.carrierx.com/f/1"], user_data="a")
        made.receive(from_=PHONE, to=DID, message="m1")
        clock.set_back(2)
        accept(made, message="earlier", user_data="a")
        clock.advance(60)
        yield made


FILTERS: list[tuple[str, Holds]] = [
    ('user_data eq "a"', lambda item: item["user_data"] == "a"),
    ('user_data eq ""', lambda item: False),
    ('user_data eq "a" and user_data eq "a"', lambda item: item["user_data"] == "a"),
    ('user_data eq "a" and user_data eq "b"', lambda item: False),
    (f'to eq {OTHER} and message eq "m1"', lambda item: item["to"] == OTHER and item["message"] == "m1"),
    (f"to_did eq {OTHER}", lambda item: item["to"] == OTHER),
    (f'from eq {PHONE} and direction eq "inbound"', lambda item: item["direction"] == "inbound"),
    ('type eq "mms" and status eq "delivered"', lambda item: item["type"] == "mms"),
    (
        'user_data eq "a" and message like "m%"',
        lambda item: item["user_data"] == "a" and "m" in item["message"][:1],
    ),
    ('user_data ge "b"', lambda item: (item["user_data"] or "") >= "b"),
]


def test_a_filter_finds_what_it_did(emulator: Emulator) -> None:
    def check(row: tuple[str, Holds]) -> None:
        condition, holds = row
        everything = listed(emulator, limit=100)["items"]

        page = listed(emulator, limit=100, filter=condition)

        assert page["items"] == [item for item in everything if holds(item)]
        assert page["total"] == len(page["items"])

    check_rows(FILTERS, check)


def test_one_message_is_found_by_its_sid(emulator: Emulator) -> None:
    sid = listed(emulator, limit=1, offset=3)["items"][0]["message_sid"]

    assert [item["message_sid"] for item in listed(emulator, filter=f'message_sid eq "{sid}"')["items"]] == [sid]


@pytest.mark.parametrize("direction", ["", " asc", " desc"])
def test_an_order_by_creation_keeps_equal_ones_as_they_were(emulator: Emulator, direction: str) -> None:
    everything = listed(emulator, limit=100)["items"]
    by_time = sorted(everything, key=operator.itemgetter("date_created"), reverse=direction == " desc")
    assert by_time not in (everything, everything[::-1])

    pages = [listed(emulator, limit=4, offset=offset, order=f"date_created{direction}") for offset in (0, 4, 8, 12)]

    assert [item for page in pages for item in page["items"]] == by_time
    assert {page["total"] for page in pages} == {len(everything)}


def test_an_order_and_a_filter_go_together(emulator: Emulator) -> None:
    everything = listed(emulator, limit=100, order="date_created desc")["items"]

    found = listed(emulator, limit=100, order="date_created desc", filter='user_data eq "a"')["items"]

    assert found == [item for item in everything if item["user_data"] == "a"]


RECORD_FILTERS: list[tuple[str, Holds]] = [
    ('user_data eq "a"', lambda record: record["user_data"] == "a"),
    (f"number_dst eq {OTHER}", lambda record: record["number_dst"] == OTHER),
    (f"number_src eq {PHONE}", lambda record: record["direction"] == "inbound"),
    ('type eq "sms" and type eq "mms"', lambda record: False),
]


def test_a_filter_finds_the_same_detail_records(emulator: Emulator) -> None:
    def check(row: tuple[str, Holds]) -> None:
        condition, holds = row
        everything = read(emulator, "/sms/message_drs", limit=100)["items"]

        found = read(emulator, "/sms/message_drs", limit=100, filter=condition)["items"]

        assert found == [record for record in everything if holds(record)]

    check_rows(RECORD_FILTERS, check)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_a_cursor_leads_through_all_records_both_ways(emulator: Emulator, limit: int) -> None:
    everything = read(emulator, "/sms/message_drs", limit=100)["items"]

    for place, record in enumerate(everything):
        after = read(emulator, "/sms/message_drs", limit=limit, after=record["dr_sid"])
        before = read(emulator, "/sms/message_drs", limit=limit, before=record["dr_sid"])

        assert after["items"] == everything[place + 1 : place + 1 + limit]
        assert after["has_more"] == (place + 1 + limit < len(everything))
        assert before["items"] == everything[max(0, place - limit) : place]
        assert before["has_more"] == (place > limit)


def test_a_cursor_may_be_a_record_that_the_filter_leaves_out(emulator: Emulator) -> None:
    everything = read(emulator, "/sms/message_drs", limit=100)["items"]
    place, cursor = next((place, record) for place, record in enumerate(everything) if record["user_data"] == "b")

    found = read(emulator, "/sms/message_drs", limit=100, after=cursor["dr_sid"], filter='user_data eq "a"')["items"]

    assert found == [record for record in everything[place + 1 :] if record["user_data"] == "a"]

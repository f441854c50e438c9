"""Lists create the indexes that they need, and their totals stay right while messages change."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from carrierx.emulator import Emulator, EmulatorConfig, EmulatorPrices
from carrierx.emulator.store.filters import Attributes, Condition, Kind, parse_filter
from carrierx.emulator.store.listing import choose
from carrierx.emulator.store.message_table import MessageTable
from carrierx.emulator.store.selection import Column, select
from tests.emulator.helpers import DID, JSON, PHONE, START, accept, listed, make_emulator, read
from tests.support.clocks import SteppingClock

DRS = "/sms/message_drs"
OTHER = "14352105009"
FAILING = "12025550101"
ATTRIBUTES = Attributes.of(
    texts="direction from status to", numbers="mcc price", times="date_created date_status_changed"
)
FILTERS = (
    f"from eq {DID}",
    f"from eq {DID} and status eq delivered",
    "status eq queued and direction eq outbound",
    "price eq 0.01",
    "mcc eq 310",
    'date_status_changed ge "2026-03-15T12:00:02Z"',
    'date_created lt "2026-03-15T12:00:02Z"',
    f"to eq {OTHER} and status eq sent",
)


def lazy_indexes(emulator: Emulator) -> list[str]:
    """The indexes that lists have created."""
    with emulator.database.session() as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'lists%'").fetchall()
    return [name for (name,) in found]


def check_totals(emulator: Emulator) -> None:
    everything: list[JSON] = listed(emulator, limit=1000)["items"]
    for condition in FILTERS:
        wanted = choose(everything, parse_filter(condition, ATTRIBUTES))
        for _ in range(2):  # the second time, it is remembered
            page = listed(emulator, limit=1000, filter=condition)
            assert (page["items"], page["total"]) == (wanted, len(wanted)), condition


@pytest.mark.parametrize("lag", [0, 1.5])
def test_totals_stay_right_while_messages_change(lag: float) -> None:
    clock = SteppingClock(START)
    with make_emulator(EmulatorConfig(visibility_lag=timedelta(seconds=lag)), clock) as emulator:
        for number in range(12):
            accept(emulator, to=(PHONE, OTHER, FAILING)[number % 3], message=f"m{number}")
            if number % 4 == 0:
                emulator.receive(from_=OTHER, to=DID, message="in")
            check_totals(emulator)
            clock.advance((0.3, 0, 1.1)[number % 3])
            check_totals(emulator)
        clock.set_back(2)
        accept(emulator, to=OTHER)
        check_totals(emulator)
        for _ in range(5):
            clock.advance(2)
            check_totals(emulator)
        emulator.reset()
        check_totals(emulator)
        accept(emulator, to=OTHER)
        check_totals(emulator)


def test_another_emulator_with_the_same_database_changes_a_total(tmp_path: Path) -> None:
    path, clock = tmp_path / "emulator.db", SteppingClock(START)
    with (
        Emulator(database=path, clock=clock.now) as first,
        Emulator(database=path, clock=clock.now) as second,
    ):
        for count in (1, 2, 3):
            accept(second)
            assert listed(first, filter=f"from eq {DID} and status eq queued")["total"] == count
            assert [listed(each, order="message")["count"] for each in (first, second)] == [count, count]
        clock.advance(10)
        assert listed(second, filter=f"from eq {DID} and status eq delivered")["total"] == 3
        assert listed(first, filter=f"from eq {DID} and status eq queued")["total"] == 0


def test_a_text_is_found_together_with_a_price_that_the_database_can_not_calculate() -> None:
    clock = SteppingClock(START)
    with make_emulator(EmulatorConfig(prices=EmulatorPrices(sms_segment=Decimal("0.00000000001"))), clock) as emulator:
        for text in ("hello world", "hello"):
            accept(emulator, message=text)
            clock.advance(10)
            page = read(emulator, DRS, filter='message like "%hello%" and price gt 0')
            assert page["items"][-1]["message"] == text


def test_an_index_is_created_when_a_list_first_needs_it_and_only_once() -> None:
    with make_emulator() as emulator:
        accept(emulator)
        listed(emulator)
        assert lazy_indexes(emulator) == []

        for _ in range(2):
            listed(emulator, order="message")
            assert len(lazy_indexes(emulator)) == 1
        listed(emulator, order="message desc")
        assert len(lazy_indexes(emulator)) == 2
        listed(emulator, filter="price gt 0")
        read(emulator, DRS, filter="price gt 0")  # the same, also in a list of another kind
        assert len(lazy_indexes(emulator)) == 3


def test_a_database_keeps_its_indexes(tmp_path: Path) -> None:
    path = tmp_path / "emulator.db"
    with Emulator(database=path) as emulator:
        accept(emulator, message="b")
        accept(emulator, message="a")
        listed(emulator, order="message")
        created = lazy_indexes(emulator)
    assert len(created) == 1

    with Emulator(database=path) as emulator:
        assert [item["message"] for item in listed(emulator, order="message")["items"]] == ["a", "b"]
        assert lazy_indexes(emulator) == created


@pytest.mark.parametrize("operator", ["eq", "gt", "ge", "lt", "like"])
@pytest.mark.parametrize("value", ["\ud800", "a\udfff", "a\ud800b", "\uffff", "%\udc00%", "b"])
def test_a_lone_surrogate_is_compared_as_filters_do(operator: str, value: str) -> None:
    """No request can contain one, and no stored text has one."""
    with make_emulator() as emulator:
        for text in ("a", "a\ud7ff", "a\ue000", "a\U00010000", "b", "\ue000", "\U0001f600", "퟿"):
            accept(emulator, message=text)
        condition = Condition("message", operator, value, Kind.TEXT)
        table = MessageTable(emulator.database)
        selected = select([condition], None, {"message": Column("message")}, ("sequence",))
        assert selected is not None
        selection, rest = selected

        found = [stored.send.message for stored in table.chosen(selection)]

        assert rest == ()
        everything = [stored.send.message for stored in table.all()]
        assert found == [text for text in everything if condition.holds_for({"message": text})]


def test_a_random_order_differs_and_has_everything() -> None:
    with make_emulator() as emulator:
        for number in range(40):
            accept(emulator, message=str(number), to=(PHONE, OTHER)[number % 2])
        everything = [item["message"] for item in listed(emulator, limit=100)["items"]]

        orders = [[item["message"] for item in listed(emulator, limit=100, order="shuffle")["items"]] for _ in range(3)]
        theirs = listed(emulator, limit=100, order="shuffle", filter=f"to eq {OTHER}")["items"]
        firsts = {listed(emulator, limit=1, order="shuffle")["items"][0]["message"] for _ in range(200)}

    assert all(sorted(order, key=int) == everything for order in orders)
    assert len({tuple(order) for order in (everything, *orders)}) == 4
    assert sorted((item["message"] for item in theirs), key=int) == everything[1::2]
    assert len(firsts) > 30

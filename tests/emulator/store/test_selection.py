"""Lists that the database selects are the lists that the filters' own comparison selects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from carrierx.emulator import Emulator, EmulatorConfig, EmulatorPrices
from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.store.conversation_table import ConversationTable
from carrierx.emulator.store.filters import Attributes, Kind, parse_filter
from carrierx.emulator.store.listing import Order, choose, put_in_order
from carrierx.emulator.store.message_table import Criteria, MessageTable
from tests.emulator.helpers import DID, MMS, PHONE, SMS, START, accept, listed, make_emulator, read
from tests.support.clocks import SteppingClock

DRS = "/sms/message_drs"
TEXTS = ("Hello", "hello %", "a\x00b", "a\x00c", "é😀", "É", "", "aXbXc", "[a-z]*?", "0", "ßß")
NUMBERS = (
    *("14352105009", PHONE, "12025550101", "12025550103", "12025550102", "12042345678", "12422345678", "33123456789"),
    *("420123456789", "46123456789", "5212345678"),
)
GROUPS = ((PHONE, "12025550101"), ("14352105009",), (DID, "14352105009"))
SENDERS = ("420", "123", "1204", "520", "46123456789", PHONE)
PATTERNS = (
    *("%", "a%", "%b", "%l%", "a%c", "%X%X%", "%a\x00b%", "%\x00c", "Hello", "%😀", "[%", "%*?", "%%l%%", ""),
    *(
        "a%%",
        "%l%l%",
        "[%-z%",
        "%[a%",
        "H%o",
        "ß%ß",
        "%?",
        "😀%",
        "\U0010ffff%",
        "a\x00%c",
        "%a%c",
        f"%a%{'%' * 6000}b",
    ),
)
WORDS = ("a", "b", "é", "A", "10", "9", "\U0010ffff", "\ud7ff")


SETTINGS = {
    "in order of time": EmulatorConfig(us_only_mms=False),
    "after the clock was set back": EmulatorConfig(us_only_mms=False),
    "some are not visible": EmulatorConfig(us_only_mms=False, visibility_lag=timedelta(seconds=6)),
    "other prices": EmulatorConfig(
        us_only_mms=False, prices=EmulatorPrices(Decimal("0"), Decimal("0.0625"), Decimal("-0.01"), Decimal("3"))
    ),
    "prices of too many digits": EmulatorConfig(
        us_only_mms=False, prices=EmulatorPrices(sms_segment=Decimal("0.0123456789"))
    ),
}


@pytest.fixture(scope="module", params=list(SETTINGS))
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """Messages of every sort, some at the same time, and some still on their way."""
    clock = SteppingClock(START)
    with make_emulator(SETTINGS[request.param], clock) as made:
        for number in range(60):
            text = TEXTS[number % len(TEXTS)] + "x" * 170 * (number % 13 == 0)
            more: dict[str, object] = {}
            if number % 7 == 0:
                more = {"media_urls": ["https://storage.carrierx.com/f/1"]}
            if number % 5 == 0:
                more = {"group_recipients": GROUPS[number // 5 % len(GROUPS)], "type": "mms"}
            to = NUMBERS[number % len(NUMBERS)] if number % 8 else DID
            accept(made, to=to, message=text or "-", user_data=(None, *WORDS)[number % 9], **more)
            if number % 6 == 0:
                made.receive(from_=SENDERS[number // 6 % len(SENDERS)], to=DID, message=text or "-")
            clock.advance((0, 0.25, 0.4)[number % 3])
            if number == 40 and request.param == "after the clock was set back":
                clock.set_back(2)
        yield made


def moments() -> st.SearchStrategy[str]:
    moment = st.integers(-2_000, 25_000).map(lambda part: START + timedelta(milliseconds=part))
    exact = moment.map(lambda at: at.isoformat(timespec="milliseconds"))
    between = moment.map(lambda at: (at + timedelta(microseconds=250)).isoformat())
    day = st.sampled_from(["2000-01-01", "9999-12-31T23:59:59.999999", START.astimezone(UTC).date().isoformat()])
    return exact | between | day


VALUES = {
    Kind.TEXT: st.sampled_from(
        (*TEXTS, *NUMBERS, *WORDS, *SENDERS, DID, "outbound", "inbound", "sms", "mms", "delivered", "queued", "503")
    ),
    Kind.TIME: moments(),
    Kind.NUMBER: st.sampled_from(
        ("0", "1", "1.0", "1.5", "0.01", "0.010", "0.125", "-1", "-0.01", "310", "208", "0.005", "99999999999999999999")
    ),
}
MESSAGES = Attributes.of(
    texts="direction from message message_sid partner_sid status to type user_data",
    numbers="mcc message_segments mnc price",
    times="date_changed date_created date_status_changed",
)
RECORDS = Attributes.of(
    texts=(
        "a2p_campaign direction dr_sid message number_billing number_dst number_external number_src p2p_nnid"
        " partner_sid provider registration_type status type user_data vendor_error_code version"
    ),
    numbers=(
        "delay_sent mcc mcc_mnc_price mcc_mnc_rate message_segments mnc passthrough_price passthrough_rate price rate"
    ),
    times="date_changed date_insert date_sent date_start date_stop",
)


def conditions(attributes: Attributes) -> st.SearchStrategy[str]:
    def of(attribute: str) -> st.SearchStrategy[str]:
        kind = attributes.kinds[attribute]
        compared = st.tuples(st.sampled_from(("eq", "eq", "gt", "ge", "lt")), VALUES[kind])
        if kind is Kind.TEXT:
            compared |= st.tuples(st.just("like"), st.sampled_from(PATTERNS))
        return compared.map(lambda pair: f'{attribute} {pair[0]} "{pair[1]}"')

    return st.lists(st.sampled_from(sorted(attributes.kinds)).flatmap(of), max_size=3).map(" and ".join)


def orders(attributes: Attributes) -> st.SearchStrategy[Order | None]:
    names, directions = st.sampled_from(sorted(attributes.kinds)), st.booleans()

    def order(name: str, descends: bool) -> Order:
        return Order(name, attributes.kinds[name], "desc" if descends else "asc")

    return st.none() | st.builds(order, names, directions)


def query(condition: str, order: Order | None) -> dict[str, str]:
    asked = {"filter": condition} if condition else {}
    return asked if order is None else {**asked, "order": f"{order.attribute} {order.direction}"}


def expected(everything: list[JSONObject], attributes: Attributes, condition: str, order: Order | None) -> Any:
    """What Python's own comparison selects: the truth that the database must agree with."""
    chosen = choose(everything, parse_filter(condition, attributes)) if condition else everything
    return put_in_order(chosen, order)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    condition=conditions(MESSAGES),
    order=orders(MESSAGES),
    limit=st.integers(1, 80),
    offset=st.sampled_from((0, 0, 1, 5, 40, 1000)),
)
def test_a_list_of_messages_is_the_same(
    emulator: Emulator, condition: str, order: Order | None, limit: int, offset: int
) -> None:
    wanted = expected(listed(emulator, limit=1000)["items"], MESSAGES, condition, order)

    page = listed(emulator, limit=limit, offset=offset, **query(condition, order))

    assert page["items"] == wanted[offset : offset + limit]
    assert page["total"] == len(wanted)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    condition=conditions(RECORDS),
    order=orders(RECORDS),
    limit=st.integers(1, 80),
    offset=st.sampled_from((0, 0, 1, 5, 40, 1000)),
)
def test_a_list_of_detail_records_is_the_same(
    emulator: Emulator, condition: str, order: Order | None, limit: int, offset: int
) -> None:
    wanted = expected(read(emulator, DRS, limit=1000)["items"], RECORDS, condition, order)

    page = read(emulator, DRS, limit=limit, offset=offset, **query(condition, order))

    assert page["items"] == wanted[offset : offset + limit]
    assert page["has_more"] == (offset + limit < len(wanted))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    condition=conditions(RECORDS),
    order=orders(RECORDS).filter(lambda order: order is None or order.kind is Kind.TIME),
    limit=st.integers(1, 80),
    place=st.integers(0, 50),
    forwards=st.booleans(),
)
def test_the_records_beyond_a_cursor_are_the_same(
    emulator: Emulator, condition: str, order: Order | None, limit: int, place: int, forwards: bool
) -> None:
    ordered = expected(read(emulator, DRS, limit=1000)["items"], RECORDS, "", order)
    place %= len(ordered)
    cursor = ordered[place]["dr_sid"]
    beyond = ordered[place + 1 :] if forwards else ordered[:place]
    wanted = expected(beyond, RECORDS, condition, None)

    page = read(emulator, DRS, limit=limit, **{"after" if forwards else "before": cursor}, **query(condition, order))

    assert page["items"] == (wanted[:limit] if forwards else wanted[-limit:])
    assert page["has_more"] == (len(wanted) > limit)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(condition=conditions(MESSAGES), limit=st.integers(1, 80), offset=st.sampled_from((0, 0, 1, 5, 1000)))
def test_a_random_order_has_some_of_the_same_messages(
    emulator: Emulator, condition: str, limit: int, offset: int
) -> None:
    wanted = expected(listed(emulator, limit=1000)["items"], MESSAGES, condition, None)

    page = listed(emulator, limit=limit, offset=offset, order="shuffle", **query(condition, None))

    sids = [item["message_sid"] for item in page["items"]]
    assert len(sids) == len(set(sids)) == len(wanted[offset : offset + limit])
    assert all(item in wanted for item in page["items"])
    assert page["total"] == len(wanted)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(condition=conditions(RECORDS), limit=st.integers(1, 80), offset=st.sampled_from((0, 0, 1, 5, 1000)))
def test_a_random_order_has_some_of_the_same_detail_records(
    emulator: Emulator, condition: str, limit: int, offset: int
) -> None:
    wanted = expected(read(emulator, DRS, limit=1000)["items"], RECORDS, condition, None)

    page = read(emulator, DRS, limit=limit, offset=offset, order="shuffle", **query(condition, None))

    sids = [record["dr_sid"] for record in page["items"]]
    assert len(sids) == len(set(sids)) == len(wanted[offset : offset + limit])
    assert all(record in wanted for record in page["items"])
    assert page["has_more"] == (offset + limit < len(wanted))


def test_many_that_match_are_the_same_as_few(emulator: Emulator) -> None:
    """The database looks for them in another way, which the size of a page decides."""
    everything = read(emulator, DRS, limit=1000)["items"]
    wanted = [record for record in everything if record["number_src"] == DID]
    condition = {"filter": f"number_src eq {DID}"}

    pages = [read(emulator, DRS, limit=size, **condition)["items"] for size in (1, 2, 10, 1000)]

    assert pages == [wanted[:1], wanted[:2], wanted[:10], wanted]


def test_a_total_grows_with_new_messages_and_starts_again_after_a_reset() -> None:
    with make_emulator() as emulator:
        for count in (1, 2, 3):
            accept(emulator)
            assert listed(emulator, filter=f"from eq {DID}")["total"] == count
        emulator.database.reset()
        for count in (1, 2, 3, 4):
            accept(emulator, SMS, message=f"after {count}")
            assert listed(emulator, filter=f"from eq {DID}")["total"] == count


@pytest.mark.parametrize(
    ("contains", "status", "found"),
    [
        ("HELLO", None, ["hello again", "Hello"]),
        ("straße", None, ["STRASSE"]),
        ("\x00", None, ["a\x00b"]),
        ("hello", "failed", ["hello again"]),
        ("nothing like it", None, []),
        ("", "failed", ["hello again"]),
    ],
)
def test_a_search_ignores_case_and_finds_the_newest_first(contains: str, status: str | None, found: list[str]) -> None:
    clock = SteppingClock(START)
    with make_emulator(clock=clock) as emulator:
        for text in ("Hello", "STRASSE", "a\x00b"):
            accept(emulator, message=text)
        accept(emulator, to="12025550101", message="hello again")
        accept(emulator, MMS)
        clock.advance(60)
        assert emulator.messages

        table = MessageTable(emulator.database)

        criteria = Criteria(contains=contains, status=status)
        assert [stored.send.message for stored in table.search(criteria)] == found
        assert [stored.send.message for stored in table.search(criteria, limit=1)] == found[:1]
        assert table.number_found(criteria) == len(found)


def test_a_search_goes_on_before_a_message_and_keeps_to_numbers_and_directions() -> None:
    with make_emulator() as emulator:
        for number in range(4):
            accept(emulator, message=f"out {number}")
        emulator.receive(from_=PHONE, to=DID, message="in")
        table = MessageTable(emulator.database)
        newest = table.search(Criteria(), limit=2)

        assert [stored.send.message for stored in newest] == ["in", "out 3"]
        before = table.search(Criteria(contains="OUT"), before=newest[-1].sequence)
        assert [stored.send.message for stored in before] == ["out 2", "out 1", "out 0"]
        assert [stored.send.message for stored in table.search(Criteria(direction="inbound"))] == ["in"]
        between = Criteria(from_number=DID, to_number=PHONE)
        assert (len(table.search(between)), table.number_found(between)) == (4, 4)


@pytest.mark.parametrize("number", [3, 1200])
def test_conversations_are_found_by_digits_text_and_status(number: int) -> None:
    """Few and many that match are looked for in different ways."""
    clock = SteppingClock(START)
    with make_emulator(clock=clock) as emulator:
        with emulator.database.transaction():
            for place in range(number):
                accept(emulator, to=NUMBERS[place % 2], message="Order on its way")
        accept(emulator, to="12025550101", message="ORDER cancelled")
        clock.advance(60)
        accept(emulator, to="14352105010", message="Good morning")
        assert emulator.messages[-1]["status"] == "queued"
        table = ConversationTable(emulator.database)

        def found(**asked: Any) -> list[str]:
            return [each.pair.theirs for each in table.latest(before=2**62, limit=10, **asked)]

        newest = NUMBERS[(number - 1) % 2]
        both = [newest, next(other for other in NUMBERS[:2] if other != newest)]
        assert found() == ["14352105010", "12025550101", *both]
        assert found(text="order") == ["12025550101", *both]
        assert found(text="nothing") == []
        assert found(status="failed") == ["12025550101"]
        assert found(status="delivered") == both
        assert found(status="delivered", text="order") == both
        assert found(status="failed", text="morning") == []
        assert found(digits="14352105", text="cancelled") == ["14352105010", "12025550101", NUMBERS[0]]
        assert found(digits="14352105", status="delivered") == [NUMBERS[0]]

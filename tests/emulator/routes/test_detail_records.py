"""Detail records: what they say, when they appear, and how they are listed."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from carrierx.emulator import Emulator, EmulatorConfig, StatusDelays
from carrierx.emulator.store.derived import dr_sid_of
from tests.emulator.helpers import (
    DID,
    JSON,
    MMS,
    PHONE,
    accept,
    blamed,
    call,
    content,
    get,
    make_emulator,
    read,
)
from tests.support.clocks import SteppingClock

RECORDS = "/sms/message_drs"


def records(emulator: Emulator, **parameters: object) -> list[JSON]:
    items: list[JSON] = read(emulator, RECORDS, **parameters)["items"]
    return items


def texts(items: list[JSON]) -> list[str]:
    return [item["message"] for item in items]


@pytest.fixture
def filled(emulator: Emulator, clock: SteppingClock) -> Emulator:
    """An emulator with 25 messages sent, one a second."""
    for number in range(25):
        accept(emulator, message=f"number {number:02}")
        clock.advance(1)
    return emulator


@pytest.fixture
def sids(filled: Emulator) -> list[str]:
    return [record["dr_sid"] for record in records(filled, limit=1000)]


def test_a_record_appears_when_its_message_is_sent(emulator: Emulator, clock: SteppingClock) -> None:
    accept(emulator)
    clock.advance(0.999)
    assert records(emulator) == []

    clock.advance(0.001)
    assert [record["status"] for record in records(emulator)] == ["sent"]


def test_a_record_of_a_sent_sms(emulator: Emulator, clock: SteppingClock) -> None:
    accept(emulator, message="a" * 161, user_data="order-17")
    clock.advance(2)

    (record,) = records(emulator)

    assert record == {
        "a2p_campaign": None,
        "date_changed": "2026-03-15T12:00:01.084Z",
        "date_insert": "2026-03-15T12:00:01.084Z",
        "date_sent": "2026-03-15T12:00:01.084Z",
        "date_start": "2026-03-15T12:00:00.084Z",
        "date_stop": "2026-03-15T12:00:01.084Z",
        "delay_sent": 1,
        "direction": "outbound",
        "dr_sid": record["dr_sid"],
        "mcc": 310,
        "mcc_mnc_price": "0.02",
        "mcc_mnc_rate": "0.01",
        "media_urls": [],
        "message": "a" * 161,
        "message_segments": 2,
        "mnc": 999,
        "number_billing": DID,
        "number_dst": PHONE,
        "number_external": PHONE,
        "number_group_dst": [],
        "number_src": DID,
        "p2p_nnid": None,
        "partner_sid": "e00430c3-a7d0-4666-ab5c-f7202448382f",
        "passthrough_price": None,
        "passthrough_rate": None,
        "price": "0.02",
        "provider": "emulator",
        "rate": "0.01",
        "registration_type": None,
        "status": "sent",
        "type": "sms",
        "user_data": "order-17",
        "vendor_error_code": "503",
        "version": None,
    }


def test_it_moves_on_when_the_message_is_delivered(emulator: Emulator, clock: SteppingClock) -> None:
    accept(emulator)
    clock.advance(3)

    (record,) = records(emulator)

    assert (record["status"], record["date_insert"]) == ("delivered", "2026-03-15T12:00:01.084Z")
    assert record["date_stop"] == record["date_changed"] == "2026-03-15T12:00:03.084Z"


def test_a_group_is_called_without_its_sender(emulator: Emulator, clock: SteppingClock) -> None:
    accept(emulator, MMS, group_recipients=["17207217011", DID], type="mms")
    clock.advance(1)

    (record,) = records(emulator)

    assert record["number_group_dst"] == ["17207217011", PHONE]
    assert (record["type"], record["message"], record["price"], record["rate"]) == ("mms", None, "0.030", "0.015")


def test_a_received_message_has_a_record_at_once(emulator: Emulator) -> None:
    emulator.receive(from_="46700987654", to=DID, message="Hej")

    (record,) = records(emulator)

    assert (record["direction"], record["status"], record["delay_sent"]) == ("inbound", "received", 0)
    assert (record["number_src"], record["number_dst"]) == ("46700987654", DID)
    assert (record["number_external"], record["number_billing"]) == ("46700987654", DID)
    assert (record["mcc"], record["mnc"], record["vendor_error_code"]) == (0, 0, None)


def test_records_are_listed_as_they_appeared(emulator: Emulator, clock: SteppingClock) -> None:
    accept(emulator, message="sent first, on record last")
    emulator.receive(from_=PHONE, to=DID, message="received")
    clock.advance(1)

    assert texts(records(emulator)) == ["received", "sent first, on record last"]


def test_what_is_never_sent_is_never_on_record(clock: SteppingClock) -> None:
    with make_emulator(EmulatorConfig(delays=StatusDelays(timedelta.max, timedelta.max)), clock) as emulator:
        accept(emulator)
        clock.advance(10**9)

        assert records(emulator) == []


def test_one_can_be_read_by_its_own_sid(emulator: Emulator, clock: SteppingClock) -> None:
    message_sid = accept(emulator)["message_sid"]
    clock.advance(1)
    (record,) = records(emulator)

    assert record["dr_sid"] != message_sid
    assert read(emulator, f"{RECORDS}/{record['dr_sid']}") == record
    assert get(emulator, f"{RECORDS}/{message_sid}").status == 404


def test_one_can_not_be_read_before_it_appears(emulator: Emulator, clock: SteppingClock) -> None:
    dr_sid = dr_sid_of(accept(emulator)["message_sid"])

    assert get(emulator, f"{RECORDS}/{dr_sid}").status == 404
    clock.advance(1)
    assert [record["dr_sid"] for record in records(emulator)] == [dr_sid]
    assert get(emulator, f"{RECORDS}/{dr_sid}").status == 200


def test_a_list_never_counts_everything(filled: Emulator) -> None:
    answer = read(filled, RECORDS, limit=10)

    assert (answer["count"], answer["has_more"], answer["total"]) == (10, True, None)
    assert texts(answer["items"]) == [f"number {number:02}" for number in range(10)]


def test_a_list_can_be_filtered_and_ordered(filled: Emulator) -> None:
    found = records(filled, filter='message like "%1%" and rate eq 0.01', order="date_insert desc", limit=3)

    assert texts(found) == ["number 21", "number 19", "number 18"]


class TestCursors:
    """The parameters `after` and `before`."""

    @pytest.mark.parametrize("limit", [1, 7, 24, 25, 1000])
    @pytest.mark.parametrize("order", [{}, {"order": "date_sent"}, {"order": "date_insert desc"}])
    def test_read_everything_to_the_end(
        self, filled: Emulator, sids: list[str], limit: int, order: dict[str, str]
    ) -> None:
        items = records(filled, limit=limit, **order)
        read_so_far: list[JSON] = []
        while items:
            read_so_far += items
            items = records(filled, limit=limit, after=items[-1]["dr_sid"], **order)

        wanted = sids[::-1] if order.get("order") == "date_insert desc" else sids
        assert [item["dr_sid"] for item in read_so_far] == wanted

    def test_read_what_came_later_than_the_last_page(
        self, filled: Emulator, sids: list[str], clock: SteppingClock
    ) -> None:
        assert records(filled, after=sids[-1]) == []

        accept(filled, message="later")
        clock.advance(1)

        assert texts(records(filled, after=sids[-1])) == ["later"]

    def test_are_linked_to_the_next_page(self, filled: Emulator, sids: list[str]) -> None:
        page = read(filled, RECORDS, after=sids[2], limit=5)
        seen: list[str] = []
        while True:
            seen += [item["dr_sid"] for item in page["items"]]
            if "next" not in page["pagination"]:
                break
            link = urlsplit(str(page["pagination"]["next"]))
            page = content(call(filled, "GET", link.path, query=link.query))

        assert seen == sids[3:]
        assert page["has_more"] is False

    def test_are_linked_backwards_as_in_the_sample(self, filled: Emulator, sids: list[str]) -> None:
        answer = read(filled, RECORDS, after=sids[2], limit=1)

        assert answer["pagination"] == {
            "next": f"https://api.carrierx.com/core/v2/sms/message_drs?after={sids[3]}&limit=1&offset=0",
            "previous": f"https://api.carrierx.com/core/v2/sms/message_drs?before={sids[3]}&limit=1&offset=0",
        }

    def test_may_lack_the_link_to_the_next_page(self, clock: SteppingClock) -> None:
        with make_emulator(EmulatorConfig(link_next=False), clock) as emulator:
            for _ in range(3):
                accept(emulator)
            clock.advance(1)
            answer = read(emulator, RECORDS, after=records(emulator)[0]["dr_sid"], limit=1)

        assert answer["has_more"] is True
        assert list(answer["pagination"]) == ["previous"]

    def test_read_backwards(self, filled: Emulator, sids: list[str]) -> None:
        answer = read(filled, RECORDS, before=sids[5], limit=3)

        assert [item["dr_sid"] for item in answer["items"]] == sids[2:5]
        assert (answer["has_more"], answer["pagination"].keys()) == (True, {"next", "previous"})

    def test_end_at_the_beginning(self, filled: Emulator, sids: list[str]) -> None:
        answer = read(filled, RECORDS, before=sids[2], limit=10)

        assert [item["dr_sid"] for item in answer["items"]] == sids[:2]
        assert (answer["has_more"], list(answer["pagination"])) == (False, ["next"])
        assert read(filled, RECORDS, before=sids[0])["pagination"] == {}

    def test_go_together_with_a_filter(self, filled: Emulator, sids: list[str]) -> None:
        answer = read(filled, RECORDS, after=sids[0], filter='message like "%2"', limit=1)

        assert texts(answer["items"]) == ["number 02"]
        assert "filter=message+like+%22%252%22" in answer["pagination"]["next"]

    def test_bear_an_offset_of_zero_alone(self, filled: Emulator, sids: list[str]) -> None:
        assert len(records(filled, after=sids[0], offset=0)) == 10
        assert blamed(get(filled, RECORDS, after=sids[0], offset=1), 400) == "offset"

    def test_must_be_records(self, filled: Emulator) -> None:
        response = get(filled, RECORDS, after="unknown")

        assert response.status == 404
        assert content(response)["message"] == "no item error"

    def test_exclude_each_other(self, filled: Emulator, sids: list[str]) -> None:
        assert blamed(get(filled, RECORDS, after=sids[0], before=sids[1]), 400) == "before"

    @pytest.mark.parametrize("order", ["message", "shuffle", "price desc"])
    def test_need_an_order_by_time(self, filled: Emulator, sids: list[str], order: str) -> None:
        assert blamed(get(filled, RECORDS, after=sids[0], order=order), 400) == "order"

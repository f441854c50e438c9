"""Lists: paging, order, links and totals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, Request
from tests.emulator.helpers import JSON, MESSAGES, SMS, accept, ask, call, content, listed, make_emulator
from tests.support.clocks import SteppingClock
from tests.support.rows import check_rows


def fill(emulator: Emulator, count: int) -> list[str]:
    return [accept(emulator, message=f"number {number:03}")["message_sid"] for number in range(count)]


def sids(answer: JSON) -> list[str]:
    return [item["message_sid"] for item in answer["items"]]


@pytest.fixture
def filled(emulator: Emulator) -> Emulator:
    fill(emulator, 25)
    return emulator


def test_an_empty_list(emulator: Emulator) -> None:
    assert listed(emulator) == {
        "count": 0,
        "has_more": False,
        "items": [],
        "limit": 10,
        "offset": 0,
        "pagination": {},
        "total": 0,
    }


def test_the_first_page_has_ten_items_oldest_first(filled: Emulator) -> None:
    answer = listed(filled)

    assert [item["message"] for item in answer["items"]] == [f"number {number:03}" for number in range(10)]
    assert (answer["count"], answer["has_more"], answer["limit"], answer["total"]) == (10, True, 10, 25)
    assert answer["pagination"] == {"next": "https://api.carrierx.com/core/v2/sms/messages?limit=10&offset=10"}


def test_a_middle_page_leads_both_ways(filled: Emulator) -> None:
    answer = listed(filled, limit=5, offset=7)

    assert answer["pagination"] == {
        "next": "https://api.carrierx.com/core/v2/sms/messages?limit=5&offset=12",
        "previous": "https://api.carrierx.com/core/v2/sms/messages?limit=5&offset=2",
    }


def test_the_last_page_has_no_next(filled: Emulator) -> None:
    answer = listed(filled, offset=20)

    assert (answer["count"], answer["has_more"]) == (5, False)
    assert "next" not in answer["pagination"]


def test_beyond_the_end_there_is_nothing(filled: Emulator) -> None:
    answer = listed(filled, offset=999_999_999_999)

    assert (answer["count"], answer["has_more"], answer["items"]) == (0, False, [])


@pytest.mark.parametrize("limit", [1, 7, 25, 1000])
@pytest.mark.parametrize("order", [{}, {"order": "message desc"}, {"filter": 'status eq "queued"'}])
def test_all_can_be_read_by_offset(filled: Emulator, limit: int, order: dict[str, str]) -> None:
    read: list[str] = []
    while True:
        answer = listed(filled, limit=limit, offset=len(read), **order)
        read += sids(answer)
        if not answer["has_more"]:
            break

    assert sorted(read) == [message["message_sid"] for message in filled.messages]


@pytest.mark.parametrize("order", [{}, {"order": "message desc"}, {"filter": "message like '%00%' and type eq sms"}])
def test_all_can_be_read_by_the_next_link(filled: Emulator, order: dict[str, str]) -> None:
    def pages() -> Iterator[JSON]:
        page = listed(filled, limit=3, **order)
        while True:
            yield page
            if "next" not in page["pagination"]:
                return
            link = urlsplit(str(page["pagination"]["next"]))
            page = content(call(filled, "GET", link.path, query=link.query))

    assert [sid for page in pages() for sid in sids(page)] == sids(listed(filled, limit=1000, **order))


def test_links_lead_to_the_host_that_was_asked(filled: Emulator) -> None:
    lines = (("Authorization", f"Bearer {DEMO_TOKEN}"), ("Host", "127.0.0.1:8080"))

    answer = content(filled.handle(Request("GET", MESSAGES, "limit=1", lines, scheme="http")))

    assert answer["pagination"]["next"] == "http://127.0.0.1:8080/core/v2/sms/messages?limit=1&offset=1"


def test_links_lead_to_carrierx_when_no_host_was_named(filled: Emulator) -> None:
    lines = (("Authorization", f"Bearer {DEMO_TOKEN}"),)

    answer = content(filled.handle(Request("GET", MESSAGES, "limit=1", lines)))

    assert answer["pagination"]["next"].startswith("https://api.carrierx.com/")


def test_the_total_may_be_left_open() -> None:
    with make_emulator(EmulatorConfig(show_total=False)) as emulator:
        fill(emulator, 3)
        answer = listed(emulator, limit=2)

    assert answer["total"] is None
    assert (answer["count"], answer["has_more"]) == (2, True)


def test_the_next_link_may_be_left_out() -> None:
    with make_emulator(EmulatorConfig(link_next=False)) as emulator:
        fill(emulator, 3)
        answer = listed(emulator, limit=1, offset=1)

    assert answer["has_more"] is True
    assert list(answer["pagination"]) == ["previous"]


class TestOrder:
    """The parameter `order`."""

    def test_is_upwards_unless_said_otherwise(self, filled: Emulator) -> None:
        upwards = sids(listed(filled, order="message", limit=1000))

        assert upwards == sids(listed(filled, order="message asc", limit=1000))
        assert upwards == sids(listed(filled, order="message desc", limit=1000))[::-1]

    def test_of_equals_is_their_age(self, filled: Emulator) -> None:
        oldest_first = [message["message_sid"] for message in filled.messages]

        assert sids(listed(filled, order="status", limit=1000)) == oldest_first
        assert sids(listed(filled, order="status desc", limit=1000)) == oldest_first

    def test_can_be_random(self, filled: Emulator) -> None:
        assert sorted(sids(listed(filled, order="shuffle", limit=1000))) == sids(listed(filled, limit=1000))

    def test_puts_those_without_a_value_first(self, emulator: Emulator) -> None:
        accept(emulator, user_data="b")
        accept(emulator)
        accept(emulator, user_data="a")

        assert [item["user_data"] for item in listed(emulator, order="user_data")["items"]] == [None, "a", "b"]
        assert [item["user_data"] for item in listed(emulator, order="user_data desc")["items"]] == ["b", "a", None]

    def test_of_numbers_and_times_is_theirs(self, emulator: Emulator, clock: SteppingClock) -> None:
        for segments in (10, 2):
            accept(emulator, message="a" * 153 * segments)
            clock.advance(0.5)

        assert [item["message_segments"] for item in listed(emulator, order="message_segments")["items"]] == [2, 10]
        assert [item["message_segments"] for item in listed(emulator, order="date_created desc")["items"]] == [2, 10]

    def test_knows_the_old_names(self, emulator: Emulator) -> None:
        accept(emulator, to="15162065501")
        accept(emulator, to="15162065500")

        assert [item["to"] for item in listed(emulator, order="to_did asc")["items"]] == ["15162065500", "15162065501"]

    def test_must_be_well_formed(self, emulator: Emulator) -> None:
        def check(order: str) -> None:
            response = ask(emulator, order=order)

            assert response.status == 400
            assert content(response)["errors"][0]["field"] == "order"

        check_rows(
            [
                " ",
                "unknown",
                "media_urls",
                "status up",
                "status ASC",
                "status asc desc",
                "status,to",
                "shuffle asc",
                "status; DROP TABLE messages",
                "status asc ",
            ],
            check,
        )


def test_limit_and_offset_must_be_in_range(emulator: Emulator) -> None:
    def check(row: tuple[str, str]) -> None:
        name, value = row
        response = ask(emulator, **{name: value})

        assert response.status == 400
        assert content(response)["message"] == "Bad Request"
        assert content(response)["errors"][0]["field"] == name

    check_rows(
        [
            ("limit", "1001"),
            ("limit", "-1"),
            ("limit", "ten"),
            ("limit", "1.5"),
            ("limit", "１"),
            ("limit", "1_0"),
            ("limit", "9" * 5000),
            ("offset", "-1"),
            ("offset", " 1"),
            ("offset", "9" * 5000),
        ],
        check,
    )


def test_other_parameters_are_refused(strict_emulator: Emulator) -> None:
    def check(query: str) -> None:
        assert call(strict_emulator, "GET", query=query).status == 400

    check_rows(
        [
            "after=some-sid",
            "before=some-sid",
            "page=2",
            "limit=1&limit=2",
            "page",
            "filter=%ff",
            "filter=to+eq+é",
            "order=\ud800",
            "=",
            "Limit=1",
        ],
        check,
    )


class TestQueriesOfOtherClients:
    """What CarrierX's own clients send, typed by hand."""

    def test_exists_of_the_python_client(self, filled: Emulator) -> None:
        answer = content(call(filled, "GET", query="includeFields=message_sid&offset=0&limit=1"))

        assert [item.keys() for item in answer["items"]] == [{"message_sid"}]
        assert (answer["total"], answer["count"], answer["limit"], answer["has_more"]) == (25, 1, 1, True)
        assert "includeFields=message_sid" in answer["pagination"]["next"]

    def test_a_list_of_the_ruby_client(self, filled: Emulator) -> None:
        answer = content(call(filled, "GET", query="offset=0&limit=0&filter=&order="))

        assert answer == content(call(filled, "GET"))
        assert (answer["limit"], answer["count"]) == (10, 10)

    @pytest.mark.parametrize(
        "query", ["limit=&offset=&filter=&order=", "limit&offset&filter&order", "&", "page=2&page=3"]
    )
    def test_what_is_empty_or_unknown_has_no_effect(self, filled: Emulator, query: str) -> None:
        assert call(filled, "GET", query=query).body == call(filled, "GET").body

    def test_a_strict_emulator_takes_what_is_known(self, strict_emulator: Emulator) -> None:
        query = "includeFields=message_sid&offset=0&limit=0&filter=&order="

        assert call(strict_emulator, "GET", query=query).status == 200

    def test_a_link_to_the_next_page_has_the_same_fields(self, filled: Emulator) -> None:
        answer = listed(filled, includeFields="to, status", limit=20)
        link = urlsplit(str(answer["pagination"]["next"]))
        rest = content(call(filled, "GET", link.path, query=link.query))

        assert [set(item) for item in answer["items"] + rest["items"]] == [{"to", "status"}] * 25

    def test_the_fields_of_a_single_object(self, emulator: Emulator) -> None:
        path = f"{MESSAGES}/{accept(emulator)['message_sid']}"

        assert content(call(emulator, "GET", path, query="includeFields=status,no_such_field")) == {"status": "queued"}
        assert call(emulator, "GET", path, query="includeFields=").body == call(emulator, "GET", path).body

    def test_a_name_may_be_percent_encoded(self, emulator: Emulator, strict_emulator: Emulator) -> None:
        for made in (emulator, strict_emulator):
            path = f"{MESSAGES}/{accept(made)['message_sid']}"

            assert content(call(made, "GET", path, query="include%46ields=status")) == {"status": "queued"}
            assert call(made, "GET", path, query="include%46ields=status&includeFields=to").status == 400

    def test_an_error_stays_complete(self, emulator: Emulator) -> None:
        answer = call(emulator, "GET", f"{MESSAGES}/unknown", query="includeFields=status")

        assert answer.status == 404
        assert content(answer).keys() == {"message", "errors"}

    def test_a_send_has_no_field_filtering(self, emulator: Emulator, strict_emulator: Emulator) -> None:
        body = json.dumps(SMS).encode()

        assert len(content(call(emulator, body=body, query="includeFields=status"))) > 1
        assert call(strict_emulator, body=body, query="includeFields=status").status == 400

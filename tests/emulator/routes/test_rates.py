"""What messages cost: the list of rates, and the rating of one number."""

from __future__ import annotations

from decimal import Decimal

import pytest

from carrierx.emulator import Emulator, EmulatorConfig, EmulatorPrices
from tests.emulator.helpers import PARTNER_SID, PHONE, accept, blamed, fetch, get, make_emulator, read
from tests.support.clocks import SteppingClock

CZECH = "420601123456"


class TestRates:
    """`GET /sms/rates/outbound/{sub_type}`."""

    @pytest.mark.parametrize("sub_type", ["toll", "toll_free"])
    def test_are_listed_by_country(self, emulator: Emulator, sub_type: str) -> None:
        answer = read(emulator, f"/sms/rates/outbound/{sub_type}", limit=1000)

        assert answer["total"] == answer["count"] == len(answer["items"]) == 12
        assert {item["country_code"] for item in answer["items"]} == {"CAN", "CZE", "DEU", "FRA", "GBR", "MEX", "USA"}
        assert answer["rates_plan"].keys() == {"name", "rates_plan_sid"}
        assert (answer["active"], answer["partner_sid"]) == ("yes", PARTNER_SID)

    def test_of_a_short_code_are_american(self, emulator: Emulator) -> None:
        answer = read(emulator, "/sms/rates/outbound/short_code")

        assert {item["country_code"] for item in answer["items"]} == {"USA"}

    def test_can_be_filtered_ordered_and_paged(self, emulator: Emulator) -> None:
        answer = read(
            emulator, "/sms/rates/outbound/toll", filter='country_name like "%King%"', order="price desc", limit=2
        )

        assert [item["price"] for item in answer["items"]] == ["0.0402", "0.0402"]
        assert (answer["has_more"], answer["total"]) == (False, 2)
        assert list(read(emulator, "/sms/rates/outbound/toll", limit=1)["pagination"]) == ["next"]

    def test_of_a_strange_kind_are_not_there(self, emulator: Emulator) -> None:
        assert get(emulator, "/sms/rates/outbound/carrier_pigeon").status == 404

    def test_agree_with_what_a_message_costs(self, emulator: Emulator, clock: SteppingClock) -> None:
        (rate, *_) = read(emulator, "/sms/rates/outbound/toll", filter="country_code eq CZE")["items"]
        sid = accept(emulator, to=CZECH)["message_sid"]
        clock.advance(1)

        message = fetch(emulator, sid)

        assert (message["price"], message["mcc"]) == (rate["price"], rate["mcc"]) == ("0.08533", 230)

    def test_follow_the_settings_in_the_united_states(self) -> None:
        with make_emulator(EmulatorConfig(prices=EmulatorPrices(Decimal("0.007")))) as emulator:
            items = read(emulator, "/sms/rates/outbound/short_code")["items"]

        assert {item["price"] for item in items} == {"0.007"}


class TestRating:
    """`GET /rating/sms/{sub_type}` and `GET /rating/mms/{sub_type}`."""

    def test_counts_segments_of_an_sms(self, emulator: Emulator) -> None:
        answer = read(emulator, "/rating/sms/toll", direction="outbound", to=PHONE, message_segments=3)

        assert answer == {"direction": "outbound", "price": "0.03000", "rate": "0.01000", "segments": "3"}

    def test_takes_one_segment_when_none_is_named(self, emulator: Emulator) -> None:
        answer = read(emulator, "/rating/sms/toll_free", direction="outbound", to=CZECH)

        assert (answer["price"], answer["segments"]) == ("0.08533", "1")

    def test_knows_received_messages(self, emulator: Emulator) -> None:
        sms = read(emulator, "/rating/sms/short_code", direction="inbound", to="12345", partner_sid=PARTNER_SID)
        mms = read(emulator, "/rating/mms/toll", direction="inbound", to=PHONE)

        assert (sms["rate"], mms["rate"], mms["direction"]) == ("0.00500", "0.01000", "inbound")

    def test_takes_an_mms_as_one_segment(self, emulator: Emulator) -> None:
        answer = read(emulator, "/rating/mms/toll", direction="outbound", to=PHONE)

        assert answer == {"direction": "outbound", "price": "0.01500", "rate": "0.01500", "segments": "1"}

    def test_rounds_nothing_away(self) -> None:
        with make_emulator(EmulatorConfig(prices=EmulatorPrices(Decimal("0.00000001")))) as emulator:
            answer = read(emulator, "/rating/sms/toll", direction="outbound", to=PHONE)

        assert answer["price"] == "0.00000001"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"direction": None}, "direction"),
            ({"direction": ""}, "direction"),
            ({"direction": "any"}, "direction"),
            ({"to": None}, "to"),
            ({"to": "12345"}, "to"),
            ({"to": "+15162065574"}, "to"),
            ({"message_segments": "0"}, "message_segments"),
            ({"message_segments": "1601"}, "message_segments"),
            ({"message_segments": "many"}, "message_segments"),
        ],
    )
    def test_needs_proper_parameters(self, emulator: Emulator, changes: dict[str, str | None], field: str) -> None:
        parameters = {"direction": "outbound", "to": PHONE, **changes}
        given = {name: value for name, value in parameters.items() if value is not None}

        assert blamed(get(emulator, "/rating/sms/toll", **given), 400) == field

    def test_of_an_mms_knows_no_segments(self, strict_emulator: Emulator) -> None:
        response = get(strict_emulator, "/rating/mms/toll", direction="outbound", to=PHONE, message_segments=1)

        assert response.status == 400

    @pytest.mark.parametrize(("path", "partner"), [("/rating/sms/x", PARTNER_SID), ("/rating/sms/toll", "another")])
    def test_of_what_is_not_there_is_not_found(self, emulator: Emulator, path: str, partner: str) -> None:
        assert get(emulator, path, direction="outbound", to=PHONE, partner_sid=partner).status == 404

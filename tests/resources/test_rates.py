"""What SMS cost, as lists, and what one message costs."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from carrierx import InvalidArgumentError, ResponseError, where
from carrierx.models.rate import RatePage, RatesPlan
from tests.resources.helpers import answer, scripted, wire
from tests.support.client_factory import ClientFactory
from tests.support.samples import sample, sampled
from tests.support.scripts import page, reply

RATE: dict[str, Any] = sampled("sms_rates_outbound_response")["items"][0]
SUB_TYPES = ["short_code", "toll", "toll_free"]


@pytest.mark.parametrize("sub_type", SUB_TYPES)
def test_rates_come_with_the_price_list_that_they_are_from(factory: ClientFactory, sub_type: str) -> None:
    rates, script = scripted(factory, "rates", answer("sms_rates_outbound_response"))

    found = rates.outbound(sub_type, filter=where("country_code").eq("CZE"), order="price desc", limit=1, offset=2)

    query = {"limit": "1", "offset": "2", "order": "price desc", "filter": 'country_code eq "CZE"'}
    assert wire(script) == [("GET", f"/sms/rates/outbound/{sub_type}", query, None)]
    assert isinstance(found, RatePage)
    assert (found.active, found.effective_date) == ("yes", datetime(2023, 10, 20, tzinfo=UTC))
    assert found.rates_plan == RatesPlan.model_validate(sampled("sms_rates_outbound_response")["rates_plan"])
    assert (found[0].price, found[0].mcc, found[0].network) == (Decimal("0.08533"), 230, None)


def test_rates_are_gone_through(factory: ClientFactory) -> None:
    rates, script = scripted(factory, "rates", page(RATE, has_more=True), page(RATE))

    assert len(list(rates.iterate_outbound("toll", page_size=1))) == 2
    assert [query for _, _, query, _ in wire(script)] == [{"limit": "1"}, {"limit": "1", "offset": "1"}]


def test_a_page_of_rates_pickles_whole() -> None:
    found = RatePage.model_validate_json(sample("sms_rates_outbound_response"))

    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize("sub_type", ["Toll", "", "../dids", None, 5], ids=repr)
@pytest.mark.parametrize(
    ("resource", "method", "arguments"),
    [
        ("rates", "outbound", {}),
        ("rates", "iterate_outbound", {}),
        ("ratings", "sms", {"to": "15162065574"}),
        ("ratings", "mms", {"to": "15162065574"}),
    ],
)
def test_an_unknown_sub_type_is_refused(
    factory: ClientFactory, resource: str, method: str, arguments: dict[str, Any], sub_type: Any
) -> None:
    prices, script = scripted(factory, resource)

    with pytest.raises(InvalidArgumentError, match="short_code, toll, toll_free"):
        getattr(prices, method)(sub_type, **arguments)
    assert script.requests == []


@pytest.mark.parametrize("arguments", [{"page_size": 0}, {"max_items": -1}, {"order": "shuffle"}], ids=repr)
def test_an_iteration_refuses_at_once(factory: ClientFactory, arguments: dict[str, Any]) -> None:
    rates, script = scripted(factory, "rates")

    with pytest.raises(InvalidArgumentError):
        rates.iterate_outbound("toll", **arguments)
    assert script.requests == []


def test_one_sms_is_rated(factory: ClientFactory) -> None:
    ratings, script = scripted(factory, "ratings", answer("rating_sms_response", segments="2", price="0.02000"))

    found = ratings.sms("toll", to="+1 760-569-2222", direction="inbound", partner_sid="e004", message_segments=2)

    query = {"direction": "inbound", "to": "17605692222", "partner_sid": "e004", "message_segments": "2"}
    assert wire(script) == [("GET", "/rating/sms/toll", query, None)]
    assert (found.price, found.rate, found.segments) == (Decimal("0.02"), Decimal("0.01"), 2)


def test_one_mms_is_rated(factory: ClientFactory) -> None:
    ratings, script = scripted(factory, "ratings", answer("rating_sms_response", price="0.07000"))

    assert ratings.mms("toll_free", to="17605692222").price == Decimal("0.07")
    assert wire(script) == [("GET", "/rating/mms/toll_free", {"direction": "outbound", "to": "17605692222"}, None)]


@pytest.mark.parametrize(
    "arguments",
    [
        {"to": "17605"},
        {"to": None},
        {"to": "17605692222", "direction": "any"},
        {"to": "17605692222", "partner_sid": " "},
        {"to": "17605692222", "message_segments": 0},
        {"to": "17605692222", "message_segments": "2"},
        {"to": "17605692222", "message_segments": True},
    ],
    ids=repr,
)
def test_what_cannot_be_rated_is_refused(factory: ClientFactory, arguments: dict[str, Any]) -> None:
    ratings, script = scripted(factory, "ratings")

    with pytest.raises(InvalidArgumentError):
        ratings.sms("toll", **arguments)
    assert script.requests == []


def test_a_rating_without_a_price_is_none(factory: ClientFactory) -> None:
    ratings, _ = scripted(factory, "ratings", reply(200, {"direction": "outbound"}))

    with pytest.raises(ResponseError, match=r"price \(missing\)"):
        ratings.sms("toll", to="17605692222")

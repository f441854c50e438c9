"""Every sample of CarrierX's documentation is read by the public method that meets it, and written back as it came."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import respx

from carrierx import NotFoundError
from carrierx.models.api_object import ApiObject
from tests.client.client_factory import ClientFactory
from tests.resources.number_driving import BASE_URL, DID_SID, Resource, sample, sample_names, sampled

Ask = Callable[[Resource], Any]

CASES: dict[str, tuple[str, str, str, str, Ask]] = {
    "list of DIDs": ("did_list_response", "GET", "/phonenumber/dids", "dids", lambda dids: dids.list(limit=1)),
    "free numbers": (
        "did_list_response",
        "GET",
        "/phonenumber/available_dids",
        "dids",
        lambda dids: dids.available(limit=1),
    ),
    "rented DID": (
        "did_rent_response",
        "POST",
        "/phonenumber/dids",
        "dids",
        lambda dids: dids.rent("15162065575", confirm=True),
    ),
    "one DID": (
        "did_rent_response",
        "GET",
        f"/phonenumber/dids/{DID_SID}",
        "dids",
        lambda dids: dids.get(DID_SID),
    ),
    "changed DID": (
        "did_rent_response",
        "PATCH",
        f"/phonenumber/dids/{DID_SID}",
        "dids",
        lambda dids: dids.update(DID_SID, name="N/A"),
    ),
    "messaging enabled": (
        "did_messaging_enable_response",
        "POST",
        f"/phonenumber/dids/{DID_SID}/messaging",
        "dids",
        lambda dids: dids.enable_messaging(DID_SID, campaign_sid="fef13cdd-2f65-4ed8-8272-de2a940d0cb5"),
    ),
    "messaging of an external DID": (
        "did_messaging_enable_response",
        "GET",
        f"/phonenumber/external_dids/{DID_SID}/messaging",
        "external_dids",
        lambda numbers: numbers.get_messaging(DID_SID),
    ),
    "list of external DIDs": (
        "external_did_list_response",
        "GET",
        "/phonenumber/external_dids",
        "external_dids",
        lambda numbers: numbers.list(limit=1),
    ),
    "rates": (
        "sms_rates_outbound_response",
        "GET",
        "/sms/rates/outbound/toll",
        "rates",
        lambda rates: rates.outbound("toll", limit=1),
    ),
    "rating": (
        "rating_sms_response",
        "GET",
        "/rating/sms/toll",
        "ratings",
        lambda ratings: ratings.sms("toll", to="17605692222", message_segments=1),
    ),
    "lookup": (
        "lookup_did_response",
        "GET",
        "/lookup/dids/14353035210",
        "lookup",
        lambda lookup: lookup.get("14353035210", carrier=True, cnam=True, lrn=True, hlr=True),
    ),
    "verification": (
        "verification_sms_response",
        "POST",
        "/verification/sms",
        "verification",
        lambda verification: verification.send_code(from_="15162065574", to="18057224756"),
    ),
    "partner": (
        "partner_get_response",
        "GET",
        "/partners/ed437757",
        "partners",
        lambda partners: partners.get("ed437757"),
    ),
}


def test_every_sample_is_used() -> None:
    elsewhere = {"error_404_no_item", "did_messaging_enable_request"}

    assert sample_names() == {name for name, *_ in CASES.values()} | elsewhere


@pytest.mark.parametrize("case", CASES)
def test_a_sample_is_read_and_written_back(factory: ClientFactory, case: str) -> None:
    name, method, path, resource, ask = CASES[case]
    with respx.mock(base_url=BASE_URL) as router:
        router.request(method, path).respond(content=sample(name), content_type="application/json")

        found = ask(Resource(factory, factory.make(), resource))

    assert isinstance(found, ApiObject)
    assert json.loads(found.to_json()) == found.to_dict() == sampled(name)
    assert not found.unreadable_fields


def test_a_voice_only_number_has_no_messaging(factory: ClientFactory) -> None:
    with respx.mock(base_url=BASE_URL) as router:
        router.get(f"/phonenumber/dids/{DID_SID}/messaging").respond(404, content=sample("error_404_no_item"))

        with pytest.raises(NotFoundError, match="cannot find item by sid") as caught:
            Resource(factory, factory.make(), "dids").get_messaging(DID_SID)

    assert caught.value.message == "no item error"


def test_the_request_of_the_sample_is_what_is_sent(factory: ClientFactory) -> None:
    with respx.mock(base_url=BASE_URL) as router:
        route = router.post(f"/phonenumber/dids/{DID_SID}/messaging")
        route.respond(content=sample("did_messaging_enable_response"))
        campaign = sampled("did_messaging_enable_request")["campaign_sid"]

        Resource(factory, factory.make(), "dids").enable_messaging(DID_SID, campaign_sid=campaign)

    assert json.loads(route.calls.last.request.content) == sampled("did_messaging_enable_request")

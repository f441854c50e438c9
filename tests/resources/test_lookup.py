"""Looking numbers up, without showing them."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx import APIError, InvalidArgumentError, NotFoundError
from carrierx.events import AttemptFinished, AttemptStarted, CallFinished, CallStarted, Event
from tests.resources.helpers import answer, scripted, wire
from tests.support.client_factory import ClientFactory
from tests.support.samples import sampled
from tests.support.scripts import reply

NUMBER = "14353035210"


def test_only_what_is_asked_for_is_sent(factory: ClientFactory) -> None:
    lookup, script = scripted(factory, "lookup", answer("lookup_did_response"))

    lookup.get("+1 (435) 303-5210")
    lookup.get(NUMBER, carrier=True, cnam=True, lrn=True, hlr=True, country_code="USA", cnam_ttl=0, guess="e164")

    asked = {"carrier": "true", "cnam": "true", "lrn": "true", "hlr": "true"}
    assert wire(script) == [
        ("GET", f"/lookup/dids/{NUMBER}", {}, None),
        ("GET", f"/lookup/dids/{NUMBER}", {**asked, "country_code": "USA", "cnam_ttl": "0", "guess": "e164"}, None),
    ]


def test_details_are_read_as_they_come(factory: ClientFactory) -> None:
    details = {"carrier": {"name": "A", "mnc": "004"}, "cnam": {"name": "J SMITH"}, "lrn": "14355550000", "ported": 1}
    lookup, _ = scripted(factory, "lookup", answer("lookup_did_response", details=details))

    found = lookup.get(NUMBER, carrier=True)

    assert (found.details.carrier.name, found.details.carrier.mnc) == ("A", "004")
    assert (found.details.cnam, found.details.lrn) == ({"name": "J SMITH"}, "14355550000")
    assert found.details.unknown_fields == {"ported": 1}


@pytest.mark.parametrize("details", [None, "none", []], ids=repr)
def test_details_may_be_missing(factory: ClientFactory, details: Any) -> None:
    without = sampled("lookup_did_response", details=details)
    lookup, _ = scripted(factory, "lookup", reply(200, without))

    found = lookup.get(NUMBER)

    assert found.details.carrier is None
    assert found.to_dict() == without


@pytest.mark.parametrize(
    ("number", "arguments"),
    [
        ("435", {}),
        (14353035210, {}),
        ("1435303521x", {}),
        (NUMBER, {"carrier": "true"}),
        (NUMBER, {"hlr": 1}),
        (NUMBER, {"country_code": "US"}),
        (NUMBER, {"country_code": "usa"}),
        (NUMBER, {"cnam_ttl": -1}),
        (NUMBER, {"guess": ""}),
    ],
    ids=repr,
)
def test_what_cannot_be_looked_up_is_refused(factory: ClientFactory, number: Any, arguments: dict[str, Any]) -> None:
    lookup, script = scripted(factory, "lookup")

    with pytest.raises(InvalidArgumentError) as caught:
        lookup.get(number, **arguments)
    assert "435303" not in str(caught.value)
    assert script.requests == []


def test_ten_digits_are_refused_unless_the_country_is_given(factory: ClientFactory) -> None:
    lookup, _ = scripted(factory, "lookup", answer("lookup_did_response"))

    with pytest.raises(InvalidArgumentError, match="phonenumber: It has ten digits"):
        lookup.get("4353035210")
    lookup.get("4353035210", country_code="USA")


def test_neither_error_nor_event_shows_the_number(factory: ClientFactory) -> None:
    events: list[Event] = []
    lookup, _ = scripted(factory, "lookup", reply(404, {"message": f"no {NUMBER}"}), on_event=events.append)

    with pytest.raises(NotFoundError) as caught:
        lookup.get(NUMBER)

    assert [type(event) for event in events] == [CallStarted, AttemptStarted, AttemptFinished, CallFinished]
    assert "435303" not in f"{caught.value} {caught.value!r} {events!r}"
    assert "GET /lookup/dids/***" in str(caught.value)


def test_a_missing_scope_is_named_with_those_for_details(factory: ClientFactory) -> None:
    lookup, _ = scripted(factory, "lookup", reply(403))

    with pytest.raises(APIError, match=r"lookup\.dids\.read.*lookup\.dids\.allow_carrier"):
        lookup.get(NUMBER, carrier=True)

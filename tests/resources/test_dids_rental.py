"""Numbers that are free, renting one and releasing it: never twice, never by mistake."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx import (
    AcceptedWithoutReceiptError,
    APIError,
    InvalidArgumentError,
    Outcome,
    SendOutcomeUnknownError,
    where,
)
from carrierx.models.did import Capability
from tests.resources.helpers import DID_SID, answer, scripted, wire
from tests.support.client_factory import ClientFactory
from tests.support.samples import did
from tests.support.scripts import broken, page, reply

FREE = did(status="available", partner_sid=None)


def test_free_numbers_are_listed_gone_through_and_read(factory: ClientFactory) -> None:
    dids, script = scripted(
        factory, "dids", page(FREE, total=None), page(FREE, has_more=True), page(FREE), reply(200, FREE)
    )

    assert dids.available(filter="phonenumber nearby latlng:40.7,-73.6", limit=1)[0].status == "available"
    assert len(list(dids.iterate_available(filter=where("state").eq("NY"), page_size=1, max_items=2))) == 2
    assert dids.get_available(DID_SID).did_sid == DID_SID

    path = "/phonenumber/available_dids"
    assert wire(script) == [
        ("GET", path, {"limit": "1", "filter": "phonenumber nearby latlng:40.7,-73.6"}, None),
        ("GET", path, {"limit": "1", "filter": 'state eq "NY"'}, None),
        ("GET", path, {"limit": "1", "filter": 'state eq "NY"', "offset": "1"}, None),
        ("GET", f"{path}/{DID_SID}", {}, None),
    ]


@pytest.mark.parametrize("confirm", [False, None, 1, "yes"])
def test_what_was_not_confirmed_is_not_rented(factory: ClientFactory, confirm: Any) -> None:
    dids, script = scripted(factory, "dids")

    with pytest.raises(InvalidArgumentError, match="confirm=True") as caught:
        dids.rent("15162065575", confirm=confirm)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert script.requests == []


def test_nothing_is_confirmed_by_default(factory: ClientFactory) -> None:
    dids, script = scripted(factory, "dids")

    with pytest.raises(InvalidArgumentError, match="costs money"):
        dids.rent()
    assert script.requests == []


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ({}, {}),
        ({"phonenumber": "+1 (516) 206-5575"}, {"phonenumber": "15162065575"}),
        (
            {"phonenumber": "15162065575", "callback_url": "https://example.com/sms", "trunk_group_sid": "832d7042"},
            {"phonenumber": "15162065575", "callback_url": "https://example.com/sms", "trunk_group_sid": "832d7042"},
        ),
    ],
)
def test_a_number_is_rented_with_what_was_given(
    factory: ClientFactory, arguments: dict[str, Any], body: dict[str, Any]
) -> None:
    dids, script = scripted(factory, "dids", answer("did_rent_response"))

    rented = dids.rent(**arguments, confirm=True)

    assert wire(script) == [("POST", "/phonenumber/dids", {}, body)]
    assert rented.did_sid == "f448e2c3-88c1-4cd1-8cf2-3567c16e0794"


@pytest.mark.parametrize(
    "arguments",
    [
        {"phonenumber": "516"},
        {"phonenumber": "5162065575x"},
        {"phonenumber": 15162065575},
        {"callback_url": "example.com"},
        {"trunk_group_sid": ""},
    ],
    ids=repr,
)
def test_what_cannot_be_rented_is_refused(factory: ClientFactory, arguments: dict[str, Any]) -> None:
    dids, script = scripted(factory, "dids")

    with pytest.raises(InvalidArgumentError, match=next(iter(arguments))) as caught:
        dids.rent(**arguments, confirm=True)
    assert "206557" not in str(caught.value)
    assert script.requests == []


def test_a_number_without_its_country_is_refused(factory: ClientFactory) -> None:
    dids, script = scripted(factory, "dids", answer("did_rent_response"))

    with pytest.raises(InvalidArgumentError, match="phonenumber: It has ten digits"):
        dids.rent("5162065575", confirm=True)
    assert script.requests == []


def test_a_rent_of_unknown_outcome_is_not_tried_again(factory: ClientFactory, clock: Any) -> None:
    for failure in (broken(), reply(500), reply(200, {"errors": []})):
        dids, script = scripted(factory, "dids", failure, clock=clock)
        with pytest.raises(SendOutcomeUnknownError) as caught:
            dids.rent("15162065575", confirm=True)
        assert not caught.value.safe_to_resend
        assert len(script.requests) == 1


def test_a_rent_that_met_429_is_tried_again(factory: ClientFactory, clock: Any) -> None:
    dids, script = scripted(factory, "dids", reply(429), answer("did_rent_response"), clock=clock)

    dids.rent(confirm=True)

    assert len(script.requests) == 2


def test_a_receipt_that_broke_off_names_the_number(factory: ClientFactory) -> None:
    cut = b'{"did_sid": "f448e2c3", "phonenumber": "1516'
    dids, script = scripted(factory, "dids", reply(200, cut))

    with pytest.raises(AcceptedWithoutReceiptError) as caught:
        dids.rent(confirm=True)
    assert caught.value.message_sid == "f448e2c3"
    assert len(script.requests) == 1


def test_a_refusal_repeats_neither_number_nor_callback(factory: ClientFactory) -> None:
    said = "15162065575 can't be rented for https://example.com/mellon"
    dids, _ = scripted(factory, "dids", reply(409, {"message": said}))

    with pytest.raises(APIError) as caught:
        dids.rent("15162065575", callback_url="https://example.com/mellon", confirm=True)
    assert "206557" not in str(caught.value)
    assert "mellon" not in str(caught.value)
    assert caught.value.outcome is Outcome.REJECTED
    assert caught.value.required_scopes == ("phonenumber.manage", "phonenumber.create")


def test_a_number_is_released(factory: ClientFactory) -> None:
    dids, script = scripted(factory, "dids", reply(204))

    assert dids.release(DID_SID, confirm=True) is None
    assert wire(script) == [("DELETE", f"/phonenumber/dids/{DID_SID}", {}, None)]


@pytest.mark.parametrize("confirm", [{}, {"confirm": False}, {"confirm": 1}, {"confirm": "yes"}], ids=repr)
def test_what_was_not_confirmed_is_not_released(factory: ClientFactory, confirm: dict[str, Any]) -> None:
    dids, script = scripted(factory, "dids")

    with pytest.raises(InvalidArgumentError, match="confirm=True") as caught:
        dids.release(DID_SID, **confirm)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert script.requests == []


def test_a_release_of_unknown_outcome_is_not_tried_again(factory: ClientFactory, clock: Any) -> None:
    for failure in (broken(), reply(500), reply(503)):
        dids, script = scripted(factory, "dids", failure, clock=clock)
        with pytest.raises(SendOutcomeUnknownError, match="do not repeat it before you have checked") as caught:
            dids.release(DID_SID, confirm=True)
        assert not caught.value.safe_to_resend
        assert len(script.requests) == 1


def test_a_release_that_met_429_is_tried_again(factory: ClientFactory, clock: Any) -> None:
    dids, script = scripted(factory, "dids", reply(429), reply(204), clock=clock)

    dids.release(DID_SID, confirm=True)

    assert len(script.requests) == 2


def test_a_release_that_was_refused_names_its_scopes(factory: ClientFactory) -> None:
    dids, _ = scripted(factory, "dids", reply(403, {"message": "Forbidden"}))

    with pytest.raises(APIError) as caught:
        dids.release(DID_SID, confirm=True)
    assert caught.value.outcome is Outcome.REJECTED
    assert caught.value.required_scopes == ("phonenumber.manage", "phonenumber.delete")


SMS_BOTH_WAYS = Capability.RECEIVE_SMS | Capability.SEND_SMS


def test_an_external_number_is_registered(factory: ClientFactory) -> None:
    numbers, script = scripted(factory, "external_dids", answer("external_did_get_response"))

    found = numbers.register(
        "+46 70 098 76 54",
        capabilities=SMS_BOTH_WAYS,
        callback_url="https://example.com/sms-callback",
        underlying_carrier_sid="61ced070",
        attributes={"desk": 1},
    )

    body = {
        "phonenumber": "46700987654",
        "capabilities": 3,
        "callback_url": "https://example.com/sms-callback",
        "underlying_carrier_sid": "61ced070",
        "attributes": {"desk": 1},
    }
    assert wire(script) == [("POST", "/phonenumber/external_dids", {}, body)]
    assert (found.id, found.ocn_block, found.underlying_carrier_sid) == (
        8422,
        None,
        "40a8c9cf-8b08-4c21-a3e3-952c65ee892d",
    )


@pytest.mark.parametrize(
    ("phonenumber", "arguments", "name"),
    [
        ("516", {}, "phonenumber"),
        ("5162065575", {}, "phonenumber"),
        ("46700987654", {"capabilities": Capability.VOICE | Capability.SEND_SMS}, "capabilities"),
        ("46700987654", {"capabilities": 0}, "capabilities"),
        ("46700987654", {"capabilities": True}, "capabilities"),
        ("46700987654", {"capabilities": "3"}, "capabilities"),
        ("46700987654", {"callback_url": "example.com"}, "callback_url"),
        ("46700987654", {"name": " "}, "name"),
        ("46700987654", {"attributes": [1]}, "attributes"),
    ],
)
def test_what_cannot_be_registered_is_refused(
    factory: ClientFactory, phonenumber: str, arguments: dict[str, Any], name: str
) -> None:
    numbers, script = scripted(factory, "external_dids")

    with pytest.raises(InvalidArgumentError, match=name) as caught:
        numbers.register(phonenumber, **{"capabilities": SMS_BOTH_WAYS, **arguments})
    assert "206557" not in str(caught.value)
    assert script.requests == []


def test_a_registration_of_unknown_outcome_is_not_tried_again(factory: ClientFactory, clock: Any) -> None:
    for failure in (broken(), reply(500)):
        numbers, script = scripted(factory, "external_dids", failure, clock=clock)
        with pytest.raises(SendOutcomeUnknownError):
            numbers.register("46700987654", capabilities=SMS_BOTH_WAYS)
        assert len(script.requests) == 1


def test_a_refused_registration_repeats_nothing_private(factory: ClientFactory) -> None:
    said = "46700987654 is taken, see https://example.com/mellon"
    numbers, _ = scripted(factory, "external_dids", reply(409, {"message": said}))

    with pytest.raises(APIError) as caught:
        numbers.register("46700987654", capabilities=3, callback_url="https://example.com/mellon")
    assert "0098765" not in str(caught.value)
    assert "mellon" not in str(caught.value)


def test_an_external_number_is_deleted_and_a_lost_answer_tried_again(factory: ClientFactory, clock: Any) -> None:
    numbers, script = scripted(factory, "external_dids", broken(), reply(204), clock=clock)

    assert numbers.delete(DID_SID) is None
    assert wire(script) == [("DELETE", f"/phonenumber/external_dids/{DID_SID}", {}, None)] * 2

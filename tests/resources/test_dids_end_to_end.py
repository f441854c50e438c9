"""Both clients against the emulator: numbers, prices and the account, from end to end."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from carrierx import APIError, ConflictError, NotFoundError, WaitTimeoutError, where
from carrierx.emulator import DEMO_TOKEN, Credential, Emulator, EmulatorConfig
from carrierx.models.did import Capability, DidStatus
from carrierx.models.messaging_enablement import EnablementStatus
from tests.resources.helpers import Resource
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock


class Desk:
    """The resources of one client over an emulator."""

    def __init__(self, factory: ClientFactory, emulator: Emulator, clock: SteppingClock) -> None:
        client = factory.over(emulator, clock=clock)
        self.dids = Resource(factory, client, "dids")
        self.external_dids = Resource(factory, client, "external_dids")
        self.rates = Resource(factory, client, "rates")
        self.ratings = Resource(factory, client, "ratings")
        self.lookup = Resource(factory, client, "lookup")
        self.verification = Resource(factory, client, "verification")
        self.partners = Resource(factory, client, "partners")


@pytest.fixture
def desk(factory: ClientFactory, emulator: Emulator, clock: SteppingClock) -> Desk:
    return Desk(factory, emulator, clock)


def test_a_number_is_found_rented_named_and_enabled(desk: Desk, clock: SteppingClock) -> None:
    wanted = where("phonenumber").like("1516%")
    free = next(desk.dids.iterate_available(filter=wanted, order="phonenumber desc", page_size=1))
    assert free.could(Capability.SEND_SMS)
    assert desk.dids.get_available(free.did_sid) == free

    rented = desk.dids.rent(free.phonenumber, callback_url="https://example.com/sms", confirm=True)
    assert (rented.phonenumber, rented.status) == (free.phonenumber, DidStatus.ASSIGNED)
    with pytest.raises(NotFoundError):
        desk.dids.get_available(free.did_sid)
    sid = rented.did_sid
    assert sid not in [number.did_sid for number in desk.dids.textable()]
    assert sid in [number.did_sid for number in desk.dids.textable(active=False)]

    assert desk.dids.enable_messaging(sid).status == EnablementStatus.IN_PROGRESS
    with pytest.raises(WaitTimeoutError):
        desk.dids.wait_until_enabled(sid, within=1)
    assert desk.dids.wait_until_enabled(sid).status == EnablementStatus.ENABLED
    assert sum(clock.sleeps) < 10
    assert sid in [number.did_sid for number in desk.dids.textable()]

    changed = desk.dids.update(sid, name="Front desk", callback_url=None, string_key_1="a", attributes={"floor": 3})
    assert (changed.name, changed.callback_url, changed.attributes) == ("Front desk", None, {"floor": 3})
    assert desk.dids.get(sid) == changed
    assert [number.did_sid for number in desk.dids.list(filter=where("string_key_1").eq("a"))] == [sid]

    with pytest.raises(ConflictError):
        desk.dids.enable_messaging(sid, campaign_sid="17f4d954-d635-4cda-912b-c2a2fa3a6860")
    forced = desk.dids.enable_messaging(sid, campaign_sid="17f4d954-d635-4cda-912b-c2a2fa3a6860", force=True)
    assert forced.campaign_sid == "17f4d954-d635-4cda-912b-c2a2fa3a6860"
    assert desk.dids.disable_messaging(sid).status == EnablementStatus.DISABLED


def test_a_released_number_ages_and_can_not_text(factory: ClientFactory, emulator: Emulator) -> None:
    client = factory.over(emulator)
    dids = Resource(factory, client, "dids")
    did = next(dids.textable())

    dids.release(did.did_sid, confirm=True)

    aging = dids.get(did.did_sid)
    assert (aging.status, aging.can(Capability.SEND_SMS)) == (DidStatus.AGING, False)
    assert did.did_sid not in [number.did_sid for number in dids.textable()]
    with pytest.raises(APIError, match="from"):
        client.send(from_=did.phonenumber, to="15162065574", message="Hello")
    with pytest.raises(ConflictError):
        dids.release(did.did_sid, confirm=True)


def test_a_voice_only_number_can_not_be_enabled(desk: Desk) -> None:
    voice = next(number for number in desk.dids.iterate() if not number.could(Capability.SEND_SMS))

    for method in (desk.dids.get_messaging, desk.dids.enable_messaging, desk.dids.wait_until_enabled):
        with pytest.raises(NotFoundError):
            method(voice.did_sid)


def test_an_external_number_is_read_changed_and_enabled(desk: Desk) -> None:
    number = desk.external_dids.list(limit=1)[0]
    sid = number.external_did_sid

    assert number == next(desk.external_dids.iterate())
    assert desk.external_dids.get(sid).phonenumber == number.phonenumber
    assert desk.external_dids.update(sid, name="Marketing").name == "Marketing"
    desk.external_dids.enable_messaging(sid)
    assert desk.external_dids.wait_until_enabled(sid).did_sid == sid
    assert sid in [found.external_did_sid for found in desk.external_dids.textable()]
    assert desk.external_dids.disable_messaging(sid).enabled is False
    assert desk.external_dids.get_messaging(sid).status == EnablementStatus.DISABLED


def test_an_external_number_is_registered_and_deleted(desk: Desk) -> None:
    number = desk.external_dids.register("46700987654", capabilities=Capability.RECEIVE_SMS | Capability.SEND_SMS)

    assert number.can(Capability.SEND_SMS)
    sid = number.external_did_sid
    assert sid in [found.external_did_sid for found in desk.external_dids.textable()]
    with pytest.raises(ConflictError):
        desk.external_dids.register("46700987654", capabilities=1)
    desk.external_dids.delete(sid)
    with pytest.raises(NotFoundError):
        desk.external_dids.get(sid)


def test_rates_and_ratings_agree(desk: Desk) -> None:
    rates = list(desk.rates.iterate_outbound("toll", page_size=3))
    page = desk.rates.outbound("toll", filter=where("country_code").eq("CZE"), limit=1)

    assert page[0] in rates
    assert page.rates_plan is not None
    one, two = (desk.ratings.sms("toll", to="15162065574", message_segments=count) for count in (1, 2))
    assert (one.segments, two.segments) == (1, 2)
    assert two.price == 2 * one.price == 2 * one.rate
    assert desk.ratings.mms("toll", to="15162065574", direction="inbound").segments == 1
    assert isinstance(one.price, Decimal)


def test_a_number_is_looked_up_with_the_details_asked_for(desk: Desk) -> None:
    plain = desk.lookup.get("+1 (516) 206-5574")
    detailed = desk.lookup.get("15162065574", carrier=True, cnam=True, lrn=True, hlr=True, country_code="USA")

    assert (plain.phonenumber, plain.country_code, plain.details.carrier) == ("15162065574", "USA", None)
    assert detailed.details.carrier.type == "mobile"
    assert detailed.details.cnam is not None


def test_a_code_is_texted(desk: Desk, emulator: Emulator) -> None:
    sent = desk.verification.send_code(
        from_="15162065575", to="15162065574", message="Hello Bob:", code_length=6, code_type="alphabetical_upper"
    )

    code = sent.code.get_secret_value()
    assert len(code) == 6
    assert code.isupper()
    (message,) = emulator.messages
    assert message["message_sid"] == sent.message_sid
    assert message["message"] == f"Hello Bob: {code}"
    assert emulator.requests_seen[-1].body == b"{}"


def test_legacy_accounts_can_send_codes_too(factory: ClientFactory, emulator: Emulator) -> None:
    client = factory.over(emulator, legacy_field_names=True)

    Resource(factory, client, "verification").send_code(from_="15162065575", to="15162065574")

    assert "from_did=15162065575" in emulator.requests_seen[-1].query


def test_one_callback_of_the_account_is_changed_and_the_others_stay(desk: Desk, emulator: Emulator) -> None:
    sid = emulator.config.partner_sid
    first = desk.partners.set_sms_callback(sid, "https://example.com/sms")
    assert first.callbacks["sms"] == desk.partners.sms_callback(sid) == "https://example.com/sms"

    cleared = desk.partners.set_sms_callback(sid, None)

    assert cleared.callbacks == {**first.callbacks, "sms": None}
    assert desk.partners.sms_callback(sid) is None
    assert desk.partners.get(sid).balance > 0
    with pytest.raises(NotFoundError):
        desk.partners.get("ed437757")


def test_each_call_names_a_scope_that_the_emulator_wants(factory: ClientFactory, clock: SteppingClock) -> None:
    credential = Credential.bearer(DEMO_TOKEN, scopes=frozenset({"sms.create"}))
    config = EmulatorConfig(credentials=(credential,), strict_query=True)
    with Emulator(config, clock=clock.now) as emulator:
        desk = Desk(factory, emulator, clock)
        calls: list[Callable[[], Any]] = [
            lambda: desk.dids.list(),
            lambda: desk.dids.available(),
            lambda: desk.dids.rent(confirm=True),
            lambda: desk.dids.update("a", name="b"),
            lambda: desk.dids.get_messaging("a"),
            lambda: desk.dids.enable_messaging("a"),
            lambda: desk.external_dids.list(),
            lambda: desk.rates.outbound("toll"),
            lambda: desk.ratings.sms("toll", to="15162065574"),
            lambda: desk.lookup.get("15162065574"),
            lambda: desk.verification.send_code(from_="15162065575", to="15162065574"),
            lambda: desk.partners.get("a"),
        ]
        for call in calls:
            with pytest.raises(APIError, match="403") as caught:
                call()
            assert caught.value.required_scopes

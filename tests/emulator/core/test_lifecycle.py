"""What becomes of a message as time passes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from carrierx.emulator import Emulator, EmulatorConfig, EmulatorPrices, StatusDelays
from tests.emulator.helpers import DID, MMS, PHONE, SMS, accept, fetch, make_emulator
from tests.support.clocks import SteppingClock


def test_a_message_is_queued_then_sent_then_delivered(emulator: Emulator, clock: SteppingClock) -> None:
    sid = accept(emulator)["message_sid"]

    seen = [fetch(emulator, sid)["status"]]
    for seconds in (0.999, 0.001, 1.999, 0.001, 1_000_000):
        clock.advance(seconds)
        seen.append(fetch(emulator, sid)["status"])

    assert seen == ["queued", "queued", "sent", "sent", "delivered", "delivered"]


def test_its_times_move_along(emulator: Emulator, clock: SteppingClock) -> None:
    sid = accept(emulator)["message_sid"]

    def times() -> tuple[str, str, str | None]:
        message = fetch(emulator, sid)
        return message["date_created"], message["date_changed"], message["date_status_changed"]

    accepted = "2026-03-15T12:00:00.084Z"
    assert times() == (accepted, accepted, None)
    clock.advance(2)
    assert times() == (accepted, "2026-03-15T12:00:01.084Z", "2026-03-15T12:00:01.084Z")
    clock.advance(2)
    assert times() == (accepted, "2026-03-15T12:00:03.084Z", "2026-03-15T12:00:03.084Z")


@pytest.mark.parametrize(("to", "mcc"), [(PHONE, 310), ("46700987654", 0)])
def test_price_and_country_are_known_once_it_is_sent(
    emulator: Emulator, clock: SteppingClock, to: str, mcc: int
) -> None:
    sid = accept(emulator, to=to, message="a" * 400)["message_sid"]

    queued = fetch(emulator, sid)
    clock.advance(1)
    sent = fetch(emulator, sid)

    assert (queued["price"], queued["mcc"]) == (None, None)
    assert (sent["price"], sent["mcc"]) == ("0.03", mcc)


@pytest.mark.parametrize(
    ("message", "price"),
    [
        (MMS, "0.015"),
        ({**MMS, "to": DID}, "0.015"),
        ({**SMS, "type": "mms", "group_recipients": [PHONE, DID, "15162065500"]}, "0.030"),
    ],
)
def test_an_mms_costs_by_recipient(
    emulator: Emulator, clock: SteppingClock, message: dict[str, object], price: str
) -> None:
    sid = accept(emulator, message)["message_sid"]
    clock.advance(1)

    assert fetch(emulator, sid)["price"] == price


def test_delays_and_prices_can_be_chosen(clock: SteppingClock) -> None:
    delays = StatusDelays(timedelta(minutes=5), timedelta(minutes=5))
    with make_emulator(EmulatorConfig(delays=delays, prices=EmulatorPrices(Decimal("0.00000001"))), clock) as emulator:
        sid = accept(emulator)["message_sid"]
        clock.advance(300)

        message = fetch(emulator, sid)

    assert (message["status"], message["price"]) == ("delivered", "0.00000001")


def test_a_send_is_answered_queued_even_without_any_delay() -> None:
    at_once = StatusDelays(timedelta(0), timedelta(0))
    with make_emulator(EmulatorConfig(delays=at_once)) as emulator:
        message = accept(emulator)

        assert message["status"] == "queued"
        assert fetch(emulator, message["message_sid"])["status"] == "delivered"


def test_a_step_may_never_come(clock: SteppingClock) -> None:
    with make_emulator(EmulatorConfig(delays=StatusDelays(timedelta.max, timedelta.max)), clock) as emulator:
        sid = accept(emulator)["message_sid"]
        clock.advance(10**9)

        assert fetch(emulator, sid)["status"] == "queued"


@pytest.mark.parametrize(("sent", "delivered"), [(-1, 1), (2, 1)])
def test_delays_must_be_in_order(sent: int, delivered: int) -> None:
    with pytest.raises(ValueError, match="ordered"):
        StatusDelays(timedelta(seconds=sent), timedelta(seconds=delivered))


def test_a_clock_set_back_leaves_a_message_queued(emulator: Emulator, clock: SteppingClock) -> None:
    sid = accept(emulator)["message_sid"]
    clock.set_back(3600)

    assert fetch(emulator, sid)["status"] == "queued"


def test_the_clock_may_be_of_any_zone_and_finer_than_milliseconds() -> None:
    zone = timezone(timedelta(hours=-5))
    with make_emulator(clock=SteppingClock(datetime(2026, 1, 1, 20, 0, 0, 123_999, tzinfo=zone))) as emulator:
        assert accept(emulator)["date_created"] == "2026-01-02T01:00:00.123Z"


def test_a_clock_without_a_zone_is_refused() -> None:
    naive = SteppingClock(datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake under test
    with make_emulator(clock=naive) as emulator, pytest.raises(ValueError, match="aware"):
        accept(emulator)


def test_without_a_clock_the_time_is_the_real_one() -> None:
    with Emulator() as emulator:
        first, second = accept(emulator), accept(emulator)

    assert first["message_sid"] != second["message_sid"]
    assert first["date_created"] <= second["date_created"]

"""An accepted message may take a while until it can be found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.emulator.helpers import DID, MESSAGES, PHONE, accept, call, fetch, get, listed, make_emulator, read
from tests.support.clocks import SteppingClock


@pytest.fixture
def emulator(clock: SteppingClock) -> Iterator[Emulator]:
    with make_emulator(EmulatorConfig(visibility_lag=timedelta(seconds=5)), clock) as made:
        yield made


def test_a_message_can_not_be_read_until_the_lag_has_passed(emulator: Emulator, clock: SteppingClock) -> None:
    sid = accept(emulator)["message_sid"]
    clock.advance(4.999)
    assert call(emulator, "GET", f"{MESSAGES}/{sid}").status == 404

    clock.advance(0.001)
    assert fetch(emulator, sid)["status"] == "delivered"


@pytest.mark.parametrize("parameters", [{}, {"filter": "user_data eq mark"}, {"order": "date_created desc"}])
def test_a_list_leaves_it_out_until_then(emulator: Emulator, clock: SteppingClock, parameters: dict[str, str]) -> None:
    first = accept(emulator, user_data="mark")
    clock.advance(5)
    second = accept(emulator, user_data="mark")

    page = listed(emulator, **parameters)
    assert ([item["message_sid"] for item in page["items"]], page["total"]) == ([first["message_sid"]], 1)

    clock.advance(5)
    assert {item["message_sid"] for item in listed(emulator, **parameters)["items"]} == {
        first["message_sid"],
        second["message_sid"],
    }


def test_so_does_what_comes_in(emulator: Emulator, clock: SteppingClock) -> None:
    sid = emulator.receive(from_=PHONE, to=DID, message="Hello")["message_sid"]
    assert listed(emulator)["items"] == []

    clock.advance(5)
    assert listed(emulator)["items"][0]["message_sid"] == sid


def test_a_detail_record_takes_as_long_after_its_own_appearance(emulator: Emulator, clock: SteppingClock) -> None:
    accept(emulator)
    clock.advance(5.999)
    assert read(emulator, "/sms/message_drs")["items"] == []

    clock.advance(0.001)
    [record] = read(emulator, "/sms/message_drs")["items"]
    clock.set_back(0.001)
    assert get(emulator, f"/sms/message_drs/{record['dr_sid']}").status == 404


def test_the_emulator_itself_shows_it_at_once(emulator: Emulator) -> None:
    message = accept(emulator)

    assert emulator.messages == [message]


def test_a_message_may_never_be_found(clock: SteppingClock) -> None:
    with make_emulator(EmulatorConfig(visibility_lag=timedelta.max), clock) as emulator:
        sid = accept(emulator)["message_sid"]
        clock.advance(10**9)

        assert listed(emulator)["items"] == []
        assert call(emulator, "GET", f"{MESSAGES}/{sid}").status == 404
        assert read(emulator, "/sms/message_drs")["items"] == []


def test_a_lag_can_not_be_negative() -> None:
    with pytest.raises(ValueError, match="can't be negative"):
        EmulatorConfig(visibility_lag=timedelta(seconds=-1))

"""The emulator's time can be held, and moved on by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from carrierx.emulator import Emulator, EmulatorClock
from tests.emulator.helpers import START, accept, fetch
from tests.support.clocks import SteppingClock


def seconds_on(clock: EmulatorClock) -> float:
    return (clock.now() - START).total_seconds()


def test_a_clock_runs_by_its_source() -> None:
    source = SteppingClock(START)
    clock = EmulatorClock(source.now)
    source.advance(5)

    assert (clock(), clock.now(), clock.held) == (source.now(), source.now(), False)


def test_a_held_clock_stands_still_and_moves_when_it_is_stepped() -> None:
    source = SteppingClock(START)
    clock = EmulatorClock(source.now)
    clock.hold()
    source.advance(60)
    assert (seconds_on(clock), clock.held) == (0, True)

    clock.step(1.5)
    clock.step(0)
    assert seconds_on(clock) == 1.5


def test_a_released_clock_runs_on_from_the_time_that_it_showed() -> None:
    source = SteppingClock(START)
    clock = EmulatorClock(source.now)
    clock.hold()
    clock.step(10)
    source.advance(60)
    clock.release()
    assert (seconds_on(clock), clock.held) == (10, False)

    source.advance(1)
    clock.release()
    clock.step(2)
    assert seconds_on(clock) == 13


def test_holding_a_held_clock_changes_nothing() -> None:
    source = SteppingClock(START)
    clock = EmulatorClock(source.now)
    clock.hold()
    source.advance(60)
    clock.hold()

    assert seconds_on(clock) == 0


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
@pytest.mark.parametrize("held", [True, False])
def test_a_clock_never_goes_back(seconds: float, held: bool) -> None:
    clock = EmulatorClock(SteppingClock(START).now)
    if held:
        clock.hold()

    with pytest.raises(ValueError, match="finite number, 0 or more"):
        clock.step(seconds)

    assert seconds_on(clock) == 0


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("seconds", [300_000_000_000, 1e300])
def test_a_clock_is_not_stepped_past_the_last_year(seconds: float, held: bool) -> None:
    clock = EmulatorClock(SteppingClock(START).now)
    if held:
        clock.hold()
    with pytest.raises(OverflowError):
        clock.step(seconds)

    assert (seconds_on(clock), clock.held) == (0, held)


def test_a_message_moves_on_when_the_emulator_s_clock_is_stepped() -> None:
    with Emulator() as emulator:
        emulator.clock.hold()
        sid = accept(emulator)["message_sid"]
        statuses = [fetch(emulator, sid)["status"]]
        for seconds in (1, 2):
            emulator.clock.step(seconds)
            statuses.append(fetch(emulator, sid)["status"])

    assert statuses == ["queued", "sent", "delivered"]


def test_an_emulator_keeps_the_clock_that_it_is_given() -> None:
    clock = EmulatorClock(SteppingClock(START).now)
    with Emulator(clock=clock) as emulator:
        assert emulator.clock is clock


def test_an_emulator_s_clock_runs_by_any_callable() -> None:
    source = SteppingClock(START)
    with Emulator(clock=source.now) as emulator:
        source.advance(1)
        emulator.clock.step(1)

        assert seconds_on(emulator.clock) == 2


def test_by_default_an_emulator_tells_the_time_of_this_machine() -> None:
    with Emulator() as emulator:
        before = datetime.now(START.tzinfo)
        told = emulator.clock.now()

    assert timedelta(0) <= told - before < timedelta(hours=1)

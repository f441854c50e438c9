"""A client's clock in tests shows the emulator's time, and its waits move that on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from carrierx import Clock
from carrierx.emulator import EmulatorClock
from carrierx.testing import SteppingClock

START = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def time() -> EmulatorClock:
    clock = EmulatorClock(lambda: START)
    clock.hold()
    return clock


@pytest.fixture
def clock(time: EmulatorClock) -> SteppingClock:
    return SteppingClock(time)


def test_it_shows_the_emulators_time(clock: SteppingClock, time: EmulatorClock) -> None:
    before = clock.monotonic()

    time.step(1.5)

    assert clock.now() == START + timedelta(seconds=1.5)
    assert clock.monotonic() - before == 1.5


def test_a_wait_steps_a_held_clock(clock: SteppingClock, time: EmulatorClock) -> None:
    clock.sleep(60)

    assert time.now() == START + timedelta(minutes=1)


async def test_an_async_wait_steps_a_held_clock(clock: SteppingClock, time: EmulatorClock) -> None:
    await clock.sleep_async(60)

    assert time.now() == START + timedelta(minutes=1)


async def test_tasks_that_wait_together_wait_at_the_same_time(clock: SteppingClock, time: EmulatorClock) -> None:
    await asyncio.gather(*(clock.sleep_async(seconds) for seconds in (1, 3, 2)))

    assert time.now() == START + timedelta(seconds=3)


async def test_a_wait_gives_way_to_other_tasks(clock: SteppingClock) -> None:
    done = asyncio.Event()
    task = asyncio.create_task(asyncio.sleep(0))
    task.add_done_callback(lambda _: done.set())

    while not done.is_set():
        await clock.sleep_async(1)


async def test_a_running_clock_is_waited_on(
    clock: SteppingClock, time: EmulatorClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def wait(self: Clock, seconds: float) -> None:
        waited.append(seconds)

    async def wait_async(self: Clock, seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(Clock, "sleep", wait)
    monkeypatch.setattr(Clock, "sleep_async", wait_async)
    time.release()

    clock.sleep(1)
    await clock.sleep_async(2)

    assert waited == [1, 2]
    assert time.now() == START

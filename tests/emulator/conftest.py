"""Fixtures of the emulator's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.emulator.helpers import START, make_emulator
from tests.support.clocks import SteppingClock


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock(START)


@pytest.fixture
def emulator(clock: SteppingClock) -> Iterator[Emulator]:
    with make_emulator(clock=clock) as made:
        yield made


@pytest.fixture
def strict_emulator(clock: SteppingClock) -> Iterator[Emulator]:
    """An emulator that refuses unknown query parameters."""
    with make_emulator(EmulatorConfig(strict_query=True), clock) as made:
        yield made

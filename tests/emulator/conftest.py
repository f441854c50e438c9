"""Fixtures of the emulator's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carrierx.emulator import Emulator
from tests.emulator.helpers import Clock, make_emulator


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def emulator(clock: Clock) -> Iterator[Emulator]:
    with make_emulator(clock=clock) as made:
        yield made

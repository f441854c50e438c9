"""Fixtures of the tests of the control API."""

from __future__ import annotations

import pytest

from carrierx.emulator import Emulator
from tests.emulator.control.helpers import Control


@pytest.fixture
def control(emulator: Emulator) -> Control:
    return Control(emulator)

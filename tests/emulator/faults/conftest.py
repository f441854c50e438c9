"""Fixtures of the faults' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carrierx.emulator import Emulator, RunningEmulator, serve


@pytest.fixture
def running(emulator: Emulator) -> Iterator[RunningEmulator]:
    with serve(emulator) as made:
        yield made

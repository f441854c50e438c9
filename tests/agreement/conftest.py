"""What the tests of agreement share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.support.fixtures import factory

__all__ = ["factory"]


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One emulator for all: it keeps what it accepts, and nothing of that plays a part."""
    with Emulator(EmulatorConfig(strict_query=True)) as started:
        yield started

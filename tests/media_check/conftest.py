"""Fixtures of the media check's tests: every test runs against both checkers, or both kinds of client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.media_check.checkers import Checkers
from tests.support.fixtures import factory

__all__ = ["checkers", "emulator", "factory"]


@pytest.fixture(params=["sync", "async"])
def checkers(request: pytest.FixtureRequest) -> Checkers:
    return Checkers(request.param)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator in real time."""
    with Emulator(EmulatorConfig(strict_query=True)) as made:
        yield made

"""Fixtures of the tests of many sends: every test runs against both kinds of client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.support.fixtures import factory

__all__ = ["emulator", "factory"]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator in real time."""
    with Emulator(EmulatorConfig(strict_query=True)) as made:
        yield made

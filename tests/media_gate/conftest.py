"""Fixtures of the media check's tests: every test runs against both twins."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from carrierx.emulator import Emulator
from tests.client.twins import Twin


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as made:
        yield made


@pytest.fixture(params=["sync", "async"])
def twin(request: pytest.FixtureRequest) -> Iterator[Twin]:
    with asyncio.Runner() as runner:
        made = Twin(request.param, runner)
        yield made
        made.close()

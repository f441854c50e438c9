"""Fixtures of the media check's tests: every test runs against both kinds of client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from carrierx.emulator import Emulator
from tests.client.client_factory import ClientFactory


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as made:
        yield made


@pytest.fixture(params=["sync", "async"])
def factory(request: pytest.FixtureRequest) -> Iterator[ClientFactory]:
    with asyncio.Runner() as runner:
        made = ClientFactory(request.param, runner)
        yield made
        made.close()

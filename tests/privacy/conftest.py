"""Fixtures of the tests about privacy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.privacy.senders import INJECTED_WAYS, WAYS, Senders
from tests.privacy.watching import Watch, watching
from tests.support.fixtures import clean_environment, clock, factory

__all__ = ["clean_environment", "clock", "factory", "injecting", "senders", "watch"]


@pytest.fixture
def watch() -> Iterator[Watch]:
    with watching() as made:
        yield made


@pytest.fixture(params=WAYS)
def senders(request: pytest.FixtureRequest) -> Iterator[Senders]:
    with asyncio.Runner() as runner:
        made = Senders(request.param, runner)
        yield made
        made.close()


@pytest.fixture(params=INJECTED_WAYS)
def injecting(request: pytest.FixtureRequest) -> Iterator[Senders]:
    with asyncio.Runner() as runner:
        made = Senders(request.param, runner)
        yield made
        made.close()

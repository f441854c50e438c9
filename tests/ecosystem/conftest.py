"""Fixtures of the tests with other people's tools."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.privacy.senders import Senders
from tests.support.fault_server import FaultServer
from tests.support.fixtures import clean_environment, clock

__all__ = ["clean_environment", "clock", "senders", "server"]

WAYS = ("own", "own async", "httpx", "httpx async")


@pytest.fixture(params=WAYS)
def senders(request: pytest.FixtureRequest) -> Iterator[Senders]:
    """Clients with their own connections, or with an injected client of httpx."""
    with asyncio.Runner() as runner:
        made = Senders(request.param, runner)
        yield made
        made.close()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Takes every message that isn't mocked, and counts the connections."""
    with FaultServer() as made:
        yield made

"""Fixtures of the tests of telemetry."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

from tests.privacy.senders import Senders
from tests.support.fault_server import FaultServer
from tests.support.fixtures import clean_environment, clock, emulator, factory
from tests.telemetry.recording import Recording

__all__ = ["clean_environment", "clock", "emulator", "factory", "instrumented", "recording", "senders", "server"]

WAYS = ("own", "own async", "aiohttp async", "httpx", "httpx async")


@pytest.fixture
def recording() -> Iterator[Recording]:
    made = Recording()
    yield made
    made.close()


@pytest.fixture
def instrumented(recording: Recording) -> Iterator[None]:
    """OpenTelemetry's own instrumentation of httpx is on, and its spans are recorded with ours."""
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=recording.tracer_provider)
    yield
    instrumentor.uninstrument()


@pytest.fixture(params=WAYS)
def senders(request: pytest.FixtureRequest) -> Iterator[Senders]:
    with asyncio.Runner() as runner:
        made = Senders(request.param, runner)
        yield made
        made.close()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Accepts every message, until a test says otherwise."""
    with FaultServer() as made:
        yield made

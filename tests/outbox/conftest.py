"""An outbox in a file of its own, a served emulator, and clients of it."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, SendMessageRequest
from carrierx.emulator import DEMO_TOKEN, Emulator, serve
from carrierx.outbox import Outbox, OutboxEvent, OutboxSettings

FAST = OutboxSettings(
    send_timeout=2.0,
    lease=4.0,
    margin=0.2,
    claim_timeout=1.0,
    acceptance_delay=0.1,
    visibility_lag=0.1,
    server_idle=2.0,
    clock_step=0.0,
    lookup_interval=0.1,
    poll_interval=0.02,
    first_backoff=0.05,
    shutdown_wait=0.5,
)
"""Times of a world in which everything is near and quick."""


@pytest.fixture
def events() -> list[OutboxEvent]:
    return []


@pytest.fixture
def outbox(tmp_path: Path, events: list[OutboxEvent]) -> Iterator[Outbox]:
    with Outbox(f"sqlite:///{tmp_path}/texts.db", settings=FAST, on_event=events.append) as made:
        made.create_schema()
        yield made


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as made:
        yield made


@pytest.fixture
def base_url(emulator: Emulator) -> Iterator[str]:
    with serve(emulator) as running:
        yield running.base_url


@pytest.fixture
def client(base_url: str) -> Iterator[CarrierXClient]:
    with CarrierXClient(DEMO_TOKEN, base_url=base_url) as made:
        yield made


@pytest.fixture
async def async_client(base_url: str) -> AsyncIterator[AsyncCarrierXClient]:
    async with AsyncCarrierXClient(DEMO_TOKEN, base_url=base_url) as made:
        yield made


@pytest.fixture
def message() -> Callable[..., SendMessageRequest]:
    def make(text: str = "Your order is on its way", to: str = "15162065574") -> SendMessageRequest:
        return SendMessageRequest(from_="15162065575", to=to, message=text)

    return make

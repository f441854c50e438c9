"""What a filter says is what the emulator finds, whatever stands in its value."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from carrierx import CarrierXClient, InvalidArgumentError, where
from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, EmulatorTransport

TRICKY = [
    "salt and pepper",
    'x" and status eq "queued',
    "O'Hara",
    "a eq 1 and b eq 2",
    "and",
    "% _ \\",
    "a+b&c=d#e",
]


@pytest.fixture
def fresh() -> Iterator[Emulator]:
    with Emulator(EmulatorConfig(strict_query=True)) as started:
        started.clock.hold()  # so that what is queued stays so, however slow the machine is
        yield started


@pytest.fixture
def client(fresh: Emulator) -> Iterator[CarrierXClient]:
    with CarrierXClient(DEMO_TOKEN, http_client=httpx.Client(transport=EmulatorTransport(fresh))) as made:
        yield made


@pytest.mark.parametrize("value", TRICKY)
def test_a_value_is_a_value_whatever_it_holds(client: CarrierXClient, value: str) -> None:
    for user_data in (*TRICKY, "another"):
        client.messages.send(from_="15162065575", to="15162065574", message="Hello", user_data=user_data)

    found = client.messages.list(filter=where("user_data").eq(value) & where("status").eq("queued"))

    assert [message.user_data for message in found] == [value]


def test_a_value_that_no_quotes_can_hold_never_leaves(client: CarrierXClient, fresh: Emulator) -> None:
    with pytest.raises(InvalidArgumentError):
        client.messages.list(filter=where("user_data").eq("both ' and \""))

    assert fresh.requests_seen == ()

"""Test your code with the emulator in the same process: no socket, no mocks, and CarrierX's documented rules.

    pytest examples/testing/test_with_emulator.py

You need pytest and pytest-asyncio. The emulator in the same process needs no extra.
"""

from collections.abc import Iterator

import httpx
import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, ObjectValidationError
from carrierx.emulator import DEMO_TOKEN, AsyncEmulatorTransport, Emulator, EmulatorConfig, EmulatorTransport


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    # Only this number may send, as with a real account.
    with Emulator(EmulatorConfig(enabled_numbers=frozenset({"15162065575"}))) as made:
        yield made


@pytest.fixture
def client(emulator: Emulator) -> Iterator[CarrierXClient]:
    with httpx.Client(transport=EmulatorTransport(emulator)) as http_client:
        yield CarrierXClient(DEMO_TOKEN, http_client=http_client)


def test_a_message_arrives(client: CarrierXClient, emulator: Emulator) -> None:
    message = client.messages.send(from_="15162065575", to="+1 516-206-5574", message="Hello", reference="order-17")

    assert message.status == "queued"
    [received] = emulator.messages
    assert (received["to"], received["message"], received["user_data"]) == ("15162065574", "Hello", "order-17")


def test_a_message_is_found_by_its_reference(client: CarrierXClient) -> None:
    sent = client.messages.send(from_="15162065575", to="15162065574", message="Hello", reference="order-17")

    assert client.messages.reconcile("order-17") == sent


def test_a_number_that_may_not_send_is_refused(client: CarrierXClient, emulator: Emulator) -> None:
    with pytest.raises(ObjectValidationError) as caught:
        client.messages.send(from_="15162065570", to="15162065574", message="Hello")

    assert not caught.value.safe_to_resend
    assert emulator.messages == []


@pytest.mark.asyncio
async def test_a_message_arrives_with_asyncio(emulator: Emulator) -> None:
    async with httpx.AsyncClient(transport=AsyncEmulatorTransport(emulator)) as http_client:
        client = AsyncCarrierXClient(DEMO_TOKEN, http_client=http_client)
        await client.messages.send(from_="15162065575", to="15162065574", message="Hello")

    assert [message["message"] for message in emulator.messages] == ["Hello"]

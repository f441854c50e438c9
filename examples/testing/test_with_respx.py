"""Test your code with respx: you write CarrierX's responses, and no request leaves your machine.

    pytest examples/testing/test_with_respx.py

You need pytest, pytest-asyncio and the extra `testing`.
"""

import json
from collections.abc import Iterator

import pytest
import respx

from carrierx import AsyncCarrierXClient, CarrierXClient, SendMessageRequest, UnconfirmedSendError

# This host doesn't exist, so a test that forgets to mock can't send anything.
BASE_URL = "https://carrierx.invalid/core/v2"


def reminder(phone: str) -> SendMessageRequest:
    """Example of the code that you test."""
    return SendMessageRequest(from_="15162065575", to=phone, message="Your table is ready at 7.")


@pytest.fixture
def send_route() -> Iterator[respx.Route]:
    with respx.mock:
        yield respx.post(f"{BASE_URL}/sms/messages").respond(json={"message_sid": "097b49df", "status": "queued"})


def test_the_right_message_is_sent(send_route: respx.Route) -> None:
    with CarrierXClient("test-token", base_url=BASE_URL) as client:
        message = client.messages.send(reminder("+1 516-206-5574"))

    assert message.message_sid == "097b49df"
    assert json.loads(send_route.calls.last.request.content) == {
        "from": "15162065575",
        "to": "15162065574",
        "message": "Your table is ready at 7.",
    }


@pytest.mark.asyncio
async def test_the_right_message_is_sent_with_asyncio(send_route: respx.Route) -> None:
    async with AsyncCarrierXClient("test-token", base_url=BASE_URL) as client:
        message = await client.messages.send(reminder("15162065574"))

    assert message.status == "queued"
    assert json.loads(send_route.calls.last.request.content)["to"] == "15162065574"


def test_a_500_leaves_the_outcome_unknown(send_route: respx.Route) -> None:
    send_route.respond(500)

    with (
        CarrierXClient("test-token", base_url=BASE_URL) as client,
        pytest.raises(UnconfirmedSendError) as caught,
    ):
        client.messages.send(reminder("15162065574"), reference="reminder-17")

    assert caught.value.reference == "reminder-17"
    assert send_route.call_count == 1  # the client didn't resend it


@pytest.mark.asyncio
async def test_a_500_leaves_the_outcome_unknown_with_asyncio(send_route: respx.Route) -> None:
    send_route.respond(500)

    async with AsyncCarrierXClient("test-token", base_url=BASE_URL) as client:
        with pytest.raises(UnconfirmedSendError):
            await client.messages.send(reminder("15162065574"))

    assert send_route.call_count == 1

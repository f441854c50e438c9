"""Test your code with the pytest plugin of carrierx: each test gets its own emulator, and you need no account.

    pytest examples/testing/test_with_plugin.py

You need the extra `testing`, and pytest-asyncio or anyio for the async test. pytest loads the fixtures
`carrierx_emulator`, `carrierx_client` and `carrierx_async_client` automatically.
"""

import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, UnconfirmedSendError
from carrierx.testing import EmulatorForTests, assert_nothing_sent, assert_sent_once


class Reminders:
    """Example of the code that you test."""

    def __init__(self, client: CarrierXClient) -> None:
        self._client = client

    def remind(self, phone: str, time: str) -> str:
        """Send a reminder and return the SID of its message."""
        text = f"Your table is ready at {time}."
        return self._client.messages.send(from_="15162065575", to=phone, message=text, reference="table-17").message_sid

    def arrived(self, message_sid: str) -> bool:
        """Return whether a reminder was delivered."""
        return self._client.messages.get(message_sid).status == "delivered"


@pytest.fixture
def reminders(carrierx_client: CarrierXClient) -> Reminders:
    return Reminders(carrierx_client)


def test_a_guest_is_reminded(reminders: Reminders, carrierx_emulator: EmulatorForTests) -> None:
    reminders.remind("+1 516-206-5574", "7")

    assert carrierx_emulator.messages.to("15162065574").last.message == "Your table is ready at 7."


def test_a_reminder_arrives(reminders: Reminders, carrierx_emulator: EmulatorForTests) -> None:
    message_sid = reminders.remind("15162065574", "7")
    assert not reminders.arrived(message_sid)

    carrierx_emulator.clock.step(5)  # seconds, without waiting

    assert reminders.arrived(message_sid)


def test_a_busy_carrier_gets_a_retry(reminders: Reminders, carrierx_emulator: EmulatorForTests) -> None:
    carrierx_emulator.faults.answer(429, retry_after=30, times=1)

    reminders.remind("15162065574", "7")

    assert_sent_once(carrierx_emulator, to="15162065574", containing="at 7")


def test_a_lost_response_leaves_one_text_sent(reminders: Reminders, carrierx_emulator: EmulatorForTests) -> None:
    carrierx_emulator.faults.lose_answer(times=1)

    with pytest.raises(UnconfirmedSendError) as caught:
        reminders.remind("15162065574", "7")

    assert caught.value.reference == "table-17"
    assert_sent_once(carrierx_emulator, reference="table-17")


@pytest.mark.carrierx_emulator(enabled_numbers={"15162065570"})
def test_a_number_that_may_not_send_sends_nothing(reminders: Reminders, carrierx_emulator: EmulatorForTests) -> None:
    with pytest.raises(Exception, match="422"):
        reminders.remind("15162065574", "7")

    assert_nothing_sent(carrierx_emulator)


@pytest.mark.asyncio
async def test_a_message_arrives_with_asyncio(
    carrierx_async_client: AsyncCarrierXClient, carrierx_emulator: EmulatorForTests
) -> None:
    sent = await carrierx_async_client.messages.send(from_="15162065575", to="15162065574", message="Hello")

    # The client's wait steps the emulator's clock, so this takes no real time.
    await carrierx_async_client.messages.wait(sent.message_sid, until={"delivered"})

    assert carrierx_emulator.messages.only.status == "delivered"

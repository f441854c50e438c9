"""A test's emulator fails as it is told to, and what a client waits meanwhile passes on the emulator's clock alone."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal

import httpx
import pytest

from carrierx import (
    AcceptedWithoutReceiptError,
    AsyncCarrierXClient,
    CarrierXClient,
    Clock,
    Message,
    Outcome,
    RateLimitError,
    UnconfirmedSendError,
)
from carrierx.testing import EmulatorForTests, assert_nothing_sent, assert_sent_once, respx_router
from tests.testing.texts import OURS, THEIRS, send

Sender = Callable[[], Awaitable[Message]]


@pytest.fixture(autouse=True)
def no_real_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Clock, seconds: float) -> None:
        raise AssertionError(f"{seconds} seconds of real time would have been waited")

    monkeypatch.setattr(Clock, "sleep", refuse)
    monkeypatch.setattr(Clock, "sleep_async", refuse)


@pytest.fixture(params=["sync", "async"])
def sender(request: pytest.FixtureRequest, carrierx_emulator: EmulatorForTests) -> Sender:
    """Sends with the client of either fixture."""
    name: Literal["carrierx_client", "carrierx_async_client"] = (
        "carrierx_client" if request.param == "sync" else "carrierx_async_client"
    )
    client: Any = request.getfixturevalue(name)

    async def send_one() -> Message:
        given = client.messages.send(from_=OURS, to=THEIRS, message="Hello", reference="order-17")
        sent: Message = await given if inspect.isawaitable(given) else given
        return sent

    return send_one


async def test_too_many_requests_are_waited_out(sender: Sender, carrierx_emulator: EmulatorForTests) -> None:
    before = carrierx_emulator.clock.now()
    carrierx_emulator.faults.answer(429, retry_after=30, times=1)

    sent = await sender()

    assert assert_sent_once(carrierx_emulator) == sent
    assert carrierx_emulator.clock.now() == before + timedelta(seconds=30)
    assert len(carrierx_emulator.requests) == 2


async def test_a_client_gives_up_in_the_end(sender: Sender, carrierx_emulator: EmulatorForTests) -> None:
    carrierx_emulator.faults.answer(429)

    with pytest.raises(RateLimitError):
        await sender()

    assert len(carrierx_emulator.requests) == 3
    assert_nothing_sent(carrierx_emulator)


async def test_a_lost_answer_is_found_again(
    sender: Sender, carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient
) -> None:
    carrierx_emulator.faults.lose_answer(path="/sms/messages", method="POST", times=1)

    with pytest.raises(UnconfirmedSendError) as caught:
        await sender()

    sent = assert_sent_once(carrierx_emulator, reference="order-17")
    assert caught.value.outcome is Outcome.UNKNOWN
    found = carrierx_client.messages.reconcile("order-17")
    assert found is not None
    assert found.message_sid == sent.message_sid


async def test_an_answer_breaks_off(sender: Sender, carrierx_emulator: EmulatorForTests) -> None:
    carrierx_emulator.faults.truncate_answer(times=1)

    with pytest.raises(AcceptedWithoutReceiptError):
        await sender()

    assert_sent_once(carrierx_emulator, reference="order-17")


async def test_an_answer_comes_too_late(sender: Sender, carrierx_emulator: EmulatorForTests) -> None:
    before = carrierx_emulator.clock.now()
    carrierx_emulator.faults.delay(600, times=1)

    with pytest.raises(UnconfirmedSendError):
        await sender()

    assert carrierx_emulator.clock.now() == before + timedelta(seconds=30)
    assert_sent_once(carrierx_emulator, reference="order-17")


async def test_an_answer_comes_late(sender: Sender, carrierx_emulator: EmulatorForTests) -> None:
    before = carrierx_emulator.clock.now()
    carrierx_emulator.faults.delay(20, times=1)

    await sender()

    assert carrierx_emulator.clock.now() == before + timedelta(seconds=20)


def test_one_number_is_in_trouble(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    carrierx_emulator.faults.answer(500, number=THEIRS)

    with pytest.raises(UnconfirmedSendError):
        send(carrierx_client)
    send(carrierx_client, to="15162065570")

    assert_nothing_sent(carrierx_emulator, to=THEIRS)


def test_faults_strike_clients_of_their_own_making(carrierx_emulator: EmulatorForTests) -> None:
    carrierx_emulator.faults.answer(429, retry_after=30, times=1)
    carrierx_emulator.faults.lose_answer(times=1)
    client = CarrierXClient(
        carrierx_emulator.token, base_url=carrierx_emulator.base_url, clock=carrierx_emulator.client_clock
    )

    with client, pytest.raises(UnconfirmedSendError):
        send(client, reference="order-17")

    assert_sent_once(carrierx_emulator, reference="order-17")


@pytest.mark.parametrize("base_url", ["https://carrierx.invalid/core/v2", "https://carrierx.invalid/api"])
def test_faults_strike_through_the_router(carrierx_emulator: EmulatorForTests, base_url: str) -> None:
    carrierx_emulator.faults.truncate_answer(times=1)
    carrierx_emulator.faults.delay(5, times=1)
    with respx_router(carrierx_emulator, base_url=base_url), pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{base_url}/sms/messages", headers={"Authorization": "Bearer x"})


def test_another_test_meets_none(carrierx_emulator: EmulatorForTests) -> None:
    assert carrierx_emulator.faults.rules == ()


async def test_a_batch_waits_out_a_busy_carrier(
    carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient, carrierx_async_client: AsyncCarrierXClient
) -> None:
    before = carrierx_emulator.clock.now()
    requests = [{"from_": OURS, "to": THEIRS, "message": f"Number {number}"} for number in range(20)]
    carrierx_emulator.faults.answer(429, retry_after=5, times=2)
    with carrierx_client.messages.send_many(requests, concurrency=5) as batch:
        assert [result.error for result in batch if not result.ok] == []

    carrierx_emulator.faults.answer(429, retry_after=5, times=2)
    async with carrierx_async_client.messages.send_many(requests, concurrency=5) as async_batch:
        assert [result.error async for result in async_batch if not result.ok] == []

    assert len(carrierx_emulator.messages) == 40
    assert carrierx_emulator.clock.now() > before

"""What carrierx's own clients say to each fault: whether a text may be out there, and that none goes out twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TypedDict

import pytest

from carrierx import (
    AcceptedWithoutReceiptError,
    AsyncCarrierXClient,
    BadRequestError,
    CarrierXClient,
    CarrierXError,
    ConnectionFailedError,
    Message,
    Outcome,
    RetryPolicy,
    SendOutcomeUnknownError,
    UnconfirmedSendError,
)
from carrierx.emulator import DEMO_TOKEN, Emulator, FaultProxy, RunningEmulator
from tests.emulator.helpers import DID, PHONE

Send = Callable[..., Message]


class Text(TypedDict):
    from_: str
    to: str
    message: str


TEXT: Text = {"from_": DID, "to": PHONE, "message": "Hello"}
AT_ONCE = RetryPolicy(first_wait=0, max_wait=0)


@pytest.fixture(params=["sync", "async"])
def send(request: pytest.FixtureRequest) -> Send:
    """Sends a text to a base URL, with one of the clients."""

    def send_sync(base_url: str, timeout: float = 20) -> Message:
        with CarrierXClient(DEMO_TOKEN, base_url=base_url, retry_policy=AT_ONCE, timeout=timeout) as client:
            return client.messages.send(**TEXT)

    async def send_async(base_url: str, timeout: float) -> Message:
        async with AsyncCarrierXClient(DEMO_TOKEN, base_url=base_url, retry_policy=AT_ONCE, timeout=timeout) as client:
            return await client.messages.send(**TEXT)

    def send_in_loop(base_url: str, timeout: float = 20) -> Message:
        return asyncio.run(send_async(base_url, timeout))

    return send_sync if request.param == "sync" else send_in_loop


@pytest.fixture
def proxy(running: RunningEmulator) -> Iterator[FaultProxy]:
    with FaultProxy(running.base_url) as made:
        yield made


def requests(emulator: Emulator) -> int:
    return len(emulator.requests_seen)


def test_a_lost_answer_leaves_it_open_and_the_text_is_there_once(
    send: Send, running: RunningEmulator, emulator: Emulator
) -> None:
    emulator.faults.lose_answer()

    with pytest.raises(SendOutcomeUnknownError) as caught:
        send(running.base_url)

    assert (caught.value.outcome, caught.value.safe_to_resend) == (Outcome.UNKNOWN, False)
    assert (len(emulator.messages), requests(emulator)) == (1, 1)


def test_a_truncated_answer_means_accepted_without_a_receipt(
    send: Send, running: RunningEmulator, emulator: Emulator
) -> None:
    emulator.faults.truncate_answer()

    with pytest.raises(AcceptedWithoutReceiptError):
        send(running.base_url)

    assert (len(emulator.messages), requests(emulator)) == (1, 1)


def test_a_garbled_answer_is_no_receipt(send: Send, running: RunningEmulator, emulator: Emulator) -> None:
    emulator.faults.garble_answer()

    with pytest.raises(UnconfirmedSendError):
        send(running.base_url)

    assert (len(emulator.messages), requests(emulator)) == (1, 1)


@pytest.mark.parametrize("retry_after", [None, 0])
def test_a_503_leaves_it_open_and_is_not_sent_again(
    send: Send, running: RunningEmulator, emulator: Emulator, retry_after: int | None
) -> None:
    emulator.faults.answer(503, retry_after=retry_after)

    with pytest.raises(SendOutcomeUnknownError):
        send(running.base_url)

    assert (emulator.messages, requests(emulator)) == ([], 1)


def test_a_429_is_sent_again_and_the_text_is_there_once(
    send: Send, running: RunningEmulator, emulator: Emulator
) -> None:
    emulator.faults.answer(429, retry_after=0, times=2)

    assert send(running.base_url).message_sid == emulator.messages[0]["message_sid"]
    assert (len(emulator.messages), requests(emulator)) == (1, 3)


def test_an_error_answer_is_one(send: Send, running: RunningEmulator, emulator: Emulator) -> None:
    emulator.faults.answer(400, number=PHONE)

    with pytest.raises(BadRequestError):
        send(running.base_url)

    assert (emulator.messages, requests(emulator)) == ([], 1)


def test_an_answer_that_is_too_late_leaves_it_open(send: Send, running: RunningEmulator, emulator: Emulator) -> None:
    emulator.faults.delay(3600)

    with pytest.raises(SendOutcomeUnknownError):
        send(running.base_url, timeout=3)

    assert (len(emulator.messages), requests(emulator)) == (1, 1)


def test_a_refused_connection_proves_that_nothing_was_sent(send: Send, proxy: FaultProxy, emulator: Emulator) -> None:
    proxy.refuse()

    with pytest.raises(ConnectionFailedError) as caught:
        send(proxy.base_url)

    assert (caught.value.outcome, caught.value.safe_to_resend) == (Outcome.NOT_SENT, True)
    assert requests(emulator) == 0


def test_a_reset_on_accept_reaches_nobody(send: Send, proxy: FaultProxy, emulator: Emulator) -> None:
    proxy.reset_on_accept()

    with pytest.raises(CarrierXError) as caught:
        send(proxy.base_url)

    # Which of the two depends on whether the reset comes before the request is written.
    assert caught.value.outcome in {Outcome.NOT_SENT, Outcome.UNKNOWN}
    assert requests(emulator) == 0


@pytest.mark.parametrize("forward", [False, True])
def test_a_connection_that_closes_after_reading_leaves_it_open(
    send: Send, proxy: FaultProxy, emulator: Emulator, forward: bool
) -> None:
    proxy.close_after_reading(forward=forward)

    with pytest.raises(SendOutcomeUnknownError):
        send(proxy.base_url)

    assert len(emulator.messages) == forward
    assert proxy.counts.connections == 1


def test_a_reset_in_the_request_leaves_it_open(send: Send, proxy: FaultProxy, emulator: Emulator) -> None:
    proxy.reset_in_request(after=10)  # by then all of a small body has been written

    with pytest.raises(SendOutcomeUnknownError):
        send(proxy.base_url)

    assert (emulator.messages, proxy.counts.connections) == ([], 1)


def test_a_reset_in_the_answer_means_accepted_without_a_receipt(
    send: Send, proxy: FaultProxy, emulator: Emulator
) -> None:
    proxy.reset_in_answer(after=10)

    with pytest.raises(AcceptedWithoutReceiptError):
        send(proxy.base_url)

    assert (len(emulator.messages), proxy.counts.connections) == (1, 1)


def test_silence_leaves_it_open(send: Send, proxy: FaultProxy, emulator: Emulator) -> None:
    proxy.silence()

    with pytest.raises(SendOutcomeUnknownError):
        send(proxy.base_url, timeout=2)

    assert (emulator.messages, proxy.counts.connections) == ([], 1)


def test_an_answer_that_drips_is_read_to_its_end(send: Send, proxy: FaultProxy, emulator: Emulator) -> None:
    proxy.drip(0.001, size=50)

    assert send(proxy.base_url).message_sid == emulator.messages[0]["message_sid"]

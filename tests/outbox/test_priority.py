"""A one-time code doesn't wait behind a campaign. Counted in messages, since a busy machine changes seconds."""

import threading
import time

import pytest

from carrierx import CarrierXClient, SendMessageRequest
from carrierx.emulator import Emulator
from carrierx.outbox import Outbox, OutboxMessage

QUEUED = 10_000
RATE = 40
HALF_A_SECOND = RATE // 2
"""The messages that are sent within 0.5 seconds at this rate."""


def request(text: str) -> SendMessageRequest:
    return SendMessageRequest(from_="15162065575", to="15162065574", message=text)


@pytest.mark.parametrize("concurrency", [4, 20])
def test_a_one_time_code_overtakes_a_campaign(
    outbox: Outbox, client: CarrierXClient, emulator: Emulator, concurrency: int
) -> None:
    outbox.add_many(None, [OutboxMessage(request("Our new menu"), key=f"menu {n}") for n in range(QUEUED)])
    stop = threading.Event()
    worker = threading.Thread(
        target=lambda: outbox.run(client, rate=RATE, concurrency=concurrency, until=stop), daemon=True
    )
    worker.start()

    def wait_for(count: int, text: str) -> None:
        end = time.monotonic() + 30
        while sum(each["message"] == text for each in emulator.messages) < count:
            assert time.monotonic() < end
            time.sleep(0.01)

    try:
        wait_for(10, "Our new menu")
        outbox.add(None, request("Your code"), key="code", priority=10)
        before = len(emulator.messages)
        wait_for(1, "Your code")
        texts = [each["message"] for each in emulator.messages]
    finally:
        stop.set()
        worker.join()

    assert texts.index("Your code") - before <= HALF_A_SECOND
    assert outbox.stats().depth > QUEUED - 200

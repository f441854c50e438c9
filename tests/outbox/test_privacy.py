"""No text and no complete number in events, logs, errors, a repr or the variables of frames."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest

from carrierx import CarrierXClient, CarrierXError, SendMessageRequest
from carrierx.emulator import Emulator
from carrierx.outbox import Outbox, OutboxEvent, OutboxMessage
from carrierx.outbox.ports import Claimed
from tests.support.frame_secrets import secrets_in_frames

TEXT = "The code is 739 114"
SECRETS = (TEXT, "15162065574", "15162065575", "739 114")


def assert_discreet(*texts: object) -> None:
    for text in texts:
        for secret in SECRETS:
            assert secret not in str(text)
            assert secret not in repr(text)


@pytest.fixture
def request_(message: Callable[..., SendMessageRequest]) -> SendMessageRequest:
    return message(TEXT)


def test_nothing_is_told(
    outbox: Outbox,
    client: CarrierXClient,
    emulator: Emulator,
    request_: SendMessageRequest,
    events: list[OutboxEvent],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        emulator.faults.answer(422, {"message": f"to 15162065574: {TEXT}"}, times=1, path="/sms/messages")
        emulator.faults.lose_answer(times=1, path="/sms/messages", method="POST")
        emulator.faults.answer(401, {"message": f"to 15162065574: {TEXT}"}, times=1, path="/sms/messages")
        added = outbox.add_many(None, [OutboxMessage(request_, key=f"key {n}") for n in range(4)])
        outbox.drain(client, concurrency=1)
        outbox.resume()
        outbox.drain(client, concurrency=1)

    assert_discreet(*events, caplog.text, *added, outbox, OutboxMessage(request_, key="a"), outbox.stats())
    for key in ("key 0", "key 1", "key 2", "key 3"):
        assert_discreet(outbox.get(key), *outbox.attempts(key))
    assert len(events) > 8


def test_claims_and_steps_show_nothing(outbox: Outbox, request_: SendMessageRequest) -> None:
    claimed = Claimed(1, "a", "reference", request_.model_dump_json(by_alias=True), "token-1", 1, 0.0, 0.0, False, None)

    assert_discreet(claimed)
    assert "token-1" not in repr(claimed)


@pytest.mark.parametrize("what", ["conflict", "expired", "connection", "key"])
def test_errors_and_their_frames(outbox: Outbox, request_: SendMessageRequest, what: str) -> None:
    outbox.add(None, SendMessageRequest(from_="72345", to="15162065599", message="Other"), key="a")
    attempts: dict[str, Callable[[], object]] = {
        "conflict": lambda: outbox.add(None, request_, key="a"),
        "expired": lambda: outbox.add(None, request_, key="b", expires_at=timedelta(seconds=-1)),
        "connection": lambda: outbox.add(object(), request_, key="b"),
        "key": lambda: outbox.add(None, request_, key=""),
    }
    with pytest.raises(CarrierXError) as caught:
        attempts[what]()

    assert_discreet(caught.value)
    assert secrets_in_frames(caught.value, SECRETS, module="carrierx") == []

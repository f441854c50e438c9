"""Nothing that is logged or raised holds a secret, a number or a text."""

from __future__ import annotations

import json
import logging
import sqlite3

import pytest

from carrierx import Message, NotFoundError
from carrierx.callbacks import CallbackApp, MemoryLedger, SeenStatus, callback_app
from tests.callbacks.asgi_client import SECRET, SECRETS, Inbox, ask, post
from tests.callbacks.carrier import SID, THEIRS, YOURS, inbound

TEXT = "Meet me at the lighthouse"
HIDDEN = (TEXT, "lighthouse", THEIRS, YOURS, SECRET, SECRET[:-1])


def told(caplog: pytest.LogCaptureFixture) -> str:
    """Everything that was logged, by anybody, with the arguments that a handler could see."""
    text = "\n".join(f"{logging.Formatter().format(record)} {record.args}" for record in caplog.records)
    assert [hidden for hidden in HIDDEN if hidden in text] == []
    return text


@pytest.fixture(autouse=True)
def _listen(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


async def handled(app: CallbackApp, **fields: object) -> None:
    await post(app, inbound(TEXT, **fields))
    await app.drain()


class SpeakingError(Exception):
    """An error whose words hold everything."""

    def __init__(self) -> None:
        super().__init__(f"{TEXT} {THEIRS} {YOURS}")


async def test_a_handler_that_fails_is_told_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    def handle(message: Message) -> None:
        raise SpeakingError from ValueError(TEXT)

    await handled(callback_app(handle, secrets=SECRETS, retry_waits=(0.0,)), message_sid=SID)
    text = told(caplog)

    assert f"callback {SID}: SpeakingError was raised; retry in 0 s" in text
    assert f"callback {SID}: given up, SpeakingError was raised" in text
    assert "in handle\n    raise SpeakingError" in text


async def test_refused_requests_are_told(caplog: pytest.LogCaptureFixture) -> None:
    app = callback_app(Inbox(), secrets=SECRETS, body_limit=1000)
    bodies = (TEXT.encode(), json.dumps({"message": TEXT, "from": THEIRS}).encode(), TEXT.encode() * 100)
    answers = [await ask(app, body) for body in bodies]
    await ask(app, path=f"/{SECRET[:-1]}")
    await ask(app, method="GET", query=f"text={TEXT}")

    assert [answer.status for answer in answers] == [400, 400, 413]
    assert told(caplog).count("request refused: ") == 4
    assert not any(hidden in str(answers) for hidden in HIDDEN)


async def test_what_is_dropped_is_told(caplog: pytest.LogCaptureFixture) -> None:
    def contradict(message_sid: str) -> Message:
        return Message.model_validate({**inbound("other"), "message_sid": message_sid, "from": YOURS})

    def miss(message_sid: str) -> Message:
        raise NotFoundError(TEXT, status_code=404, message=TEXT)

    for read in (contradict, miss):
        await handled(callback_app(Inbox(), secrets=SECRETS, confirm=read, retry_waits=()), message_sid=SID)
    text = told(caplog)

    assert "dropped, CarrierX has a different message with its SID (from, message)" in text
    assert "dropped, CarrierX doesn't know the message" in text


class SpeakingLedger(MemoryLedger):
    def record(self, message: Message) -> SeenStatus:
        raise sqlite3.OperationalError(TEXT)


async def test_a_full_queue_and_a_broken_ledger_are_told(caplog: pytest.LogCaptureFixture) -> None:
    await handled(callback_app(Inbox(), secrets=SECRETS, ledger=SpeakingLedger()), message_sid=SID)
    inbox = Inbox()
    inbox.gate.clear()
    full = callback_app(inbox, secrets=SECRETS, queue_size=1, drain_seconds=0.05)
    for _ in range(2):
        await post(full, inbound(TEXT))
    await full.drain()
    text = told(caplog)

    assert f"callback {SID}: answered 503, the ledger raised OperationalError" in text
    assert "answered 503, the queue is full" in text
    assert "interrupted; it is not retried" in text


@pytest.mark.parametrize("sid", ["15162065574", "lighthouse", f"{SID}\n2026 forged line", "x" * 1000])
async def test_a_sid_that_is_none_is_not_shown(caplog: pytest.LogCaptureFixture, sid: str) -> None:
    await handled(callback_app(Inbox(ValueError("x")), secrets=SECRETS, retry_waits=()), message_sid=sid)

    assert "callback (not a UUID): given up" in told(caplog)


async def test_the_good_path_is_silent_above_debug(caplog: pytest.LogCaptureFixture) -> None:
    await handled(callback_app(Inbox(), secrets=SECRETS))

    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []
    assert "new" in told(caplog)

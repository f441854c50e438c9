"""What the application answers, and that it answers at once."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from carrierx import ConfigurationError, Message
from carrierx.callbacks import (
    CallbackApp,
    MemoryLedger,
    SecretPath,
    SeenStatus,
    SQLiteLedger,
    callback_app,
    new_secret,
)
from tests.callbacks.asgi_client import SECRET, SECRETS, Inbox, ask, post, until
from tests.callbacks.carrier import SID, inbound, legacy, status_update

HELLO = json.dumps(inbound("Hello")).encode()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def app(inbox: Inbox) -> CallbackApp:
    return callback_app(inbox, secrets=SECRETS)


async def test_a_callback_is_taken_and_handed_over(app: CallbackApp, inbox: Inbox) -> None:
    answer = await ask(app, HELLO)
    await app.drain()

    assert (answer.status, answer.body) == (200, {"status": "accepted"})
    assert answer.headers["content-type"] == "application/json"
    assert inbox.texts == ["Hello"]
    assert (app.counts.accepted, app.counts.handled, app.pending) == (1, 1, 0)


async def test_it_answers_before_the_work_is_done(app: CallbackApp, inbox: Inbox) -> None:
    inbox.gate.clear()
    assert await post(app, inbound()) == 200
    assert (inbox.messages, app.pending) == ([], 1)

    inbox.gate.set()
    await until(lambda: inbox.messages)


async def test_a_duplicate_is_answered_and_not_handed_over(app: CallbackApp, inbox: Inbox) -> None:
    answers = [await ask(app, HELLO) for _ in range(3)]
    await app.drain()

    assert [answer.body["status"] for answer in answers] == ["accepted", "duplicate", "duplicate"]
    assert len(inbox.messages) == 1
    assert (app.counts.accepted, app.counts.duplicates) == (1, 2)


async def test_many_at_once_are_taken_once(app: CallbackApp, inbox: Inbox) -> None:
    answers = await asyncio.gather(*(ask(app, HELLO) for _ in range(20)))
    await app.drain()

    assert {answer.status for answer in answers} == {200}
    assert len(inbox.messages) == 1


async def test_a_late_status_is_answered_and_not_handed_over(app: CallbackApp, inbox: Inbox) -> None:
    said = [await ask(app, json.dumps(status_update(status)).encode()) for status in ("delivered", "sent")]
    await app.drain()

    assert [answer.body["status"] for answer in said] == ["accepted", "out of order"]
    assert [message.status for message in inbox.messages] == ["delivered"]
    assert app.counts.out_of_order == 1


async def test_either_naming_and_forms_are_taken(app: CallbackApp, inbox: Inbox) -> None:
    assert await post(app, legacy(inbound("old"))) == 200
    form = f"message_sid={SID}&direction=inbound&message=%C3%A9&from=15162065574".encode()
    assert (await ask(app, form, headers={"content-type": "application/x-www-form-urlencoded"})).status == 200
    await app.drain()

    assert inbox.texts == ["old", "é"]


@pytest.mark.parametrize("path", ["/", "", "/x", f"/{SECRET}/", f"/{SECRET}x", f"/{SECRET[:-1]}", "/é\ud800"])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_wrong_secret_is_not_found(app: CallbackApp, path: str, method: str) -> None:
    answer = await ask(app, HELLO, path=path, method=method)

    assert (answer.status, answer.body, answer.received) == (404, {"error": "not found"}, 0)
    assert app.counts.wrong_secret == 1


async def test_the_secret_is_the_last_part_of_any_path(app: CallbackApp) -> None:
    assert (await ask(app, HELLO, path=f"/mounted/here/{SECRET}")).status == 200


async def test_two_secrets_are_valid_during_a_rotation(inbox: Inbox) -> None:
    new = new_secret()
    app = callback_app(inbox, secrets=SecretPath(new, SECRET))

    assert [(await ask(app, HELLO, path=f"/{each}")).status for each in (new, SECRET, "x")] == [200, 200, 404]


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE", "post"])
async def test_a_wrong_method_is_not_allowed(app: CallbackApp, method: str) -> None:
    answer = await ask(app, HELLO, method=method)

    assert (answer.status, answer.headers["allow"], answer.received) == (405, "POST", 0)


async def test_a_query_string_is_read_where_it_is_allowed(app: CallbackApp, inbox: Inbox) -> None:
    query = f"message_sid={SID}&direction=outbound&status=sent"
    open_app = callback_app(inbox, secrets=SECRETS, read_query=True)

    assert (await ask(app, query=query)).status == 400
    assert (await ask(open_app, method="GET", query=query)).body == {"status": "accepted"}
    assert (await ask(open_app, query=query)).body == {"status": "duplicate"}
    assert (await ask(open_app, method="PUT")).headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The callback is empty."),
        (b"{", "The callback is neither JSON nor a form, though declared as JSON."),
        (b"\xff", "The callback is not UTF-8."),
        (b"[" * 10_000, "The callback is JSON that is nested too deeply."),
        (b"[]", "The callback is JSON, but not an object."),
        (b'{"message": "lighthouse"}', "The callback has no message_sid, or it is not a string."),
    ],
)
async def test_what_is_no_callback_is_a_bad_request(app: CallbackApp, body: bytes, said: str) -> None:
    answer = await ask(app, body, headers={"content-type": "application/json"})

    assert (answer.status, answer.body) == (400, {"error": said})
    assert app.counts.refused == 1


async def test_a_declared_length_that_is_too_large_is_not_read(app: CallbackApp) -> None:
    answer = await ask(app, [b"x" * 1000], headers={"Content-Length": "1000000"})

    assert (answer.status, answer.received) == (413, 0)


@pytest.mark.parametrize("declared", ["", "-5", "1" * 30, "ten", "\xb2"])
async def test_a_length_that_makes_no_sense_is_left_to_the_server(app: CallbackApp, declared: str) -> None:
    assert (await ask(app, HELLO, headers={"content-length": declared})).status == 200


async def test_a_megabyte_is_not_read_to_its_end(inbox: Inbox) -> None:
    app = callback_app(inbox, secrets=SECRETS, body_limit=100_000)
    answer = await ask(app, [b"x" * 10_000] * 100)

    assert (answer.status, answer.received) == (413, 11)


async def test_a_body_in_a_thousand_parts_is_read(app: CallbackApp, inbox: Inbox) -> None:
    parts = [HELLO[start : start + 1] for start in range(len(HELLO))]
    assert (await ask(app, [*parts, *[b""] * 1000], then="http.request")).status == 200
    await app.drain()

    assert inbox.texts == ["Hello"]


async def test_a_body_that_drips_is_given_up(inbox: Inbox) -> None:
    app = callback_app(inbox, secrets=SECRETS, body_seconds=0.1)
    before = time.monotonic()
    answer = await ask(app, [b" "] * 1000, pause=0.01)

    assert (answer.status, answer.body) == (408, {"error": "not complete after 0.1 s"})
    assert time.monotonic() - before < 5


async def test_half_a_body_is_no_callback(app: CallbackApp) -> None:
    answer = await ask(app, [HELLO])

    assert (answer.status, answer.body) == (0, {})
    assert app.counts.refused == 1


async def test_a_full_queue_turns_away_and_remembers_nothing(inbox: Inbox) -> None:
    app = callback_app(inbox, secrets=SECRETS, queue_size=2)
    inbox.gate.clear()
    assert [await post(app, inbound()) for _ in range(2)] == [200, 200]

    third = await ask(app, HELLO)
    assert (third.status, third.body, third.headers["retry-after"]) == (503, {"error": "busy"}, "30")
    assert app.counts.unavailable == 1

    inbox.gate.set()
    await app.drain()
    assert (await ask(app, HELLO)).body == {"status": "accepted"}
    await app.drain()
    assert len(inbox.messages) == 3


async def test_a_queue_is_never_overfilled(inbox: Inbox) -> None:
    app = callback_app(inbox, secrets=SECRETS, queue_size=5)
    inbox.gate.clear()

    statuses = await asyncio.gather(*(post(app, inbound()) for _ in range(20)))

    assert (statuses.count(200), statuses.count(503), app.pending) == (5, 15, 5)
    inbox.gate.set()
    await app.drain()


async def test_a_ledger_that_fails_turns_away(inbox: Inbox, tmp_path: Path) -> None:
    ledger = SQLiteLedger(tmp_path / "seen.db")
    app = callback_app(inbox, secrets=SECRETS, ledger=ledger, queue_size=1)
    ledger.close()

    assert [await post(app, inbound()) for _ in range(2)] == [503, 503]
    assert (inbox.messages, app.pending, app.counts.unavailable) == ([], 0, 2)


async def test_an_empty_ledger_of_the_caller_is_used(inbox: Inbox) -> None:
    ledger = MemoryLedger()
    await ask(callback_app(inbox, secrets=SECRETS, ledger=ledger), HELLO)

    assert len(ledger) == 1


class SlowLedger:
    """Takes as long to record as it is let."""

    def __init__(self) -> None:
        self.recorded = 0
        self.begun, self.let_go = threading.Event(), threading.Event()

    def record(self, message: Message) -> SeenStatus:
        self.begun.set()
        assert self.let_go.wait(10)
        self.recorded += 1
        return SeenStatus.NEW

    def forget(self, message: Message) -> None:
        raise NotImplementedError  # no test forgets


async def test_what_is_written_down_is_dealt_with_even_if_the_client_has_gone(inbox: Inbox) -> None:
    ledger = SlowLedger()
    app = callback_app(inbox, secrets=SECRETS, ledger=ledger)
    asking = asyncio.create_task(ask(app, HELLO))
    assert await asyncio.to_thread(ledger.begun.wait, 10)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    ledger.let_go.set()
    await app.drain()

    assert (ledger.recorded, inbox.texts) == (1, ["Hello"])


async def test_a_web_socket_is_closed(app: CallbackApp) -> None:
    assert (await ask(app, kind="websocket")).body == {"sent": "websocket.close"}


@pytest.mark.parametrize(
    "settings",
    [
        {"body_limit": 0},
        {"queue_size": 0},
        {"concurrency": 0},
        {"body_seconds": -1},
        {"drain_seconds": float("inf")},
        {"retry_waits": [1, float("nan")]},
    ],
)
def test_numbers_out_of_range_are_refused(inbox: Inbox, settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(settings))):
        callback_app(inbox, secrets=SECRETS, **settings)

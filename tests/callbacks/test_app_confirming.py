"""The application asks CarrierX before it hands a callback over."""

from __future__ import annotations

from typing import Any

from carrierx import ConnectionFailedError, Message, NotFoundError
from carrierx.callbacks import MessageReader, callback_app
from tests.callbacks.asgi_client import SECRETS, Inbox, post
from tests.callbacks.carrier import inbound


async def confirmed_by(read: Any, fields: dict[str, Any]) -> tuple[Inbox, Any]:
    inbox = Inbox()
    app = callback_app(inbox, secrets=SECRETS, confirm=read, retry_waits=(0.0, 0.0))
    assert await post(app, fields) == 200
    await app.drain()
    return inbox, app.counts


async def test_what_carrierx_confirms_is_handed_over() -> None:
    fields = inbound()

    async def read_async(message_sid: str) -> Message:
        return Message.model_validate(fields)

    def read_in_thread(message_sid: str) -> Message:
        return Message.model_validate(fields)

    readers: list[MessageReader] = [read_in_thread, read_async]
    for read in readers:
        inbox, counts = await confirmed_by(read, fields)
        assert (inbox.texts, counts.handled) == (["Hello"], 1)


async def test_what_carrierx_contradicts_is_dropped_at_once() -> None:
    fields, asked = inbound("STOP"), list[str]()

    def read(message_sid: str) -> Message:
        asked.append(message_sid)
        return Message.model_validate({**fields, "message": "Hello"})

    inbox, counts = await confirmed_by(read, fields)

    assert (inbox.tries, counts.unconfirmed, counts.failed) == (0, 1, 0)
    assert len(asked) == 1


async def test_what_carrierx_does_not_know_yet_is_asked_for_again() -> None:
    fields = inbound()
    known: list[Message | Exception] = [
        NotFoundError("404", status_code=404, message=""),
        ConnectionFailedError("no connection"),
        Message.model_validate(fields),
    ]

    def read(message_sid: str) -> Message:
        found = known.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    inbox, counts = await confirmed_by(read, fields)

    assert (inbox.texts, counts.handled) == (["Hello"], 1)


async def test_what_carrierx_never_knows_is_dropped() -> None:
    def read(message_sid: str) -> Message:
        raise NotFoundError("404", status_code=404, message="")

    inbox, counts = await confirmed_by(read, inbound())

    assert (inbox.tries, counts.unconfirmed) == (0, 1)

"""Confirming a callback by reading its message back."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, ConnectionFailedError, Message, NotFoundError
from carrierx.callbacks import Confirmation, ConfirmationStatus, confirm, confirm_async, parse
from carrierx.emulator import DEMO_TOKEN, AsyncEmulatorTransport, Emulator, EmulatorConfig, EmulatorTransport
from tests.callbacks.carrier import SID, inbound, legacy, status_update


def callback(fields: dict[str, Any]) -> Message:
    return parse(json.dumps(fields))


async def confirm_both_ways(said: dict[str, Any], known: dict[str, Any] | Exception) -> Confirmation:
    def read(message_sid: str) -> Message:
        assert message_sid == said["message_sid"]
        if isinstance(known, Exception):
            raise known
        return Message.model_validate(known)

    async def read_async(message_sid: str) -> Message:
        return read(message_sid)

    message = callback(said)
    found = confirm(message, read)
    assert await confirm_async(message, read_async) == found
    return found


@pytest.mark.parametrize(
    "known",
    [
        status_update("queued"),
        status_update("delivered", price="0.02", date_changed=None),
        legacy(status_update()),
        status_update(**{"from": "+1 (516) 206-5575"}),
        {**status_update(), "from": None, "direction": None, "message": None},
    ],
)
async def test_what_agrees_is_confirmed(known: dict[str, Any]) -> None:
    found = await confirm_both_ways(status_update("sent"), known)

    assert (found.status, found.differing) == (ConfirmationStatus.CONFIRMED, ())
    assert found.message == Message.model_validate(known)


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        ({"from": "15162065570"}, ("from",)),
        ({"to": "15162065570", "direction": "outbound"}, ("to", "direction")),
        ({"message": "Stop"}, ("message",)),
        ({"message_sid": "another"}, ("message_sid",)),
    ],
)
async def test_what_differs_is_named(change: dict[str, Any], differing: tuple[str, ...]) -> None:
    said = inbound()

    found = await confirm_both_ways(said, {**said, **change})

    assert (found.status, found.differing) == (ConfirmationStatus.CONTRADICTED, differing)


async def test_an_unknown_message_is_not_found() -> None:
    found = await confirm_both_ways(inbound(), NotFoundError("404", status_code=404, message=""))

    assert found == Confirmation(ConfirmationStatus.NOT_FOUND)


async def test_a_read_that_fails_says_nothing() -> None:
    with pytest.raises(ConnectionFailedError):
        await confirm_both_ways(inbound(), ConnectionFailedError("no connection"))


async def test_a_client_can_be_asked() -> None:
    with Emulator(EmulatorConfig(strict_query=True)) as emulator:
        async with httpx.AsyncClient(transport=AsyncEmulatorTransport(emulator)) as inner:
            client = AsyncCarrierXClient(DEMO_TOKEN, http_client=inner)
            sent = await client.messages.send(from_="15162065575", to="15162065574", message="Hello")
            with httpx.Client(transport=EmulatorTransport(emulator)) as sync_inner:
                sync_client = CarrierXClient(DEMO_TOKEN, http_client=sync_inner)

                for said, status in (
                    (sent.to_dict(), ConfirmationStatus.CONFIRMED),
                    ({**sent.to_dict(), "message": "Stop"}, ConfirmationStatus.CONTRADICTED),
                    ({**sent.to_dict(), "message_sid": SID}, ConfirmationStatus.NOT_FOUND),
                ):
                    assert confirm(callback(said), sync_client.messages.get).status is status
                    assert (await confirm_async(callback(said), client.messages.get)).status is status


async def test_what_came_of_it_shows_no_number() -> None:
    said = inbound("lighthouse")

    shown = repr(await confirm_both_ways(said, {**said, "from": "15162065570"}))

    assert "lighthouse" not in shown
    assert "1516206" not in shown

"""Delivery of responses over ASGI, including late, truncated and lost ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import anyio

from carrierx.emulator.errors import AnswerCutError
from carrierx.emulator.http.types import Delivery

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONNECTION_KEY: Final = "carrierx.connection"
"""The key of the connection in the `state` of an ASGI scope, if the server lets its connections be closed."""


class Connection(Protocol):
    """The connection of a request, provided by the emulator's own server."""

    async def pause(self, seconds: float) -> bool:
        """Wait; return False as soon as the connection or the server ends."""
        ...

    def sever(self) -> None:
        """Close the connection after the written data has gone out."""
        ...


async def deliver(delivery: Delivery, answer: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response as its delivery says.

    Args:
        delivery: The way it is delivered.
        answer: The complete response, as an ASGI application.
        scope: The request's scope.
        receive: Returns the request's events; its body has been read already.
        send: Sends the response's events.

    Raises:
        AnswerCutError: The connection should be closed, but the server doesn't allow that.
    """
    connection: Connection | None = scope.get("state", {}).get(CONNECTION_KEY)
    if (delivery.delay and not await _pause(connection, delivery.delay)) or delivery.lost:
        await _sever(connection, receive)
    elif delivery.cut_after is not None:
        await answer(scope, receive, _cutting(send, delivery.cut_after))
        await _sever(connection, receive)
    else:
        await answer(scope, receive, send)


def _cutting(send: Send, size: int) -> Send:
    """Return a `send` that passes on this many bytes of the body, but not its end."""
    left = size

    async def send_part(event: Message) -> None:
        nonlocal left
        if event["type"] == "http.response.body":
            part: bytes = event.get("body", b"")[:left]
            left -= len(part)
            event = {**event, "body": part, "more_body": True}
        await send(event)

    return send_part


async def _pause(connection: Connection | None, seconds: float) -> bool:
    if connection is not None:
        return await connection.pause(seconds)
    await anyio.sleep(seconds)
    return True


async def _sever(connection: Connection | None, receive: Receive) -> None:
    if connection is None:
        raise AnswerCutError
    connection.sever()
    # If an application ends before its connection does, a server treats it as broken and logs that.
    while (await receive())["type"] != "http.disconnect":
        pass

"""Delivery of answers over ASGI, including late, truncated and lost ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import anyio

from carrierx.emulator.errors import AnswerCutError
from carrierx.emulator.http_types import Delivery

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONNECTION_KEY: Final = "carrierx.connection"
"""Where the connection stands in the `state` of an ASGI scope, if the server lets its connections be closed."""


class Connection(Protocol):
    """The connection that a request came by, as the emulator's own server offers it."""

    async def pause(self, seconds: float) -> bool:
        """Wait; return False as soon as the connection or the server ends."""
        ...

    def sever(self) -> None:
        """Close the connection once what was written has gone out."""
        ...


async def deliver(delivery: Delivery, answer: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Hand over an answer.

    Args:
        delivery: How.
        answer: The whole answer, as an ASGI application.
        scope: The request's scope.
        receive: Gives the request's events; its body has been read.
        send: Takes the answer's events.

    Raises:
        AnswerCutError: The connection should be closed, and can't be.
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
    """Return a `send` that lets pass so many bytes of the body, and no end of it."""
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
    # A server takes an application that ends before the connection for a broken one, and says so in its log.
    while (await receive())["type"] != "http.disconnect":
        pass

"""Delivery of responses over ASGI, including late, truncated and lost ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import anyio

from carrierx.emulator.errors import AnswerCutError
from carrierx.emulator.http.types import EmulatorResponse

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

CONNECTION_KEY: Final = "carrierx.connection"
"""The key of the connection in the `state` of an ASGI scope, if the server lets its connections be closed."""

_WITHOUT_BODY: Final = (204, 304)


class Connection(Protocol):
    """The connection of a request, provided by the emulator's own server."""

    async def pause(self, seconds: float) -> bool:
        """Wait; return False as soon as the connection or the server ends."""
        ...

    def sever(self) -> None:
        """Close the connection after the written data has gone out."""
        ...


async def deliver(response: EmulatorResponse, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response as its delivery says.

    Args:
        response: The complete response.
        scope: The request's scope.
        receive: Returns the request's events; its body has been read already.
        send: Sends the response's events.

    Raises:
        AnswerCutError: The connection should be closed, but the server doesn't allow that.
    """
    delivery = response.delivery
    connection: Connection | None = scope.get("state", {}).get(CONNECTION_KEY)
    if (delivery.delay and not await _pause(connection, delivery.delay)) or delivery.lost:
        await _sever(connection, receive)
        return
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if response.status not in _WITHOUT_BODY and all(name != b"content-length" for name, _ in headers):
        headers.append((b"content-length", b"%d" % len(response.body)))
    is_cut = delivery.cut_after is not None
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body[: delivery.cut_after], "more_body": is_cut})
    if is_cut:
        await _sever(connection, receive)


async def pause(scope: Scope, seconds: float) -> bool:
    """Wait.

    Args:
        scope: The scope of a request.
        seconds: The number of seconds.

    Returns:
        True after that time; False as soon as the connection or the server ends, if the server tells.
    """
    return await _pause(scope.get("state", {}).get(CONNECTION_KEY), seconds)


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

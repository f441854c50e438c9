"""The small part of ASGI that callbacks need."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

__all__ = ["ErrorResponse", "Receive", "Scope", "Send", "answer", "header_of", "read_body"]

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """Error response to a request.

    Attributes:
        status: HTTP status; 0 if the client has disconnected.
        reason: Reason, for the client.
        headers: Headers of the response.
    """

    status: int
    reason: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


async def read_body(scope: Scope, receive: Receive, limit: int, seconds: float) -> bytes | ErrorResponse:
    """Read a request's body up to a limit.

    Args:
        scope: The request's scope.
        receive: Receives the parts of the body.
        limit: Maximum number of bytes to read.
        seconds: Seconds that the complete body may take to arrive.
    """
    too_large = ErrorResponse(413, f"larger than {limit} bytes")
    if _declared_length(scope) > limit:
        return too_large
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while True:
                event = await receive()
                if event["type"] != "http.request":
                    return ErrorResponse(0, "the client disconnected")
                body += event.get("body", b"")
                if len(body) > limit:
                    return too_large
                if not event.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return ErrorResponse(408, f"not complete after {seconds:g} s")


async def answer(send: Send, status: int, said: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Send a response with a small JSON object.

    Args:
        send: Sends the response.
        status: HTTP status.
        said: Text of the response.
        headers: Further headers.
    """
    body = json.dumps({"status" if status == 200 else "error": said}).encode()
    fixed = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*fixed, *headers]})
    await send({"type": "http.response.body", "body": body})


def header_of(scope: Scope, wanted: bytes) -> str | None:
    """Return a header of a request.

    Args:
        scope: The request's scope.
        wanted: Its name in lower case.
    """
    headers = cast("Iterable[tuple[bytes, bytes]]", scope.get("headers", ()))
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), None)


def _declared_length(scope: Scope) -> int:
    declared = header_of(scope, b"content-length") or ""
    # Longer than any sensible length; the server has checked it anyway.
    return int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 20 else 0

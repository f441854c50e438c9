"""Answers in a given order, and the requests that they were given to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import httpx

Reply: TypeAlias = Callable[[httpx.Request], httpx.Response]

SMS: Mapping[str, Any] = {"from_": "15162065575", "to": "15162065574", "message": "See you at noon"}
"""The keywords of a message that keeps every rule."""

SID = "097b49df-1e71-4a7e-8c4d-1d1dd4c1a1bd"


class Script:
    """Gives one reply after the other; the last one repeats. Serves httpx's mock transport for both kinds of client."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies) or [sms()]
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        return reply(request)

    @property
    def bodies(self) -> list[Any]:
        """The JSON that was sent, request by request."""
        return [json.loads(request.content) for request in self.requests]

    @property
    def queries(self) -> list[dict[str, str]]:
        """The queries that were asked, request by request."""
        return [dict(request.url.params) for request in self.requests]


def reply(status: int, body: object = None, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer with a status; the body is sent as it is if it is bytes, else as JSON."""
    if body is None:
        content, described = b"", dict[str, str]()
    else:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        described = {"Content-Type": "application/json"}
    return lambda request: httpx.Response(status, headers={**described, **(headers or {})}, content=content)


def sms(**changes: object) -> Reply:
    """Answer 200 with an SMS object."""
    return reply(200, message(**changes))


def message(**changes: object) -> dict[str, object]:
    """An SMS object as a response holds it; `from_` stands for `from`."""
    made: dict[str, object] = {"message_sid": SID, "status": "queued", "user_data": None}
    return made | {name.removesuffix("_"): value for name, value in changes.items()}


def page(*items: Mapping[str, object], **changes: object) -> Reply:
    """Answer 200 with a page of these items, the last one unless changes say otherwise."""
    made: dict[str, object] = {"items": list(items), "count": len(items), "has_more": False, "pagination": {}}
    return reply(200, made | changes)


def broken(failure: Callable[[], BaseException] = lambda: httpx.ReadError("connection reset")) -> Reply:
    """Fail instead of answering."""

    def raising(request: httpx.Request) -> httpx.Response:
        raise failure()

    return raising

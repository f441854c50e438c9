"""Talking ASGI to an application directly, part by part."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from carrierx.callbacks import CallbackApp, SecretPath
from carrierx.models.message import Message

SECRET = "a-secret-of-more-than-thirty-two-characters"
SECRETS = SecretPath(SECRET)


@dataclass(frozen=True)
class Answer:
    """What an application answered.

    Attributes:
        status: The HTTP status; 0 if there was none.
        body: What its JSON says.
        headers: The headers.
        received: How many parts of the request the application took.
    """

    status: int
    body: dict[str, str]
    headers: dict[str, str]
    received: int


async def ask(
    app: CallbackApp,
    body: bytes | Iterable[bytes] = b"",
    *,
    path: str = f"/{SECRET}",
    method: str = "POST",
    query: str = "",
    headers: dict[str, str] | None = None,
    kind: str = "http",
    then: str = "http.disconnect",
    pause: float = 0,
) -> Answer:
    """Send one request and return the answer. A body given in parts is sent so, and `then` follows."""
    parts = [body] if isinstance(body, bytes) else list(body)
    ends = isinstance(body, bytes)
    sent: list[dict[str, Any]] = []
    received = 0

    async def receive() -> dict[str, Any]:
        nonlocal received
        received += 1
        await asyncio.sleep(pause)
        if received <= len(parts):
            return {"type": "http.request", "body": parts[received - 1], "more_body": not ends}
        return {"type": then, "body": b""}

    async def send(event: Any) -> None:
        sent.append(event)

    given = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": kind, "path": path, "method": method, "query_string": query.encode(), "headers": given}
    await app(scope, receive, send)
    if not sent or sent[0]["type"] != "http.response.start":
        return Answer(0, {"sent": sent[0]["type"]} if sent else {}, {}, received)
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], json.loads(sent[1]["body"]), answered, received)


async def post(app: CallbackApp, fields: dict[str, Any]) -> int:
    """Post a callback and return the status."""
    return (await ask(app, json.dumps(fields).encode())).status


@asynccontextmanager
async def lifespan(app: CallbackApp) -> AsyncGenerator[None]:
    """Start and stop an application, as a server does."""
    to_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    from_app: asyncio.Queue[Any] = asyncio.Queue()
    living = asyncio.create_task(app({"type": "lifespan"}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    assert (await from_app.get())["type"] == "lifespan.startup.complete"
    yield
    await to_app.put({"type": "lifespan.shutdown"})
    assert (await from_app.get())["type"] == "lifespan.shutdown.complete"
    await living


class Inbox:
    """A handler that keeps what it is given; it may be told to fail, or to wait."""

    def __init__(self, *errors: BaseException) -> None:
        self.messages: list[Message] = []
        self.tries = 0
        self.errors = list(errors)
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def texts(self) -> list[str | None]:
        """The texts, or the statuses where there is none."""
        return [message.message for message in self.messages]

    async def __call__(self, message: Message) -> None:
        self.tries += 1
        await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.messages.append(message)


async def until(condition: Any, seconds: float = 20) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  what is waited for does not tell when it is there
            await asyncio.sleep(0.005)

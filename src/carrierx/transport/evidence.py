"""What an attempt saw of its own request: the proof that an outcome rests on.

The body is the witness. A transport can't have sent what it never took from us, and a server can't act on a message
whose last byte it never got. So the last byte is handed over on its own: until a transport asks for it, the request
can't have been sent, however the attempt ended and whatever exception says so. The body can be taken once: a second try
within one attempt finds it gone, so one attempt can't become two requests, whatever redirects, authenticates or repeats
beneath us.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, NoReturn

from carrierx.errors import NetworkBlockedError

if TYPE_CHECKING:
    from carrierx.credentials import Authorization
    from carrierx.models.streamed_body import StreamedBody
    from carrierx.transport.watched_network import WatchedAsyncStream, WatchedStream

__all__ = ["BodyTakenTwiceError", "Evidence", "OneShotBody", "OneShotStream", "attempt_evidence"]


class BodyTakenTwiceError(Exception):
    """A transport asked for the body again within one attempt. Only ever seen inside an error's chain."""


class Evidence:
    """What is known of one attempt's request.

    Attributes:
        close_response: Closes the answer that our own session has begun, and so gives its connection back.
        address: Host and port that our own network connected to; None if it opened no connection.
        authorization: The request's `Authorization` header, which no error may repeat.
        has_body: Whether the request has a body that a server needs; else the body proves nothing.
        blocked_host: The host that a test run kept this request from, else None.
        body_starts: How often a transport began to take the body.
        end_taken: Whether a transport took the end of the body: its last byte, or all of a body without a known size.
        bytes_offered: Whether any of the request was written to the network; known on our own transports only.
        source_failure: What reading a streamed body raised. Its rest was never given to a transport.
        time_left: Tells how many seconds the call still has, where the network itself must keep the bound.
        connection: The connection that carried the answer, if it is one of ours.
        status_code: The answer's status, as soon as it is known.
    """

    __slots__ = (
        "address",
        "authorization",
        "blocked_host",
        "body_starts",
        "bytes_offered",
        "close_response",
        "connection",
        "end_taken",
        "has_body",
        "source_failure",
        "status_code",
        "time_left",
    )

    def __init__(
        self,
        *,
        has_body: bool,
        time_left: Callable[[], float] | None = None,
        authorization: Authorization | None = None,
    ) -> None:
        self.authorization: Authorization | None = authorization
        self.has_body: bool = has_body
        self.close_response: Callable[[], Awaitable[None] | None] | None = None
        self.blocked_host: str | None = None
        self.time_left: Callable[[], float] | None = time_left
        self.body_starts: int = 0
        self.end_taken: bool = False
        self.bytes_offered: bool = False
        self.source_failure: Exception | None = None
        self.address: str | None = None
        self.connection: WatchedStream | WatchedAsyncStream | None = None
        self.status_code: int | None = None

    def start_body(self) -> None:
        """Note that a transport begins to take the body."""
        self.body_starts += 1
        if self.body_starts > 1:
            raise BodyTakenTwiceError("the HTTP library tried to send the request twice within one attempt")

    def block(self, host: str) -> NoReturn:
        """End an attempt before it uses the network, in a test run that may not talk to its host.

        Raises:
            NetworkBlockedError: Always. Whatever becomes of it on its way, the caller meets one that says what to do.
        """
        self.blocked_host = host
        raise NetworkBlockedError(f"A test run may not talk to {host}.", host=host)

    @property
    def body_begun(self) -> bool:
        """Whether a transport has taken anything of the body, or somebody has read it."""
        return self.body_starts > 0 or self.end_taken

    @property
    def never_complete(self) -> bool:
        """Whether it is proven that no server can have had the complete request."""
        if self.has_body:
            return self.body_starts < 2 and not self.end_taken
        return self.address is not None and not self.bytes_offered


class OneShotBody:
    """A request's body that can be taken once, and notes how far that went. Serves sync and async transports."""

    def __init__(self, body: bytes, evidence: Evidence) -> None:
        self._body = body
        self._evidence = evidence

    def __iter__(self) -> Iterator[bytes]:
        self._evidence.start_body()
        body = self._body
        if len(body) > 1:
            yield body[:-1]
        self._evidence.end_taken = True
        if body:
            yield body[-1:]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


class OneShotStream:
    """A streamed body as one attempt takes it: once, noting how far that went. Serves sync and async transports."""

    def __init__(self, body: StreamedBody, evidence: Evidence) -> None:
        self._body = body
        self._evidence = evidence

    def __iter__(self) -> Iterator[bytes]:
        self._evidence.start_body()
        count = 0
        try:
            while part := self._body.read_after(count):
                count += len(part)
                self._evidence.end_taken = count == self._body.size
                yield part
                self._body.sent(count)
        except Exception as error:
            self._evidence.source_failure = error
            raise
        self._evidence.end_taken = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._evidence.start_body()
        count = 0
        try:
            while part := await self._read_after(count):
                count += len(part)
                self._evidence.end_taken = count == self._body.size
                yield part
                self._body.sent(count)
        except Exception as error:
            self._evidence.source_failure = error
            raise
        self._evidence.end_taken = True

    async def _read_after(self, count: int) -> bytes:
        if not self._body.waits:
            return self._body.read_after(count)
        return await asyncio.to_thread(self._body.read_after, count)


attempt_evidence: ContextVar[Evidence | None] = ContextVar("attempt_evidence", default=None)
"""The attempt that runs in this thread or task, for the network layer beneath the HTTP library."""

"""Evidence: a record of how much of a request its attempt has sent. Outcomes are decided from it.

The request body provides the proof. A transport can't send what it has not read from the body, and a server can't act
on a message without its last byte. So the body yields its last byte separately: until a transport reads it, the
request can't have been sent, no matter how the attempt ended and which exception was raised. The body can be read only
once. If a redirect, an authentication flow or a retry below us tries to send the request again within one attempt, the
body is gone, so one attempt can't become two requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, NoReturn, Protocol

from carrierx.errors import NetworkBlockedError

if TYPE_CHECKING:
    from carrierx.credentials import Authorization
    from carrierx.models.streamed_body import StreamedBody

__all__ = ["BodyTakenTwiceError", "Evidence", "OneShotBody", "OneShotStream", "attempt_evidence"]


class BodyTakenTwiceError(Exception):
    """A transport read the body a second time within one attempt. It only appears inside an error's chain."""


class _Connection(Protocol):
    """The connection of an attempt, which the response can end."""

    usable_until: float | None
    """The time on the monotonic clock after which the connection isn't used again; None while it has no end."""


class Evidence:
    """A record of one attempt's request.

    Attributes:
        close_response: Closes a response that our own session has started, which releases its connection.
        address: Host and port that our own network connected to; None if it opened no connection.
        authorization: The request's `Authorization` header. No error may repeat it.
        has_body: Whether the request has a body that the server needs. Without one, the body proves nothing.
        blocked_host: The host that the network guard of a test run refused, or None.
        body_starts: How many times a transport started to read the body.
        end_taken: Whether a transport read the end of the body: its last byte, or all of a body of unknown size.
        bytes_offered: Whether any part of the request was written to the network. Only our own network sets it.
        source_failure: The exception raised while reading a streamed body. The rest of the body was not sent.
        time_left: Returns the seconds left for the call, if the network layer must keep the deadline.
        before_body: The function that the caller wants called before the body is sent.
        fence_error: What that function raised. No byte of the body was sent.
        connection: The connection that the response came from, if it is one of ours.
        status_code: The response status, once it is known.
    """

    __slots__ = (
        "address",
        "authorization",
        "before_body",
        "blocked_host",
        "body_starts",
        "bytes_offered",
        "close_response",
        "connection",
        "end_taken",
        "fence_error",
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
        before_body: Callable[[], None] | None = None,
    ) -> None:
        self.authorization: Authorization | None = authorization
        self.has_body: bool = has_body
        self.close_response: Callable[[], Awaitable[None] | None] | None = None
        self.blocked_host: str | None = None
        self.time_left: Callable[[], float] | None = time_left
        self.before_body: Callable[[], None] | None = before_body
        self.fence_error: Exception | None = None
        self.body_starts: int = 0
        self.end_taken: bool = False
        self.bytes_offered: bool = False
        self.source_failure: Exception | None = None
        self.address: str | None = None
        self.connection: _Connection | None = None
        self.status_code: int | None = None

    def start_body(self) -> None:
        """Record that a transport starts to read the body."""
        self.body_starts += 1
        if self.body_starts > 1:
            raise BodyTakenTwiceError("the HTTP library tried to send the request twice within one attempt")
        if self.before_body is not None:
            self._ask_fence(self.before_body)

    def _ask_fence(self, fence: Callable[[], None]) -> None:
        """Call the caller's fence, and keep what it raises: aiohttp replaces it with an exception of its own."""
        try:
            fence()
        except Exception as error:
            self.fence_error = error
            raise

    def block(self, host: str) -> NoReturn:
        """End an attempt before it uses the network, because the test run may not connect to its host.

        Raises:
            NetworkBlockedError: Always. The caller gets another one, whose text says what to do.
        """
        self.blocked_host = host
        raise NetworkBlockedError(f"A test run may not connect to {host}.", host=host)

    @property
    def body_begun(self) -> bool:
        """True if any part of the body has been read."""
        return self.body_starts > 0 or self.end_taken

    @property
    def never_complete(self) -> bool:
        """True if the server can't have received the complete request."""
        if self.has_body:
            return self.body_starts < 2 and not self.end_taken
        return self.address is not None and not self.bytes_offered


class OneShotBody:
    """A request body that can be read once and records how much was read. For sync and async transports."""

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
    """A streamed body that can be read once and records how much was read. For sync and async transports."""

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
"""The evidence of the attempt that runs in this thread or task, for the network layer below the HTTP library."""

"""What an attempt saw of its own request: the proof that an outcome rests on.

The body is the witness. A transport can't have sent a body that it never took from us, and a server can't have acted
on a message whose body it never got. The body can be taken once: a second try within one attempt finds it gone, so one
attempt can't become two requests, whatever redirects, authenticates or repeats beneath us.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carrierx.credentials import Authorization

__all__ = ["FITS_IN_WRITE_BUFFER", "BodyTakenTwiceError", "Evidence", "OneShotBody", "attempt_evidence"]


FITS_IN_WRITE_BUFFER = 32_768


class BodyTakenTwiceError(Exception):
    """A transport asked for the body again within one attempt. Only ever seen inside an error's chain."""


class Evidence:
    """What is known of one attempt's request.

    Attributes:
        authorization: The request's `Authorization` header, which no error may repeat.
        has_body: Whether the request has a body that a server needs; else `body_starts` proves nothing.
        body_starts: How often a transport began to take the body.
        body_complete: Whether a transport took all of it and came back for more.
        write_failed: Whether a write of ours to the network failed; known on our own transports only.
        bytes_offered: Whether any of the request was written to the network; known on our own transports only.
        source_failure: What reading a streamed body raised. Its rest was never given to a transport.
        network_used: Whether our own network layer took part; it does not when a test intercepts the pool.
        time_left: Tells how many seconds the call still has, where the network itself must keep the bound.
        stream: The network stream in use, so that the answer can shorten its idle life.
        status_code: The answer's status, as soon as it is known.
    """

    __slots__ = (
        "authorization",
        "body_complete",
        "body_starts",
        "bytes_offered",
        "has_body",
        "network_used",
        "source_failure",
        "status_code",
        "stream",
        "time_left",
        "write_failed",
    )

    def __init__(
        self, *, has_body: bool, time_left: Callable[[], float] | None = None, authorization: Authorization | None = None
    ) -> None:
        self.authorization: Authorization | None = authorization
        self.has_body: bool = has_body
        self.time_left: Callable[[], float] | None = time_left
        self.body_starts: int = 0
        self.body_complete: bool = False
        self.write_failed: bool = False
        self.bytes_offered: bool = False
        self.source_failure: Exception | None = None
        self.network_used: bool = False
        self.stream: IdleLimit | None = None
        self.status_code: int | None = None

    def start_body(self) -> None:
        """Note that a transport begins to take the body."""
        self.body_starts += 1
        if self.body_starts > 1:
            raise BodyTakenTwiceError("the HTTP library tried to send the request twice within one attempt")

    @property
    def never_reached_server(self) -> bool:
        """Whether it is proven that no server can have had the whole request."""
        if self.has_body:
            return self.body_starts == 0
        return self.network_used and not self.bytes_offered

    @property
    def write_broke_off(self) -> bool:
        """Whether the network itself refused the rest of a body that had been begun."""
        return self.has_body and self.write_failed and self.body_starts == 1 and not self.body_complete

    @property
    def source_broke_off(self) -> bool:
        """Whether the rest of a body that had been begun could not be read, so that nothing can have sent it."""
        return self.source_failure is not None and self.body_starts == 1 and not self.body_complete


class IdleLimit:
    """A connection whose idle life can be shortened."""

    __slots__ = ("usable_until",)

    def __init__(self) -> None:
        self.usable_until: float | None = None


class OneShotBody:
    """A request's body that can be taken once, and notes how far that went. Serves sync and async transports."""

    def __init__(self, body: bytes, evidence: Evidence) -> None:
        self._body = body
        self._evidence = evidence

    def __iter__(self) -> Iterator[bytes]:
        self._evidence.start_body()
        yield from self._parts()
        self._evidence.body_complete = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._evidence.start_body()
        for part in self._parts():
            yield part
        self._evidence.body_complete = True

    def _parts(self) -> tuple[bytes, ...]:
        # An event loop buffers what the network does not take yet, and may still send it after a write timed out. So a
        # body that can fill that buffer keeps its last byte back until the rest has gone.
        if len(self._body) > FITS_IN_WRITE_BUFFER:
            return self._body[:-1], self._body[-1:]
        return (self._body,) if self._body else ()


attempt_evidence: ContextVar[Evidence | None] = ContextVar("attempt_evidence", default=None)
"""The attempt that runs in this thread or task, for the network layer beneath the HTTP library."""

"""Checks of the promise, made in every process that measures carrierx, with the same client.

A message that breaks a rule is refused and never reaches the server. The token, the numbers and the text are neither
shown nor logged. An answer beyond the bound is not taken in. A server that reads the message and closes, or answers
500, leaves the outcome unknown, and has read the message once.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import Self, TypeAlias

from benchmarks.answers import FROM, MESSAGE, TO, TOKEN
from benchmarks.stub import Fault, StubControl
from carrierx import AsyncCarrierXClient, CarrierXClient
from carrierx.errors import AcceptedWithoutReceiptError, CarrierXError, InvalidMessageError, SendOutcomeUnknownError

__all__ = ["BrokenPromiseError", "check_promise", "check_promise_async"]

_TOO_LONG = "x" * 1601

# What happens to a message, the expected error, and how often the server may read the message.
_CASES: tuple[tuple[str, Fault, type[CarrierXError] | None, int], ...] = (
    (_TOO_LONG, "none", InvalidMessageError, 0),
    (MESSAGE, "close", SendOutcomeUnknownError, 1),
    (MESSAGE, "error", SendOutcomeUnknownError, 1),
    (MESSAGE, "huge", AcceptedWithoutReceiptError, 1),
    (MESSAGE, "none", None, 1),
)

_Plan: TypeAlias = Generator[str, CarrierXError | None, None]


class BrokenPromiseError(Exception):
    """The measured client breaks the promise, so its figures mean nothing."""


def check_promise(client: CarrierXClient, port: int) -> None:
    """Check a sync client.

    Args:
        client: The client, set up for the stub server.
        port: The stub server's port.

    Raises:
        BrokenPromiseError: It does not keep the promise.
    """
    with _Listening() as heard:
        plan = _plan(port)
        text = next(plan, None)
        while text is not None:
            error: CarrierXError | None = None
            try:
                client.messages.send(from_=FROM, to=TO, message=text)
            except CarrierXError as caught:
                error = caught
            text = _next_text(plan, error)
    _expect_hidden(repr(client), *heard.lines)


async def check_promise_async(client: AsyncCarrierXClient, port: int) -> None:
    """Check an async client.

    Args:
        client: The client, set up for the stub server.
        port: The stub server's port.

    Raises:
        BrokenPromiseError: It does not keep the promise.
    """
    with _Listening() as heard:
        plan = _plan(port)
        text = next(plan, None)
        while text is not None:
            error: CarrierXError | None = None
            try:
                await client.messages.send(from_=FROM, to=TO, message=text)
            except CarrierXError as caught:
                error = caught
            text = _next_text(plan, error)
    _expect_hidden(repr(client), *heard.lines)


def _next_text(plan: _Plan, error: CarrierXError | None) -> str | None:
    try:
        return plan.send(error)
    except StopIteration:
        return None


def _plan(port: int) -> _Plan:
    """Yield one text after another to send, and check the result of each."""
    server = StubControl(port)
    try:
        for text, fault, expected, expected_requests in _CASES:
            server.behave(fault)
            before = server.stats().requests
            error = yield text
            server.behave()
            requests = server.stats().requests - before
            found, wanted = type(error).__name__, "success" if expected is None else expected.__name__
            if not (error is None if expected is None else isinstance(error, expected)):
                raise BrokenPromiseError(f"fault {fault!r}: {found} instead of {wanted}") from error
            if requests != expected_requests:
                raise BrokenPromiseError(f"fault {fault!r}: the server read the message {requests} times")
            if error is not None:
                _expect_hidden(str(error), repr(error))
    finally:
        server.close()


class _Listening(logging.Handler):
    """Keeps every log record of every level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.lines.append(record.getMessage())

    def __enter__(self) -> Self:
        self._level = logging.root.level
        logging.root.addHandler(self)
        logging.root.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_: object) -> None:
        logging.root.removeHandler(self)
        logging.root.setLevel(self._level)


def _expect_hidden(*texts: str) -> None:
    for secret in (TOKEN, MESSAGE, FROM, TO):
        if any(secret in text for text in texts):
            raise BrokenPromiseError("the token, a number or the text of a message was shown or logged")

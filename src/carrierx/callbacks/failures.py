"""Failures of callbacks: whether a retry can help, and what may be logged."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, cast

from carrierx.errors import CarrierXError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ContradictedCallbackError", "UnconfirmedCallbackError", "can_help", "describe", "traceback_of"]


class UnconfirmedCallbackError(Exception):
    """CarrierX contradicts a callback, or doesn't know its message (yet)."""


class ContradictedCallbackError(UnconfirmedCallbackError):
    """CarrierX has a different message with the callback's SID: reading it again can't help."""


def can_help(error: BaseException) -> bool:
    """Tell whether a retry is safe and can help: never after a text that may have been sent.

    Args:
        error: The exception.
    """
    for each in _chain_of(error):
        if isinstance(each, ContradictedCallbackError):
            return False
        if isinstance(each, CarrierXError) and each.outcome is not None and not each.safe_to_resend:
            return False
    return True


def _chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all its causes: a handler may raise its own error after a failed send."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", each).exceptions


def describe(error: Exception) -> str:
    """Describe an exception without its message, which may hold a number or a text.

    Args:
        error: The exception.
    """
    return str(error) if isinstance(error, UnconfirmedCallbackError) else f"{type(error).__name__} was raised"


def traceback_of(error: Exception) -> str:
    """Return a traceback without the exception's message: lines of code hold no numbers and no texts.

    Args:
        error: The exception.
    """
    return "".join(traceback.format_tb(error.__traceback__)).rstrip()

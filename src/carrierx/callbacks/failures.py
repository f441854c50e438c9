"""What went wrong with a callback: whether trying again can help, and what may be told of it."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, cast

from carrierx.errors import CarrierXError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ContradictedCallbackError", "UnconfirmedCallbackError", "can_help", "describe", "traceback_of"]


class UnconfirmedCallbackError(Exception):
    """CarrierX contradicts a callback, or does not know its message (yet)."""


class ContradictedCallbackError(UnconfirmedCallbackError):
    """CarrierX has another message under the callback's SID: reading it again can't help."""


def can_help(error: BaseException) -> bool:
    """Tell whether trying again is safe and can help: never after a text that may be out there.

    Args:
        error: What was raised.
    """
    for each in _whole(error):
        if isinstance(each, ContradictedCallbackError):
            return False
        if isinstance(each, CarrierXError) and each.outcome is not None and not each.safe_to_resend:
            return False
    return True


def _whole(error: BaseException) -> Iterator[BaseException]:
    """Give an error with all that led to it: a handler may have raised one of its own after a failed send."""
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
    """Say what was raised, without its own words: they may hold a number or a text.

    Args:
        error: What was raised.
    """
    return str(error) if isinstance(error, UnconfirmedCallbackError) else f"{type(error).__name__} was raised"


def traceback_of(error: Exception) -> str:
    """Give a traceback without the error's words: lines of code hold no numbers and no texts.

    Args:
        error: What was raised.
    """
    return "".join(traceback.format_tb(error.__traceback__)).rstrip()

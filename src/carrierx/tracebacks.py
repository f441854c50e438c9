"""Keeping numbers, texts and URLs out of the local variables that travel with an exception.

Error trackers record the local variables of every frame that an exception passed. Within the package they hold what
the caller gave, so public functions clear them when an exception leaves. Which lines it passed stays visible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["chain_of", "clear_locals", "clears_locals", "clears_locals_of_init", "hide_frames", "is_librarys"]

C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., object])

_LIBRARIES = frozenset({"aiohttp", "anyio", "h11", "httpcore", "httpcore2", "httpx", "httpx2", "httpx_aiohttp"})
# Frames of these hold requests with their headers and bodies.
_FRAMES_WITH_REQUESTS = _LIBRARIES | {"asyncio", "carrierx", "contextlib", "selectors", "socket", "ssl", "threading"}

_PACKAGE = __name__.partition(".")[0]
_CAN_BE_SUSPENDED = CO_COROUTINE | CO_GENERATOR | CO_ASYNC_GENERATOR


def clear_locals(error: BaseException) -> None:
    """Clear the local variables of the package's frames in an exception's traceback, and in those chained to it.

    Whatever the exception itself passed has ended. In the traceback of an earlier one, a coroutine or generator may be
    suspended, and up to Python 3.12 clearing its frame would end it: those are left as they are.

    Args:
        error: The exception, about to leave the package.
    """
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        waiting += (link.__cause__, link.__context__)
        if isinstance(link, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", link).exceptions
        step = link.__traceback__
        while step is not None:
            if link is error or not step.tb_frame.f_code.co_flags & _CAN_BE_SUSPENDED:
                _clear(step.tb_frame)
            step = step.tb_next


def _clear(frame: FrameType) -> None:
    if str(frame.f_globals.get("__name__")).partition(".")[0] == _PACKAGE:
        with suppress(RuntimeError):  # it is still running
            frame.clear()


def clears_locals(function: F) -> F:
    """Clear the package's local variables when an exception leaves a function.

    For what the public calls, and for coroutine functions within the package whose variables hold what was given.

    Args:
        function: A function or coroutine function. What a generator function gives is not guarded.
    """
    guarded = cast("Callable[..., Any]", function)

    if iscoroutinefunction(function):

        @wraps(function)
        async def call_async(*args: object, **keywords: object) -> object:
            try:
                return await guarded(*args, **keywords)
            except BaseException as error:
                args, keywords = (), {}  # this frame is still running
                clear_locals(error)
                raise

        return cast("F", call_async)

    @wraps(function)
    def call(*args: object, **keywords: object) -> object:
        try:
            return guarded(*args, **keywords)
        except BaseException as error:
            args, keywords = (), {}
            clear_locals(error)
            raise

    return cast("F", call)


def clears_locals_of_init(made: C) -> C:
    """Clear the package's local variables when an exception leaves a class's constructor, written or generated."""
    initialise: Callable[..., object] = getattr(made, "__init__")  # noqa: B009 - of this class, not of an instance
    setattr(made, "__init__", clears_locals(initialise))  # noqa: B010
    return made


def hide_frames(failure: BaseException) -> None:
    """Cut the tracebacks of an exception's chain behind the last frame that can hold a request.

    Whoever collects the variables of frames would collect the token and the text. What remains are the frames of code
    that the exception comes from and that is neither ours nor a library's, such as a hook: its author needs them.
    """
    for link in chain_of(failure):
        kept = frame = link.__traceback__
        while frame is not None:
            module: str = frame.tb_frame.f_globals.get("__name__") or ""
            frame = frame.tb_next
            if module.partition(".")[0] in _FRAMES_WITH_REQUESTS:
                kept = frame
        link.__traceback__ = kept


def chain_of(failure: BaseException) -> Iterator[BaseException]:
    """Walk what a library's exception was made from.

    Causes, the original that httpcore keeps as an argument after it cut the cause, and contexts within the libraries:
    a context beyond them is the caller's own exception, which is not ours to touch.
    """
    waiting: list[object] = [failure]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop()
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [link.__cause__, *link.args]
        if link.__context__ is not None and is_librarys(link.__context__):
            waiting.append(link.__context__)


def is_librarys(failure: BaseException) -> bool:
    """Tell whether an exception is of an HTTP library, or of what such a library is made of."""
    return type(failure).__module__.partition(".")[0] in _LIBRARIES

"""Removes phone numbers, texts and URLs from the local variables in an exception's traceback.

Error trackers record the local variables of every frame in a traceback. The package's frames, and those of pydantic
that it calls, hold the caller's arguments, so public functions clear them when an exception leaves. The traceback keeps
its lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["chain_of", "clear_locals", "clears_locals", "clears_locals_of_init", "hide_frames", "is_of_http_library"]

C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., object])

_LIBRARIES = frozenset({"aiohttp", "anyio", "h11", "httpcore", "httpcore2", "httpx", "httpx2", "httpx_aiohttp"})
# Frames of these modules hold requests with their headers and bodies.
_FRAMES_WITH_REQUESTS = _LIBRARIES | {"asyncio", "carrierx", "contextlib", "selectors", "socket", "ssl", "threading"}

_PACKAGE = __name__.partition(".")[0]
_CAN_BE_SUSPENDED = CO_COROUTINE | CO_GENERATOR | CO_ASYNC_GENERATOR


def clear_locals(error: BaseException) -> None:
    """Clear the local variables of the package's frames in the tracebacks of an exception and of those chained to it.

    In the traceback of the exception itself, the frames of pydantic are cleared, too. All frames that it passed have
    ended. In the traceback of an earlier exception, a coroutine or generator may be suspended. Up to Python 3.12,
    clearing its frame would end it, so those frames are not cleared.

    Args:
        error: The exception that is about to leave the package.
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
            if link is error:
                _clear(step.tb_frame, (_PACKAGE, "pydantic"))
            elif not step.tb_frame.f_code.co_flags & _CAN_BE_SUSPENDED:
                _clear(step.tb_frame, (_PACKAGE,))
            step = step.tb_next


def _clear(frame: FrameType, packages: tuple[str, ...]) -> None:
    if str(frame.f_globals.get("__name__")).partition(".")[0] in packages:
        with suppress(RuntimeError):  # it is still running
            frame.clear()


def clears_locals(function: F) -> F:
    """Decorate a function to clear the package's local variables when an exception leaves it.

    Use it for public functions, and for internal coroutine functions whose variables hold the caller's arguments.

    Args:
        function: A function or coroutine function. It has no effect on the iterator that a generator function returns.
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
    """Decorate a class to clear the package's local variables when an exception leaves its constructor."""
    initialise: Callable[..., object] = getattr(made, "__init__")  # noqa: B009 - of this class, not of an instance
    setattr(made, "__init__", clears_locals(initialise))  # noqa: B010
    return made


def hide_frames(failure: BaseException) -> None:
    """Cut the tracebacks of an exception's chain after the last frame that can hold a request.

    Tools that record the variables of frames would record the token and the text. The remaining frames are those of
    other code that raised the exception, such as a hook. Its author needs them.
    """
    for link in _chain(failure, lambda context: is_of_http_library(context) or _was_caught_in_library(context)):
        kept = frame = link.__traceback__
        while frame is not None:
            module: str = frame.tb_frame.f_globals.get("__name__") or ""
            frame = frame.tb_next
            if module.partition(".")[0] in _FRAMES_WITH_REQUESTS:
                kept = frame
        link.__traceback__ = kept


def chain_of(failure: BaseException) -> Iterator[BaseException]:
    """Iterate over the exceptions from which a library's exception was made.

    These are its causes, the original exception that httpcore keeps as an argument, and contexts that are exceptions of
    the libraries. Any other context is the caller's own exception, which must not be changed.
    """
    return _chain(failure, is_of_http_library)


def _chain(failure: BaseException, includes: Callable[[BaseException], bool]) -> Iterator[BaseException]:
    waiting: list[object] = [failure]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop()
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [link.__cause__, *link.args]
        if link.__context__ is not None and includes(link.__context__):
            waiting.append(link.__context__)


def is_of_http_library(failure: BaseException) -> bool:
    """Return whether an exception comes from an HTTP library or one of its dependencies."""
    return type(failure).__module__.partition(".")[0] in _LIBRARIES


def _was_caught_in_library(failure: BaseException) -> bool:
    """Return whether an exception never left an HTTP library, such as the IndexError of a queue of anyio."""
    step = failure.__traceback__
    return step is not None and str(step.tb_frame.f_globals.get("__name__")).partition(".")[0] in _LIBRARIES

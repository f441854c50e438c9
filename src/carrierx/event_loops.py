"""asyncio helpers: the running event loop, and a call that several tasks wait for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from carrierx.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["SharedCall", "running_loop"]

T = TypeVar("T")


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the running asyncio event loop.

    Raises:
        ConfigurationError: No asyncio event loop is running. An event loop of another library, such as trio, may be.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "AsyncCarrierXClient runs on asyncio, and no asyncio event loop is running. Under trio, use "
            "CarrierXClient in a worker thread."
        ) from None


class SharedCall(Generic[T]):
    """A call that any number of tasks of the running loop wait for.

    Cancelling one waiting task does not affect the others. When the last one is cancelled, the call is cancelled too.

    Args:
        coroutine: The call.
        on_end: Called when the call has ended in any way.
    """

    def __init__(self, coroutine: Coroutine[None, None, T], on_end: Callable[[SharedCall[T]], None]) -> None:
        self._on_end = on_end
        self._waiting = 0
        self._abandoned = False
        self._task = asyncio.create_task(coroutine)
        self._task.add_done_callback(self._ended)

    @property
    def joinable(self) -> bool:
        """True if the call is running and tasks still wait for it."""
        return not self._abandoned and not self._task.done()

    async def outcome(self) -> T | BaseException:
        """Wait for the call. Return its result, or the exception that ended it."""
        self._waiting += 1
        try:
            await asyncio.wait([self._task])
        except asyncio.CancelledError:
            if self._waiting == 1:
                await self._cancel()
            raise
        finally:
            self._waiting -= 1
        if self._task.cancelled():
            return asyncio.CancelledError()
        return self._task.exception() or self._task.result()

    async def _cancel(self) -> None:
        """Cancel the call and wait for its end. Otherwise a loop that stops would destroy it while it is pending."""
        self._abandoned = True
        self._task.cancel()
        while not self._task.done():
            try:
                await asyncio.wait([self._task])
            except asyncio.CancelledError:
                self._task.cancel()

    def _ended(self, task: asyncio.Task[T]) -> None:
        if not task.cancelled():
            task.exception()  # or asyncio would report it as never retrieved if no task waits any more
        self._on_end(self)

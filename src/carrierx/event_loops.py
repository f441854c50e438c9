"""asyncio helpers: the running event loop, and one call that many tasks wait for."""

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
        ConfigurationError: No asyncio event loop is running, although one of another library may be, such as trio's.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "AsyncCarrierXClient needs a running asyncio event loop, and there is none. With trio, use "
            "CarrierXClient in a worker thread."
        ) from None


class SharedCall(Generic[T]):
    """One call that any number of tasks of the running loop wait for.

    If a waiting task is cancelled, the call continues for the others. If all are cancelled, so is the call.

    Args:
        coroutine: The call.
        on_end: A function that is called when the call has ended, successfully or not.
    """

    def __init__(self, coroutine: Coroutine[None, None, T], on_end: Callable[[SharedCall[T]], None]) -> None:
        self._on_end = on_end
        self._waiting = 0
        self._abandoned = False
        self._task = asyncio.create_task(coroutine)
        self._task.add_done_callback(self._ended)

    @property
    def joinable(self) -> bool:
        """True if the call is running and has not been cancelled."""
        return not self._abandoned and not self._task.done()

    async def outcome(self) -> T | BaseException:
        """Wait for the call to end. Return its result or its exception, without raising it."""
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
        """Cancel the call and wait for its end. Otherwise a loop that stops would destroy a pending task."""
        self._abandoned = True
        self._task.cancel()
        while not self._task.done():
            try:
                await asyncio.wait([self._task])
            except asyncio.CancelledError:
                self._task.cancel()

    def _ended(self, task: asyncio.Task[T]) -> None:
        if not task.cancelled():
            task.exception()  # or asyncio would report that the exception was never retrieved
        self._on_end(self)

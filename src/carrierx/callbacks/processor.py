"""Processing a callback: confirm it, pass it to your function, and retry."""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from collections.abc import Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from weakref import WeakKeyDictionary

from carrierx.callbacks.confirming import ConfirmationStatus, confirm_async
from carrierx.callbacks.failures import (
    ContradictedCallbackError,
    UnconfirmedCallbackError,
    can_help,
    describe,
    traceback_of,
)
from carrierx.models.message import Message

if TYPE_CHECKING:
    from carrierx.callbacks.keyed_queue import Slot
    from carrierx.callbacks.ledger import CallbackLedger
    from carrierx.callbacks.settings import CallbackCounts

__all__ = ["CallbackHandler", "MessageReader", "Processor", "logger", "shown_sid"]

CallbackHandler: TypeAlias = Callable[[Message], object]
"""Sync or async function that handles a callback. Its result is ignored."""
MessageReader: TypeAlias = Callable[[str], Message | Awaitable[Message]]
"""Function that reads a message by its SID: `client.messages.get` of either client."""

logger: logging.Logger = logging.getLogger("carrierx.callbacks")
logger.addHandler(logging.NullHandler())

_SID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Processor:
    """Processes callbacks.

    Args:
        handler: Your function.
        reader: Reads messages back to confirm callbacks; None to skip that.
        ledger: Forgets callbacks that could not be processed.
        retry_waits: Seconds before each retry.
        counts: Counts the results.
        concurrency: Maximum number of callbacks that are processed at the same time, and of threads for sync handlers.
    """

    def __init__(
        self,
        handler: CallbackHandler,
        reader: MessageReader | None,
        ledger: CallbackLedger,
        retry_waits: Sequence[float],
        counts: CallbackCounts,
        concurrency: int,
    ) -> None:
        self._handler = handler
        self._reader = reader
        self._ledger = ledger
        self._waits = tuple(retry_waits)
        self._counts = counts
        # Not the loop's own threads: slow handlers would delay the recording of callbacks and the responses.
        self._max_threads = concurrency
        self._threads: WeakKeyDictionary[asyncio.AbstractEventLoop, ThreadPoolExecutor] = WeakKeyDictionary()
        self._pauses: set[asyncio.Future[None]] = set()
        self._is_shutting_down = False

    @contextmanager
    def shutting_down(self) -> Generator[None]:
        """Cut the waits before retries short, at the end of a program."""
        self._is_shutting_down = True
        here = asyncio.get_running_loop()
        for pause in self._pauses:
            if pause.get_loop() is here and not pause.done():
                pause.set_result(None)
        try:
            yield
        finally:
            self._is_shutting_down = False

    async def process(self, message: Message, slot: Slot) -> None:
        """Confirm and handle a callback, with retries. Raises nothing except for a cancellation.

        Args:
            message: The callback.
            slot: Slot in which it is processed. It is released between attempts.
        """
        try:
            waits = iter(self._waits)
            while (error := await self._attempt(message)) is not None:
                wait = next(waits, None)
                if wait is None or not can_help(error):
                    return await self._give_up(message, error)
                logger.warning("callback %s: %s; retry in %g s", shown_sid(message), describe(error), wait)
                async with slot.released():
                    await self._pause(wait)
            self._counts.handled += 1
        except asyncio.CancelledError:
            self._counts.interrupted += 1
            logger.warning("callback %s: interrupted; it is not retried", shown_sid(message))
            raise

    async def _attempt(self, message: Message) -> Exception | None:
        try:
            if self._reader is not None:
                await self._confirm(message, self._reader)
            await self._call(self._handler, message)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return RuntimeError("something that the handler waited for was cancelled")  # not the handler itself
        except Exception as error:  # noqa: BLE001 - the queue continues after any error of the handler
            return error
        return None

    async def _confirm(self, message: Message, reader: MessageReader) -> None:
        async def read(message_sid: str) -> Message:
            return cast("Message", await self._call(reader, message_sid))

        found = await confirm_async(message, read)
        if found.status is ConfirmationStatus.CONTRADICTED:
            raise ContradictedCallbackError(
                f"CarrierX has a different message with its SID ({', '.join(found.differing)})"
            )
        if found.status is ConfirmationStatus.NOT_FOUND:
            raise UnconfirmedCallbackError("CarrierX doesn't know the message")

    async def _give_up(self, message: Message, error: Exception) -> None:
        if isinstance(error, UnconfirmedCallbackError):
            self._counts.unconfirmed += 1
            logger.warning("callback %s: dropped, %s", shown_sid(message), error)
        else:
            self._counts.failed += 1
            logger.error("callback %s: given up, %s\n%s", shown_sid(message), describe(error), traceback_of(error))
        if can_help(error):
            await self.forget(message)  # if it comes again, it may be retried

    async def forget(self, message: Message) -> None:
        """Remove a callback from the ledger, so that it is new if it comes again.

        Args:
            message: The callback.
        """
        try:
            await asyncio.to_thread(self._ledger.forget, message)
        except Exception as why:  # noqa: BLE001 - the queue continues
            logger.warning("callback %s: can't be removed from the ledger (%s)", shown_sid(message), type(why).__name__)

    async def _pause(self, seconds: float) -> None:
        if self._is_shutting_down:
            return
        pause = asyncio.get_running_loop().create_future()
        self._pauses.add(pause)
        try:
            await asyncio.wait([pause], timeout=seconds)
        finally:
            self._pauses.discard(pause)

    async def _call(self, function: Callable[[Any], object], argument: object) -> Any:
        """Call a user's function. A sync function runs in a thread, where it may block."""
        if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None)):  # noqa: B004
            result = function(argument)
        else:
            loop = asyncio.get_running_loop()
            threads = self._threads.get(loop)
            if threads is None:
                threads = self._threads[loop] = ThreadPoolExecutor(self._max_threads, "carrierx-callbacks")
            context = copy_context()
            result = await loop.run_in_executor(threads, lambda: context.run(_call_in_thread, function, argument))
        return await result if inspect.isawaitable(result) else result


def _call_in_thread(function: Callable[[Any], object], argument: object) -> object:
    try:
        return function(argument)
    except StopIteration as error:  # a future can't carry it, so the caller would wait forever
        raise RuntimeError("a StopIteration was raised") from error


def shown_sid(message: Message) -> str:
    """Return a callback's SID for a log, unless it isn't a UUID.

    Args:
        message: The callback.
    """
    return message.message_sid if _SID.fullmatch(message.message_sid) else "(not a UUID)"

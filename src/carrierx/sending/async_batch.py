"""Send many messages concurrently with asyncio tasks."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import TYPE_CHECKING, cast

from carrierx.errors import CarrierXError, ConfigurationError, InvalidArgumentError, Outcome
from carrierx.event_loops import running_loop
from carrierx.sending.plan import (
    OTHER_PROCESS,
    WAIT_SLICE,
    AttemptLog,
    BatchCounts,
    SendResult,
    result_of_error,
    result_of_interruption,
    result_of_leaving,
    warn_unstarted,
)
from carrierx.sending.progress import counted_html, length_of, progress_view
from carrierx.sending.requests import TakenRequest, check_requests_async

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType
    from typing import Self

    from carrierx.models.message import Message
    from carrierx.models.send_request import SendMessageRequest
    from carrierx.options import Clock
    from carrierx.sending.plan import BatchPlan
    from carrierx.sending.rate import RateSlot

__all__ = ["AsyncSendBatch"]


class AsyncSendBatch:
    """A batch of sends: an async context manager, and an async iterator over the results as they finish.

    It takes messages as they are needed and returns results as they come, so memory doesn't grow with their number. If
    you leave the block early, it takes no more messages, waits for those that are being sent, and keeps their results
    in `unread`. If your async iterable is about to yield a message, that is cancelled. `messages.send_many` creates it.

    Attributes:
        taken: The number of messages taken so far.
        counts: The number of results so far, by outcome, whether you have read them or not.
    """

    def __init__(
        self,
        requests: Iterable[object] | AsyncIterable[object],
        plan: BatchPlan,
        parse: Callable[[Mapping[str, object]], SendMessageRequest],
        clock: Clock,
        prepare: Callable[[SendMessageRequest], Awaitable[Callable[[], Awaitable[tuple[Message, str | None]]]]],
    ) -> None:
        self.taken: int = 0
        self.counts: BatchCounts = BatchCounts()
        self._length = length_of(requests)
        checked = check_requests_async(requests)
        self._source = aiter(checked) if isinstance(checked, AsyncIterable) else _OneByOne(checked)
        self._plan = plan
        self._parse = parse
        self._clock = clock
        self._prepare = prepare
        self._take_lock = asyncio.Lock()
        self._changed = asyncio.Event()
        self._results: deque[SendResult] = deque()
        self._workers: list[asyncio.Task[None]] = []
        self._working = 0
        self._taker: asyncio.Task[None] | None = None
        self._process = os.getpid()
        self._entered = False
        self._stopping = False
        self._left = False
        self._exhausted = False
        self._failure: BaseException | None = None

    @property
    def unread(self) -> tuple[SendResult, ...]:
        """The results that you hadn't read when you left the block; empty until then, and in another process."""
        return tuple(self._results) if self._left and not self._elsewhere else ()

    async def __aenter__(self) -> Self:
        if self._entered:
            raise InvalidArgumentError("A batch can be entered only once. Call send_many again.")
        self._entered = True
        self._check_process()
        running_loop()
        self._working = self._plan.concurrency
        for number in range(self._plan.concurrency):
            worker = asyncio.create_task(self._work(), name=f"carrierx-send-{number}")
            worker.add_done_callback(self._worker_ended)
            self._workers.append(worker)
        return self

    def __aiter__(self) -> AsyncIterator[SendResult]:
        return self

    async def __anext__(self) -> SendResult:
        """Return the next result.

        Raises:
            StopAsyncIteration: There are no more results.
            InvalidArgumentError: The batch was not entered by `async with`.
            ConfigurationError: The batch was created in the parent process of this fork.
            CarrierXError: Other code cancelled a task of the batch, so not all messages were sent.
            BaseException: The exception of your iterable, after the results of all messages before it.
        """
        if not self._entered:
            raise InvalidArgumentError("Enter the batch first: async with client.messages.send_many(...) as batch: ...")
        self._check_process()
        while not self._results and self._working and not self._left:
            await self._change()
        if self._results and not self._left:
            self._changed.set()
            return self._results.popleft()
        error, self._failure = self._failure, None
        if error is None or self._left:
            raise StopAsyncIteration
        raise error

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping = True
        if self._elsewhere:
            self._left = True
            return
        self._changed.set()
        if self._taker is not None:
            self._taker.cancel()
        interruption: asyncio.CancelledError | None = None
        while running := [worker for worker in self._workers if not worker.done()]:
            try:
                await asyncio.wait(running)
            except asyncio.CancelledError as again:
                # Cancelled while leaving: this also ends the sends, and each of them reports what is known.
                interruption = again
                for worker in running:
                    worker.cancel()
        self._left = True
        if interruption is not None:
            raise interruption

    async def progress(self, *, total: int | None = None) -> AsyncIterator[SendResult]:
        """Iterate over the results like the batch itself, and show the progress meanwhile.

        In a notebook, it shows a bar with the outcomes, on a terminal the same with Rich (extra `cli`), and elsewhere
        nothing. What it shows contains no phone number and no text.

        Args:
            total: The number of messages, if your iterable has no length.

        Yields:
            The results.

        Example:
            >>> texts = [{"from": "15162065575", "to": "15162065574", "message": f"Hello {n}"} for n in range(3)]
            >>> async with client.messages.send_many(texts) as batch:
            ...     sum([result.ok async for result in batch.progress()])
            3
        """
        view = progress_view(self._length if total is None else total)
        try:
            async for result in self:
                view.show(self.counts)
                yield result
        finally:
            view.close(self.counts)

    def _repr_html_(self) -> str:
        return counted_html(self.counts, self._length)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.taken} taken, {self.counts}>"

    def __del__(self) -> None:
        if not getattr(self, "_entered", True) and not self._elsewhere:
            warn_unstarted()

    @property
    def _elsewhere(self) -> bool:
        """True in a fork of the process that created the batch, which sends the messages itself."""
        return os.getpid() != self._process

    def _check_process(self) -> None:
        if self._elsewhere:
            raise ConfigurationError(OTHER_PROCESS)

    async def _change(self) -> None:
        """Wait for a change. Unlike with a condition, notifying never waits, even when cancelled."""
        self._changed.clear()
        await self._changed.wait()

    def _worker_ended(self, worker: asyncio.Task[None]) -> None:
        # Here, because a task that is cancelled before it starts never runs.
        self._working -= 1
        self._changed.set()
        error = None if worker.cancelled() else worker.exception()
        if not self._exhausted and (worker.cancelled() or error is not None):
            self._end(error or CarrierXError("A task of the batch was cancelled, so not all messages were taken."))

    async def _work(self) -> None:
        while (taken := await self._take()) is not None:
            await self._hand_over(await self._result(taken))

    async def _take(self) -> TakenRequest | None:
        async with self._take_lock:
            if self._stopping or self._exhausted:
                return None
            worker = self._taker = cast("asyncio.Task[None]", asyncio.current_task())
            try:
                given = await anext(self._source)
            except StopAsyncIteration:
                self._exhausted = True
                return None
            except BaseException as error:
                if isinstance(error, asyncio.CancelledError) and worker.cancelling():
                    raise
                self._end(error)  # it is raised where the results are read
                return None
            finally:
                self._taker = None
            if self._elsewhere:
                return None
            taken = TakenRequest(self.taken, given)
            self.taken += 1
            return taken

    def _end(self, error: BaseException) -> None:
        """Take no more messages, and raise this after the results of those that were taken."""
        self._exhausted = True
        self._failure = self._failure or error

    async def _result(self, taken: TakenRequest) -> SendResult:
        log = AttemptLog()
        try:
            request = taken.request(self._parse)
            post = await self._prepare(request)  # before its slot, because measuring media takes time
            if not await self._wait_for_slot(self._plan.slot(request)):
                return result_of_leaving(taken.index, taken.given)
            message, reference = await post()
        except Exception as error:  # noqa: BLE001 - each becomes its request's result
            self._plan.note_rate_limit(error)
            return result_of_error(taken.index, taken.given, error, log)
        except BaseException as error:
            self._add(result_of_interruption(taken.index, taken.given, error, log))
            raise
        return SendResult(taken.index, taken.given, message, None, Outcome.ACCEPTED, reference)

    async def _wait_for_slot(self, slot: RateSlot) -> bool:
        while not self._stopping and not self._elsewhere:
            left = self._plan.limiter.claim(slot)
            if left <= 0:
                return True
            await self._clock.sleep_async(min(left, WAIT_SLICE))
        return False

    async def _hand_over(self, result: SendResult) -> None:
        try:
            while len(self._results) >= self._plan.concurrency and not self._stopping:
                await self._change()
        finally:
            self._add(result)
            self._changed.set()

    def _add(self, result: SendResult) -> None:
        self._results.append(result)
        self.counts.add(result.outcome)


class _OneByOne:
    """Makes an async iterator of a plain iterable."""

    def __init__(self, requests: Iterable[object]) -> None:
        self._items = iter(requests)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> object:
        try:
            return next(self._items)
        except StopIteration:
            raise StopAsyncIteration from None

"""Send many messages concurrently with threads."""

from __future__ import annotations

import os
import threading
from collections import deque
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING

from carrierx.errors import ConfigurationError, InvalidArgumentError, Outcome
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
from carrierx.sending.requests import TakenRequest, check_requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from carrierx.models.message import Message
    from carrierx.models.send_request import SendMessageRequest
    from carrierx.options import Clock
    from carrierx.sending.plan import BatchPlan
    from carrierx.sending.rate import RateSlot

__all__ = ["SendBatch"]


OWNER_CHECK = 0.5
"""The seconds after which a worker with an unread result checks whether the thread that reads has ended."""


class SendBatch:
    """A batch of sends: a context manager, and an iterator over the results as they finish.

    It takes messages as they are needed and returns results as they come, so memory doesn't grow with their number. If
    you leave the block early, it takes no more messages, waits for those that are being sent, and keeps their results
    in `unread`. If your iterable is about to yield a message, it waits for that, too. `messages.send_many` creates it.

    Attributes:
        taken: The number of messages taken so far.
        counts: The number of results so far, by outcome, whether you have read them or not.
    """

    def __init__(
        self,
        requests: Iterable[object],
        plan: BatchPlan,
        parse: Callable[[Mapping[str, object]], SendMessageRequest],
        clock: Clock,
        prepare: Callable[[SendMessageRequest], Callable[[], tuple[Message, str | None]]],
    ) -> None:
        self.taken: int = 0
        self.counts: BatchCounts = BatchCounts()
        self._length = length_of(requests)
        self._source = iter(check_requests(requests))
        self._plan = plan
        self._parse = parse
        self._clock = clock
        self._prepare = prepare
        self._take_lock = threading.Lock()
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        # Unlike a condition, a plain lock can be waited for by a thread that may be interrupted at any moment.
        self._reader_wake = threading.Lock()
        self._results: deque[SendResult] = deque()
        self._waiting_results = 0
        self._workers: list[threading.Thread] = []
        self._working = 0
        self._owner = threading.current_thread()
        self._process = os.getpid()
        self._entered = False
        self._stopping = False
        self._left = False
        self._exhausted = False
        self._failure: BaseException | None = None

    @property
    def unread(self) -> tuple[SendResult, ...]:
        """The results that you hadn't read when you left the block; empty until then, and in another process."""
        if self._elsewhere:
            return ()
        with self._changed:
            return tuple(self._results) if self._left else ()

    def __enter__(self) -> Self:
        if self._entered:
            raise InvalidArgumentError("A batch can be entered only once. Call send_many again.")
        self._entered = True
        self._check_process()
        self._owner = threading.current_thread()
        try:
            self._start_workers()
        except BaseException:
            self._leave()
            raise
        return self

    def __iter__(self) -> Iterator[SendResult]:
        return self

    def __next__(self) -> SendResult:
        """Return the next result.

        Raises:
            StopIteration: There are no more results.
            InvalidArgumentError: The batch was not entered by `with`.
            ConfigurationError: The batch was created in the parent process of this fork.
            BaseException: The exception of your iterable, after the results of all messages before it.
        """
        if not self._entered:
            raise InvalidArgumentError("Enter the batch first: with client.messages.send_many(...) as batch: ...")
        self._check_process()
        self._release_lock()
        while not self._take_next():
            self._reader_wake.acquire()
        # This comes last, so that an interrupt before it leaves the result in `unread`. Python handles signals after
        # calls, and these lines have none: an interrupt can't lose the result either.
        result = self._results[0]
        del self._results[0]
        return result

    def _take_next(self) -> bool:
        """Tell whether there is a result to return. If not, the reader is woken when something changes.

        Raises:
            StopIteration: There are no more results.
            BaseException: The exception of the iterable.
        """
        with self._changed:
            if self._left:
                raise StopIteration
            if not self._waiting_results and self._working:
                return False
            if self._waiting_results != 1:
                # Another thread that reads may take the next result, or learn that there are no more.
                self._wake_reader()
            if not self._waiting_results:
                error, self._failure = self._failure, None
                raise StopIteration if error is None else error
            self._waiting_results -= 1
            self._changed.notify_all()
            return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave()

    def progress(self, *, total: int | None = None) -> Iterator[SendResult]:
        """Iterate over the results like the batch itself, and show the progress meanwhile.

        In a notebook, it shows a bar with the outcomes, on a terminal the same with Rich (extra `cli`), and elsewhere
        nothing. What it shows contains no phone number and no text.

        Args:
            total: The number of messages, if your iterable has no length.

        Returns:
            An iterator over the results.

        Example:
            >>> texts = [{"from": "15162065575", "to": "15162065574", "message": f"Hello {n}"} for n in range(3)]
            >>> with client.messages.send_many(texts) as batch:
            ...     sum(result.ok for result in batch.progress())
            3
        """
        view = progress_view(self._length if total is None else total)
        try:
            for result in self:
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
        """True in a fork of the process that created the batch: its threads aren't here, and its locks might be held.

        The parent process sends the messages and returns the results.
        """
        return os.getpid() != self._process

    def _check_process(self) -> None:
        if self._elsewhere:
            raise ConfigurationError(OTHER_PROCESS)

    def _start_workers(self) -> None:
        for number in range(self._plan.concurrency):
            # Each in a context of its own, in which the caller's values, such as the current span, are visible.
            worker = threading.Thread(target=copy_context().run, args=(self._work,), name=f"carrierx-send-{number}")
            with self._changed:
                self._working += 1
            try:
                worker.start()
            except BaseException as error:
                with self._changed:
                    self._working -= 1
                # The system has no more threads; the running ones do the work.
                if not isinstance(error, RuntimeError) or not self._workers:
                    raise
                return
            self._workers.append(worker)

    def _leave(self) -> None:
        self._stopping = True
        if self._elsewhere:
            self._left = True
            return
        try:
            self._release_lock()
            with self._changed:
                self._changed.notify_all()
            for worker in self._workers:
                worker.join()
        finally:
            self._left = True

    def _release_lock(self) -> None:
        """Release the lock if an interrupt, just before the `with` block, left it to this thread."""
        with suppress(RuntimeError):  # usually this thread doesn't hold it
            while True:
                self._lock.release()

    def _work(self) -> None:
        try:
            while (taken := self._take()) is not None:
                self._hand_over(self._result(taken))
        finally:
            with self._changed:
                self._working -= 1
                self._wake_reader()

    def _wake_reader(self) -> None:
        """Wake a thread that waits for a result. The caller holds the lock of `_changed`."""
        if self._reader_wake.locked():
            self._reader_wake.release()

    def _take(self) -> TakenRequest | None:
        with self._take_lock:
            if self._stopping or self._exhausted:
                return None
            try:
                given = next(self._source)
            except StopIteration:
                self._exhausted = True
                return None
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever reads the results
                self._end(error)
                return None
            if self._elsewhere:
                return None
            taken = TakenRequest(self.taken, given)
            self.taken += 1
            return taken

    def _end(self, error: BaseException) -> None:
        """Take no more messages, and raise this after the results of those that were taken."""
        self._exhausted = True
        self._failure = self._failure or error

    def _result(self, taken: TakenRequest) -> SendResult:
        log = AttemptLog()
        try:
            request = taken.request(self._parse)
            post = self._prepare(request)  # before its slot, because measuring media takes time
            if not self._wait_for_slot(self._plan.slot(request)):
                return result_of_leaving(taken.index, taken.given)
            message, reference = post()
        except Exception as error:  # noqa: BLE001 - each becomes its request's result
            self._plan.note_rate_limit(error)
            return result_of_error(taken.index, taken.given, error, log)
        except BaseException as error:  # noqa: BLE001 - what is not to be caught goes to whoever reads the results
            self._end(error)
            return result_of_interruption(taken.index, taken.given, error, log)
        return SendResult(taken.index, taken.given, message, None, Outcome.ACCEPTED, reference)

    def _wait_for_slot(self, slot: RateSlot) -> bool:
        while not self._stopping and not self._elsewhere:
            left = self._plan.limiter.claim(slot)
            if left <= 0:
                return True
            self._clock.sleep(min(left, WAIT_SLICE))
        return False

    def _hand_over(self, result: SendResult) -> None:
        with self._changed:
            while self._waiting_results >= self._plan.concurrency and not self._stopping:
                if not self._changed.wait(OWNER_CHECK) and not self._owner.is_alive():
                    self._stopping = True  # at exit, the interpreter would wait for this thread forever
            self._results.append(result)
            self.counts.add(result.outcome)
            self._waiting_results += 1
            self._wake_reader()

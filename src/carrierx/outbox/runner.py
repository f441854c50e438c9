"""Runs a worker's plans: with threads, or with tasks of asyncio. Everything that waits or blocks is here."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from carrierx.errors import InvalidArgumentError
from carrierx.outbox.errors import OutboxError, OutboxUnavailableError
from carrierx.outbox.events import DatabaseUnavailable, WorkerFailed, WorkerStarted, WorkerStopped
from carrierx.outbox.ports import LookupFailedError
from carrierx.outbox.worker import LookUp, Pause, Send, Step, Transaction

if TYPE_CHECKING:
    from types import FrameType

    from carrierx.outbox.carrier import AsyncCarrier, Carrier
    from carrierx.outbox.events import OutboxEventHandler
    from carrierx.outbox.ports import Store
    from carrierx.outbox.worker import Plan, Worker

__all__ = ["RunReport", "Until", "checked_until", "run_tasks", "run_threads"]

T = TypeVar("T")


class _Flag(Protocol):
    def is_set(self) -> bool: ...


Until: TypeAlias = "Callable[[], bool] | _Flag | None"

_LOOK_AT_UNTIL_EVERY = 0.1
_HANGS = "it takes statements and doesn't answer"
_FORKED = "The process was forked while it ran a worker. Start one in the child process."


@dataclass(frozen=True, slots=True)
class RunReport:
    """A worker's result: what it did, and why it stopped.

    Attributes:
        accepted: The number of messages that CarrierX accepted.
        rejected: The number of messages that CarrierX rejected, or that break rules.
        not_sent: The number of attempts that provably sent nothing. Their messages are queued again.
        unknown: The number of attempts after which it was unknown whether their message was sent.
        resolved: The number of unknown messages that were found, or proven absent, or handed to a person.
        stopped_because: Why it stopped.
    """

    accepted: int
    rejected: int
    not_sent: int
    unknown: int
    resolved: int
    stopped_because: str


def checked_until(until: object) -> Callable[[], bool]:
    """Convert an `until` argument to a function.

    Raises:
        InvalidArgumentError: It is neither a function nor an event.
    """
    if until is None:
        return lambda: False
    is_set: object = getattr(until, "is_set", until)
    if not callable(is_set):
        raise InvalidArgumentError("until must be a function that returns True at the end, or an event with is_set().")
    function: Callable[[], object] = is_set
    return lambda: bool(function())


def _follow(plan: Plan[T], execute: Callable[[Step], object]) -> T:
    """Execute a plan's steps until it ends."""
    try:
        step = next(plan)
        while True:
            try:
                result = execute(step)
            except Exception as error:  # noqa: BLE001 - the plan decides
                step = plan.throw(error)
            else:
                step = plan.send(result)
    except StopIteration as end:
        value: T = end.value
        return value


def _report(worker: Worker, because: str) -> RunReport:
    """Return what a worker did."""
    counts = worker.counts
    return RunReport(counts.accepted, counts.rejected, counts.not_sent, counts.unknown, counts.resolved, because)


class _Ending:
    """The reason why a worker ends, and the first exception of one of its plans."""

    def __init__(self) -> None:
        self.because = ""
        self.failure: BaseException | None = None

    def set(self, because: str) -> None:
        self.because = self.because or because

    def fail(self, failure: BaseException) -> None:
        self.failure = self.failure or failure
        self.set(type(failure).__name__)


class _Signals:
    """Notices SIGTERM, SIGHUP and Ctrl-C. A second one acts as it would without us.

    It only takes note: a handler that sets an event could wait forever for the event's lock, which the interrupted code
    may hold. Only the main thread can have handlers. A worker in another thread is stopped with `until=`.

    Attributes:
        received: The name of the signal, or an empty string.
    """

    def __init__(self) -> None:
        self.received = ""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGTERM", "SIGINT", "SIGHUP"):  # Windows has no SIGHUP
                number: signal.Signals | None = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.received = signal.Signals(number).name
        self._restore()

    def _restore(self) -> None:
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)


@contextmanager
def _as_worker(store: Store) -> Generator[None]:
    store.start_worker()
    try:
        yield
    finally:
        store.stop_worker()


def run_threads(
    worker: Worker,
    store: Store,
    carrier: Carrier,
    emit: OutboxEventHandler,
    *,
    concurrency: int,
    until: Callable[[], bool],
    seconds: float | None,
) -> RunReport:
    """Run a worker with threads, and return when it has stopped and everything is written.

    Raises:
        BaseException: What ended one of its threads.
    """
    ending, wake, pid = _Ending(), threading.Event(), os.getpid()

    def stop(because: str) -> None:
        ending.set(because)
        worker.stopping = True
        wake.set()

    def execute(step: Step) -> object:
        if os.getpid() != pid:
            raise OutboxError(_FORKED)
        match step:
            case Transaction():
                return step.run(store)
            case Send():
                return carrier.send(step.message, step.fence)
            case LookUp():
                return carrier.look_up(step.reference)
            case Pause(seconds=pause, ends_on_stop=True):
                wake.wait(pause)
            case Pause():
                time.sleep(step.seconds)
        return None

    def work(plan: Plan[None]) -> None:
        try:
            _follow(plan, execute)
        except BaseException as error:  # noqa: BLE001 - `run` raises it
            if not (worker.stopping and isinstance(error, OutboxUnavailableError)):
                emit(WorkerFailed(type(error).__name__))
                ending.fail(error)
                stop(type(error).__name__)

    with _as_worker(store), _Signals() as signals:
        emit(WorkerStarted(concurrency))
        plans = [*(worker.sending() for _ in range(concurrency)), worker.maintaining()]
        threads = [
            threading.Thread(target=work, args=(plan,), name=f"carrierx-outbox-{number}", daemon=True)
            for number, plan in enumerate(plans)
        ]
        for thread in threads:
            thread.start()
        end = None if seconds is None else time.monotonic() + seconds
        give_up_at: float | None = None
        try:
            while any(thread.is_alive() for thread in threads):
                if not worker.stopping and (because := _reason_to_stop(signals, until, end, emit, ending)):
                    stop(because)
                if worker.stopping:
                    give_up_at = time.monotonic() + worker.longest_stop if give_up_at is None else give_up_at
                    if time.monotonic() > give_up_at:
                        # Its threads end with the process, or send nothing more. Leases expire, as after a kill.
                        emit(DatabaseUnavailable("stop", _HANGS))
                        break
                _join_one(threads, _LOOK_AT_UNTIL_EVERY)
        finally:
            # Also after a second Ctrl-C: what is in flight is finished, if the process lives on.
            worker.stopping = True
            wake.set()
    if os.getpid() != pid:  # `until` or a signal handler forked: a child has none of the threads, and sent nothing
        raise OutboxError(_FORKED)
    return _ended(worker, ending, emit)


def _join_one(threads: list[threading.Thread], seconds: float) -> None:
    for thread in threads:
        if thread.is_alive():
            thread.join(seconds)
            return


def _reason_to_stop(
    signals: _Signals,
    until: Callable[[], bool],
    end: float | None,
    emit: OutboxEventHandler,
    ending: _Ending,
) -> str:
    """Return why a worker should stop now, or an empty string."""
    if signals.received:
        return signals.received
    try:
        if until():
            return "until"
    except Exception as error:  # noqa: BLE001 - it ends the worker, after what is in flight
        emit(WorkerFailed(type(error).__name__))
        ending.fail(error)
        return type(error).__name__
    return "time" if end is not None and time.monotonic() >= end else ""


def _ended(worker: Worker, ending: _Ending, emit: OutboxEventHandler) -> RunReport:
    because = ending.because or ("drained" if worker.stop_reason is None else worker.stop_reason.value)
    emit(WorkerStopped(because))
    if ending.failure is not None:
        raise ending.failure
    return _report(worker, because)


async def run_tasks(
    worker: Worker,
    store: Store,
    carrier: AsyncCarrier,
    emit: OutboxEventHandler,
    *,
    concurrency: int,
    until: Callable[[], bool],
    seconds: float | None,
) -> RunReport:
    """Run a worker with tasks, and return when it has stopped and everything is written.

    The store's transactions run in threads, because they block. There are as many as tasks, so that the store can let
    them share a commit.

    Raises:
        BaseException: What ended one of its tasks, or the cancellation of this one.
    """
    ending, wake, pid = _Ending(), asyncio.Event(), os.getpid()

    def stop(because: str) -> None:
        ending.set(because)
        worker.stopping = True
        wake.set()

    with _as_worker(store), _TransactionThreads(store, concurrency + 1) as database, _Signals() as signals:

        async def execute(step: Step) -> object:
            if os.getpid() != pid:
                raise OutboxError(_FORKED)
            match step:
                case Transaction():
                    return await database.run(step.run)
                case Send():
                    return await carrier.send(step.message, step.fence)
                case LookUp():
                    return await carrier.look_up(step.reference)
                case Pause(ends_on_stop=True):
                    with suppress(TimeoutError):
                        async with asyncio.timeout(step.seconds):
                            await wake.wait()
                case Pause():
                    await asyncio.sleep(step.seconds)
            return None

        async def execute_if_cancelled(step: Step) -> object:
            """Execute a step. If this task is cancelled meanwhile, the worker stops, and the plan writes what it has.

            A send that is cancelled reports what that proves. So whoever cancels every task of the loop, as
            asyncio.run does at its end, gets what a cancelled run_async does, except that sends aren't finished.
            """
            try:
                result = await execute(step)
            except asyncio.CancelledError:
                stop("cancelled")
                if isinstance(step, LookUp):
                    raise LookupFailedError("cancelled") from None
                result = None  # of a pause, which ends early
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                stop("cancelled")
            return result

        async def work(plan: Plan[None]) -> None:
            try:
                await _follow_async(plan, execute_if_cancelled)
            except BaseException as error:  # noqa: BLE001 - `run_async` raises it
                if not (worker.stopping and isinstance(error, OutboxUnavailableError)):
                    emit(WorkerFailed(type(error).__name__))
                    ending.fail(error)
                    stop(type(error).__name__)

        emit(WorkerStarted(concurrency))
        plans = [*(worker.sending() for _ in range(concurrency)), worker.maintaining()]
        tasks = [asyncio.create_task(work(plan), name="carrierx-outbox") for plan in plans]
        end = None if seconds is None else time.monotonic() + seconds
        give_up_at: float | None = None
        cancelled: BaseException | None = None
        while not all(task.done() for task in tasks):
            try:
                if not worker.stopping and (because := _reason_to_stop(signals, until, end, emit, ending)):
                    stop(because)
                if worker.stopping:
                    give_up_at = time.monotonic() + worker.longest_stop if give_up_at is None else give_up_at
                    if time.monotonic() > give_up_at and not database.given_up:
                        database.give_up()
                        emit(DatabaseUnavailable("stop", _HANGS))
                await asyncio.wait(tasks, timeout=_LOOK_AT_UNTIL_EVERY)
            except asyncio.CancelledError as error:
                # The tasks aren't cancelled: what they send is finished and written first.
                cancelled = error
                stop("cancelled")
    if cancelled is not None:
        emit(WorkerStopped("cancelled"))
        raise cancelled
    return _ended(worker, ending, emit)


class _TransactionThreads:
    """Threads that run a store's transactions for tasks. A transaction that hangs doesn't keep the process from ending.

    Attributes:
        given_up: Whether transactions aren't waited for any more.
    """

    def __init__(self, store: Store, count: int) -> None:
        self.given_up: bool = False
        self._store = store
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[Store], Any]] | None] = SimpleQueue()
        self._running: set[asyncio.Future[Any]] = set()
        self._threads = [
            threading.Thread(target=self._work, name=f"carrierx-outbox-{number}", daemon=True)
            for number in range(count)
        ]

    def __enter__(self) -> _TransactionThreads:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for _thread in self._threads:
            self._waiting.put(None)
        if not self.given_up:
            for thread in self._threads:
                thread.join()

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            self._finish(*item)
            del item  # a thread that waits keeps nothing of a message alive

    def _finish(self, future: Future[T], run: Callable[[Store], T]) -> None:
        if future.set_running_or_notify_cancel():
            try:
                result = run(self._store)
            except BaseException as error:  # noqa: BLE001 - the task that waits for it raises it
                future.set_exception(error)
            else:
                future.set_result(result)

    async def run(self, run: Callable[[Store], T]) -> T:
        """Run a transaction, and wait for it, also if this task is cancelled meanwhile: its result counts.

        The caller sees by `cancelling()` that it was.

        Raises:
            OutboxUnavailableError: It was given up.
        """
        if self.given_up:
            raise OutboxUnavailableError(_HANGS)
        begun: Future[T] = Future()
        future = asyncio.wrap_future(begun)
        self._waiting.put((begun, run))
        self._running.add(future)
        try:
            while not future.cancelled():
                with suppress(asyncio.CancelledError):
                    return await asyncio.shield(future)
        finally:
            self._running.discard(future)
        raise OutboxUnavailableError(_HANGS)

    def give_up(self) -> None:
        """Let the tasks wait no longer for transactions, now and later."""
        self.given_up = True
        for future in self._running:
            future.cancel()


async def _follow_async(plan: Plan[T], execute: Callable[[Step], Any]) -> T:
    try:
        step = next(plan)
        while True:
            try:
                result = await execute(step)
            except Exception as error:  # noqa: BLE001 - the plan decides
                step = plan.throw(error)
            else:
                step = plan.send(result)
    except StopIteration as end:
        value: T = end.value
        return value

"""Several worker processes of an outbox, and the parent that starts them again when they die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final

import typer

from carrierx.cli.exit_codes import ExitCode
from carrierx.cli.failures import CommandError
from carrierx.cli.session import Session
from carrierx.cli.tokens import find_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import SpawnProcess
    from types import FrameType, TracebackType

    from carrierx.cli.options import CommonOptions
    from carrierx.outbox import OutboxEvent, RunReport

__all__ = ["WorkerOptions", "run_processes"]

_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 60.0
_LOOK_EVERY: Final = 0.2
_SIGNALS: Final = ("SIGTERM", "SIGINT", "SIGHUP")  # Windows has no SIGHUP
_LASTING: Final = (ExitCode.USAGE, ExitCode.CREDENTIALS)
"""Exit codes of a worker that would fail again in the same way."""


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """Options of a worker process.

    Attributes:
        database: The URL of the database.
        namespace: The outbox.
        schema: The PostgreSQL schema of its tables.
        rate: The most messages per second of all workers together.
        sender_rate: The most messages per second from each number.
        concurrency: The number of sends at the same time of each process.
        common: The options that every command has.
        notes: Makes the function that says what a person should know while a worker runs.
        token: The token.
    """

    database: str = field(repr=False)
    namespace: str
    schema: str | None
    rate: float | None
    sender_rate: float | None
    concurrency: int
    common: CommonOptions
    notes: Callable[[Session], Callable[[OutboxEvent], None]]
    token: str = field(default="", repr=False)


def run_processes(session: Session, options: WorkerOptions, count: int) -> RunReport:
    """Run worker processes until a signal, and start those again that die.

    Args:
        session: The command's session.
        options: What each process is started with.
        count: The number of processes.

    Returns:
        What the processes did together, without those that were killed.

    Raises:
        CommandError: The number isn't possible, or a worker failed in a way that would come again.
    """
    from carrierx.outbox import Outbox, RunReport

    if count > 1 and options.database.startswith("sqlite:"):
        raise CommandError(
            "An outbox in an SQLite file has one worker process: use --processes 1. For more sends at the same time, "
            "use --concurrency. Several processes need PostgreSQL."
        )
    # What is wrong for all processes is said once, before there are any.
    with Outbox(options.database, namespace=options.namespace, schema=options.schema) as outbox:
        outbox.list(limit=1)
    options = _with_token(session, options)
    workers = [_Worker(number, options) for number in range(1, count + 1)]
    with _Noted() as noted:
        session.note(
            f"Sending what's in the outbox with {count} process{'es' if count > 1 else ''}. Ctrl-C stops after the "
            "sends in progress."
        )
        failure = _watch(session, workers, noted)
        for worker in workers:
            worker.ask_to_stop()
        for worker in workers:
            worker.join()
    if failure:
        raise CommandError(
            f"A worker process ended with the exit code {failure}. The others were stopped.", code=ExitCode(failure)
        )
    accepted, rejected, not_sent, unknown, resolved = map(sum, zip(*(worker.done for worker in workers), strict=True))
    return RunReport(accepted, rejected, not_sent, unknown, resolved, noted.received)


def _with_token(session: Session, options: WorkerOptions) -> WorkerOptions:
    """Read the token once: standard input and pipes have it only once."""
    token = find_token(session.options).secret.get_secret_value()
    return replace(options, token=token, common=replace(options.common, token_file=None, token_stdin=False))


def _watch(session: Session, workers: list[_Worker], noted: _Noted) -> int:
    """Start the workers, also those that died, until a signal. Return the exit code of one that can't work, or 0."""
    while not noted.received:
        for worker in workers:
            worker.start_if_due()
        wait([each for worker in workers for each in worker.sentinels()], _LOOK_EVERY)
        for worker in workers:
            ended = worker.ended()
            if ended is None:
                continue
            if ended in _LASTING:
                return ended
            if not noted.received:
                how = f"was killed by {signal.Signals(-ended).name}" if ended < 0 else f"ended with exit code {ended}"
                session.note(f"Worker {worker.number} {how}. Starting another in {worker.wait:g} s.")
    return 0


class _Worker:
    """One place for a worker process: it has a process, or waits for the next one.

    Attributes:
        number: Its number, from 1.
        wait: The seconds before the next process starts.
        done: Counts of what its processes did, as in a `RunReport`.
    """

    def __init__(self, number: int, options: WorkerOptions) -> None:
        self.number = number
        self.wait = 0.0
        self.done = [0, 0, 0, 0, 0]
        self._options = options
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._start_at = self._started_at = time.monotonic()

    def start_if_due(self) -> None:
        """Start a process if there is none and the wait is over."""
        if self._process is not None or time.monotonic() < self._start_at:
            return
        context = multiprocessing.get_context("spawn")  # a fork would copy the parent's connections and locks
        self._connection, theirs = context.Pipe()
        # Not a daemon: these are killed when the parent ends, in the middle of a send.
        self._process = context.Process(
            target=_work, args=(theirs, self._options), name=f"carrierx-outbox-{self.number}"
        )
        self._started_at = time.monotonic()
        self._process.start()
        theirs.close()

    def sentinels(self) -> list[int]:
        """Return what becomes ready when the process ends."""
        return [] if self._process is None else [self._process.sentinel]

    def ended(self) -> int | None:
        """Return the exit code of a process that has ended, once; below 0 for a signal."""
        if self._process is None or self._process.exitcode is None:
            return None
        code = self._process.exitcode
        self._collect()
        lasted = time.monotonic() - self._started_at
        self.wait = _FIRST_WAIT if not self.wait or lasted > _LONGEST_WAIT else min(2 * self.wait, _LONGEST_WAIT)
        self._start_at = time.monotonic() + self.wait
        return code

    def ask_to_stop(self) -> None:
        """Let the process finish what it sends, and end."""
        if self._connection is not None:
            with suppress(OSError):  # it has ended
                self._connection.send("stop")

    def join(self) -> None:
        """Wait for the end of the process."""
        if self._process is not None:
            self._process.join()
            self._collect()

    def _collect(self) -> None:
        if self._connection is not None:
            with suppress(EOFError, OSError):  # it was killed
                if self._connection.poll():
                    counts: list[int] = self._connection.recv()
                    self.done = [before + more for before, more in zip(self.done, counts, strict=True)]
            self._connection.close()
        if self._process is not None:
            self._process.join()
            self._process.close()
        self._process = self._connection = None


def _work(connection: Connection, options: WorkerOptions) -> None:
    """Run a worker process, until the parent says so or is gone, or SIGTERM."""
    from carrierx.outbox import Outbox

    # The terminal sends these to all processes. Only the parent acts on them: a second signal would end a send.
    for name in ("SIGINT", "SIGHUP"):
        number: signal.Signals | None = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_IGN)
    os.environ["CARRIERX_TOKEN"] = options.token
    session = Session(options.common)
    try:
        with (
            session.reporting(),
            Outbox(
                options.database,
                namespace=options.namespace,
                schema=options.schema,
                on_event=options.notes(session),
            ) as outbox,
            session.client() as client,
        ):
            report = outbox.run(
                client,
                rate=options.rate,
                sender_rate=options.sender_rate,
                concurrency=options.concurrency,
                until=connection.poll,  # also true if the parent is gone, however it ended
            )
    except typer.Exit as ended:
        sys.exit(ended.exit_code)
    with suppress(OSError):  # there is no parent any more
        connection.send([report.accepted, report.rejected, report.not_sent, report.unknown, report.resolved])


class _Noted:
    """Takes note of the first signal. A second one ends the parent, and the workers finish what they send.

    Attributes:
        received: The name of the signal, or an empty string.
    """

    def __init__(self) -> None:
        self.received = ""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Noted:
        if threading.current_thread() is threading.main_thread():
            for name in _SIGNALS:
                number: signal.Signals | None = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._restore()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.received = signal.Signals(number).name
        self._restore()

    def _restore(self) -> None:
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)

"""Celery starts the workers of an outbox. It needs the extra `celery`.

    from celery import Celery

    from carrierx import CarrierXClient
    from carrierx.outbox import Outbox
    from carrierx.outbox.celery import register

    app = Celery(broker="redis://localhost")
    sending = register(app, outbox=lambda: Outbox("postgresql:///shop"), client=CarrierXClient)

The tasks say "send what is due" and carry no texts, numbers or keys: all of that is in the outbox's database. So it
does no harm if Celery or the broker loses, repeats or delays a task. The next sweep sends what is left.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from carrierx.errors import ConfigurationError, InvalidArgumentError
from carrierx.extras import needs_packages
from carrierx.options import check_count, check_seconds
from carrierx.outbox.errors import OutboxUnavailableError, WorkerConflictError
from carrierx.outbox.events import WorkerStarted, WorkerStopped, logger

try:
    from celery.signals import beat_init, task_revoked, worker_process_shutdown, worker_shutdown
except ImportError as _missing:
    raise ImportError(needs_packages("carrierx.outbox.celery", "celery")) from _missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery
    from celery.app.task import Task

    from carrierx.client import CarrierXClient
    from carrierx.outbox.outbox import Outbox

__all__ = ["OutboxTasks", "register"]

_DRAIN_SECONDS: Final = 5.0
_registered: Final[weakref.WeakKeyDictionary[object, set[str]]] = weakref.WeakKeyDictionary()


def register(
    app: Celery[Any],
    *,
    outbox: Callable[[], Outbox],
    client: Callable[[], CarrierXClient],
    sweep: float = 1.0,
    rate: float | None = None,
    sender_rate: float | None = None,
    concurrency: int = 10,
    name: str = "carrierx.outbox",
) -> OutboxTasks:
    """Add the tasks of an outbox to a Celery application, and an entry to its beat schedule.

    The task `carrierx.outbox.sweep` is started by beat. It sends what is due, looks unknown messages up, and starts
    `carrierx.outbox.drain` if there is more to do than one task can.

    Args:
        app: The application.
        outbox: A function that makes the outbox. Each process calls it once, when it first needs one.
        client: A function that makes the client, such as `CarrierXClient`. Each process calls it once.
        sweep: The seconds between two sweeps. A task that no worker has started after twice this time is dropped.
        rate: Messages per second from all numbers and all workers together.
        sender_rate: Messages per second from each sending number.
        concurrency: The number of sends at the same time of one task.
        name: The beginning of the tasks' names. It must differ if an application has several outboxes.

    Returns:
        The tasks, and a method to start one right after a commit.

    Raises:
        ConfigurationError: An argument is invalid, or the application has tasks of this name.

    Example:
        >>> from carrierx import CarrierXClient
        >>> from carrierx.outbox import Outbox
        >>> from celery import Celery
        >>> app = Celery(broker="memory://")
        >>> sending = register(app, outbox=lambda: Outbox("sqlite:////tmp/texts.db"), client=CarrierXClient)
        >>> sending.drain.name, sending.sweep.name
        ('carrierx.outbox.drain', 'carrierx.outbox.sweep')
        >>> app.conf.beat_schedule["carrierx.outbox.sweep"]["schedule"]
        1.0
    """
    check_seconds("sweep", sweep, ConfigurationError)
    for what, value in (("rate", rate), ("sender_rate", sender_rate)):
        if value is not None:
            check_seconds(what, value, ConfigurationError)
    check_count("concurrency", concurrency, ConfigurationError, minimum=1)
    for what, factory in (("outbox", outbox), ("client", client)):
        if not callable(factory):
            raise ConfigurationError(
                f"{what} must be a function that makes one, because each process needs its own: {what}=lambda: ..."
            )
    names = _registered.setdefault(app, set())
    if name in names:
        raise ConfigurationError(f"This application has the tasks {name} already. Use another name=.")
    tasks = OutboxTasks(app, outbox, client, sweep, {"rate": rate, "sender_rate": sender_rate}, concurrency, name)
    names.add(name)
    return tasks


class OutboxTasks:
    """The tasks of an outbox in a Celery application. `register` makes it.

    Attributes:
        drain: The task `carrierx.outbox.drain(seconds=5)`: send what is due, for at most this time.
        sweep: The task `carrierx.outbox.sweep`, which beat starts.
    """

    def __init__(
        self,
        app: Celery[Any],
        outbox: Callable[[], Outbox],
        client: Callable[[], CarrierXClient],
        sweep: float,
        rates: dict[str, float | None],
        concurrency: int,
        name: str,
    ) -> None:
        self._app = app
        self._name = name
        self._sweep_seconds = sweep
        self._rates = rates
        self._process = _PerProcess(outbox, client)
        self._kicker = _Kicker(self._publish)
        self._listening: weakref.WeakSet[Any] = weakref.WeakSet()
        self._expired_kick_at = 0.0
        # Acknowledged early and never repeated by Celery: the outbox itself knows what is left to do.
        options: dict[str, Any] = {
            "ignore_result": True,
            "acks_late": False,
            "expires": 2 * sweep,
            "max_retries": 0,
            "serializer": "json",
            "shared": False,  # only of this application, not of all in the process
        }

        def drain(seconds: float = _DRAIN_SECONDS) -> None:
            self._send(seconds, concurrency)

        def sweep_once() -> None:
            # Mostly there is nothing to do, and one thread finds that out.
            if self._send(max(sweep, 1.0), 1) == "time":
                self._kicker.kick()

        untyped: Any = app
        self.drain: Task[..., None] = untyped.task(name=f"{name}.drain", **options)(drain)
        self.sweep: Task[..., None] = untyped.task(name=f"{name}.sweep", **options)(sweep_once)
        # By name, because asking the task for its signature would read the application's settings now.
        started = untyped.signature(f"{name}.sweep")
        untyped.add_periodic_task(sweep, started, name=f"{name}.sweep", expires=2 * sweep, ignore_result=True)
        # Connected for as long as the process lives, as the tasks are registered. Without an id of its own, Celery
        # before 5.7 would take the methods of a second outbox for those of the first.
        own = f"carrierx.outbox {id(self)}"
        ended: tuple[Any, ...] = (worker_process_shutdown, worker_shutdown)
        for each in ended:
            each.connect(self._on_shutdown, weak=False, dispatch_uid=own)
        revoked: Any = task_revoked
        revoked.connect(self._on_revoked, weak=False, dispatch_uid=own)
        started_beat: Any = beat_init
        started_beat.connect(self._on_beat, weak=False, dispatch_uid=own)

    def kick(self, connection: object = None) -> None:
        """Start a worker soon, instead of with the next sweep: call it when you have added a message.

        It returns immediately and never raises because of the broker: another thread talks to it. If that fails, the
        next sweep sends the message.

        Args:
            connection: Django's connection, or a `Session` or `AsyncSession` of SQLAlchemy: the kick comes after the
                commit of its open transaction, and not at all if that is rolled back. Without one, it comes now, so
                call it after the commit.

        Raises:
            InvalidArgumentError: The connection is of another kind, which doesn't say when it has committed.
        """
        if connection is None:
            self._kicker.kick()
            return
        kind = _kind_of(connection)
        given: Any = connection
        if kind == "django":
            given.on_commit(self._kicker.kick)
        elif kind in ("scoped_session", "async_scoped_session"):
            self.kick(given())
        elif kind == "AsyncSession":
            self._kick_after(given.sync_session)
        elif kind == "Session":
            self._kick_after(given)
        else:
            raise InvalidArgumentError(
                f"A {type(connection).__name__} doesn't say when it has committed: call kick() without it, after the "
                "commit. Django's connection and SQLAlchemy's Session and AsyncSession do."
            )

    def close(self) -> None:
        """Close this process's outbox and client. A worker does it at its end; another task opens them again."""
        self._process.close()

    def _kick_after(self, session: Any) -> None:
        from sqlalchemy import event

        if session not in self._listening:
            self._listening.add(session)
            event.listen(session, "after_commit", self._after_commit)
            event.listen(session, "after_soft_rollback", self._after_rollback)
        session.info[self] = True

    def _after_commit(self, session: Any) -> None:
        # It is also called when a savepoint is released, before anything is committed.
        if not session.in_nested_transaction() and session.info.pop(self, False):
            self._kicker.kick()

    def _after_rollback(self, session: Any, transaction: Any) -> None:
        if transaction.parent is None:
            session.info.pop(self, None)

    def _publish(self) -> None:
        # Without retries: a broker that is away would hold the thread, and the next sweep does the same work.
        self.drain.apply_async(retry=False)

    def _send(self, seconds: float, concurrency: int) -> str:
        """Send what is due: the work of a task. Return why it ended; an empty string if it couldn't begin."""
        outbox, client = self._process.get()
        try:
            report = outbox.drain(client, seconds=seconds, concurrency=concurrency, **self._rates)
        except WorkerConflictError:
            logger.debug("%s: another process is the worker", self._name)
            return ""
        except OutboxUnavailableError as error:
            logger.warning("%s: the database doesn't answer (%s). The next sweep tries again.", self._name, error)
            return ""
        done = {
            what: count
            for what in ("accepted", "rejected", "not_sent", "unknown", "resolved")
            if (count := getattr(report, what))
        }
        if done:
            logger.info("%s: %s", self._name, ", ".join(f"{what} {count}" for what, count in done.items()))
        because = report.stopped_because
        if because.startswith("SIG") and threading.current_thread() is threading.main_thread():
            # The drain took the signal to finish what it sent. It was meant for Celery.
            os.kill(os.getpid(), signal.Signals[because])
        return because

    # What Celery says

    def _on_shutdown(self, **_: object) -> None:
        self._process.close()

    def _on_beat(self, sender: object = None, **_: object) -> None:
        """Warn if beat wouldn't start the sweep: an application may have set another schedule since."""
        service: Any = sender
        if getattr(service, "app", None) is not self._app:
            return
        task = f"{self._name}.sweep"
        if all(entry.task != task for entry in service.scheduler.schedule.values()):
            logger.warning(
                "%s: beat's schedule has no entry that starts %s, so only kicks send anything. If you set "
                "beat_schedule, do it before register(), or add to it.",
                self._name,
                task,
            )

    def _on_revoked(self, sender: object = None, expired: bool = False, **_: object) -> None:
        """Start a task that doesn't expire, if one did.

        Workers were busy or away, or the clocks of two machines differ: then all tasks of one of them are expired from
        the beginning, and nothing would be sent. What this process starts, expires by its own clock.
        """
        task: Any = sender
        if not expired or getattr(task, "app", None) is not self._app or not task.name.startswith(f"{self._name}."):
            return
        now = time.monotonic()
        if now >= self._expired_kick_at:
            self._expired_kick_at = now + max(self._sweep_seconds, 1.0)
            logger.warning(
                "%s: a task expired before a worker started it: workers are busy or were away, or the clocks of two "
                "machines differ. Starting another.",
                self._name,
            )
            self._kicker.kick()


class _PerProcess:
    """The outbox and the client of this process, made when they are first needed: after the fork."""

    def __init__(self, outbox: Callable[[], Outbox], client: Callable[[], CarrierXClient]) -> None:
        self._make_outbox = outbox
        self._make_client = client
        self._forget()
        _after_fork(self, "_forget")

    def _forget(self) -> None:
        # After a fork, nothing of the parent's is used, or closed.
        self._lock = threading.Lock()
        self._made: tuple[Outbox, CarrierXClient] | None = None

    def get(self) -> tuple[Outbox, CarrierXClient]:
        with self._lock:
            if self._made is None:
                _quiet()
                outbox = self._make_outbox()
                try:
                    self._made = (outbox, self._make_client())
                except BaseException:
                    outbox.close()
                    raise
            return self._made

    def close(self) -> None:
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            outbox, client = made
            try:
                client.close()
            finally:
                outbox.close()


class _Kicker:
    """Publishes a task in another thread. Kicks that come meanwhile become one more."""

    def __init__(self, publish: Callable[[], None]) -> None:
        self._publish = publish
        self._forget()
        _after_fork(self, "_forget")

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._running = False
        self._again = False

    def kick(self) -> None:
        with self._lock:
            if self._running:
                self._again = True
                return
            self._running = True
        try:
            threading.Thread(target=self._run, name="carrierx-outbox-kick", daemon=True).start()
        except RuntimeError:  # the interpreter is ending, or has no threads left
            with self._lock:
                self._running = False

    def _run(self) -> None:
        while True:
            try:
                self._publish()
            except Exception as error:  # noqa: BLE001 - whatever a broker's library raises
                with suppress(Exception):
                    logger.warning(
                        "outbox: the broker didn't take a task (%s). The next sweep sends what was added.",
                        type(error).__name__,
                    )
            with self._lock:
                if not self._again:
                    self._running = False
                    return
                self._again = False


def _after_fork(owner: Any, method: str) -> None:
    """Let a method of an object be called in each child process that is forked, for as long as the object lives."""
    reference = weakref.ref(owner)

    def call() -> None:
        found = reference()
        if found is not None:
            getattr(found, method)()

    if hasattr(os, "register_at_fork"):  # Windows has no fork
        os.register_at_fork(after_in_child=call)


class _QuietFilter(logging.Filter):
    """Leaves out that a worker started and stopped, which would be two lines for each sweep."""

    def filter(self, record: logging.LogRecord) -> bool:
        arguments: Any = record.args
        return not (
            isinstance(arguments, tuple) and arguments and isinstance(arguments[0], WorkerStarted | WorkerStopped)
        )


_QUIET: Final = _QuietFilter()


def _quiet() -> None:
    """Keep sweeps that find nothing out of the log of a process in which Celery runs tasks."""
    logger.addFilter(_QUIET)  # adding it again changes nothing


def _kind_of(connection: object) -> str:
    """Return which of the connections this is that say when they have committed."""
    for base in type(connection).__mro__:
        package = base.__module__.partition(".")[0]
        if package == "sqlalchemy" and base.__name__ in _SESSIONS:
            return base.__name__
        if package == "django" and hasattr(connection, "on_commit"):
            return "django"
    return ""


_SESSIONS: Final = frozenset({"AsyncSession", "Session", "async_scoped_session", "scoped_session"})

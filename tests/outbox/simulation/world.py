"""A simulated world: true time, machines whose clocks stop, a network that loses and delays, CarrierX, a database.

It follows the plans of the real `Worker`, step by step, in virtual time. Everything comes from one random generator,
so a seed is one run.
"""

import heapq
import random
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from carrierx.errors import Outcome, SendFencedError
from carrierx.outbox.errors import OutboxUnavailableError
from carrierx.outbox.events import OutboxEvent
from carrierx.outbox.ports import Claimed, FoundMessage, LookupFailedError, Pace, Recorded, SendReport
from carrierx.outbox.rules import Fence
from carrierx.outbox.settings import OutboxSettings
from carrierx.outbox.worker import LookUp, Pause, Send, Step, Transaction, Worker
from tests.outbox.memory_store import MemoryStore

START = 1_800_000_000.0
"""The wall-clock time at which a run begins."""


class Scheduler:
    """True time, and what happens when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Have something happen."""
        self._count += 1
        heapq.heappush(self._events, (max(when, self.now), self._count, what))

    def run(self, until: float, done: Callable[[], bool]) -> None:
        """Let time pass until a time, or until `done`, which is asked now and then."""
        checked = 0
        while self._events and self._events[0][0] <= until:
            self.now, _, what = heapq.heappop(self._events)
            what()
            checked += 1
            if checked % 64 == 0 and done():
                return


class MachineClock:
    """The clocks of one machine, which stand still when it does."""

    def __init__(self, scheduler: Scheduler, offset: float) -> None:
        self._scheduler = scheduler
        self._offset = offset
        self._boot_lost = 0.0
        self._monotonic_lost = 0.0
        self.frozen_at: float | None = None

    def boot(self) -> float:
        return 1000.0 + self._scheduler.now - self._boot_lost

    def wall(self) -> float:
        return START + self._offset + self._scheduler.now

    def monotonic(self) -> float:
        """What Python's own monotonic clock is on Linux: it stands still while the machine sleeps."""
        return 1000.0 + self._scheduler.now - self._monotonic_lost

    def stood_still(self, seconds: float, *, boot_too: bool) -> None:
        """Note that the machine slept, or that its virtual machine was paused. The wall clock is set right after."""
        self._monotonic_lost += seconds
        if boot_too:
            self._boot_lost += seconds


@dataclass
class Faults:
    """How bad this run's world is. Probabilities are per step."""

    lost_request: float
    lost_answer: float
    late_request: float
    database_answer_lost: float
    crash_after_commit: float
    stop_after_commit: float
    stop_before_write: float
    crash_before_write: float
    stop_around_lookup: float
    stop_seconds: Sequence[float]
    stop_kinds: Sequence[str]
    slow_connect: float
    lookup_fails: float
    rejects: float
    too_many: float
    server_error: float
    ordered_index: bool
    index_stalls: list[tuple[float, float]]
    outages: list[tuple[float, float]]
    refused_token: tuple[float, float] | None
    long_jumps: Sequence[tuple[float, float]]
    until: float
    """When the world becomes a good one."""


@dataclass
class Accepted:
    """One acceptance by CarrierX."""

    at: float
    sid: str
    visible_at: float


class CarrierXServer:
    """CarrierX: what it accepted, and what its index shows."""

    def __init__(self, scheduler: Scheduler, faults: Faults, rng: random.Random, settings: OutboxSettings) -> None:
        self.accepted: dict[str, list[Accepted]] = {}
        self.count = 0
        self._scheduler = scheduler
        self._faults = faults
        self._rng = rng
        self._lag = settings.visibility_lag

    def accept(self, reference: str) -> str:
        now = self._scheduler.now
        self.count += 1
        # An index either shows each message after a time of its own, within the lag, or everything in order.
        visible = now if self._faults.ordered_index else now + self._rng.uniform(0, self._lag)
        accepted = Accepted(now, f"sid-{self.count}", visible)
        self.accepted.setdefault(reference, []).append(accepted)
        return accepted.sid

    def find(self, reference: str) -> Sequence[FoundMessage]:
        now = self._scheduler.now
        shown_until = self._index_position(now) if self._faults.ordered_index else now
        return [
            FoundMessage(each.sid, datetime.fromtimestamp(START + each.at, UTC))
            for each in self.accepted.get(reference, ())
            if each.visible_at <= shown_until
        ]

    def _index_position(self, now: float) -> float:
        for begin, end in self._faults.index_stalls:
            if begin <= now < end:
                return begin
        return now - 0.5


class Database:
    """The database: a store, its own clock, and the times in which it doesn't answer."""

    def __init__(
        self,
        scheduler: Scheduler,
        faults: Faults,
        settings: OutboxSettings,
        steps: Sequence[float],
        make_store: Callable[[OutboxSettings, Callable[[], float]], Any],
    ) -> None:
        self._scheduler = scheduler
        self._steps = steps
        self._step = settings.clock_step
        self._faults = faults
        # Any: the harness looks into the rows of the store in memory, and of the shown SQLite store.
        self.store: Any = make_store(settings, self.now)

    def now(self) -> float:
        """The database's clock. It jumps forth and back by its step, at times, and sometimes by much more."""
        jumps = sum(moment <= self._scheduler.now for moment in self._steps)
        jumped = sum(seconds for moment, seconds in self._faults.long_jumps if moment <= self._scheduler.now)
        return START + self._scheduler.now + (self._step if jumps % 2 else 0.0) + jumped

    def is_down(self) -> bool:
        return any(begin <= self._scheduler.now < end for begin, end in self._faults.outages)


@dataclass
class Process:
    """One worker process on a machine of its own."""

    number: int
    clock: MachineClock
    worker: Worker
    alive: bool = True
    paused_until: float = 0.0
    killed_at: float = float("inf")
    tokens: set[str] = field(default_factory=set[str])


class World:
    """All of it, for one seed.

    Args:
        rng: The source of everything that happens.
        settings: The outbox's settings.
        faults: How bad it is.
        pace: The rates.
        clock_jumps: When the database's clock jumps.
        worker_class: The worker, so that a mutation can take its place.
        make_store: Makes the store.
    """

    def __init__(
        self,
        rng: random.Random,
        settings: OutboxSettings,
        faults: Faults,
        pace: Pace,
        clock_jumps: Sequence[float],
        worker_class: type[Worker] = Worker,
        make_store: Callable[[OutboxSettings, Callable[[], float]], Any] = MemoryStore,
    ) -> None:
        self.rng = rng
        self.scheduler = Scheduler()
        self.settings = settings
        self.faults = faults
        self.database = Database(self.scheduler, faults, settings, clock_jumps, make_store)
        self.server = CarrierXServer(self.scheduler, faults, rng, settings)
        self.processes: list[Process] = []
        self.violations: list[str] = []
        self.events: list[OutboxEvent] = []
        self.body_starts: list[float] = []
        self.pace = pace
        self.claims_are_durable = True
        self.on_recorded: Callable[[Recorded], None] = lambda recorded: None
        self._worker_class = worker_class

    @property
    def store(self) -> Any:
        return self.database.store

    def start_process(self, plans: int) -> Process:
        """Start a worker process."""
        clock = MachineClock(self.scheduler, self.rng.uniform(-1.0, 1.0))
        worker = self._worker_class(self.settings, clock, self.pace, self.events.append)
        process = Process(len(self.processes), clock, worker)
        self.processes.append(process)
        for plan in (*(worker.sending() for _ in range(plans)), worker.maintaining()):
            self._step(process, plan, lambda plan=plan: next(plan))  # type: ignore[misc]
        return process

    def kill(self, process: Process) -> None:
        """Kill a process: kill -9, or the end of its machine."""
        if process.alive:
            process.alive = False
            process.killed_at = self.scheduler.now
            if not self.claims_are_durable:
                self._lose_claims(process)

    def _lose_claims(self, process: Process) -> None:
        for row in self.store.rows.values():
            if row.state == "sending" and row.token in process.tokens:
                self.store.rows[row.id].state = type(row.state)("queued")
                row.token = None

    def stop(self, process: Process, kind: str, seconds: float) -> None:
        """Stop a process (SIGSTOP), let its machine sleep, or pause its virtual machine."""
        if not process.alive or process.paused_until > self.scheduler.now:
            return
        process.paused_until = self.scheduler.now + seconds
        if kind != "process":
            # Nobody reads the clocks before the end of the pause.
            process.clock.stood_still(seconds, boot_too=kind == "virtual machine")

    def random_stop(self, process: Process) -> None:
        """Stop a process somehow, for a time that may outlast everything."""
        self.stop(process, self.rng.choice(self.faults.stop_kinds), self.rng.choice(self.faults.stop_seconds))

    # Following plans

    def _when_running(self, process: Process, what: Callable[[], None]) -> None:
        """Do something in a process: now, when it continues, or never."""
        if not process.alive:
            return
        if process.paused_until > self.scheduler.now:
            self.scheduler.at(process.paused_until, lambda: self._when_running(process, what))
        else:
            what()

    def _later(self, process: Process, seconds: float, what: Callable[[], None]) -> None:
        self.scheduler.at(self.scheduler.now + seconds, lambda: self._when_running(process, what))

    def _step(self, process: Process, plan: Generator[Step, Any, None], advance: Callable[[], Step]) -> None:
        try:
            step = advance()
        except StopIteration:
            return
        except OutboxUnavailableError:
            return  # the worker stops while the database is away
        self._execute(process, plan, step)

    def _answer(self, process: Process, plan: Generator[Step, Any, None], seconds: float, value: object) -> None:
        self._later(process, seconds, lambda: self._step(process, plan, lambda: plan.send(value)))

    def _fail(self, process: Process, plan: Generator[Step, Any, None], seconds: float, error: Exception) -> None:
        self._later(process, seconds, lambda: self._step(process, plan, lambda: plan.throw(error)))

    def _execute(self, process: Process, plan: Generator[Step, Any, None], step: Step) -> None:
        if isinstance(step, Pause):
            self._answer(process, plan, max(step.seconds, 0.001), None)
        elif isinstance(step, Transaction):
            latency = self.rng.uniform(0.001, 0.01)
            if self._bad(0.02):
                latency = self.rng.uniform(0.1, 4.0)
            self._later(process, latency, lambda: self._transact(process, plan, step))
        elif isinstance(step, LookUp):
            self._later(process, self.rng.uniform(0.02, 0.3), lambda: self._look_up(process, plan, step.reference))
        else:
            self._begin_send(process, plan, step)

    def _bad(self, probability: float) -> bool:
        return self.scheduler.now < self.faults.until and self.rng.random() < probability

    def _transact(self, process: Process, plan: Generator[Step, Any, None], step: Transaction) -> None:
        # A request that has left is carried out even if its process is stopped meanwhile: this one runs now.
        away = OutboxUnavailableError("away")
        if self.database.is_down() and self.rng.random() < 0.8:
            self._fail(process, plan, self.rng.uniform(0.01, 2.0), away)
            return
        result = step.run(self.store)
        if step.name == "claim":
            process.tokens.update(message.token for message in result.messages)
        if step.name == "record":
            self.on_recorded(result)
        committed = step.name in ("claim", "record") and (step.name == "record" or bool(result.messages))
        if committed and self._bad(self.faults.crash_after_commit):
            self.kill(process)
            return
        if committed and self._bad(self.faults.stop_after_commit):
            self.random_stop(process)
        if self.database.is_down() or self._bad(self.faults.database_answer_lost):
            self._fail(process, plan, self.rng.uniform(0.01, 2.0), away)
        else:
            self._answer(process, plan, self.rng.uniform(0.0005, 0.005), result)

    def _look_up(self, process: Process, plan: Generator[Step, Any, None], reference: str) -> None:
        if self._bad(self.faults.stop_around_lookup):
            self.random_stop(process)
        if self._bad(self.faults.lookup_fails):
            self._fail(process, plan, self.rng.uniform(0.05, 5.0), LookupFailedError("no answer"))
        else:
            self._answer(process, plan, self.rng.uniform(0.01, 0.3), self.server.find(reference))

    # Sending

    def _begin_send(self, process: Process, plan: Generator[Step, Any, None], step: Send) -> None:
        connect = self.rng.uniform(0.0005, 0.02)
        if self._bad(self.faults.slow_connect):
            connect = self.rng.uniform(0.05, 8.0)
        deadline = process.clock.monotonic() + self.settings.send_timeout
        self._later(process, connect, lambda: self._ask_fence(process, plan, step.message, step.fence, deadline))

    def _ask_fence(
        self, process: Process, plan: Generator[Step, Any, None], message: Claimed, fence: Fence, deadline: float
    ) -> None:
        if self._bad(0.02):
            self._answer(process, plan, 0.0, SendReport(Outcome.NOT_SENT, "ConnectionFailedError"))
            return
        try:
            fence()
        except SendFencedError as error:
            self._answer(process, plan, 0.0, SendReport(Outcome.NOT_SENT, str(error), fenced=True))
            return
        opened = self.scheduler.now
        if self._bad(self.faults.crash_before_write):
            self.kill(process)
            return
        if self._bad(self.faults.stop_before_write):
            self.random_stop(process)
        else:
            self.body_starts.append(opened)
        self._when_running(process, lambda: self._write(process, plan, message, opened, deadline))

    def _write(
        self, process: Process, plan: Generator[Step, Any, None], message: Claimed, opened: float, deadline: float
    ) -> None:
        now = self.scheduler.now
        left = max(deadline - process.clock.monotonic(), 0.0)
        unknown = SendReport(Outcome.UNKNOWN, "SendOutcomeUnknownError")
        if now - opened > self.settings.server_idle or self._bad(self.faults.lost_request):
            self._answer(process, plan, self.rng.uniform(0.0, left + 0.001), unknown)
            return
        delay = self.rng.uniform(0.01, 0.1)
        if self._bad(self.faults.late_request):
            # Delayed in the network for as long as it may be: until some time after its client has given up.
            delay = self.rng.uniform(0.1, left + self.settings.acceptance_delay)
        # The client gives up at its deadline, unless there was an answer before.
        pending = {"open": True}
        self.scheduler.at(now + delay, lambda: self._arrive(process, plan, message, pending))
        self._later(process, left, lambda: self._time_out(process, plan, pending, unknown))

    def _time_out(
        self, process: Process, plan: Generator[Step, Any, None], pending: dict[str, bool], report: SendReport
    ) -> None:
        if pending.pop("open", False):
            self._step(process, plan, lambda: plan.send(report))

    def _arrive(
        self, process: Process, plan: Generator[Step, Any, None], message: Claimed, pending: dict[str, bool]
    ) -> None:
        if self.scheduler.now > process.killed_at + self.settings.acceptance_delay:
            return  # its client ended too long ago
        report = self._answer_of(message)
        if report is None or self._bad(self.faults.lost_answer):
            return
        answered = report

        def receive() -> None:
            if pending.pop("open", False):
                self._step(process, plan, lambda: plan.send(answered))

        self._later(process, self.rng.uniform(0.01, 0.2), receive)

    def _answer_of(self, message: Claimed) -> SendReport | None:
        """CarrierX's answer to a complete request; None if it gives none."""
        token = self.faults.refused_token
        if token is not None and token[0] <= self.scheduler.now < token[1]:
            return SendReport(Outcome.NOT_SENT, "AuthenticationError", pause="401")
        if self._bad(self.faults.rejects):
            return SendReport(Outcome.REJECTED, "BadRequestError (400)")
        if self._bad(self.faults.too_many):
            return SendReport(Outcome.NOT_SENT, "RateLimitError", retry_after=self.rng.choice([None, 1.0, 5.0]))
        if self._bad(self.faults.server_error):
            if self.rng.random() < 0.5:
                self.server.accept(message.reference)
            return SendReport(Outcome.UNKNOWN, "SendOutcomeUnknownError")
        sid = self.server.accept(message.reference)
        return SendReport(Outcome.ACCEPTED, "accepted", sid=sid)

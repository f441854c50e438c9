"""One simulated run, and what must be true at its end."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any

from carrierx.models.send_request import SendMessageRequest
from carrierx.outbox.errors import LostCommitsError
from carrierx.outbox.events import DuplicateSent, PossibleDuplicate
from carrierx.outbox.ports import NewMessage, Pace, Recorded
from carrierx.outbox.settings import OutboxSettings
from carrierx.outbox.states import FINAL, State
from carrierx.outbox.worker import Worker
from tests.outbox.memory_store import MemoryStore
from tests.outbox.simulation.world import Faults, World

__all__ = ["RunResult", "simulate"]

LENGTH = 3000.0
"""Seconds of a run that doesn't come to its end by itself, which is a violation."""
BAD_UNTIL = 250.0
MESSAGES = 14

_REQUEST = SendMessageRequest(from_="15162065575", to="15162065574", message="Hello")


@dataclass
class RunResult:
    """What a run showed."""

    seed: int
    accepted: int = 0
    reviews: int = 0
    duplicates: int = 0
    virtual_seconds: float = 0.0
    violations: list[str] = field(default_factory=list[str])


def settings_for(rng: random.Random, *, ordered_index: bool) -> OutboxSettings:
    """The real times, except for how long a person isn't asked, and how often an idle worker looks."""
    # Without the canary, only the settle time protects. So then the index keeps to its lag.
    without = None if ordered_index or rng.random() < 0.5 else 80.0
    return OutboxSettings(
        canary_wait=400.0,
        poll_interval=5.0,
        lookup_interval=6.0,
        clock_tolerance=10.0,
        absence_without_canary=without,
        max_backoff=20.0,
        max_unknown=rng.choice([3, 50]),
    )


class Theme(Enum):
    """What a run is about, so that rare combinations come often enough."""

    ANYTHING = auto()
    LONG_STOPS = auto()
    SHORT_STOPS = auto()
    SLEEP = auto()
    LOOKUPS = auto()
    CLOCK = auto()


THEMES = (
    *[Theme.ANYTHING] * 3,
    Theme.CLOCK,
    Theme.LONG_STOPS,
    Theme.LONG_STOPS,
    Theme.SHORT_STOPS,
    Theme.SLEEP,
    *[Theme.LOOKUPS] * 2,
)


def faults_for(rng: random.Random, theme: Theme) -> Faults:
    """A bad world, of which each seed has another one."""

    def some(most: float) -> float:
        return rng.choice([0.0, most / 4, most])

    def spans(count: int, longest: float) -> list[tuple[float, float]]:
        begins = [rng.uniform(0.0, BAD_UNTIL - 30.0) for _ in range(count)]
        return [(begin, begin + rng.uniform(1.0, longest)) for begin in begins]

    token = rng.uniform(0.0, BAD_UNTIL) if rng.random() < 0.1 else None
    faults = Faults(
        lost_request=some(0.2),
        lost_answer=some(0.4),
        late_request=some(0.4),
        database_answer_lost=some(0.05),
        crash_after_commit=some(0.05),
        stop_after_commit=some(0.15),
        stop_before_write=some(0.2),
        crash_before_write=some(0.05),
        stop_around_lookup=some(0.1),
        stop_seconds=(0.3, 2.0, 12.0, 16.0, 31.0, 50.0, 90.0, 150.0),
        stop_kinds=("process", "process", "machine", "virtual machine"),
        slow_connect=some(0.3),
        lookup_fails=some(0.3),
        rejects=some(0.05),
        too_many=some(0.1),
        server_error=some(0.1),
        ordered_index=rng.random() < 0.5,
        index_stalls=spans(rng.choice([0, 1, 3]), 150.0),
        outages=spans(rng.choice([0, 0, 1, 2]), 40.0),
        refused_token=None if token is None else (token, token + 20.0),
        long_jumps=(),
        until=BAD_UNTIL,
    )
    if theme is Theme.LONG_STOPS:
        faults = replace(faults, stop_after_commit=0.25, stop_seconds=(110.0, 130.0, 150.0), crash_after_commit=0.0)
        faults = replace(faults, index_stalls=[], outages=[], slow_connect=0.0, stop_before_write=0.0)
    elif theme is Theme.SLEEP:
        faults = replace(faults, stop_after_commit=0.25, stop_seconds=(31.0, 110.0, 150.0), stop_kinds=("machine",))
        faults = replace(faults, index_stalls=[], crash_after_commit=0.0)
    elif theme is Theme.SHORT_STOPS:
        faults = replace(faults, stop_after_commit=0.4, stop_seconds=(0.3, 0.5, 1.5), refused_token=None, outages=[])
        faults = replace(faults, crash_after_commit=0.0, crash_before_write=0.0, too_many=0.0)
    elif theme is Theme.CLOCK:
        # A jump while no worker runs can't be noticed, so none is killed.
        jumps = [(rng.uniform(20.0, BAD_UNTIL), rng.choice([-600.0, 600.0])) for _ in range(rng.choice([1, 2]))]
        faults = replace(faults, long_jumps=jumps, crash_after_commit=0.0, crash_before_write=0.0, outages=[])
    elif theme is Theme.LOOKUPS:
        begin = rng.uniform(0.0, 100.0)
        faults = replace(faults, stop_around_lookup=0.2, stop_seconds=(10.0, 20.0, 40.0), lost_answer=0.2)
        faults = replace(faults, index_stalls=[(begin, begin + rng.uniform(60.0, 150.0))], ordered_index=True)
        faults = replace(faults, outages=[], lookup_fails=0.0, crash_after_commit=0.0, refused_token=None)
    return faults


class Run:
    """One run: rows that arrive, processes that come and go, a database that may lose commits."""

    def __init__(
        self,
        seed: int,
        worker_class: type[Worker] = Worker,
        prepare: Callable[[World], None] = lambda world: None,
        make_store: Callable[[OutboxSettings, Callable[[], float]], Any] = MemoryStore,
    ) -> None:
        self.rng = rng = random.Random(seed)
        self.seed = seed
        self.theme = theme = THEMES[seed % len(THEMES)]
        faults = faults_for(rng, theme)
        self.settings = settings_for(rng, ordered_index=faults.ordered_index)
        rate = 5.0 if theme is Theme.SHORT_STOPS else rng.choice([None, None, 5.0])
        jumps = sorted(rng.uniform(0.0, BAD_UNTIL) for _ in range(rng.choice([0, 0, 1, 2])))
        self.world = World(rng, self.settings, faults, Pace(rate, None), jumps, worker_class, make_store)
        self.expected = 0
        self._ended = False
        self._at = self.world.scheduler.at
        self._told_accepted: set[str] = set()
        self._lost_keys: set[str] = set()
        self._snapshot: object = None
        self._plan()
        prepare(self.world)
        self.world.on_recorded = self._check_acceptance

    def _plan(self) -> None:
        rng, at = self.rng, self._at
        for number in range(30 if self.theme is Theme.LOOKUPS else MESSAGES):
            later = (
                rng.random() < (0.95 if self.theme is Theme.LOOKUPS else 0.6) and self.theme is not Theme.SHORT_STOPS
            )
            at(rng.uniform(0.0, 200.0) if later else rng.uniform(0.0, 2.0), lambda n=number: self._add(n))  # type: ignore[misc]
        quiet = rng.random() < 0.15
        if not quiet:
            at(BAD_UNTIL + 30.0, self._add_later)
        many = self.theme in (Theme.LONG_STOPS, Theme.SLEEP, Theme.LOOKUPS)
        for _ in range(3 if many else rng.choice([1, 2, 2])):
            self._start_process()
        for _ in range(rng.choice([0, 2, 5])):
            at(rng.uniform(0.0, BAD_UNTIL), self._stop_one)
        for _ in range(0 if self.theme is Theme.CLOCK else rng.choice([0, 1, 3])):
            at(rng.uniform(0.0, BAD_UNTIL), self._kill_one)
        for _ in range(2):
            at(rng.uniform(0.0, BAD_UNTIL), self._cancel_one)
        if self.theme is Theme.ANYTHING and rng.random() < 0.3:
            self._plan_failover()
        at(1.0, self._keep_alive)
        at(BAD_UNTIL + 60.0, self.resume)

    def _plan_failover(self) -> None:
        lost_from = self.rng.uniform(5.0, BAD_UNTIL - 80.0)
        fails_at = lost_from + self.rng.uniform(0.5, 60.0)
        self._at(lost_from, self._take_snapshot)
        self._at(fails_at, self._fail_over)
        self._at(fails_at + self.rng.uniform(1.0, 60.0), self._recover)

    def _recover(self) -> None:
        self.world.store.recover()
        # The application lost these, too, and does its work again.
        for key in sorted(self._lost_keys):
            self._at(self.world.scheduler.now + self.rng.choice([0.0, 10.0, 100.0]), lambda key=key: self._add_key(key))  # type: ignore[misc]

    def resume(self) -> None:
        self.world.store.resume()
        self._at(self.world.scheduler.now + 30.0, self.resume)

    def _take_snapshot(self) -> None:
        self._snapshot = self.world.store.snapshot()

    def _fail_over(self) -> None:
        assert self._snapshot is not None
        before = set(self.world.store.by_key)
        self.world.store.become(self._snapshot)
        # What the application had added in those commits is gone with the application's own changes.
        self._lost_keys |= before - set(self.world.store.by_key)
        self._told_accepted.clear()

    def _add(self, number: int) -> None:
        self.expected += 1
        self._add_key(f"key-{number}")

    def _add_key(self, key: str) -> None:
        store = self.world.store
        store.add([self._message(key)], store.instance_id())

    def _add_later(self) -> None:
        """Add a message while others are unknown: lookups are proven to work by a message that was accepted later."""
        if not self._ended and any(row.state is State.UNKNOWN for row in self.world.store.rows.values()):
            self._add(self.expected + 1000)
        self._at(self.world.scheduler.now + 30.0, self._add_later)

    def _message(self, key: str) -> NewMessage:
        return NewMessage(
            key=key,
            reference=f"ref-{key}",
            request="{}",
            fingerprints="",
            sender="15162065575",
            priority=0,
            due_at=self.world.database.now(),
            expires_at=self.world.database.now() + self.rng.choice([20.0, 100.0]) if self.rng.random() < 0.15 else None,
            data=None,
            created_at=self.world.database.now(),
        )

    def _start_process(self) -> None:
        self.world.start_process(6 if self.theme is Theme.SHORT_STOPS else self.rng.choice([1, 2, 3]))

    def _stop_one(self) -> None:
        self.world.random_stop(self.rng.choice(self.world.processes))

    def _kill_one(self) -> None:
        self.world.kill(self.rng.choice(self.world.processes))

    def _cancel_one(self) -> None:
        keys = sorted(self.world.store.by_key)
        if keys:
            with suppress(LostCommitsError):
                self.world.store.cancel(self.rng.choice(keys))

    def _keep_alive(self) -> None:
        """Start a process if none is left, as whatever runs workers does."""
        if not any(process.alive for process in self.world.processes):
            self._start_process()
        self._at(self.world.scheduler.now + 7.0, self._keep_alive)

    def _check_acceptance(self, result: Recorded) -> None:
        """From the moment at which the outbox was told that a message was accepted, its state must say so."""
        row = self.world.store.by_key.get(result.key)
        told = row is not None and bool(row.history) and row.history[-1].outcome == "accepted"
        if told and result.state is not State.ACCEPTED:
            self.world.violations.append(f"ignored: {result.key} was reported accepted and is {result.state}")

    def _is_done(self) -> bool:
        if self.world.scheduler.now < BAD_UNTIL + 1.0:
            return False
        rows = self.world.store.rows.values()
        return all(row.state in FINAL or row.state is State.REVIEW for row in rows)

    def result(self) -> RunResult:
        """Let it run, and see what is true at the end."""
        world = self.world
        world.scheduler.run(LENGTH, self._is_done)
        self._ended = True
        # What is still under way in the network arrives.
        world.scheduler.run(world.scheduler.now + 200.0, lambda: False)
        result = RunResult(self.seed, virtual_seconds=world.scheduler.now, violations=world.violations)
        by_reference = {row.message.reference: row for row in world.store.rows.values()}
        for reference, accepted in world.server.accepted.items():
            result.accepted += 1
            if len(accepted) > 1:
                result.violations.append(f"twice: {reference} at {[round(each.at, 2) for each in accepted]}")
            row = by_reference.get(reference)
            if row is not None and row.state not in (State.ACCEPTED, State.REVIEW):
                result.violations.append(f"called not sent: {reference} is {row.state} and was accepted")
        for row in world.store.rows.values():
            if row.state is State.ACCEPTED and row.message.reference not in world.server.accepted:
                result.violations.append(f"lost: {row.message.reference} is accepted and CarrierX has none")
            if row.state not in FINAL and row.state is not State.REVIEW:
                result.violations.append(f"unfinished: {row.message.reference} is {row.state}")
            if row.state is State.REVIEW:
                result.reviews += 1
                # A clock that was wrong by minutes at the first attempt is one of the things that a person must judge.
                if "older than the first attempt" in row.reason and self.theme is not Theme.CLOCK:
                    result.violations.append(f"mistaken: {row.message.reference} was found and not recognised")
            outcomes = {each.outcome for each in row.history}
            if "accepted" in outcomes and row.state is not State.ACCEPTED:
                result.violations.append(f"ignored: {row.message.reference} was reported accepted and is {row.state}")
        for event in world.events:
            # After a failover, the outbox can't tell an attempt that it has forgotten from one that holds the message.
            if isinstance(event, PossibleDuplicate | DuplicateSent) and self._snapshot is None:
                result.violations.append(f"alarm: {event}")
        if world.pace.rate is not None:
            self._check_pace(result, world.pace.rate)
        return result

    def _check_pace(self, result: RunResult, rate: float) -> None:
        starts = sorted(self.world.body_starts)
        most, first = 0, 0
        for last, moment in enumerate(starts):
            while starts[first] <= moment - 1.0:
                first += 1
            most = max(most, last - first + 1)
        allowed = int(rate * (1.0 + self.settings.slot_grace)) + 1
        if most > allowed:
            result.violations.append(f"pace: {most} sends began within a second, and {allowed} may")


def simulate(
    seed: int,
    worker_class: type[Worker] = Worker,
    prepare: Callable[[World], None] = lambda world: None,
    make_store: Callable[[OutboxSettings, Callable[[], float]], Any] = MemoryStore,
) -> RunResult:
    """Run one seed."""
    return Run(seed, worker_class, prepare, make_store).result()

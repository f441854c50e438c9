"""The core of a worker: claim, send, record, look up. It neither waits nor talks to anything itself.

Its plans are generators that yield steps and get their results. Threads, asyncio tasks and a simulation in virtual time
follow the same plans, so what the simulation proves is true of what runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from carrierx.errors import Outcome
from carrierx.outbox import rules
from carrierx.outbox.errors import NothingLostError, OutboxUnavailableError
from carrierx.outbox.events import (
    AbsenceProven,
    ClaimingStopped,
    ClockJumped,
    DatabaseUnavailable,
    DuplicateSent,
    LeaseExpired,
    LookupFailed,
    MessageAccepted,
    MessageExpired,
    MessageFound,
    MessageNotSent,
    MessageRejected,
    MessageUnknown,
    OutboxPaused,
    OutboxRecovered,
    PossibleDuplicate,
    ReviewNeeded,
)
from carrierx.outbox.messages import new_token
from carrierx.outbox.ports import (
    Claimed,
    ClaimRequest,
    ClaimResult,
    ClaimStop,
    FoundMessage,
    LookupFailedError,
    SendReport,
)
from carrierx.outbox.states import State, UnknownKind

if TYPE_CHECKING:
    from carrierx.outbox.events import OutboxEventHandler
    from carrierx.outbox.ports import LookupWork, OutboxClock, Pace, Reading, Recorded, Store, Unknown
    from carrierx.outbox.settings import OutboxSettings

__all__ = ["LookUp", "Pause", "Plan", "Send", "Step", "Transaction", "Worker", "WorkerCounts"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Transaction:
    """A step: run one transaction of the store. Its result is what the function returns."""

    name: str
    run: Callable[[Store], Any]


@dataclass(frozen=True, slots=True)
class Send:
    """A step: send a message, with a fence at the start of its body. Its result is a `SendReport`; it never raises."""

    message: Claimed
    fence: rules.Fence


@dataclass(frozen=True, slots=True)
class LookUp:
    """A step: ask CarrierX for the messages with a reference. Its result is a sequence of `FoundMessage`.

    Raises:
        LookupFailedError: There was no answer, or one that proves nothing.
    """

    reference: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A step: wait.

    Attributes:
        seconds: How long.
        ends_on_stop: Whether the wait ends when the worker is asked to stop.
    """

    seconds: float
    ends_on_stop: bool = True


Step: TypeAlias = Transaction | Send | LookUp | Pause
Plan: TypeAlias = Generator[Step, Any, T]

_FIRST_OUTAGE_PAUSE = 0.1
_LONGEST_OUTAGE_PAUSE = 5.0
_LEASES_AT_ONCE = 100
_LOOKUPS_AT_ONCE = 10
_STOPPED_WAIT = 1.0
"""Seconds between two claims of a worker that may not send."""


class WorkerCounts:
    """Counts of what a worker has done so far."""

    def __init__(self) -> None:
        self.accepted = 0
        self.rejected = 0
        self.not_sent = 0
        self.unknown = 0
        self.resolved = 0


class Worker:
    """The plans of one worker process.

    Any number of `sending` plans and at least one `maintaining` plan run at the same time. They share this object.

    Args:
        settings: The settings.
        clock: The clock of this machine.
        pace: The rates.
        emit: Delivers events.
        claim_size: The number of messages of one claim.
        draining: Whether the plans end as soon as nothing is due.

    Attributes:
        stopping: Set it to end the plans. What is being sent is finished and written first.
        counts: What the worker has done so far.
        stop_reason: Why a draining worker ended, if it isn't because nothing was due.
    """

    def __init__(
        self,
        settings: OutboxSettings,
        clock: OutboxClock,
        pace: Pace,
        emit: OutboxEventHandler,
        *,
        claim_size: int = 1,
        draining: bool = False,
    ) -> None:
        self.stopping: bool = False
        self.counts: WorkerCounts = WorkerCounts()
        self.stop_reason: ClaimStop | None = None
        self._settings = settings
        self._clock = clock
        self._pace = pace
        self._emit = emit
        self._claim_size = claim_size
        self._draining = draining
        self._senders = 0
        self._unwritten = 0
        self._next_claim_at = 0.0
        self._drained = False
        self._watch = rules.ClockWatch(settings, clock)
        self._usual_claim = 0.0
        self._stopped_because: object = None
        self._stop_seen_at: float | None = None

    @property
    def longest_stop(self) -> float:
        """Seconds after which a worker that stops waits for nothing more: all that is left is a hanging database."""
        return self._settings.lease + self._settings.shutdown_wait

    # Sending

    def sending(self) -> Plan[None]:
        """Claim messages, send them and write the results, until the worker stops."""
        self._senders += 1  # here and not in the plan, so that a draining worker knows it before the plan starts
        return self._sending()

    def _sending(self) -> Plan[None]:
        try:
            while not self.stopping:
                wait = self._next_claim_at - self._clock.boot()
                if self._drained and wait > 0:
                    return
                if self._unwritten:
                    # The database doesn't take results. What is claimed now may have nowhere to put its own.
                    yield Pause(_FIRST_OUTAGE_PAUSE)
                elif wait > 0:
                    yield Pause(wait)
                else:
                    started, result = yield from self._claim()
                    took = rules.elapsed(self._clock, started)
                    counted = self._usual(took) if result.messages else 0.0  # only these have to reach the disk
                    for message in result.messages:
                        slot_in = max(message.slot_at - result.now, 0.0)
                        yield from self._send(message, result, started, took + slot_in, counted + slot_in)
                    if not result.messages and self._draining and self._ends_drain(result):
                        return
        finally:
            self._senders -= 1

    def _claim(self) -> Plan[tuple[Reading, ClaimResult]]:
        tokens = [new_token() for _ in range(self._claim_size)]
        request = ClaimRequest(tokens, self._pace)
        started = rules.reading(self._clock)
        result: ClaimResult = yield from self._until_answered("claim", lambda store: store.claim(request))
        for key in result.expired:
            self._emit(MessageExpired(key))
        if not result.messages:
            self._note_stop(result)
            if result.stop is ClaimStop.LOST_COMMITS and self._settings.recover_automatically:
                yield from self._recover()
        elif self._stopped_because is not None:
            self._stopped_because = None
        return started, result

    def _recover(self) -> Plan[None]:
        try:
            count: int = yield from self._until_answered("recover", lambda store: store.recover())
        except NothingLostError:
            return  # somebody else was quicker
        self._emit(OutboxRecovered(count))

    def _note_stop(self, result: ClaimResult) -> None:
        """Let all plans wait, since none of them would get anything, and say once why."""
        wait = {None: 0.0, ClaimStop.NO_SLOT: result.wait, ClaimStop.EMPTY: self._settings.poll_interval}
        seconds = wait.get(result.stop, _STOPPED_WAIT)
        self._next_claim_at = max(self._next_claim_at, self._clock.boot() + seconds)
        stops = (ClaimStop.PAUSED, ClaimStop.TOO_MANY_UNKNOWN, ClaimStop.LOST_COMMITS)
        because = result.stop if result.stop in stops else None
        if because is not None and because is not self._stopped_because:
            texts = {
                ClaimStop.PAUSED: f"the outbox is paused: {result.detail}",
                ClaimStop.TOO_MANY_UNKNOWN: f"more than {self._settings.max_unknown} messages are unknown",
                ClaimStop.LOST_COMMITS: "the database is another one than before, so it may lack commits: recover()",
            }
            self._emit(ClaimingStopped(texts[because]))
        self._stopped_because = because

    def _ends_drain(self, result: ClaimResult) -> bool:
        if result.stop in (None, ClaimStop.NO_SLOT):
            return False
        if result.stop is not ClaimStop.EMPTY:
            self.stop_reason = result.stop
        self._drained = True
        return True

    def _usual(self, claim_took: float) -> float:
        """Return how much of a claim's time a slot may be moved by.

        The database chose the slot at some moment within the claim. If it is slow as usual, the slot counts from the
        end of the claim, or a slow database would miss them all. If it took much longer than usual, the worker was
        probably stopped meanwhile, and its slot is over. What is usual is learned from the first claims, in small
        steps: the first one may be the one that was stopped.
        """
        usual = self._usual_claim
        counted = min(claim_took, 2 * usual + self._settings.slot_grace / 5)
        self._usual_claim = usual + 0.2 * (counted - usual)
        return counted

    def _send(
        self, message: Claimed, result: ClaimResult, started: Reading, slot_begins: float, slot_in: float
    ) -> Plan[None]:
        while (wait := slot_begins - rules.elapsed(self._clock, started)) > 0 and not self.stopping:
            yield Pause(wait)
        fence = rules.Fence(
            self._settings,
            self._clock,
            started,
            slot_in + self._settings.slot_grace if message.paced else None,
            None if message.expires_at is None else message.expires_at - result.now,
        )
        # What the fence would stop anyway needn't connect first.
        problem = "the worker stopped" if self.stopping else fence.problem()
        if problem is None:
            report = yield Send(message, fence)
        else:
            report = SendReport(Outcome.NOT_SENT, problem, fenced=True)
        if report.fenced:
            yield from self._release_slot(message)
        yield from self._settle(message, report)
        if report.failure is not None:
            raise report.failure
        if report.fenced:
            self._drained, self._next_claim_at = False, 0.0  # it can be claimed again now
        if report.fenced and report.reason.startswith("slot") and not self.stopping:
            yield from self._warm_up(message)

    def _settle(self, message: Claimed, report: SendReport) -> Plan[None]:
        """Write a result, and before it what concerns all workers, so that none of them repeats the mistake."""
        if report.pause:
            self.stop_reason = ClaimStop.PAUSED  # also if another sender has already found nothing else to send
            paused: bool = yield from self._until_written("pause", lambda store: store.pause(report.pause), False)
            if paused:
                self._emit(OutboxPaused(report.pause))
        if report.retry_after is not None:
            seconds = report.retry_after
            yield from self._until_written("hold", lambda store: store.hold(seconds), None)
        recorded: Recorded | None = yield from self._until_written(
            "record", lambda store: store.record(message, report), None
        )
        if recorded is not None:
            self._announce(message, report, recorded)

    def _release_slot(self, message: Claimed) -> Plan[None]:
        if message.paced:
            pace = self._pace
            try:
                yield Transaction("release_slot", lambda store: store.release_slot(message, pace))
            except OutboxUnavailableError:
                return  # the slot is lost, which makes the outbox a little slower

    def _warm_up(self, message: Claimed) -> Plan[None]:
        """Open a connection, which the next send finds open.

        A time slot is shorter than it may take to connect. Without this, a send that missed its slot because it had to
        connect would miss the next one, too: the connection of a fenced send is closed.
        """
        try:
            yield LookUp(message.reference)
        except LookupFailedError:
            return

    def _announce(self, message: Claimed, report: SendReport, recorded: Recorded) -> None:
        key, attempt, counts = message.key, message.attempt, self.counts
        if recorded.duplicate:
            self._emit(DuplicateSent(key, report.sid))
        if recorded.possible_duplicate:
            self._emit(PossibleDuplicate(key, report.sid))
        if report.outcome is Outcome.ACCEPTED:
            counts.accepted += 1
            late = recorded.before is not State.SENDING or recorded.possible_duplicate
            self._emit(MessageAccepted(key, report.sid, attempt, late))
        elif report.outcome is Outcome.REJECTED:
            counts.rejected += 1
            self._emit(MessageRejected(key, attempt, report.reason))
        elif report.outcome is Outcome.NOT_SENT:
            counts.not_sent += 1
            self._emit(MessageNotSent(key, attempt, report.reason))
        else:
            counts.unknown += 1
            self._emit(MessageUnknown(key, UnknownKind.REPORTED, report.reason))

    # Keeping order

    def maintaining(self) -> Plan[None]:
        """Give up leases that have expired, and look unknown messages up, until the worker stops."""
        while not self.stopping:
            # A draining worker makes one more round after its last send, for what that left to do.
            last = self._draining and not self._senders
            keys: Sequence[str] = yield from self._until_answered(
                "expire_leases", lambda store: store.expire_leases(_LEASES_AT_ONCE)
            )
            for key in keys:
                self._emit(LeaseExpired(key))
            work: LookupWork = yield from self._until_answered(
                "take_lookups", lambda store: store.take_lookups(_LOOKUPS_AT_ONCE)
            )
            jump = self._watch.jump(work.now)
            if jump:
                self._emit(ClockJumped(jump))
                yield from self._until_answered("forget_canaries", lambda store: store.forget_canaries())
                work = work._replace(seen_until=0.0, canary=None)
            if work.rows:
                yield from self._look_up_all(work)
            elif last:
                return
            else:
                yield Pause(self._settings.poll_interval if self._draining else self._settings.lookup_interval / 5)

    def _look_up_all(self, work: LookupWork) -> Plan[None]:
        seen_until = yield from self._look_up_canary(work)
        for row in work.rows:
            if self.stopping:
                return  # another worker takes it, or this one after its next start
            yield from self._look_up(row, work.now, seen_until)

    def _look_up_canary(self, work: LookupWork) -> Plan[float]:
        """Look the canary up if that can prove anything. Return up to when lookups are proven to show everything.

        Its answer is here before any lookup of an unknown message is sent.
        """
        settings, canary = self._settings, work.canary
        waiting = [
            row
            for row in work.rows
            if work.now >= rules.absent_from(settings, row.kind, row.unknown_at, row.accepted_until)
            and (
                not rules.canary_covers(settings, row.kind, row.unknown_at, work.seen_until, row.accepted_until)
                or self._watch.forbids(row, work.now, work.seen_until)
            )
        ]
        if canary is None or not waiting:
            return work.seen_until
        try:
            found: Sequence[FoundMessage] = yield LookUp(canary)
        except LookupFailedError as error:
            self._emit(LookupFailed("(canary)", str(error)))
            return work.seen_until
        if found:
            seen: float = yield from self._until_answered("canary_found", lambda store: store.canary_found(canary))
            return seen
        if work.now - work.canary_after > settings.canary_wait / 4:
            yield from self._until_answered("drop_canary", lambda store: store.drop_canary(canary))
        return work.seen_until

    def _look_up(self, row: Unknown, now: float, seen_until: float) -> Plan[None]:
        settings = self._settings
        try:
            found: Sequence[FoundMessage] = yield LookUp(row.reference)
        except LookupFailedError as error:
            self._emit(LookupFailed(row.key, str(error)))
            if now >= rules.gives_up_from(settings, row, failing=True):
                yield from self._resolve(row, "review", f"lookups fail: {error}")
            else:
                yield from self._postpone(row, now)
            return
        ours = [
            each
            for each in found
            if rules.is_ours(settings, row, None if each.created is None else each.created.timestamp())
        ]
        if ours:
            yield from self._resolve(row, "found", ours[0].sid)
            if len(ours) > 1:
                self._emit(DuplicateSent(row.key, ours[1].sid))
        elif found:
            yield from self._resolve(
                row, "review", "CarrierX has a message with this reference that is older than the first attempt"
            )
        elif self._absence_is_proven(row, now, seen_until):
            yield from self._resolve(row, "absent", "")
        elif self._may_release(row, now) and (yield from self._resolve(row, "released", "")):
            return
        elif now >= rules.gives_up_from(settings, row):
            yield from self._resolve(row, "review", "no message that was accepted later could be looked up")
        else:
            yield from self._postpone(row, now)

    def _absence_is_proven(self, row: Unknown, now: float, seen_until: float) -> bool:
        if not rules.absence_is_proven(self._settings, row, now, seen_until):
            return False
        by_canary = rules.canary_covers(self._settings, row.kind, row.unknown_at, seen_until, row.accepted_until)
        return not self._watch.forbids(row, now, seen_until if by_canary else None)

    def _may_release(self, row: Unknown, now: float) -> bool:
        return rules.may_release(self._settings, row, now) and not self._watch.forbids(row, now, None)

    def _postpone(self, row: Unknown, now: float) -> Plan[None]:
        seconds = rules.next_look(self._settings, row, now)
        yield from self._until_answered("postpone", lambda store: store.postpone_lookup(row, seconds))

    def _resolve(self, row: Unknown, how: str, detail: str) -> Plan[bool]:
        """Write what a lookup proved. Return whether that changed anything."""

        def resolve(store: Store) -> Recorded:
            if how == "found":
                return store.resolve_found(row, detail)
            if how == "review":
                return store.resolve_review(row, detail)
            return store.resolve_absent(row) if how == "absent" else store.release(row)

        recorded: Recorded = yield from self._until_answered(how, resolve)
        if not recorded.changed or recorded.state is None:
            return False
        self.counts.resolved += 1
        if how == "found":
            self._emit(MessageFound(row.key, detail))
        elif recorded.state is State.REVIEW:
            self._emit(ReviewNeeded(row.key, detail or f"{row.lost_claims} claims ended without a result"))
        else:
            self._emit(AbsenceProven(row.key, recorded.state))
        return True

    # The database

    def _until_answered(self, name: str, run: Callable[[Store], T]) -> Plan[T]:
        """Run a transaction again until the database answers. If the worker stops meanwhile, its plan ends.

        Raises:
            OutboxUnavailableError: The database can't work again by itself.
        """
        pause = _FIRST_OUTAGE_PAUSE
        while True:
            try:
                result: T = yield Transaction(name, run)
            except OutboxUnavailableError as error:
                self._emit(DatabaseUnavailable(name, str(error)))
                if not error.temporary or self.stopping:
                    raise
                yield Pause(pause)
                pause = min(pause * 2, _LONGEST_OUTAGE_PAUSE)
            else:
                return result

    def _until_written(self, name: str, run: Callable[[Store], T], otherwise: T) -> Plan[T]:
        """Run a transaction again until the database takes what it writes. Meanwhile, nothing is claimed.

        A worker that stops tries for a bounded time only. Then the lease expires, and the message becomes unknown.
        """
        pause, failed = _FIRST_OUTAGE_PAUSE, False
        try:
            while True:
                try:
                    result: T = yield Transaction(name, run)
                except OutboxUnavailableError as error:
                    if not failed:
                        failed = True
                        self._unwritten += 1
                    self._emit(DatabaseUnavailable(name, str(error)))
                    left = self._shutdown_left()
                    if left <= 0:
                        return otherwise
                    yield Pause(min(pause, left), ends_on_stop=not self.stopping)
                    pause = min(pause * 2, _LONGEST_OUTAGE_PAUSE)
                else:
                    return result
        finally:
            if failed:
                self._unwritten -= 1

    def _shutdown_left(self) -> float:
        """Return for how many seconds results are still written."""
        if not self.stopping:
            return math.inf
        if self._stop_seen_at is None:
            self._stop_seen_at = self._clock.boot()
        return self._stop_seen_at + self._settings.shutdown_wait - self._clock.boot()

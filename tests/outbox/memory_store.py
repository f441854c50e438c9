"""A store in memory, quick enough for thousands of simulated runs.

It decides by the same rules as the real stores and passes the same contract suite. It lives in the tests because
nothing in it is durable.
"""

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from carrierx.outbox import rules
from carrierx.outbox.connections import StatementPlan
from carrierx.outbox.errors import LOST_COMMITS, KeyConflictError, LostCommitsError, NothingLostError, OutboxStateError
from carrierx.outbox.messages import differing_fields, masked_numbers
from carrierx.outbox.pace import LONGEST_HOLD, free_after_release, latest_free, next_slot, spacing
from carrierx.outbox.ports import (
    Added,
    Claimed,
    ClaimRequest,
    ClaimResult,
    ClaimStop,
    ListQuery,
    LookupWork,
    NewMessage,
    OutboxStats,
    Pace,
    Recorded,
    Retried,
    SendReport,
    SentRecord,
    StoredAttempt,
    StoredMessage,
    Unknown,
)
from carrierx.outbox.settings import OutboxSettings
from carrierx.outbox.states import FINAL, State, UnknownKind


@dataclass
class Row:
    """One message."""

    id: int
    message: NewMessage
    state: State = State.QUEUED
    reason: str = ""
    due_at: float = 0.0
    expires_at: float | None = None
    attempt: int = 0
    lost_claims: int = 0
    token: str | None = None
    first_claimed_at: float | None = None
    claimed_at: float | None = None
    lease_until: float = 0.0
    accepted_until: float = 0.0
    unknown_at: float = 0.0
    unknown_kind: UnknownKind = UnknownKind.REPORTED
    look_at: float = 0.0
    looks: int = 0
    sid: str | None = None
    purged: bool = False
    updated_at: float = 0.0
    history: list[StoredAttempt] = field(default_factory=list[StoredAttempt])
    logged: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


class MemoryStore:
    """The tables of one namespace.

    Args:
        settings: The settings.
        now: The database's clock.
    """

    def __init__(self, settings: OutboxSettings, now: Callable[[], float]) -> None:
        self.rows: dict[int, Row] = {}
        self.by_key: dict[str, Row] = {}
        self.paused: str | None = None
        self.canary: str | None = None
        self.canary_after = 0.0
        self.seen_until = 0.0
        self.recovered_at = 0.0
        self.pace: dict[str, float] = {}
        self.longest_claim = 0.0
        self.hold_until = 0.0
        self.timeline = self.known_timeline = 1
        self._settings = settings
        self._now = now
        self._last_id = 0

    @property
    def kind(self) -> str:
        return "memory"

    @property
    def shown(self) -> str:
        return "memory"

    def identity(self) -> object:
        return None

    def snapshot(self) -> "MemoryStore":
        """A copy, as a backup or a standby that lags has it."""
        taken = copy.copy(self)
        taken.rows = {
            identity: replace(row, history=list(row.history), logged=set(row.logged))
            for identity, row in self.rows.items()
        }
        taken.by_key = {row.message.key: row for row in taken.rows.values()}
        taken.pace = dict(self.pace)
        return taken

    def become(self, other: "MemoryStore") -> None:
        """Take the content of a snapshot: a failover that lost commits. The timeline says so."""
        timeline = self.timeline + 1
        self.__dict__.update(other.snapshot().__dict__)
        self.timeline = timeline

    def claim(self, request: ClaimRequest) -> ClaimResult:
        now, settings = self._now(), self._settings
        if self.paused is not None:
            return ClaimResult(now, stop=ClaimStop.PAUSED, detail=self.paused)
        if self.timeline != self.known_timeline:
            return ClaimResult(now, stop=ClaimStop.LOST_COMMITS)
        unknown = [
            (row.unknown_kind, row.unknown_at, row.accepted_until)
            for row in self.rows.values()
            if row.state is State.UNKNOWN and row.unknown_kind is not UnknownKind.RECOVERY
        ]
        if len(unknown) > settings.max_unknown:
            sending = any(row.state is State.SENDING for row in self.rows.values())
            if sending or not rules.may_probe(settings, unknown, now):
                return ClaimResult(now, stop=ClaimStop.TOO_MANY_UNKNOWN)
            request = request._replace(tokens=request.tokens[:1])
        for name, free_at in self.pace.items():
            rate = request.pace.rate if name == "*" else request.pace.sender_rate
            self.pace[name] = min(free_at, latest_free(now, settings.claim_horizon, rate))
        self.hold_until = min(self.hold_until, now + LONGEST_HOLD)
        claimed, expired = list[Claimed](), list[str]()
        for token in request.tokens:
            free_at = max(self.pace.get("*", 0.0), self.hold_until)
            slot = next_slot(now, free_at, request.pace.rate)
            if slot.at > now + settings.claim_horizon:
                return ClaimResult(now, claimed, expired, ClaimStop.NO_SLOT, slot.at - now - settings.claim_horizon)
            while (
                (row := self._best(now, slot.at)) is not None and row.expires_at is not None and row.expires_at <= now
            ):
                self._set(row, State.EXPIRED, "expired")
                expired.append(row.message.key)
            if row is None:
                stop, wait = self._why_none(now, slot.at)
                return ClaimResult(now, claimed, expired, stop, wait)
            row.token, row.claimed_at, row.lease_until = token, now, now + settings.lease
            row.accepted_until = row.lease_until + settings.accepted_until_after_lease
            self.longest_claim = max(self.longest_claim, settings.accepted_until_after_claim)
            row.attempt += 1
            if row.first_claimed_at is None:
                row.first_claimed_at = now
            self._set(row, State.SENDING, "")
            for name, rate in (("*", request.pace.rate), (row.message.sender, request.pace.sender_rate)):
                if rate is not None:
                    self.pace[name] = slot.at + spacing(rate)
            claimed.append(self._claimed(row, slot.at, paced=request.pace != (None, None)))
        return ClaimResult(now, claimed, expired)

    def _best(self, now: float, slot: float) -> Row | None:
        best, best_rank = None, None
        for row in self.rows.values():
            if row.state is State.QUEUED and row.due_at <= now and self.pace.get(row.message.sender, 0.0) <= slot:
                rank = (-row.message.priority, row.due_at, row.id)
                if best_rank is None or rank < best_rank:
                    best, best_rank = row, rank
        return best

    def _why_none(self, now: float, slot: float) -> tuple[ClaimStop, float]:
        waiting = [
            self.pace[row.message.sender]
            for row in self.rows.values()
            if row.state is State.QUEUED and row.due_at <= now and self.pace.get(row.message.sender, 0.0) > slot
        ]
        return (ClaimStop.NO_SLOT, min(waiting) - slot) if waiting else (ClaimStop.EMPTY, 0.0)

    def _claimed(self, row: Row, slot_at: float, *, paced: bool) -> Claimed:
        assert row.token is not None
        assert row.claimed_at is not None
        message = row.message
        return Claimed(
            row.id,
            message.key,
            message.reference,
            message.request,
            row.token,
            row.attempt,
            row.claimed_at,
            slot_at,
            paced,
            row.expires_at,
        )

    def record(self, message: Claimed, report: SendReport) -> Recorded:
        now = self._now()
        row = self._row(message.id, message.reference)
        if row is None:
            return Recorded(None, None, changed=False, key=message.key)
        before, same = row.state, row.token == message.token
        decision = rules.decide(
            report.outcome,
            before,
            same_token=same,
            recovered=rules.is_recovered(row.token),
            same_sid=rules.sids_agree(report.sid, row.sid),
        )
        self._log(row, message.token, message.attempt, report.outcome.value, report.reason, report.sid, decision)
        state = decision.state
        if state is None:
            return Recorded(
                before, before, False, decision.duplicate, decision.possible_duplicate, row.message.key, row.sid
            )
        row.token = message.token
        if state is State.QUEUED:
            row.token = None
            if not (report.fenced or report.pause or report.failure):
                row.due_at = now + (report.retry_after or rules.backoff(self._settings, row.attempt))
        else:
            row.lost_claims = 0
        if state is State.UNKNOWN:
            self._as_unknown(row, UnknownKind.REPORTED, now)
            row.accepted_until = now + self._settings.accepted_until_after_report
        if state is State.ACCEPTED:
            row.sid = report.sid or row.sid
            if same and self.canary is None and row.claimed_at is not None:
                self.canary, self.canary_after = row.message.reference, row.claimed_at
        self._set(row, state, report.reason)
        return Recorded(before, state, True, False, decision.possible_duplicate, row.message.key, row.sid)

    def expire_leases(self, limit: int) -> Sequence[str]:
        now, keys = self._now(), list[str]()
        late = [row for row in self.rows.values() if row.state is State.SENDING and row.lease_until < now]
        for row in sorted(late, key=lambda each: each.lease_until)[:limit]:
            state = rules.state_after_lost_lease()
            self._log(row, row.token or "", row.attempt, "lease_expired", "no result", None, rules.Decision(state))
            row.lost_claims += 1
            if state is State.UNKNOWN:
                self._as_unknown(row, UnknownKind.LEASE, row.lease_until)
            else:
                row.token = None
            self._set(row, state, "no result within the lease")
            keys.append(row.message.key)
        return keys

    def take_lookups(self, limit: int) -> LookupWork:
        now = self._now()
        unknown = [row for row in self.rows.values() if row.state is State.UNKNOWN]
        due = sorted((row for row in unknown if row.look_at <= now), key=lambda each: each.look_at)[:limit]
        taken = [
            Unknown(
                row.id,
                row.message.key,
                row.message.reference,
                row.token or "",
                rules.sent_after(row.first_claimed_at, row.message.created_at, row.unknown_kind),
                row.unknown_at,
                row.unknown_kind,
                row.looks,
                row.lost_claims,
                row.expires_at,
                row.message.created_at,
                row.accepted_until,
            )
            for row in due
        ]
        for row in due:
            row.look_at = now + 60.0
            row.looks += 1
        wait = max(min((row.look_at for row in unknown), default=now) - now, 0.0)
        return LookupWork(now, self.seen_until, self.canary, self.canary_after, taken, wait)

    def postpone_lookup(self, row: Unknown, seconds: float) -> None:
        found = self._row(row.id, row.reference)
        if found is not None and found.state is State.UNKNOWN and found.token == row.token:
            found.look_at = self._now() + seconds

    def resolve_found(self, row: Unknown, sid: str) -> Recorded:
        return self._resolve(row, State.ACCEPTED, "found", "found by its reference", sid)

    def resolve_absent(self, row: Unknown) -> Recorded:
        state = rules.state_after_absence(self._settings, row.lost_claims, row.expires_at, self._now())
        return self._resolve(row, state, "absent", "proven absent", None)

    def release(self, row: Unknown) -> Recorded:
        now = self._now()
        on_its_way = any(
            each.state is State.SENDING or (each.state is State.QUEUED and each.due_at <= now)
            for each in self.rows.values()
        )
        if self.canary is not None or on_its_way:
            return Recorded(State.UNKNOWN, State.UNKNOWN, changed=False, key=row.key)
        return self.resolve_absent(row)

    def resolve_review(self, row: Unknown, reason: str) -> Recorded:
        return self._resolve(row, State.REVIEW, "review", reason, None)

    def _resolve(self, given: Unknown, state: State, outcome: str, reason: str, sid: str | None) -> Recorded:
        row = self._row(given.id, given.reference)
        if row is None:
            return Recorded(None, None, changed=False, key=given.key)
        before, same = row.state, row.token == given.token
        if state is State.ACCEPTED:
            decision = rules.decide_found(before)
        else:
            decision = rules.Decision(state if rules.may_resolve(before, same_token=same) else None)
        self._log(row, given.token, row.attempt, outcome, reason, sid, decision)
        if decision.state is None:
            return Recorded(before, before, False, False, False, row.message.key, row.sid)
        row.token = row.token or given.token
        if decision.state is State.QUEUED:
            row.token = None
        row.sid = sid or row.sid
        self._set(row, decision.state, reason)
        return Recorded(before, decision.state, True, False, False, row.message.key, row.sid)

    def canary_found(self, reference: str) -> float:
        if self.canary == reference:
            self.canary, self.seen_until = None, max(self.seen_until, self.canary_after)
        return self.seen_until

    def drop_canary(self, reference: str) -> None:
        if self.canary == reference:
            self.canary = None

    def forget_canaries(self) -> None:
        self.canary, self.seen_until = None, 0.0

    def hold(self, seconds: float) -> None:
        self.hold_until = max(self.hold_until, self._now() + seconds)

    def release_slot(self, message: Claimed, pace: Pace) -> None:
        if pace.rate is not None:
            self.pace["*"] = free_after_release(message.slot_at, self.pace.get("*", 0.0), pace.rate)

    def pause(self, reason: str) -> bool:
        running, self.paused = self.paused is None, self.paused or reason
        return running

    def resume(self) -> bool:
        stopped = self.paused is not None or self.hold_until > self._now()
        self.paused, self.hold_until = None, 0.0
        return stopped

    def recover(self, *, force: bool = False) -> int:
        now, count = self._now(), 0
        if not force and not self.lost_commits():
            waiting = (State.QUEUED, State.SENDING, State.UNKNOWN)
            raise NothingLostError(unknown=sum(row.state in waiting for row in self.rows.values()))
        self.known_timeline = self.timeline
        self.canary, self.seen_until, self.recovered_at = None, 0.0, now
        for row in self.rows.values():
            if row.state in (State.QUEUED, State.SENDING, State.UNKNOWN):
                self._as_unknown(row, UnknownKind.RECOVERY, now + self._settings.lease)
                row.token, row.look_at, row.looks = f"{rules.recovered_prefix(str(now))}{row.id}", now, 0
                row.accepted_until = max(row.accepted_until, now + self.longest_claim)
                self._set(row, State.UNKNOWN, "lost commits")
                count += 1
        return count

    def lost_commits(self) -> bool:
        return self.timeline != self.known_timeline

    def close(self) -> None:
        """There is nothing to close."""

    def create_schema(self) -> bool:
        return False

    def upgrade(self) -> tuple[int, int]:
        return 1, 1

    def adding(self, messages: Sequence[NewMessage], instance_id: str) -> StatementPlan[Sequence[Added]]:
        raise NotImplementedError  # nobody has a connection to it

    def start_worker(self) -> None:
        """Any number of workers may use it."""

    def stop_worker(self) -> None:
        """As `start_worker`."""

    def add(self, messages: Sequence[NewMessage], instance_id: str) -> Sequence[Added]:
        added = list[Added]()
        for message in messages:
            row = self.by_key.get(message.key)
            if row is None:
                self._last_id += 1
                row = Row(
                    self._last_id,
                    message,
                    due_at=message.due_at,
                    expires_at=message.expires_at,
                    updated_at=message.created_at,
                )
                self.rows[row.id] = self.by_key[message.key] = row
                row.state = rules.added_state(self._settings, self.recovered_at, message.created_at)
                if row.state is State.UNKNOWN:
                    self._as_unknown(row, UnknownKind.ADDED, self.recovered_at + self._settings.lease)
                    row.token, row.look_at = f"{rules.recovered_prefix(message.key)}", self.recovered_at - 1.0
                    row.accepted_until = self.recovered_at + self.longest_claim
                added.append(Added(row.id, message.key, True, row.state, message.reference))
                continue
            request = None if row.purged else row.message.request
            fields = differing_fields(message, request, row.message.fingerprints)
            if fields:
                raise KeyConflictError(f"differs in {fields}", key=message.key, fields=fields)
            added.append(Added(row.id, message.key, False, row.state, row.message.reference))
        return added

    def instance_id(self) -> str:
        return "memory"

    def get(self, key: str) -> StoredMessage | None:
        row = self.by_key.get(key)
        return None if row is None else self._stored(row)

    def request_of(self, key: str) -> str | None:
        row = self.by_key.get(key)
        return None if row is None or row.purged else row.message.request

    def list(self, query: ListQuery) -> Sequence[StoredMessage]:
        rows = [
            row
            for row in self.rows.values()
            if row.id > query.after_id
            and row.message.key.startswith(query.key_prefix)
            and (not query.states or row.state in query.states)
        ]
        return [self._stored(row) for row in rows[: query.limit]]

    def attempts(self, key: str) -> Sequence[StoredAttempt]:
        row = self.by_key.get(key)
        return [] if row is None else row.history

    def stats(self, *, quick: bool = False) -> OutboxStats:
        now = self._now()
        counts = dict[State, int]()
        for row in self.rows.values():
            if not quick or row.state in (State.QUEUED, State.SENDING, State.UNKNOWN, State.REVIEW):
                counts[row.state] = counts.get(row.state, 0) + 1
        due = [row.due_at for row in self.rows.values() if row.state is State.QUEUED and row.due_at <= now]
        accepted = sum(
            row.state is State.ACCEPTED and not row.purged and row.updated_at > now - 60 for row in self.rows.values()
        )
        return OutboxStats(
            counts,
            counts.get(State.QUEUED, 0),
            len(due),
            now - min(due) if due else 0.0,
            counts.get(State.SENDING, 0),
            counts.get(State.UNKNOWN, 0),
            counts.get(State.REVIEW, 0),
            accepted,
            self.paused,
            self.lost_commits(),
            max(self.hold_until - now, 0.0),
        )

    def cancel(self, key: str) -> State | None:
        self._refuse_if_lost()
        row = self.by_key.get(key)
        if row is not None and row.state is State.QUEUED:
            self._set(row, State.CANCELLED, "cancelled")
            return State.QUEUED
        return None if row is None else row.state

    def reschedule(self, key: str, due_at: float, expires_at: float | None) -> State | None:
        self._refuse_if_lost()
        row = self.by_key.get(key)
        if row is not None and row.state is State.QUEUED:
            row.due_at, row.expires_at = due_at, row.expires_at if expires_at is None else expires_at
        return None if row is None else row.state

    def retry(self, key: str) -> Retried:
        self._refuse_if_lost()
        row, now = self.by_key.get(key), self._now()
        if row is None or row.state not in (State.REJECTED, State.EXPIRED, State.CANCELLED):
            return Retried(None, None) if row is None else Retried(row.state, row.state)
        if row.purged:
            raise OutboxStateError("purged", key=key, state=row.state)
        before, row.token, row.due_at, row.lost_claims = row.state, None, now, 0
        if row.expires_at is not None and row.expires_at <= now:
            row.expires_at = None
        state = State.QUEUED
        if row.updated_at <= self.recovered_at:
            self._as_unknown(row, UnknownKind.RECOVERY, self.recovered_at + self._settings.lease)
            row.accepted_until = self.recovered_at + self.longest_claim
            row.token, state = f"{rules.recovered_prefix(str(now))}{row.id}", State.UNKNOWN
        self._set(row, state, "")
        return Retried(before, state)

    def resolve(self, key: str, *, sent: bool, sid: str | None) -> State | None:
        self._refuse_if_lost()
        row = self.by_key.get(key)
        if row is None or row.state is not State.REVIEW:
            return None if row is None else row.state
        if sent:
            row.sid = sid
        else:
            row.token, row.lost_claims = None, 0
        self._set(row, State.ACCEPTED if sent else State.QUEUED, "decided by a person")
        return State.REVIEW

    def purge(self, before: float, limit: int) -> int:
        rows = [row for row in self.rows.values() if row.state in FINAL and not row.purged and row.updated_at < before][
            :limit
        ]
        for row in rows:
            row.purged, row.history = True, []
        return len(rows)

    def sent_records(self, after_id: int, limit: int) -> Sequence[SentRecord]:
        rows = [row for row in self.rows.values() if row.state in FINAL and row.id > after_id][:limit]
        return [SentRecord(row.id, row.message.key, row.message.reference, row.state, row.sid) for row in rows]

    def _refuse_if_lost(self) -> None:
        if self.lost_commits():
            raise LostCommitsError(LOST_COMMITS)

    def _row(self, identity: int, reference: str) -> Row | None:
        row = self.rows.get(identity)
        return row if row is not None and row.message.reference == reference else None

    def _set(self, row: Row, state: State, reason: str) -> None:
        row.state, row.reason, row.updated_at = state, reason, self._now()

    def _as_unknown(self, row: Row, kind: UnknownKind, unknown_at: float) -> None:
        row.unknown_kind, row.unknown_at, row.looks = kind, unknown_at, 0
        row.look_at = self._now() + self._settings.lookup_interval

    def _log(
        self,
        row: Row,
        token: str,
        attempt: int,
        outcome: str,
        reason: str,
        sid: str | None,
        decision: rules.Decision,
    ) -> None:
        if (token, outcome) in row.logged:
            return
        row.logged.add((token, outcome))
        moment = datetime.fromtimestamp(self._now(), UTC)
        claimed = None if row.claimed_at is None else datetime.fromtimestamp(row.claimed_at, UTC)
        applied = decision.state is not None
        row.history.append(StoredAttempt(attempt, outcome, reason, sid, applied, claimed, moment))

    def _stored(self, row: Row) -> StoredMessage:
        message = row.message
        sender, recipient = masked_numbers(None if row.purged else message.request)
        return StoredMessage(
            id=row.id,
            key=message.key,
            state=row.state,
            reference=message.reference,
            message_sid=row.sid,
            sender=sender,
            recipient=recipient,
            priority=message.priority,
            attempts=row.attempt,
            reason=row.reason,
            due_at=datetime.fromtimestamp(row.due_at, UTC),
            expires_at=None if row.expires_at is None else datetime.fromtimestamp(row.expires_at, UTC),
            created_at=datetime.fromtimestamp(message.created_at, UTC),
            updated_at=datetime.fromtimestamp(row.updated_at, UTC),
            data=None if row.purged or message.data is None else json.loads(message.data),
        )

"""The store in PostgreSQL, for any number of workers on any number of machines.

The statements are fixed. A claim and the usual result are one statement each, sent together with the beginning and the
end of their transaction, so each is one trip to the server. What is decided in Python locks the row first.

The tables hold the complete messages, with numbers and texts, until `purge`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from psycopg import errors

from carrierx.outbox import postgres_statements as sql
from carrierx.outbox import rules
from carrierx.outbox.errors import (
    LOST_COMMITS,
    KeyConflictError,
    LostCommitsError,
    NothingLostError,
    OutboxConnectionError,
    OutboxStateError,
    OutboxUnavailableError,
)
from carrierx.outbox.messages import differing_fields, masked_numbers
from carrierx.outbox.pace import LONGEST_HOLD, latest_free, spacing
from carrierx.outbox.ports import (
    Added,
    Claimed,
    ClaimResult,
    ClaimStop,
    LookupWork,
    OutboxStats,
    Recorded,
    Retried,
    SentRecord,
    StoredAttempt,
    StoredMessage,
    Unknown,
)
from carrierx.outbox.postgres_connections import Connection, PostgresConnections, PreparedStatements, client_cursor
from carrierx.outbox.postgres_schema import check_schema, checked_schema, create_schema, upgrade_schema
from carrierx.outbox.states import State, UnknownKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carrierx.outbox.connections import StatementPlan
    from carrierx.outbox.ports import ClaimRequest, ListQuery, NewMessage, Pace, SendReport
    from carrierx.outbox.settings import OutboxSettings

__all__ = ["PostgresStore"]

T = TypeVar("T")

MAX_CLAIM: Final = 10
"""The most messages of one claim. They are sent one after the other, within one lease."""

_MOST_EXPIRED: Final = 100
"""The most expired messages that one claim passes over."""
_LOOKUP_LEASE: Final = 60.0
"""Seconds for which nobody else gets a lookup. It ends earlier when the lookup is answered."""
_LIMIT_INTERVAL: Final = 10.0
"""Seconds until slots that are too far ahead are brought back again: a worker of another rate may have set them."""
_LEAST_IDLE: Final = 3000
"""The least milliseconds that a transaction may wait for its own process. A busy machine isn't a suspended one."""
_MOST_TRIES: Final = 1000
"""The most tries to add a message whose key others add and take back."""
_RECOVERED: Final = "the database lost commits, so this message may have been sent"
_ADDED: Final = "the database lost commits before it was added, so it may have been added and sent before"


class _Claim(NamedTuple):
    """The row that a claim returns. The columns of a message are None if there was none."""

    now: float
    paused_reason: str | None
    same: bool
    noted: bool
    unknown: int
    slot: float
    open: bool
    id: int | None
    key: str
    reference: str
    request: str | None
    attempt: int
    expires_at: float | None
    state: str
    next_sender_at: float | None


class PostgresStore:
    """The outbox's tables in PostgreSQL, for one namespace.

    Args:
        url: The URL, as libpq reads it.
        namespace: The name of the outbox, of which there can be several in one database.
        settings: The settings.
        schema: The schema of the tables; None for `public`.
        pool_size: The most connections of this process.
        now: The database's clock, for tests.
    """

    def __init__(
        self,
        url: str,
        namespace: str,
        settings: OutboxSettings,
        *,
        schema: str | None = None,
        pool_size: int = 10,
        now: Callable[[], float] | None = None,
    ) -> None:
        self.schema: str = checked_schema(schema)
        self.namespace = namespace
        self._prefix = f'"{self.schema}".'
        self._settings = settings
        self._now = now
        self._connections = PostgresConnections(url, pool_size, settings.claim_timeout)
        waits = self._connections.milliseconds
        self._begin = sql.BEGIN.format(milliseconds=waits, idle_milliseconds=max(waits, _LEAST_IDLE))
        self._prepared = PreparedStatements()
        self._texts: dict[str, str] = {}
        self._place: str | None = None
        self._reads = 0
        self._limited: tuple[Pace, float] | None = None  # the rates for which slots were brought back, and when

    @property
    def kind(self) -> str:
        """The kind of database."""
        return "postgresql"

    @property
    def shown(self) -> str:
        """The database's URL without user and password."""
        return self._connections.shown

    def close(self) -> None:
        """Close the connections. The store opens them again when it is used."""
        self._connections.close()

    def start_worker(self) -> None:
        """Do nothing: there may be any number of workers."""

    def stop_worker(self) -> None:
        """Do nothing, as `start_worker`."""

    def identity(self) -> object:
        """Return a value that changes when the database turned out to be another one."""
        return self._reads

    # The tables

    def create_schema(self) -> bool:
        """Create the tables. Return whether they were created."""
        return self._transact(lambda connection: create_schema(connection, self.schema, self._prefix), check=False)

    def upgrade(self) -> tuple[int, int]:
        """Bring the tables up to date. Return their version before and now."""
        return self._transact(lambda connection: upgrade_schema(connection, self._prefix, self.shown), check=False)

    # Running statements

    def _text(self, statement: str) -> str:
        text = self._texts.get(statement)
        if text is None:
            text = self._texts[statement] = statement.replace("@", self._prefix)
        return text

    def transaction(self, work: Callable[[Connection], T]) -> T:
        """Run a function in a durable transaction on tables of this version."""
        return self._transact(work)

    def _transact(self, work: Callable[[Connection], T], *, check: bool = True) -> T:
        def run(connection: Connection, new: bool) -> T:
            if check and new:
                check_schema(connection, self._prefix, self.shown)
            connection.execute(self._begin.encode())
            result = work(connection)
            connection.commit()
            return result

        return self._connections.run(run)

    def _at_once(self, statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Run a statement as a durable transaction with one trip to the server. Return the rows of its last part."""
        text = f"{self._begin}{self._text(statement)}{sql.COMMIT}"

        def run(connection: Connection, new: bool) -> list[tuple[Any, ...]]:
            if new:
                check_schema(connection, self._prefix, self.shown)
            return _rows(connection, text, self._values(values))

        return self._connections.run(run)

    def _prepared_at_once(
        self, statement: str, values: Mapping[str, object], *, before: str = ""
    ) -> list[tuple[Any, ...]]:
        """Do the same with a statement that is run again and again, after one that isn't prepared."""
        begin, last = f"{self._begin}{self._text(before)}", self._text(statement)

        def run(connection: Connection, new: bool) -> list[tuple[Any, ...]]:
            if new:
                check_schema(connection, self._prefix, self.shown)
            call = self._prepared.call(connection, last)
            if call is not None:
                try:
                    return _rows(connection, f"{begin}{sql.KEEP_PLAN}{call}{sql.COMMIT}", self._values(values))
                except errors.InvalidSqlStatementName:
                    # Another session, of a pooler. Nothing was done, and nothing is prepared any more.
                    self._prepared.kept = False
                connection.rollback()
            return _rows(connection, f"{begin}{last}{sql.COMMIT}", self._values(values))

        return self._connections.run(run)

    def _values(self, values: Mapping[str, object]) -> dict[str, object]:
        return {"namespace": self.namespace, "now": None if self._now is None else self._now(), **values}

    def _execute(self, connection: Connection, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Run a statement within a transaction."""
        cursor = connection.execute(self._text(statement).encode(), self._values(values))
        return cursor.fetchall() if cursor.description is not None else []

    def _time(self, connection: Connection) -> float:
        """Return the database's time."""
        return float(self._execute(connection, f"SELECT {sql.NOW}")[0][0])

    # Claiming

    def claim(self, request: ClaimRequest) -> ClaimResult:
        """Claim the next messages, as `Store` says. Each message is a transaction of its own."""
        claimed, expired = list[Claimed](), list[str]()
        tokens = list(reversed(request.tokens[:MAX_CLAIM]))
        probing = False
        result = ClaimResult(0.0)
        while tokens and len(expired) < _MOST_EXPIRED:
            try:
                found = self._probe(request.pace, tokens[-1]) if probing else self._claim(request.pace, tokens[-1])
            except OutboxUnavailableError:
                if claimed:
                    break  # these are committed, and nobody else may send them
                raise
            result = ClaimResult(found.now)
            if found.state == State.EXPIRED and found.id is not None:
                expired.append(found.key)
                continue
            if found.id is not None:
                token = tokens.pop()
                claimed.append(self._claimed(found, token, paced=request.pace != (None, None)))
                if probing:
                    break
                continue
            result = self._why_none(found, request.pace)
            if result.stop is not ClaimStop.TOO_MANY_UNKNOWN or probing or claimed:
                break
            probing = True
        return ClaimResult(result.now, claimed, expired, result.stop, result.wait, result.detail)

    def _claim(self, pace: Pace, token: str) -> _Claim:
        limited = self._limited
        limited_at = limited[1] if limited is not None and limited[0] == pace else self._limit_pace(pace)
        found = self._claim_one(pace, token)
        if not limited_at <= found.now < limited_at + _LIMIT_INTERVAL:  # the clock may have been set back, too
            self._limit_pace(pace)
            if found.id is None:
                found = self._claim_one(pace, token)
        return found

    def _claim_one(self, pace: Pace, token: str) -> _Claim:
        values = self._claim_values(pace, token)
        rows = self._claim_rows(pace, values)
        if not rows:
            # The namespace is new, or lost its rows together with the rest of the database.
            self._at_once(sql.NEW_NAMESPACE, {})
            rows = self._claim_rows(pace, values)
        found = _Claim(*rows[0])
        if not found.noted:
            self._at_once(sql.NOTE_LONGEST_CLAIM, values)
            found = _Claim(*self._claim_rows(pace, values)[0])
        return found

    def _limit_pace(self, pace: Pace) -> float:
        """Bring slots back that are too far ahead. Return the time."""

        def limit(connection: Connection) -> float:
            horizon = self._settings.claim_horizon
            self._execute(connection, sql.LIMIT_HOLD, ahead=LONGEST_HOLD)
            self._execute(connection, sql.LOCK_ACCOUNT)
            self._execute(connection, sql.LIMIT_PACE, ahead=latest_free(0.0, horizon, pace.rate))
            if pace.sender_rate is not None:
                ahead = latest_free(0.0, horizon, pace.sender_rate)
                self._execute(connection, sql.LIMIT_SENDER_PACES, ahead=ahead)
            return self._time(connection)

        now = self._transact(limit)
        self._limited = pace, now
        return now

    def _claim_rows(self, pace: Pace, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        claim = sql.CLAIM if pace.sender_rate is None else sql.CLAIM_FOR_SENDERS
        before = "" if pace == (None, None) else f"{sql.LOCK_ACCOUNT};"
        return self._prepared_at_once(claim, values, before=before)

    def _claim_values(self, pace: Pace, token: str, *, probing: bool = False) -> dict[str, object]:
        return {
            "horizon": self._settings.claim_horizon,
            "lease": self._settings.lease,
            "longest_claim": self._settings.accepted_until_after_claim,
            "max_unknown": self._settings.max_unknown,
            "probing": probing,
            "sender_spacing": None if pace.sender_rate is None else spacing(pace.sender_rate),
            "spacing": None if pace.rate is None else spacing(pace.rate),
            "token": token,
        }

    def _probe(self, pace: Pace, token: str) -> _Claim:
        """Claim one message although too many are unknown, if the rules allow it, and nobody else has one."""

        def probe(connection: Connection) -> _Claim:
            self._execute(connection, sql.LOCK_NAMESPACE)
            sending = self._execute(connection, sql.ANY_SENDING)
            youngest = self._execute(connection, sql.YOUNGEST_UNKNOWN)
            now = self._time(connection)
            may = not sending and rules.may_probe(
                self._settings, [(UnknownKind(kind), at, until) for kind, at, until in youngest], now
            )
            if pace != (None, None):
                self._execute(connection, sql.LOCK_ACCOUNT)
            claim = sql.CLAIM if pace.sender_rate is None else sql.CLAIM_FOR_SENDERS
            with client_cursor(connection) as cursor:
                values = self._values(self._claim_values(pace, token, probing=may))
                cursor.execute(self._text(claim).encode(), values)
                return _Claim(*cursor.fetchall()[0])

        return self._transact(probe)

    def _why_none(self, found: _Claim, pace: Pace) -> ClaimResult:
        if found.paused_reason is not None:
            return ClaimResult(found.now, stop=ClaimStop.PAUSED, detail=found.paused_reason)
        if not found.same:
            return ClaimResult(found.now, stop=ClaimStop.LOST_COMMITS)
        horizon = self._settings.claim_horizon
        if found.open:
            if pace.sender_rate is not None and found.next_sender_at is not None:
                wait = max(found.next_sender_at - found.slot, 0.0)
                return ClaimResult(found.now, stop=ClaimStop.NO_SLOT, wait=wait)
            return ClaimResult(found.now, stop=ClaimStop.EMPTY)
        if found.unknown > self._settings.max_unknown:
            return ClaimResult(found.now, stop=ClaimStop.TOO_MANY_UNKNOWN)
        return ClaimResult(found.now, stop=ClaimStop.NO_SLOT, wait=found.slot - found.now - horizon)

    def _claimed(self, found: _Claim, token: str, *, paced: bool) -> Claimed:
        return Claimed(
            found.id or 0,
            found.key,
            found.reference,
            found.request or "",
            token,
            found.attempt,
            found.now,
            found.slot,
            paced,
            found.expires_at,
        )

    def release_slot(self, message: Claimed, pace: Pace) -> None:
        """Release a time slot that was not used."""
        if pace.rate is not None:
            self._at_once(sql.RELEASE_SLOT, {"slot_at": message.slot_at, "spacing": spacing(pace.rate)})

    def hold(self, seconds: float) -> None:
        """Let no worker send for a while, as `Store` says."""
        self._at_once(f"{sql.NEW_NAMESPACE};{sql.HOLD}", {"seconds": seconds})

    # Results

    def record(self, message: Claimed, report: SendReport) -> Recorded:
        """Write the result of a send, as `Store` says."""
        if report.sid is not None:
            report = replace(report, sid=_storable(report.sid))
        decision = rules.decide(report.outcome, State.SENDING, same_token=True)
        state = State.UNKNOWN if decision.state is None else decision.state
        unknown = state is State.UNKNOWN
        rows = self._prepared_at_once(
            sql.RESULT,
            {
                "accepted_in": self._settings.accepted_until_after_report,
                "attempt": message.attempt,
                "claimed_at": message.claimed_at,
                "delay": self._delay(report, message.attempt) if state is State.QUEUED else None,
                "id": message.id,
                "look_in": self._settings.lookup_interval,
                "outcome": report.outcome.value,
                "reason": report.reason,
                "reference": message.reference,
                "sid": report.sid,
                "state": state.value,
                "token": message.token,
                "token_after": None if state is State.QUEUED else message.token,
                "unknown_kind": UnknownKind.REPORTED.value if unknown else None,
            },
        )
        if rows:
            key, sid = rows[0]
            return Recorded(State.SENDING, state, True, False, decision.possible_duplicate, key, sid)
        return self._transact(lambda connection: self._record_late(connection, message, report))

    def _delay(self, report: SendReport, attempt: int) -> float | None:
        """Return the seconds until a message that was not sent is due again; None if it is due as it was."""
        if report.fenced or report.pause or report.failure:
            return None
        return report.retry_after or rules.backoff(self._settings, attempt)

    def _record_late(self, connection: Connection, message: Claimed, report: SendReport) -> Recorded:
        """Write the result of a send whose message is no longer as it was claimed."""
        rows = self._execute(connection, sql.ROW, id=message.id, reference=message.reference)
        if not rows:
            return Recorded(None, None, changed=False, key=message.key)
        now = self._time(connection)
        _, key, reference, before, token_before, attempt, lost_claims, claimed_at, _, sid = rows[0]
        same = token_before == message.token
        decision = rules.decide(
            report.outcome,
            State(before),
            same_token=same,
            recovered=rules.is_recovered(token_before),
            same_sid=rules.sids_agree(report.sid, sid),
        )
        self._log(connection, message, report.outcome.value, report.reason, report.sid, now, decision)
        state = decision.state
        if state is None:
            return Recorded(
                State(before), State(before), False, decision.duplicate, decision.possible_duplicate, key, sid
            )
        values: dict[str, Any] = {
            "id": message.id,
            "before": before,
            "token_before": token_before,
            "state": state.value,
            "reason": report.reason,
            "token": message.token,
            "lost_claims": 0,
            "at": now,
        }
        if state is State.QUEUED:
            values["token"] = None
            values["lost_claims"] = lost_claims
            delay = self._delay(report, attempt)
            values["due_at"] = None if delay is None else now + delay
        elif state is State.UNKNOWN:
            values |= self._as_unknown(UnknownKind.REPORTED, now, now)
            values["accepted_until"] = now + self._settings.accepted_until_after_report
        elif state is State.ACCEPTED:
            values["sid"] = report.sid
            if same:
                self._execute(connection, sql.CANARY, reference=reference, claimed_at=claimed_at)
        self._write(connection, values)
        return Recorded(State(before), state, True, False, decision.possible_duplicate, key, report.sid or sid)

    def expire_leases(self, limit: int) -> Sequence[str]:
        """Make messages unknown whose lease has expired, as `Store` says."""
        return self._transact(lambda connection: self._expire_leases(connection, limit))

    def _expire_leases(self, connection: Connection, limit: int) -> Sequence[str]:
        now = self._time(connection)
        keys = list[str]()
        for found in self._execute(connection, sql.EXPIRE_LEASES, at=now, limit=limit):
            # The lease that the worker got. Its settings may have been others than ours.
            identity, key, token, attempt, lost_claims, claimed_at, lease_until = found
            state = rules.state_after_lost_lease()
            held = Claimed(identity, key, "", "", token, attempt, claimed_at, claimed_at, False, None)
            self._log(connection, held, "lease_expired", "no result", None, now, rules.Decision(state))
            values: dict[str, Any] = {
                "id": identity,
                "before": State.SENDING.value,
                "token_before": token,
                "state": state.value,
                "reason": "no result within the lease",
                "token": token if state is State.UNKNOWN else None,
                "lost_claims": lost_claims + 1,
                "at": now,
            }
            if state is State.UNKNOWN:
                values |= self._as_unknown(UnknownKind.LEASE, lease_until, now)
            self._write(connection, values)
            keys.append(key)
        return keys

    # Lookups

    def take_lookups(self, limit: int) -> LookupWork:
        """Take the lookups that are due, as `Store` says."""
        return self._transact(lambda connection: self._take_lookups(connection, limit))

    def _take_lookups(self, connection: Connection, limit: int) -> LookupWork:
        now = self._time(connection)
        namespace = self._namespace(connection)
        found = self._execute(connection, sql.LOOKUPS, at=now, next_at=now + _LOOKUP_LEASE, limit=limit)
        rows = [_unknown(row) for row in found]
        next_at = self._execute(connection, sql.NEXT_LOOKUP)[0][0]
        wait = 0.0 if next_at is None else max(next_at - now, 0.0)
        return LookupWork(now, namespace[3], namespace[1], namespace[2], rows, wait)

    def postpone_lookup(self, row: Unknown, seconds: float) -> None:
        """Set when an unknown message is looked up again, as `Store` says."""

        def postpone(connection: Connection) -> None:
            at = self._time(connection)
            self._execute(connection, sql.UNKNOWN, at=at, seconds=seconds, id=row.id, token=row.token)

        self._transact(postpone)

    def resolve_found(self, row: Unknown, sid: str) -> Recorded:
        """Write that an unknown message was found, as `Store` says."""
        return self._resolve(row, lambda _: State.ACCEPTED, "found", "found by its reference", _storable(sid))

    def resolve_absent(self, row: Unknown) -> Recorded:
        """Write that an unknown message is proven absent, as `Store` says."""
        return self._transact(lambda connection: self._resolve_absent(connection, row))

    def _resolve_absent(self, connection: Connection, row: Unknown) -> Recorded:
        def state_at(now: float) -> State:
            return rules.state_after_absence(self._settings, row.lost_claims, row.expires_at, now)

        return self._write_resolved(connection, row, state_at, "absent", "proven absent", None)

    def release(self, row: Unknown) -> Recorded:
        """Queue a message that wasn't found, if it will be the only one on its way, as `Store` says."""

        def release(connection: Connection) -> Recorded:
            # The message first, as for a result. Then nobody else releases another one at the same time.
            self._execute(connection, sql.ROW, id=row.id, reference=row.reference)
            self._namespace(connection)
            self._execute(connection, sql.LOCK_NAMESPACE)
            canary = self._namespace(connection)[1]
            now = self._time(connection)
            if canary is not None or self._execute(connection, sql.ANY_ON_ITS_WAY, at=now)[0][0]:
                return Recorded(State.UNKNOWN, State.UNKNOWN, changed=False, key=row.key)
            return self._resolve_absent(connection, row)

        return self._transact(release)

    def resolve_review(self, row: Unknown, reason: str) -> Recorded:
        """Hand an unknown message to a person, as `Store` says."""
        return self._resolve(row, lambda _: State.REVIEW, "review", reason, None)

    def _resolve(
        self, row: Unknown, state_at: Callable[[float], State], outcome: str, reason: str, sid: str | None
    ) -> Recorded:
        return self._transact(
            lambda connection: self._write_resolved(connection, row, state_at, outcome, reason, sid),
        )

    def _write_resolved(
        self,
        connection: Connection,
        row: Unknown,
        state_at: Callable[[float], State],
        outcome: str,
        reason: str,
        sid: str | None,
    ) -> Recorded:
        found = self._execute(connection, sql.ROW, id=row.id, reference=row.reference)
        if not found:
            return Recorded(None, None, changed=False, key=row.key)
        now = self._time(connection)
        _, key, reference, before, token, attempt, lost_claims, claimed_at, _, known_sid = found[0]
        state, why = state_at(now), reason
        if outcome == "absent" and state is State.REVIEW:
            why = f"{row.lost_claims} claims ended without a result: something about it may stop the worker"
        same = token == row.token
        if state is State.ACCEPTED:
            decision = rules.decide_found(State(before))
        else:
            decision = rules.Decision(state if rules.may_resolve(State(before), same_token=same) else None)
        held = Claimed(row.id, key, reference, "", row.token, attempt, claimed_at or now, now, False, None)
        self._log(connection, held, outcome, why, sid, now, decision)
        if decision.state is None:
            return Recorded(State(before), State(before), False, False, False, key, known_sid)
        values: dict[str, Any] = {
            "id": row.id,
            "before": before,
            "token_before": token,
            "state": decision.state.value,
            "reason": why,
            "token": None if decision.state is State.QUEUED else token or row.token,
            "lost_claims": lost_claims,
            "sid": sid,
            "at": now,
        }
        self._write(connection, values)
        return Recorded(State(before), decision.state, True, False, False, key, sid or known_sid)

    def canary_found(self, reference: str) -> float:
        """Write that the canary was found, as `Store` says."""

        def found(connection: Connection) -> float:
            self._execute(
                connection,
                "UPDATE @carrierx_outbox_namespace SET seen_until = greatest(seen_until, canary_after), "
                "canary_reference = NULL WHERE namespace = %(namespace)s AND canary_reference = %(reference)s",
                reference=reference,
            )
            return float(self._namespace(connection)[3])

        return self._transact(found)

    def drop_canary(self, reference: str) -> None:
        """Forget a canary, as `Store` says."""
        self._at_once(
            "UPDATE @carrierx_outbox_namespace SET canary_reference = NULL "
            "WHERE namespace = %(namespace)s AND canary_reference = %(reference)s",
            {"reference": reference},
        )

    def forget_canaries(self) -> None:
        """Forget everything that canaries have proven, as `Store` says."""
        self._at_once(
            "UPDATE @carrierx_outbox_namespace SET canary_reference = NULL, seen_until = 0 "
            "WHERE namespace = %(namespace)s",
            {},
        )

    # Managing

    def pause(self, reason: str) -> bool:
        """Pause the outbox, as `Store` says."""

        def pause(connection: Connection) -> bool:
            self._namespace(connection)
            changed = self._execute(
                connection,
                "UPDATE @carrierx_outbox_namespace SET paused_reason = %(reason)s "
                "WHERE namespace = %(namespace)s AND paused_reason IS NULL RETURNING 1",
                reason=_storable(reason),
            )
            return bool(changed)

        return self._transact(pause)

    def resume(self) -> bool:
        """Let the outbox go on, as `Store` says."""
        return bool(self._at_once(sql.RESUME, {}))

    def recover(self, *, force: bool = False) -> int:
        """Accept the database as it is, after commits were lost, as `Store` says."""
        self._reads += 1
        return self._transact(lambda connection: self._recover(connection, force=force))

    def _recover(self, connection: Connection, *, force: bool) -> int:
        # It changes every row that waits, and nothing is sent until it has. A role may have a limit for statements.
        self._execute(connection, "SET LOCAL statement_timeout = 0")
        self._keep_others_from_adding(connection)
        if not force and not self._lost(connection):
            raise NothingLostError(unknown=self._execute(connection, sql.NOT_DONE)[0][0])
        self._execute(connection, sql.LOCK_META)
        now = self._time(connection)
        longest = self._settings.accepted_until_after_claim
        may_be_accepted_until = self._execute(connection, sql.RECOVER_META, at=now, longest_claim=longest)[0][0]
        # Messages before namespaces, as for a result: in the other order, the two could wait for each other.
        changed = connection.execute(
            self._text(sql.RECOVER_ROWS).encode(),
            {
                "accepted_until": may_be_accepted_until,
                "at": now,
                # A worker of the lost time may still hold a lease that it got until now.
                "unknown_at": now + self._settings.lease,
                "prefix": rules.recovered_prefix(secrets.token_hex(8)),
                "reason": _RECOVERED,
            },
        )
        # All outboxes in the database lost commits, and from now on it looks right to each of them.
        self._execute(connection, "UPDATE @carrierx_outbox_namespace SET canary_reference = NULL, seen_until = 0")
        return changed.rowcount

    def _keep_others_from_adding(self, connection: Connection) -> None:
        """Wait for all transactions that have added messages. Those that come now wait for the recovery."""
        try:
            self._execute(connection, sql.ONLY_RECOVERY)
        except errors.LockNotAvailable:
            pass
        else:
            return
        raise OutboxUnavailableError(
            f"A transaction that adds messages is open in {self.shown}, and the recovery waited for it for "
            f"{self._settings.claim_timeout:g} s. End it, and call recover() again."
        )

    def lost_commits(self) -> bool:
        """Return whether the database is another one than before."""
        return self._transact(self._lost)

    def _lost(self, connection: Connection) -> bool:
        statement = f"SELECT place <> ({sql.WHERE}) OR timeline <> ({sql.TIMELINE}) FROM @carrierx_outbox_meta"  # noqa: S608
        return bool(self._execute(connection, statement)[0][0])

    def instance_id(self) -> str:
        """Return the random id of the tables."""
        instance, place, *_ = self._transact(lambda connection: self._execute(connection, sql.INSTANCE)[0])
        self._place = place
        return str(instance)

    # Adding

    def adding(self, messages: Sequence[NewMessage], instance_id: str) -> StatementPlan[Sequence[Added]]:
        """Plan the statements that add messages, for any connection to this database.

        Raises:
            OutboxConnectionError: The connection is to another database.
            KeyConflictError: There is another message with the same key.
        """
        now, recovered_at, lost_until = yield from self._checking_database(instance_id)
        # By the database's clock, like all other times. The messages keep their order.
        first = min((message.created_at for message in messages), default=0.0)
        added = list[Added]()
        for message in messages:
            created_at = now + (message.created_at - first)
            due_at = created_at if message.due_at == message.created_at else message.due_at
            state = rules.added_state(self._settings, recovered_at, created_at)
            unknown: tuple[str | float | None, ...] = (None, None, None, None, 0.0)
            if state is State.UNKNOWN:
                unknown = (
                    rules.recovered_prefix(secrets.token_hex(16)),
                    recovered_at + self._settings.lease,
                    UnknownKind.ADDED.value,
                    recovered_at - 1.0,  # before the first lookup of everything that the recovery made unknown
                    lost_until,
                )
            insert = (
                self._text(sql.INSERT),
                (
                    self.namespace,
                    message.key,
                    message.reference,
                    state.value,
                    _ADDED if state is State.UNKNOWN else "",
                    message.sender,
                    -message.priority,
                    due_at,
                    message.expires_at,
                    *unknown,
                    message.request,
                    message.fingerprints,
                    message.data,
                    created_at,
                    created_at,
                ),
            )
            rows, existing = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
            for _ in range(_MOST_TRIES):  # the other one may have been taken back meanwhile
                rows = yield insert
                existing = [] if rows else (yield self._text(sql.EXISTING), (self.namespace, message.key))
                if rows or existing:
                    break
            else:
                raise OutboxUnavailableError(
                    "The message wasn't added. Another one has the reference that belongs to its key, so somebody has "
                    "changed the outbox's tables. Roll your transaction back.",
                    temporary=False,
                )
            if rows:
                added.append(Added(int(rows[0][0]), message.key, True, state, message.reference))
                continue
            identity, state_before, reference, request, fingerprints = existing[0]
            fields = differing_fields(message, request, fingerprints)
            if fields:
                # The caller may catch the error and commit.
                for each in added:
                    if each.created:
                        yield self._text(sql.TAKE_BACK), (each.id,)
                raise KeyConflictError(
                    f"There is another message with the key {message.key!r}, which differs in {', '.join(fields)}. "
                    "Nothing was added. A key names one text: use a new one for another text.",
                    key=message.key,
                    fields=fields,
                )
            added.append(Added(int(identity), message.key, False, State(state_before), reference))
        return added

    def _checking_database(self, instance_id: str) -> StatementPlan[tuple[float, float, float]]:
        """Return the time, and the times of the last recovery. None can happen before the transaction ends."""
        tables = yield self._text(sql.ADDING), ()
        if not tables or not tables[0][0]:
            raise OutboxConnectionError(
                f"This connection's database has no outbox tables. The outbox is in {self.shown}."
            )
        statement = self._text(sql.INSTANCE).replace("%(now)s", "NULL")
        if tables[0][1]:
            # It may have begun before a recovery, and doesn't see it. This fails then, and the caller can repeat it.
            statement += " FOR KEY SHARE"
        rows = yield statement, ()
        # A copy of the database has the same id.
        if not rows or rows[0][0] != instance_id or rows[0][1] != self._place:
            self._reads += 1  # if it is this store that knows an old one, it reads it again
            raise OutboxConnectionError(
                f"This connection is to another database than the outbox's, which is {self.shown}. The message and "
                "your own changes would not be in one transaction."
            )
        now = float(rows[0][2]) if self._now is None else self._now()
        return now, float(rows[0][3]), float(rows[0][4])

    def add(self, messages: Sequence[NewMessage], instance_id: str) -> Sequence[Added]:
        """Add messages in a transaction of their own."""

        def add(connection: Connection) -> Sequence[Added]:
            plan = self.adding(messages, instance_id)
            try:
                statement = next(plan)
                while True:
                    cursor = connection.execute(statement[0].encode(), statement[1])
                    statement = plan.send(cursor.fetchall() if cursor.description is not None else [])
            except StopIteration as end:
                added: Sequence[Added] = end.value
                return added

        return self._transact(add)

    # Reading

    def get(self, key: str) -> StoredMessage | None:
        """Return one message, or None."""
        statement = f"{sql.STORED} WHERE namespace = %(namespace)s AND key = %(key)s"
        rows = self._transact(lambda connection: self._execute(connection, statement, key=key))
        return _stored(rows[0]) if rows else None

    def request_of(self, key: str) -> str | None:
        """Return a message itself as JSON, or None if there is none or it was purged."""
        statement = "SELECT request FROM @carrierx_outbox_message WHERE namespace = %(namespace)s AND key = %(key)s"
        rows = self._transact(lambda connection: self._execute(connection, statement, key=key))
        return rows[0][0] if rows else None

    def list(self, query: ListQuery) -> Sequence[StoredMessage]:
        """Return messages, in the order of their numbers."""
        in_states = "AND state = ANY(%(states)s)" if query.states else ""
        statement = (
            f"{sql.STORED} WHERE namespace = %(namespace)s AND id > %(after_id)s AND starts_with(key, %(prefix)s) "
            f"{in_states} ORDER BY id LIMIT %(limit)s"
        )
        rows = self._transact(
            lambda connection: self._execute(
                connection,
                statement,
                after_id=query.after_id,
                prefix=query.key_prefix,
                states=[str(state) for state in query.states],
                limit=query.limit,
            )
        )
        return [_stored(row) for row in rows]

    def attempts(self, key: str) -> Sequence[StoredAttempt]:
        """Return the history of a message, oldest entry first."""
        rows = self._transact(lambda connection: self._execute(connection, sql.HISTORY, key=key))
        return [
            StoredAttempt(number, outcome, reason, sid, applied, _moment_or_none(claimed_at), _moment(recorded_at))
            for number, outcome, reason, sid, applied, claimed_at, recorded_at in rows
        ]

    def stats(self, *, quick: bool = False) -> OutboxStats:
        """Return how the outbox is doing, as `Store` says."""
        return self._transact(lambda connection: self._stats(connection, sql.OPEN_COUNTS if quick else sql.COUNTS))

    def _stats(self, connection: Connection, statement: str) -> OutboxStats:
        now = self._time(connection)
        counts = {State(state): int(count) for state, count in self._execute(connection, statement) if count}
        due, oldest = self._execute(
            connection,
            "SELECT count(*), min(due_at) FROM @carrierx_outbox_message "
            "WHERE namespace = %(namespace)s AND state = 'queued' AND due_at <= %(at)s",
            at=now,
        )[0]
        accepted = self._execute(connection, sql.ACCEPTED_SINCE, since=now - 60)[0][0]
        paused = self._execute(connection, sql.NAMESPACE)
        return OutboxStats(
            counts,
            counts.get(State.QUEUED, 0),
            due,
            0.0 if oldest is None else max(now - oldest, 0.0),
            counts.get(State.SENDING, 0),
            counts.get(State.UNKNOWN, 0),
            counts.get(State.REVIEW, 0),
            accepted,
            paused[0][0] if paused else None,
            self._lost(connection),
            max(paused[0][4] - now, 0.0) if paused else 0.0,
        )

    # A person's decisions

    def cancel(self, key: str) -> State | None:
        """Cancel a queued message. Return its state before, or None if there is none."""
        return self._change(key, (State.QUEUED,), {"state": State.CANCELLED.value, "reason": "cancelled"})

    def reschedule(self, key: str, due_at: float, expires_at: float | None) -> State | None:
        """Set when a queued message is due. Return its state before, or None if there is none."""
        changes: dict[str, object] = {"due_at": due_at}
        if expires_at is not None:
            changes["expires_at"] = expires_at
        return self._change(key, (State.QUEUED,), changes)

    def retry(self, key: str) -> Retried:
        """Queue a message again that was not sent, as `Store` says."""
        changes: dict[str, object] = {"retry": True}
        before = self._change(key, (State.REJECTED, State.EXPIRED, State.CANCELLED), changes)
        state = changes.get("state")
        return Retried(before, before if state is None else State(str(state)))

    def resolve(self, key: str, *, sent: bool, sid: str | None) -> State | None:
        """Decide about a message in review. Return its state before, or None if there is none."""
        if sent:
            changes: dict[str, object] = {"state": State.ACCEPTED.value, "reason": "decided by a person", "sid": sid}
        else:
            changes = {"state": State.QUEUED.value, "reason": "decided by a person", "token": None, "lost_claims": 0}
        return self._change(key, (State.REVIEW,), changes)

    def _change(self, key: str, allowed: tuple[State, ...], changes: dict[str, object]) -> State | None:
        return self._transact(lambda connection: self._decide(connection, key, allowed, changes))

    def _decide(
        self, connection: Connection, key: str, allowed: tuple[State, ...], changes: dict[str, object]
    ) -> State | None:
        self._execute(connection, sql.NO_RECOVERY)
        rows = self._execute(
            connection,
            "SELECT id, state, token, lost_claims, expires_at, updated_at, request IS NULL "
            "FROM @carrierx_outbox_message WHERE namespace = %(namespace)s AND key = %(key)s FOR UPDATE",
            key=key,
        )
        if not rows:
            return None
        now = self._time(connection)
        identity, before, token, lost_claims, expires_at, updated_at, purged = rows[0]
        state = State(before)
        if self._lost(connection):
            raise LostCommitsError(LOST_COMMITS)
        if state not in allowed:
            return state
        values: dict[str, Any] = {
            "id": identity,
            "before": before,
            "token_before": token,
            "state": before,
            "reason": "",
            "token": token,
            "lost_claims": lost_claims,
            "at": now,
        }
        if "retry" in changes:
            if purged:
                raise OutboxStateError(f"The message {key!r} was purged, so it can't be sent.", key=key, state=state)
            values |= {"state": State.QUEUED.value, "token": None, "lost_claims": 0, "due_at": now}
            recovered_at, values["accepted_until"] = self._execute(connection, sql.RECOVERED_AT)[0]
            if updated_at <= recovered_at:
                # What the database knows of it is from before it lost commits: it may have been sent since.
                values |= self._as_unknown(UnknownKind.RECOVERY, recovered_at + self._settings.lease, now)
                values |= {
                    "state": State.UNKNOWN.value,
                    "token": f"{rules.recovered_prefix(secrets.token_hex(8))}{identity}",
                }
            changes["state"] = values["state"]
            if expires_at is not None and expires_at <= now:
                self._set_expiry(connection, identity, None)
        else:
            if "expires_at" in changes:
                self._set_expiry(connection, identity, changes["expires_at"])
            values |= {name: value for name, value in changes.items() if name != "expires_at"}
        self._write(connection, values)
        return state

    def _set_expiry(self, connection: Connection, identity: int, expires_at: object) -> None:
        statement = "UPDATE @carrierx_outbox_message SET expires_at = %(expires_at)s WHERE id = %(id)s"
        self._execute(connection, statement, expires_at=expires_at, id=identity)

    def purge(self, before: float, limit: int) -> int:
        """Delete the contents of final messages that last changed before a time. Return how many there were."""

        def purge(connection: Connection) -> int:
            values = {"namespace": self.namespace, "before": before, "limit": limit}
            return connection.execute(self._text(sql.PURGE).encode(), values).rowcount

        return self._transact(purge)

    def sent_records(self, after_id: int, limit: int) -> Sequence[SentRecord]:
        """Return final messages, in the order of their numbers."""
        rows = self._transact(lambda connection: self._execute(connection, sql.SENT, after_id=after_id, limit=limit))
        return [SentRecord(row[0], row[1], row[2], State(row[3]), row[4]) for row in rows]

    # Rows

    def _namespace(self, connection: Connection) -> tuple[str | None, str | None, float, float, float]:
        rows = self._execute(connection, sql.NAMESPACE)
        if not rows:
            self._execute(connection, sql.NEW_NAMESPACE)
            rows = self._execute(connection, sql.NAMESPACE)
        found: tuple[str | None, str | None, float, float, float] = rows[0]  # pyright: ignore[reportAssignmentType]
        return found

    def _as_unknown(self, kind: UnknownKind, unknown_at: float, now: float) -> dict[str, Any]:
        return {
            "unknown_kind": kind.value,
            "unknown_at": unknown_at,
            "look_at": now + self._settings.lookup_interval,
        }

    def _write(self, connection: Connection, values: dict[str, Any]) -> None:
        absent = dict.fromkeys(("due_at", "unknown_at", "unknown_kind", "look_at", "sid", "accepted_until"))
        self._execute(connection, sql.WRITE, **(absent | values))

    def _log(
        self,
        connection: Connection,
        message: Claimed,
        outcome: str,
        reason: str,
        sid: str | None,
        now: float,
        decision: rules.Decision,
    ) -> None:
        self._execute(
            connection,
            sql.LOG,
            message_id=message.id,
            token=message.token,
            attempt=message.attempt,
            outcome=outcome,
            reason=reason,
            sid=sid,
            applied=decision.state is not None,
            claimed_at=message.claimed_at,
            at=now,
        )


def _rows(connection: Connection, text: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Run a text of several statements. Return the rows of the last one that has any."""
    rows = list[tuple[Any, ...]]()
    with client_cursor(connection) as cursor:
        cursor.execute(text.encode(), values)
        more: bool | None = True
        while more:
            if cursor.description is not None:
                rows = cursor.fetchall()
            more = cursor.nextset()
    return rows


def _storable(text: str) -> str:
    """Return a text of CarrierX or a person without NUL, which PostgreSQL refuses each time it is written."""
    return text.replace("\0", "\ufffd")


def _unknown(row: tuple[Any, ...]) -> Unknown:
    identity, key, reference, token, first_claimed_at, created_at = row[:6]
    unknown_at, kind, looks, lost_claims, expires_at, accepted_until = row[6:]
    return Unknown(
        identity,
        key,
        reference,
        token,
        rules.sent_after(first_claimed_at, created_at, UnknownKind(kind)),
        unknown_at,
        UnknownKind(kind),
        looks,
        lost_claims,
        expires_at,
        created_at,
        accepted_until,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _moment_or_none(seconds: float | None) -> datetime | None:
    return None if seconds is None else _moment(seconds)


def _stored(row: tuple[Any, ...]) -> StoredMessage:
    identity, key, state, reference, sid, request, rank, attempt, reason = row[:9]
    due_at, expires_at, created_at, updated_at, data = row[9:]
    sender, recipient = masked_numbers(request)
    return StoredMessage(
        id=identity,
        key=key,
        state=State(state),
        reference=reference,
        message_sid=sid,
        sender=sender,
        recipient=recipient,
        priority=-rank,
        attempts=attempt,
        reason=reason,
        due_at=_moment(due_at),
        expires_at=_moment_or_none(expires_at),
        created_at=_moment(created_at),
        updated_at=_moment(updated_at),
        data=None if data is None else json.loads(data),
    )

"""The store in an SQLite file: the embedded default, for one worker process on one machine.

The statements are fixed. Each method is one transaction that takes SQLite's write lock at its beginning, so what it
reads can't change before it writes. The rules decide what it writes; `UPDATE ... WHERE state = ? AND token IS ?`
checks once more that nothing has changed.

The tables hold the complete messages, with numbers and texts, until `purge`.
"""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from carrierx.outbox import rules
from carrierx.outbox import sqlite_statements as sql
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
from carrierx.outbox.pace import LONGEST_HOLD, free_after_release, latest_free, next_slot, spacing
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
from carrierx.outbox.sqlite_file import Generation, SqliteFile, WorkerLock, file_identity
from carrierx.outbox.sqlite_schema import check_schema, create_schema, upgrade_schema
from carrierx.outbox.states import State, UnknownKind

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Sequence

    from carrierx.outbox.connections import StatementPlan
    from carrierx.outbox.ports import ClaimRequest, ListQuery, NewMessage, OutboxClock, Pace, SendReport
    from carrierx.outbox.settings import OutboxSettings

__all__ = ["SqliteStore"]

MAX_CLAIM: Final = 10
"""The most messages of one claim. They are sent one after the other, within one lease."""

_ACCOUNT: Final = "*"
"""The row of the account among the paces. No sender is called that."""
_MOST_EXPIRED: Final = 100
"""The most expired messages that one claim passes over."""
_LOOKUP_LEASE: Final = 60.0
"""Seconds for which nobody else gets a lookup. It ends earlier when the lookup is answered."""
_RECOVERED: Final = "the database lost commits, so this message may have been sent"
_ADDED: Final = "the database lost commits before it was added, so it may have been added and sent before"


class SqliteStore:
    """The outbox's tables in an SQLite file, for one namespace.

    Args:
        path: The path of the file.
        namespace: The name of the outbox, of which there can be several in one file.
        settings: The settings.
        clock: The clock of this machine, which is the database's, too.
    """

    def __init__(self, path: str, namespace: str, settings: OutboxSettings, clock: OutboxClock) -> None:
        self.path = path
        self.namespace = namespace
        self._settings = settings
        self._clock = clock
        self._file = SqliteFile(path, settings.claim_timeout)
        self._worker_lock = WorkerLock(path)
        self._generation = Generation(path)
        self._paced: tuple[Pace, float] | None = None  # the rates of the last claim, and its time

    @property
    def kind(self) -> str:
        """The kind of database."""
        return "sqlite"

    @property
    def shown(self) -> str:
        """The URL of the file."""
        return f"sqlite:///{self.path}"

    def identity(self) -> object:
        """Return device and inode of the file; None if there is none."""
        try:
            return file_identity(self.path)
        except OutboxUnavailableError:
            return None

    def close(self) -> None:
        """Close the file. The store opens it again when it is used."""
        self._file.close()

    def start_worker(self) -> None:
        """Become the worker of this file.

        Raises:
            WorkerConflictError: There is another one.
        """
        self._worker_lock.acquire()

    def stop_worker(self) -> None:
        """Let another process be the worker."""
        self._worker_lock.release()

    def create_schema(self) -> bool:
        """Create the file and its tables. Return whether the tables were created."""
        with self._file.transaction(create=True) as connection:
            return create_schema(connection, file_identity(self.path))

    def upgrade(self) -> tuple[int, int]:
        """Bring the tables up to date. Return their version before and now."""
        with self._file.transaction() as connection:
            return upgrade_schema(connection, self.path)

    @contextmanager
    def transaction(self, *, write: bool = True) -> Generator[sqlite3.Connection]:
        """Run a durable transaction on tables of this version."""
        with self._file.transaction(write=write) as connection:
            check_schema(connection, self.path)
            yield connection

    def claim(self, request: ClaimRequest) -> ClaimResult:
        """Claim the next messages, as `Store` says."""
        with self.transaction() as connection:
            now = self._clock.wall()
            row = self._namespace(connection)
            if row[0] is not None:
                return ClaimResult(now, stop=ClaimStop.PAUSED, detail=row[0])
            if self._lost(connection):
                return self._lost_commits()
            most = self._settings.max_unknown
            if connection.execute(sql.UNKNOWN_COUNT, (self.namespace, most + 1)).fetchone()[0] > most:
                if not self._may_probe(connection, now):
                    return ClaimResult(now, stop=ClaimStop.TOO_MANY_UNKNOWN)
                request = request._replace(tokens=request.tokens[:1])
            hold_until = self._limit_pace(connection, request.pace, now, row[4])
            result = self._claim(connection, request, now, hold_until)
            generation: int | None = None
            if result.messages:
                generation = self._next_generation(connection)
        self._paced = request.pace, now
        if generation is not None:
            self._generation.note(generation)
        return result

    def _limit_pace(self, connection: sqlite3.Connection, pace: Pace, now: float, hold_until: float) -> float:
        """Bring slots back that are too far ahead, if the rate or the clock may have changed. Return the hold's end."""
        if self._paced is not None and self._paced[0] == pace and self._paced[1] <= now:
            return hold_until
        horizon = self._settings.claim_horizon
        values = {"namespace": self.namespace, "account": _ACCOUNT}
        connection.execute(sql.LIMIT_PACE, values | {"latest": latest_free(now, horizon, pace.rate)})
        if pace.sender_rate is not None:
            connection.execute(sql.LIMIT_SENDER_PACES, values | {"latest": latest_free(now, horizon, pace.sender_rate)})
        if hold_until > now + LONGEST_HOLD:
            hold_until = now + LONGEST_HOLD
            self._set_hold(connection, hold_until)
        return hold_until

    def _may_probe(self, connection: sqlite3.Connection, now: float) -> bool:
        """Return whether one message may be sent although too many are unknown."""
        if connection.execute(sql.ANY_SENDING, (self.namespace,)).fetchone() is not None:
            return False
        youngest = connection.execute(sql.YOUNGEST_UNKNOWN, (self.namespace,)).fetchall()
        return rules.may_probe(self._settings, [(UnknownKind(kind), at, until) for kind, at, until in youngest], now)

    def _claim(
        self, connection: sqlite3.Connection, request: ClaimRequest, now: float, hold_until: float
    ) -> ClaimResult:
        claimed, expired = list[Claimed](), list[str]()
        horizon = self._settings.claim_horizon
        tokens = list(reversed(request.tokens[:MAX_CLAIM]))
        free_at = max(self._pace_of(connection, _ACCOUNT), hold_until)
        stop, wait = None, 0.0
        while tokens and len(expired) < _MOST_EXPIRED:
            slot = next_slot(now, free_at, request.pace.rate)
            if slot.at > now + horizon:
                stop, wait = ClaimStop.NO_SLOT, slot.at - now - horizon
                break
            best = sql.FIRST if request.pace.sender_rate is None else sql.BEST
            row = connection.execute(best, {"namespace": self.namespace, "now": now, "slot": slot.at}).fetchone()
            if row is None:
                stop, wait = self._why_none(connection, now, slot.at, request.pace)
                break
            identity, key, reference, text, attempt, sender, expires_at = row
            if expires_at is not None and expires_at <= now:
                connection.execute(sql.EXPIRE, {"now": now, "id": identity})
                expired.append(key)
                continue
            token = tokens.pop()
            lease_until = now + self._settings.lease
            values = {"token": token, "now": now, "lease_until": lease_until, "id": identity}
            accepted_until = lease_until + self._settings.accepted_until_after_lease
            connection.execute(sql.CLAIM, values | {"accepted_until": accepted_until})
            free_at = slot.next_at
            self._take_slot(connection, sender, slot.at, request.pace)
            paced = request.pace != (None, None)
            claimed.append(
                Claimed(identity, key, reference, text or "", token, attempt + 1, now, slot.at, paced, expires_at)
            )
        return ClaimResult(now, claimed, expired, stop, wait)

    def _why_none(self, connection: sqlite3.Connection, now: float, slot: float, pace: Pace) -> tuple[ClaimStop, float]:
        """Return why no message can be claimed: none is due, or all senders of those that are must wait."""
        if pace.sender_rate is not None:
            row = connection.execute(sql.NEXT_SENDER, {"namespace": self.namespace, "now": now}).fetchone()
            if row[0] is not None:
                return ClaimStop.NO_SLOT, max(row[0] - slot, 0.0)
        return ClaimStop.EMPTY, 0.0

    def _take_slot(self, connection: sqlite3.Connection, sender: str, at: float, pace: Pace) -> None:
        for name, rate in ((_ACCOUNT, pace.rate), (sender, pace.sender_rate)):
            if rate is not None:
                self._set_pace(connection, name, at + spacing(rate))

    def release_slot(self, message: Claimed, pace: Pace) -> None:
        """Release a time slot that was not used, as `Store` says."""
        if pace.rate is None:
            return
        with self.transaction() as connection:
            free_at = self._pace_of(connection, _ACCOUNT)
            back = free_after_release(message.slot_at, free_at, pace.rate)
            if back != free_at:
                self._set_pace(connection, _ACCOUNT, back)

    def record(self, message: Claimed, report: SendReport) -> Recorded:
        """Write the result of a send, as `Store` says."""
        with self.transaction() as connection:
            now = self._clock.wall()
            row = connection.execute(sql.ROW, (message.id, message.reference)).fetchone()
            if row is None:
                return Recorded(None, None, changed=False, key=message.key)
            _, key, reference, before, token_before, attempt, lost_claims, claimed_at, _, sid, _ = row
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
                "now": now,
            }
            if state is State.QUEUED:
                values["token"] = None
                values["lost_claims"] = lost_claims
                if not (report.fenced or report.pause or report.failure):
                    values["due_at"] = now + (report.retry_after or rules.backoff(self._settings, attempt))
            elif state is State.UNKNOWN:
                values |= self._as_unknown(UnknownKind.REPORTED, now, now)
                values["accepted_until"] = now + self._settings.accepted_until_after_report
            elif state is State.ACCEPTED:
                values["sid"] = report.sid
                if same:
                    self._offer_canary(connection, reference, claimed_at)
            self._write(connection, values)
            return Recorded(State(before), state, True, False, decision.possible_duplicate, key, report.sid or sid)

    def expire_leases(self, limit: int) -> Sequence[str]:
        """Make messages unknown whose lease has expired, as `Store` says."""
        with self.transaction() as connection:
            now = self._clock.wall()
            keys = list[str]()
            for found in connection.execute(sql.LEASES, (self.namespace, now, limit)).fetchall():
                # The lease that the worker got. Its settings may have been others than ours.
                lease_until: float = found[2]
                row = connection.execute(sql.ROW, found[:2]).fetchone()
                identity, key, reference, before, token, attempt, lost_claims, claimed_at, _, _, _ = row
                state = rules.state_after_lost_lease()
                held = Claimed(identity, key, reference, "", token, attempt, claimed_at, claimed_at, False, None)
                self._log(connection, held, "lease_expired", "no result", None, now, rules.Decision(state))
                values: dict[str, Any] = {
                    "id": identity,
                    "before": before,
                    "token_before": token,
                    "state": state.value,
                    "reason": "no result within the lease",
                    "token": token if state is State.UNKNOWN else None,
                    "lost_claims": lost_claims + 1,
                    "now": now,
                }
                if state is State.UNKNOWN:
                    values |= self._as_unknown(UnknownKind.LEASE, lease_until, now)
                self._write(connection, values)
                keys.append(key)
            return keys

    def take_lookups(self, limit: int) -> LookupWork:
        """Take the lookups that are due, as `Store` says."""
        with self.transaction() as connection:
            now = self._clock.wall()
            row = self._namespace(connection)
            rows = [_unknown(found) for found in connection.execute(sql.LOOKUPS, (self.namespace, now, limit))]
            for each in rows:
                connection.execute(
                    "UPDATE carrierx_outbox_message SET look_at = ?, looks = looks + 1 WHERE id = ?",
                    (now + _LOOKUP_LEASE, each.id),
                )
            next_at = connection.execute(
                "SELECT min(look_at) FROM carrierx_outbox_message WHERE namespace = ? AND state = 'unknown'",
                (self.namespace,),
            ).fetchone()[0]
            wait = 0.0 if next_at is None else max(next_at - now, 0.0)
            return LookupWork(now, row[3], row[1], row[2], rows, wait)

    def postpone_lookup(self, row: Unknown, seconds: float) -> None:
        """Set when an unknown message is looked up again, as `Store` says."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE carrierx_outbox_message SET look_at = ? WHERE id = ? AND state = 'unknown' AND token = ?",
                (self._clock.wall() + seconds, row.id, row.token),
            )

    def resolve_found(self, row: Unknown, sid: str) -> Recorded:
        """Write that an unknown message was found, as `Store` says."""
        return self._resolve(row, State.ACCEPTED, "found", "found by its reference", sid)

    def resolve_absent(self, row: Unknown) -> Recorded:
        """Write that an unknown message is proven absent, as `Store` says."""
        with self.transaction() as connection:
            return self._resolve_absent(connection, row)

    def _resolve_absent(self, connection: sqlite3.Connection, row: Unknown) -> Recorded:
        state = rules.state_after_absence(self._settings, row.lost_claims, row.expires_at, self._clock.wall())
        reason = "proven absent"
        if state is State.REVIEW:
            reason = f"{row.lost_claims} claims ended without a result: something about it may stop the worker"
        return self._write_resolved(connection, row, state, "absent", reason, None)

    def resolve_review(self, row: Unknown, reason: str) -> Recorded:
        """Hand an unknown message to a person, as `Store` says."""
        return self._resolve(row, State.REVIEW, "review", reason, None)

    def release(self, row: Unknown) -> Recorded:
        """Queue a message that wasn't found, if it will be the only one on its way, as `Store` says."""
        with self.transaction() as connection:
            now = self._clock.wall()
            values = {"namespace": self.namespace, "now": now}
            canary = self._namespace(connection)[1]
            if canary is not None or connection.execute(sql.ANY_ON_ITS_WAY, values).fetchone()[0]:
                return Recorded(State.UNKNOWN, State.UNKNOWN, changed=False, key=row.key)
            return self._resolve_absent(connection, row)

    def _resolve(self, row: Unknown, state: State, outcome: str, reason: str, sid: str | None) -> Recorded:
        with self.transaction() as connection:
            return self._write_resolved(connection, row, state, outcome, reason, sid)

    def _write_resolved(
        self, connection: sqlite3.Connection, row: Unknown, state: State, outcome: str, reason: str, sid: str | None
    ) -> Recorded:
        now = self._clock.wall()
        found = connection.execute(sql.ROW, (row.id, row.reference)).fetchone()
        if found is None:
            return Recorded(None, None, changed=False, key=row.key)
        _, key, reference, before, token, attempt, lost_claims, claimed_at, _, known_sid, _ = found
        same = token == row.token
        if state is State.ACCEPTED:
            decision = rules.decide_found(State(before))
        else:
            decision = rules.Decision(state if rules.may_resolve(State(before), same_token=same) else None)
        held = Claimed(row.id, key, reference, "", row.token, attempt, claimed_at or now, now, False, None)
        self._log(connection, held, outcome, reason, sid, now, decision)
        if decision.state is None:
            return Recorded(State(before), State(before), False, False, False, key, known_sid)
        requeued = decision.state is State.QUEUED
        values: dict[str, Any] = {
            "id": row.id,
            "before": before,
            "token_before": token,
            "state": decision.state.value,
            "reason": reason,
            "token": None if requeued else token or row.token,
            "lost_claims": lost_claims,
            "sid": sid,
            "now": now,
        }
        self._write(connection, values)
        return Recorded(State(before), decision.state, True, False, False, key, sid or known_sid)

    def canary_found(self, reference: str) -> float:
        """Write that the canary was found, as `Store` says."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE carrierx_outbox_namespace SET seen_until = max(seen_until, canary_after), "
                "canary_reference = NULL WHERE namespace = ? AND canary_reference = ?",
                (self.namespace, reference),
            )
            return float(self._namespace(connection)[3])

    def drop_canary(self, reference: str) -> None:
        """Forget a canary, as `Store` says."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE carrierx_outbox_namespace SET canary_reference = NULL "
                "WHERE namespace = ? AND canary_reference = ?",
                (self.namespace, reference),
            )

    def forget_canaries(self) -> None:
        """Forget everything that canaries have proven, as `Store` says."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE carrierx_outbox_namespace SET canary_reference = NULL, seen_until = 0 WHERE namespace = ?",
                (self.namespace,),
            )

    def hold(self, seconds: float) -> None:
        """Let no worker send for a while, as `Store` says."""
        with self.transaction() as connection:
            self._set_hold(connection, max(self._namespace(connection)[4], self._clock.wall() + seconds))

    def _set_hold(self, connection: sqlite3.Connection, until: float) -> None:
        connection.execute(
            "UPDATE carrierx_outbox_namespace SET hold_until = ? WHERE namespace = ?", (until, self.namespace)
        )

    def pause(self, reason: str) -> bool:
        """Pause the outbox, as `Store` says."""
        with self.transaction() as connection:
            running = self._namespace(connection)[0] is None
            if running:
                connection.execute(
                    "UPDATE carrierx_outbox_namespace SET paused_reason = ? WHERE namespace = ?",
                    (reason, self.namespace),
                )
            return running

    def resume(self) -> bool:
        """Let the outbox go on, as `Store` says."""
        with self.transaction() as connection:
            row = self._namespace(connection)
            stopped = row[0] is not None or row[4] > self._clock.wall()
            if stopped:
                connection.execute(
                    "UPDATE carrierx_outbox_namespace SET paused_reason = NULL, hold_until = 0 WHERE namespace = ?",
                    (self.namespace,),
                )
            return stopped

    def recover(self, *, force: bool = False) -> int:
        """Accept the file as it is, after commits were lost, as `Store` says."""
        self._file.reopen()
        with self.transaction() as connection:
            now = self._clock.wall()
            if not force and not self._lost(connection):
                raise NothingLostError(unknown=connection.execute(sql.NOT_DONE).fetchone()[0])
            connection.execute(
                "UPDATE carrierx_outbox_meta SET device = ?, inode = ?, recovered_at = ?",
                (*file_identity(self.path), now),
            )
            # Higher than any that was noted, or a worker that runs would miss commits for as long as it lives.
            noted = self._generation.noted()
            generation = self._next_generation(connection, noted)
            may_be_accepted_until = self._recovered(connection)[1]
            # All outboxes in the file lost commits, and from now on the file looks right to each of them.
            connection.execute("UPDATE carrierx_outbox_namespace SET canary_reference = NULL, seen_until = 0")
            # A worker of the lost time may still hold a lease that it got until now.
            changed = connection.execute(
                "UPDATE carrierx_outbox_message SET state = 'unknown', unknown_kind = 'recovery', unknown_at = ?, "
                "token = ? || id, look_at = ?, looks = 0, lease_until = NULL, reason = ?, "
                "accepted_until = max(accepted_until, ?), updated_at = ? "
                "WHERE state IN ('queued', 'sending', 'unknown')",
                (
                    now + self._settings.lease,
                    rules.recovered_prefix(secrets.token_hex(8)),
                    now,
                    _RECOVERED,
                    may_be_accepted_until,
                    now,
                ),
            )
        self._generation.note(generation)
        return changed.rowcount

    def _next_generation(self, connection: sqlite3.Connection, noted: int = 0) -> int:
        values = {"noted": noted, "claim": self._settings.accepted_until_after_claim}
        return int(connection.execute(sql.NEXT_GENERATION, values).fetchone()[0])

    def _recovered(self, connection: sqlite3.Connection) -> tuple[float, float]:
        """Return the time of the last recovery, and until when a claim that was lost then may lead to an acceptance."""
        row: tuple[float, float] = connection.execute(sql.RECOVERED_AT).fetchone()
        return row

    def lost_commits(self) -> bool:
        """Return whether this is another file than the one that the tables were created in."""
        with self.transaction(write=False) as connection:
            return self._lost(connection)

    def instance_id(self) -> str:
        """Return the random id of the tables."""
        with self.transaction(write=False) as connection:
            return str(connection.execute(sql.INSTANCE).fetchone()[0])

    def adding(self, messages: Sequence[NewMessage], instance_id: str) -> StatementPlan[Sequence[Added]]:
        """Plan the statements that add messages, for any connection to this file.

        Raises:
            OutboxConnectionError: The connection is to another database.
            KeyConflictError: There is another message with the same key.
        """
        yield from self._checking_database(instance_id)
        recovered_at, lost_until = (yield sql.RECOVERED_AT, ())[0]
        added = list[Added]()
        for message in messages:
            state = rules.added_state(self._settings, recovered_at, message.created_at)
            unknown: tuple[str | float | None, ...] = (None, None, None, None, 0.0)
            if state is State.UNKNOWN:
                unknown = (
                    rules.recovered_prefix(secrets.token_hex(16)),
                    recovered_at + self._settings.lease,
                    UnknownKind.ADDED.value,
                    recovered_at - 1.0,  # before the first lookup of everything that the recovery made unknown
                    lost_until,
                )
            rows = yield (
                sql.INSERT,
                (
                    self.namespace,
                    message.key,
                    message.reference,
                    state.value,
                    _ADDED if state is State.UNKNOWN else "",
                    message.sender,
                    -message.priority,
                    message.due_at,
                    message.expires_at,
                    *unknown,
                    message.request,
                    message.fingerprints,
                    message.data,
                    message.created_at,
                    message.created_at,
                ),
            )
            if rows:
                added.append(Added(int(rows[0][0]), message.key, True, state, message.reference))
                continue
            rows = yield sql.EXISTING, (self.namespace, message.key)
            identity, state_before, reference, request, fingerprints = rows[0]
            fields = differing_fields(message, request, fingerprints)
            if fields:
                # The caller may catch the error and commit.
                for each in added:
                    if each.created:
                        yield sql.TAKE_BACK, (each.id,)
                raise KeyConflictError(
                    f"There is another message with the key {message.key!r}, which differs in {', '.join(fields)}. "
                    "Nothing was added. A key names one text: use a new one for another text.",
                    key=message.key,
                    fields=fields,
                )
            added.append(Added(int(identity), message.key, False, State(state_before), reference))
        return added

    def _checking_database(self, instance_id: str) -> StatementPlan[None]:
        tables = yield sql.TABLE, ()
        if not tables:
            raise OutboxConnectionError(
                f"This connection's database has no outbox tables. The outbox is in {self.path}."
            )
        rows = yield sql.INSTANCE, ()
        files = yield sql.FILE, ()
        # A copy of the file has the same id.
        same_file = bool(files and files[0][0]) and file_identity(str(files[0][0])) == file_identity(self.path)
        if not rows or rows[0][0] != instance_id or not same_file:
            raise OutboxConnectionError(
                f"This connection is to another database than the outbox's, which is {self.path}. The message and your "
                "own changes would not be in one transaction."
            )

    def add(self, messages: Sequence[NewMessage], instance_id: str) -> Sequence[Added]:
        """Add messages in a transaction of their own."""
        with self.transaction() as connection:
            plan = self.adding(messages, instance_id)
            try:
                statement = next(plan)
                while True:
                    statement = plan.send(connection.execute(statement[0], tuple(statement[1])).fetchall())  # pyright: ignore[reportArgumentType]
            except StopIteration as end:
                added: Sequence[Added] = end.value
                return added

    def get(self, key: str) -> StoredMessage | None:
        """Return one message, or None."""
        with self.transaction(write=False) as connection:
            row = connection.execute(f"{sql.STORED} WHERE namespace = ? AND key = ?", (self.namespace, key)).fetchone()
            return None if row is None else _stored(row)

    def request_of(self, key: str) -> str | None:
        """Return a message itself as JSON, or None if there is none or it was purged."""
        with self.transaction(write=False) as connection:
            row = connection.execute(
                "SELECT request FROM carrierx_outbox_message WHERE namespace = ? AND key = ?", (self.namespace, key)
            ).fetchone()
            return None if row is None else row[0]

    def list(self, query: ListQuery) -> Sequence[StoredMessage]:
        """Return messages, oldest first."""
        marks = ", ".join("?" * len(query.states))
        in_states = f"AND state IN ({marks})" if query.states else ""
        prefix = query.key_prefix
        with self.transaction(write=False) as connection:
            rows = connection.execute(
                f"{sql.STORED} WHERE namespace = ? AND id > ? AND substr(key, 1, ?) = ? {in_states} "
                "ORDER BY id LIMIT ?",
                (self.namespace, query.after_id, len(prefix), prefix, *map(str, query.states), query.limit),
            ).fetchall()
            return [_stored(row) for row in rows]

    def attempts(self, key: str) -> Sequence[StoredAttempt]:
        """Return the history of a message, oldest entry first."""
        with self.transaction(write=False) as connection:
            rows = connection.execute(sql.HISTORY, (self.namespace, key)).fetchall()
            return [
                StoredAttempt(number, outcome, reason, sid, bool(applied), _time(claimed_at), _moment(recorded_at))
                for number, outcome, reason, sid, applied, claimed_at, recorded_at in rows
            ]

    def stats(self, *, quick: bool = False) -> OutboxStats:
        """Return how the outbox is doing, as `Store` says."""
        with self.transaction(write=False) as connection:
            now = self._clock.wall()
            found = connection.execute(sql.OPEN_COUNTS if quick else sql.COUNTS, {"namespace": self.namespace})
            counts = {State(state): int(count) for state, count in found if count}
            due, oldest = connection.execute(
                "SELECT count(*), min(due_at) FROM carrierx_outbox_message "
                "WHERE namespace = ? AND state = 'queued' AND due_at <= ?",
                (self.namespace, now),
            ).fetchone()
            accepted = connection.execute(sql.ACCEPTED_SINCE, (self.namespace, now - 60)).fetchone()[0]
            paused, hold_until = self._stopped(connection)
            return OutboxStats(
                counts,
                counts.get(State.QUEUED, 0),
                due,
                0.0 if oldest is None else max(now - oldest, 0.0),
                counts.get(State.SENDING, 0),
                counts.get(State.UNKNOWN, 0),
                counts.get(State.REVIEW, 0),
                accepted,
                paused,
                self._lost(connection),
                max(hold_until - now, 0.0),
            )

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
        with self.transaction() as connection:
            before, generation = self._decide(connection, key, allowed, changes)
        if generation:
            self._generation.note(generation)
        return before

    def _decide(
        self, connection: sqlite3.Connection, key: str, allowed: tuple[State, ...], changes: dict[str, object]
    ) -> tuple[State | None, int]:
        now = self._clock.wall()
        row = connection.execute(
            "SELECT id, state, token, lost_claims, expires_at, updated_at, request IS NULL "
            "FROM carrierx_outbox_message WHERE namespace = ? AND key = ?",
            (self.namespace, key),
        ).fetchone()
        if row is None:
            return None, 0
        identity, before, token, lost_claims, expires_at, updated_at, purged = row
        state = State(before)
        if self._lost(connection):
            raise LostCommitsError(LOST_COMMITS)
        if state not in allowed:
            return state, 0
        # What a person decided must not be undone by a backup without anybody noticing.
        generation = self._next_generation(connection)
        values: dict[str, Any] = {
            "id": identity,
            "before": before,
            "token_before": token,
            "state": before,
            "reason": "",
            "token": token,
            "lost_claims": lost_claims,
            "now": now,
        }
        if "retry" in changes:
            if purged:
                raise OutboxStateError(f"The message {key!r} was purged, so it can't be sent.", key=key, state=state)
            values |= {"state": State.QUEUED.value, "token": None, "lost_claims": 0, "due_at": now}
            recovered_at, values["accepted_until"] = self._recovered(connection)
            if updated_at <= recovered_at:
                # What the database knows of it is from before it lost commits: it may have been sent since.
                values |= self._as_unknown(UnknownKind.RECOVERY, recovered_at + self._settings.lease, now)
                values |= {
                    "state": State.UNKNOWN.value,
                    "token": f"{rules.recovered_prefix(secrets.token_hex(8))}{identity}",
                }
            changes["state"] = values["state"]
            if expires_at is not None and expires_at <= now:
                connection.execute("UPDATE carrierx_outbox_message SET expires_at = NULL WHERE id = ?", (identity,))
        else:
            if "expires_at" in changes:
                connection.execute(
                    "UPDATE carrierx_outbox_message SET expires_at = ? WHERE id = ?",
                    (changes.pop("expires_at"), identity),
                )
            values |= changes
        self._write(connection, values)
        return state, generation

    def purge(self, before: float, limit: int) -> int:
        """Delete the contents of final messages that last changed before a time. Return how many there were."""
        with self.transaction() as connection:
            rows = connection.execute(sql.PURGEABLE, (self.namespace, before, limit)).fetchall()
            for row in rows:
                connection.execute(
                    "UPDATE carrierx_outbox_message SET request = NULL, data = NULL, sender = '' WHERE id = ?", row
                )
                connection.execute("DELETE FROM carrierx_outbox_attempt WHERE message_id = ?", row)
            return len(rows)

    def sent_records(self, after_id: int, limit: int) -> Sequence[SentRecord]:
        """Return final messages, oldest first, to compare them with CarrierX's records."""
        with self.transaction(write=False) as connection:
            rows = connection.execute(sql.SENT, (self.namespace, after_id, limit)).fetchall()
            return [SentRecord(row[0], row[1], row[2], State(row[3]), row[4]) for row in rows]

    def _lost(self, connection: sqlite3.Connection) -> bool:
        device, inode, generation = connection.execute(
            "SELECT device, inode, generation FROM carrierx_outbox_meta"
        ).fetchone()
        return (device, inode) != file_identity(self.path) or generation < self._generation.noted()

    def _lost_commits(self) -> ClaimResult:
        return ClaimResult(self._clock.wall(), stop=ClaimStop.LOST_COMMITS)

    def _stopped(self, connection: sqlite3.Connection) -> tuple[str | None, float]:
        row = connection.execute(
            "SELECT paused_reason, hold_until FROM carrierx_outbox_namespace WHERE namespace = ?", (self.namespace,)
        ).fetchone()
        return (None, 0.0) if row is None else (row[0], row[1])

    def _namespace(self, connection: sqlite3.Connection) -> tuple[str | None, str | None, float, float, float]:
        statement = (
            "SELECT paused_reason, canary_reference, canary_after, seen_until, hold_until "
            "FROM carrierx_outbox_namespace WHERE namespace = ?"
        )
        row = connection.execute(statement, (self.namespace,)).fetchone()
        if row is None:
            connection.execute("INSERT INTO carrierx_outbox_namespace (namespace) VALUES (?)", (self.namespace,))
            row = connection.execute(statement, (self.namespace,)).fetchone()
        found: tuple[str | None, str | None, float, float, float] = row
        return found

    def _pace_of(self, connection: sqlite3.Connection, sender: str) -> float:
        row = connection.execute(
            "SELECT next_at FROM carrierx_outbox_pace WHERE namespace = ? AND sender = ?", (self.namespace, sender)
        ).fetchone()
        return 0.0 if row is None else float(row[0])

    def _set_pace(self, connection: sqlite3.Connection, sender: str, next_at: float) -> None:
        connection.execute(sql.SET_PACE, {"namespace": self.namespace, "sender": sender, "next_at": next_at})

    def _offer_canary(self, connection: sqlite3.Connection, reference: str, claimed_at: float) -> None:
        """Make an accepted message the canary, unless there is one.

        Its acceptance is known to be later than its claim, by the database's own clock. The time at which the result
        was written would be too late: the message may have been accepted long before.
        """
        connection.execute(
            "UPDATE carrierx_outbox_namespace SET canary_reference = ?, canary_after = ? "
            "WHERE namespace = ? AND canary_reference IS NULL",
            (reference, claimed_at, self.namespace),
        )

    def _as_unknown(self, kind: UnknownKind, unknown_at: float, now: float) -> dict[str, Any]:
        return {
            "unknown_kind": kind.value,
            "unknown_at": unknown_at,
            "look_at": now + self._settings.lookup_interval,
        }

    def _write(self, connection: sqlite3.Connection, values: dict[str, Any]) -> None:
        absent = dict.fromkeys(("due_at", "unknown_at", "unknown_kind", "look_at", "sid", "accepted_until"))
        connection.execute(sql.WRITE, absent | values)

    def _log(
        self,
        connection: sqlite3.Connection,
        message: Claimed,
        outcome: str,
        reason: str,
        sid: str | None,
        now: float,
        decision: rules.Decision,
    ) -> None:
        connection.execute(
            sql.LOG,
            {
                "message_id": message.id,
                "token": message.token,
                "attempt": message.attempt,
                "outcome": outcome,
                "reason": reason,
                "sid": sid,
                "applied": decision.state is not None,
                "claimed_at": message.claimed_at,
                "now": now,
            },
        )


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


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else _moment(seconds)


def _stored(row: tuple[Any, ...]) -> StoredMessage:
    (
        identity,
        key,
        state,
        reference,
        sid,
        request,
        rank,
        attempt,
        reason,
        due_at,
        expires_at,
        created,
        updated,
        data,
    ) = row
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
        expires_at=_time(expires_at),
        created_at=_moment(created),
        updated_at=_moment(updated),
        data=None if data is None else json.loads(data),
    )

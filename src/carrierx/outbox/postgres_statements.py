"""The fixed statements of the PostgreSQL store.

`@` stands for the schema of the outbox's tables. Times are seconds since 1970 by the clock of the database's machine.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ACCEPTED_SINCE",
    "ACCOUNT",
    "ADDING",
    "ANY_ON_ITS_WAY",
    "ANY_SENDING",
    "BEGIN",
    "CANARY",
    "CLAIM",
    "CLAIM_FOR_SENDERS",
    "COMMIT",
    "COUNTS",
    "EXISTING",
    "EXPIRE_LEASES",
    "HISTORY",
    "HOLD",
    "INSERT",
    "INSTANCE",
    "KEEP_PLAN",
    "LIMIT_HOLD",
    "LIMIT_PACE",
    "LIMIT_SENDER_PACES",
    "LOCK_ACCOUNT",
    "LOCK_META",
    "LOCK_NAMESPACE",
    "LOG",
    "LOOKUPS",
    "NAMESPACE",
    "NEW_META",
    "NEW_NAMESPACE",
    "NEXT_LOOKUP",
    "NOTE_LONGEST_CLAIM",
    "NOT_DONE",
    "NOW",
    "NO_RECOVERY",
    "ONLY_RECOVERY",
    "OPEN_COUNTS",
    "PURGE",
    "RECOVERED_AT",
    "RECOVER_META",
    "RECOVER_ROWS",
    "RELEASE_SLOT",
    "RESULT",
    "RESUME",
    "ROW",
    "SENT",
    "STORED",
    "TAKE_BACK",
    "TIMELINE",
    "UNKNOWN",
    "WHERE",
    "WRITE",
    "YOUNGEST_UNKNOWN",
]

ACCOUNT: Final = "*"
"""The row of the account among the paces. No sender is called that."""

# A test may turn the clock, with the parameter `now`. It is read in the statement, so after all locks that the
# statements before it have waited for.
NOW: Final = "coalesce(%(now)s::float8, extract(epoch FROM clock_timestamp())::float8)"

# Whatever the defaults of the database and the role are. A claim that a crash takes back would be sent again. A worker
# that is suspended within a transaction must not keep its locks. Compiling a statement takes longer than running it.
BEGIN: Final = """
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SET LOCAL synchronous_commit = on;
    SET LOCAL lock_timeout = {milliseconds};
    SET LOCAL idle_in_transaction_session_timeout = {idle_milliseconds};
    SET LOCAL jit = off;
"""
COMMIT: Final = "; COMMIT"
# A prepared statement keeps its first plan. It must be one for many messages, even if there were none when it was made.
KEEP_PLAN: Final = """
    SET LOCAL plan_cache_mode = force_generic_plan;
    SET LOCAL enable_seqscan = off;
"""

# The place of the tables. Restored tables are in another cluster or database, or are other tables. An ordinary role may
# read all of it.
WHERE: Final = """
    (SELECT system_identifier FROM pg_control_system()) || '/'
    || (SELECT oid FROM pg_database WHERE datname = current_database()) || '/'
    || '@carrierx_outbox_meta'::regclass::oid
"""
# The timeline is another one after each failover. `pg_control_checkpoint()` would be too late: it shows the timeline of
# the last checkpoint. On a standby, this fails: a standby is no database to work with.
TIMELINE: Final = "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"

# A message that is added, or queued again by a person, is looked up first if it is added after a recovery. So whoever
# queues one reads when the last recovery was, and none may come between that and the commit. Many can share this lock,
# and it writes nothing, as a lock of the row in `meta` would. Whoever waits for it comes in turn, so many that share it
# hold no recovery up. It ends with the transaction. What is read after it must be read by another statement, which sees
# everything that was committed while this one waited.
_RECOVERY_LOCK: Final = "hashtextextended('carrierx_outbox_recover', to_regclass('@carrierx_outbox_meta')::oid::bigint)"
NO_RECOVERY: Final = f"SELECT pg_advisory_xact_lock_shared({_RECOVERY_LOCK})"
ONLY_RECOVERY: Final = f"SELECT pg_advisory_xact_lock({_RECOVERY_LOCK})"

# Time slots are taken by one transaction after the other. The claim is a statement after this one, so that it sees
# everything that was committed while this one waited. A row that is there is locked and not changed, because of the
# last line. A plain lock would lock nothing if there is no row yet.
LOCK_ACCOUNT: Final = """
    INSERT INTO @carrierx_outbox_pace (namespace, sender, next_at) VALUES (%(namespace)s, '*', 0)
    ON CONFLICT (namespace, sender) DO UPDATE SET next_at = excluded.next_at WHERE FALSE
"""
LOCK_NAMESPACE: Final = "SELECT 1 FROM @carrierx_outbox_namespace WHERE namespace = %(namespace)s FOR UPDATE"
NEW_NAMESPACE: Final = """
    WITH named AS (
        INSERT INTO @carrierx_outbox_namespace (namespace) VALUES (%(namespace)s) ON CONFLICT (namespace) DO NOTHING
    )
    INSERT INTO @carrierx_outbox_pace (namespace, sender, next_at) VALUES (%(namespace)s, '*', 0)
    ON CONFLICT (namespace, sender) DO NOTHING
"""

# What may be claimed at all, and when. One row, always.
_STATE: Final = f"""
    clock AS MATERIALIZED (SELECT {NOW} AS now),
    state AS MATERIALIZED (
        SELECT found.*,
            same AND noted AND paused_reason IS NULL AND slot <= now + %(horizon)s::float8
                AND (%(probing)s OR unknown <= %(max_unknown)s) AS open
        FROM (
            SELECT clock.now, outbox.paused_reason,
                greatest(clock.now, pace.next_at, outbox.hold_until) AS slot,
                meta.longest_claim >= %(longest_claim)s::float8 AS noted,
                meta.place = ({WHERE}) AND meta.timeline = ({TIMELINE}) AS same,
                (
                    SELECT count(*) FROM (
                        SELECT 1 FROM @carrierx_outbox_message
                        WHERE namespace = %(namespace)s AND state = 'unknown'
                            AND unknown_kind IN ('reported', 'lease')
                        LIMIT %(max_unknown)s + 1
                    ) AS counted
                ) AS unknown
            FROM clock, @carrierx_outbox_meta AS meta, @carrierx_outbox_namespace AS outbox,
                @carrierx_outbox_pace AS pace
            WHERE meta.id = 1 AND outbox.namespace = %(namespace)s
                AND pace.namespace = %(namespace)s AND pace.sender = '*'
        ) AS found
    )
"""  # noqa: S608 - all parts are fixed
# Takes the message, or lets it expire, and moves the paces on.
_TAKE: Final = """
    taken AS (
        UPDATE @carrierx_outbox_message AS message SET
            state = CASE WHEN expires_at <= state.now THEN 'expired' ELSE 'sending' END,
            reason = CASE WHEN expires_at <= state.now THEN 'expired' ELSE '' END,
            token = CASE WHEN expires_at <= state.now THEN token ELSE %(token)s END,
            attempt = attempt + CASE WHEN expires_at <= state.now THEN 0 ELSE 1 END,
            claimed_at = CASE WHEN expires_at <= state.now THEN claimed_at ELSE state.now END,
            first_claimed_at = CASE
                WHEN expires_at <= state.now THEN first_claimed_at ELSE coalesce(first_claimed_at, state.now)
            END,
            lease_until = CASE WHEN expires_at <= state.now THEN NULL ELSE state.now + %(lease)s::float8 END,
            accepted_until = CASE
                WHEN expires_at <= state.now THEN accepted_until ELSE state.now + %(longest_claim)s::float8
            END,
            updated_at = state.now
        FROM state, best
        WHERE message.id = best.id AND message.state = 'queued'
        RETURNING message.id, message.key, message.reference, message.request, message.attempt, message.sender,
            message.expires_at, message.state, state.slot
    ),
    paced AS (
        INSERT INTO @carrierx_outbox_pace (namespace, sender, next_at)
        SELECT %(namespace)s, each.sender, taken.slot + each.spacing
        FROM taken, LATERAL (
            VALUES ('*'::text, %(spacing)s::float8), (taken.sender, %(sender_spacing)s::float8)
        ) AS each (sender, spacing)
        WHERE taken.state = 'sending' AND each.spacing IS NOT NULL
        ON CONFLICT (namespace, sender) DO UPDATE SET next_at = excluded.next_at
    )
"""
_COLUMNS: Final = """
    state.now, state.paused_reason, state.same, state.noted, state.unknown, state.slot, state.open, taken.id,
    taken.key, taken.reference, taken.request, taken.attempt, taken.expires_at, taken.state
"""
# The ranks in their order, by jumping through the index from one to the next.
_RANKS: Final = """
    ranks (rank) AS (
        (
            SELECT rank FROM @carrierx_outbox_message
            WHERE namespace = %(namespace)s AND state = 'queued' ORDER BY rank LIMIT 1
        )
        UNION ALL
        SELECT next.rank FROM ranks, LATERAL (
            SELECT rank FROM @carrierx_outbox_message
            WHERE namespace = %(namespace)s AND state = 'queued' AND rank > ranks.rank ORDER BY rank LIMIT 1
        ) AS next
    )
"""
# The first message that is due and that nobody holds. It ends the search, so nothing else is locked.
CLAIM: Final = f"""
    WITH RECURSIVE {_STATE}, {_RANKS},
    best AS MATERIALIZED (
        SELECT first.id FROM state, ranks, LATERAL (
            SELECT id FROM @carrierx_outbox_message AS message
            WHERE namespace = %(namespace)s AND message.state = 'queued' AND rank = ranks.rank AND due_at <= state.now
            ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
        ) AS first
        WHERE state.open LIMIT 1
    ),
    {_TAKE}
    SELECT {_COLUMNS}, NULL FROM state LEFT JOIN taken ON TRUE
"""  # noqa: S608 - all parts are fixed
# The first message whose sender is free. Usually it is one of the first that are due. If all of those have to wait, it
# is one of the heads: the first messages of each sender and rank.
CLAIM_FOR_SENDERS: Final = f"""
    WITH RECURSIVE {_STATE}, {_RANKS},
    first_rank AS MATERIALIZED (
        SELECT ranks.rank FROM state, ranks, LATERAL (
            SELECT 1 FROM @carrierx_outbox_message AS message
            WHERE namespace = %(namespace)s AND message.state = 'queued' AND rank = ranks.rank AND due_at <= state.now
            ORDER BY due_at, id LIMIT 1
        ) AS any_due
        WHERE state.open LIMIT 1
    ),
    first AS MATERIALIZED (
        SELECT message.id, message.sender, message.due_at FROM state, first_rank, LATERAL (
            SELECT id, sender, due_at FROM @carrierx_outbox_message AS message
            WHERE namespace = %(namespace)s AND message.state = 'queued' AND rank = first_rank.rank
                AND due_at <= state.now
            ORDER BY due_at, id LIMIT 50
        ) AS message
    ),
    quick AS MATERIALIZED (
        SELECT first.id FROM state CROSS JOIN first
        LEFT JOIN @carrierx_outbox_pace AS pace ON pace.namespace = %(namespace)s AND pace.sender = first.sender
        WHERE coalesce(pace.next_at, 0) <= state.slot ORDER BY first.due_at, first.id LIMIT 1
    ),
    heads (id, sender, rank, due_at) AS (
        (
            SELECT id, sender, rank, due_at FROM @carrierx_outbox_message
            WHERE namespace = %(namespace)s AND state = 'queued' ORDER BY sender, rank, due_at, id LIMIT 1
        )
        UNION ALL
        SELECT next.* FROM heads, LATERAL (
            SELECT id, sender, rank, due_at FROM @carrierx_outbox_message
            WHERE namespace = %(namespace)s AND state = 'queued' AND (sender, rank) > (heads.sender, heads.rank)
            ORDER BY sender, rank, due_at, id LIMIT 1
        ) AS next
    ),
    due AS MATERIALIZED (
        SELECT heads.id, heads.rank, heads.due_at, coalesce(pace.next_at, 0) AS free_at
        FROM state CROSS JOIN heads
        LEFT JOIN @carrierx_outbox_pace AS pace ON pace.namespace = %(namespace)s AND pace.sender = heads.sender
        WHERE state.open AND heads.due_at <= state.now AND NOT EXISTS (SELECT 1 FROM quick)
    ),
    slow AS MATERIALIZED (
        SELECT due.id FROM state, due WHERE due.free_at <= state.slot ORDER BY due.rank, due.due_at, due.id LIMIT 1
    ),
    best AS MATERIALIZED (SELECT id FROM quick UNION ALL SELECT id FROM slow),
    {_TAKE}
    SELECT {_COLUMNS}, (SELECT min(free_at) FROM due) FROM state LEFT JOIN taken ON TRUE
"""  # noqa: S608 - all parts are fixed

ANY_SENDING: Final = """
    SELECT 1 FROM @carrierx_outbox_message WHERE namespace = %(namespace)s AND state = 'sending' LIMIT 1
"""
YOUNGEST_UNKNOWN: Final = """
    SELECT unknown_kind, max(unknown_at), max(accepted_until) FROM @carrierx_outbox_message
    WHERE namespace = %(namespace)s AND state = 'unknown' AND unknown_kind IN ('reported', 'lease')
    GROUP BY unknown_kind
"""
ANY_ON_ITS_WAY: Final = f"""
    WITH RECURSIVE {_RANKS}
    SELECT
        EXISTS (SELECT 1 FROM @carrierx_outbox_message WHERE namespace = %(namespace)s AND state = 'sending')
        OR EXISTS (
            SELECT 1 FROM ranks, LATERAL (
                SELECT 1 FROM @carrierx_outbox_message AS message
                WHERE namespace = %(namespace)s AND message.state = 'queued' AND rank = ranks.rank AND due_at <= %(at)s
                ORDER BY due_at, id LIMIT 1
            ) AS any_due
        )
"""  # noqa: S608 - all parts are fixed
HOLD: Final = f"""
    UPDATE @carrierx_outbox_namespace SET hold_until = greatest(hold_until, {NOW} + %(seconds)s::float8)
    WHERE namespace = %(namespace)s
"""  # noqa: S608 - both parts are fixed
RESUME: Final = f"""
    UPDATE @carrierx_outbox_namespace SET paused_reason = NULL, hold_until = 0
    WHERE namespace = %(namespace)s AND (paused_reason IS NOT NULL OR hold_until > {NOW}) RETURNING 1
"""  # noqa: S608 - both parts are fixed
# What is too far ahead for the present rates and the present clock.
LIMIT_HOLD: Final = f"""
    UPDATE @carrierx_outbox_namespace SET hold_until = {NOW} + %(ahead)s::float8
    WHERE namespace = %(namespace)s AND hold_until > {NOW} + %(ahead)s::float8
"""  # noqa: S608 - all parts are fixed
LIMIT_PACE: Final = f"""
    UPDATE @carrierx_outbox_pace SET next_at = {NOW} + %(ahead)s::float8
    WHERE namespace = %(namespace)s AND sender = '*' AND next_at > {NOW} + %(ahead)s::float8
"""  # noqa: S608 - all parts are fixed
LIMIT_SENDER_PACES: Final = f"""
    UPDATE @carrierx_outbox_pace SET next_at = {NOW} + %(ahead)s::float8
    WHERE namespace = %(namespace)s AND sender <> '*' AND next_at > {NOW} + %(ahead)s::float8
"""  # noqa: S608 - all parts are fixed
# A claim takes nothing before this is written. It rarely is, so claims don't wait for each other here.
NOTE_LONGEST_CLAIM: Final = """
    UPDATE @carrierx_outbox_meta SET longest_claim = %(longest_claim)s WHERE longest_claim < %(longest_claim)s
"""
RELEASE_SLOT: Final = """
    UPDATE @carrierx_outbox_pace SET next_at = %(slot_at)s::float8
    WHERE namespace = %(namespace)s AND sender = '*'
        AND abs(next_at - %(slot_at)s::float8 - %(spacing)s::float8) < %(spacing)s::float8 / 1000
"""
# What a result writes if nothing has happened to its message since the claim. Otherwise it changes nothing, and the
# rules decide about what is there. `|| ''` keeps PostgreSQL from reading through the index of everything that is being
# sent, which may be full of dead entries.
RESULT: Final = f"""
    WITH clock AS MATERIALIZED (SELECT {NOW} AS now),
    written AS (
        UPDATE @carrierx_outbox_message AS message SET
            state = %(state)s, reason = %(reason)s, token = %(token_after)s,
            due_at = CASE WHEN %(delay)s::float8 IS NULL THEN due_at ELSE clock.now + %(delay)s::float8 END,
            lease_until = NULL,
            unknown_at = CASE WHEN %(unknown_kind)s::text IS NULL THEN NULL ELSE clock.now END,
            unknown_kind = %(unknown_kind)s,
            look_at = CASE WHEN %(unknown_kind)s::text IS NULL THEN NULL ELSE clock.now + %(look_in)s::float8 END,
            accepted_until = CASE
                WHEN %(unknown_kind)s::text IS NULL THEN accepted_until ELSE clock.now + %(accepted_in)s::float8
            END,
            looks = 0, sid = coalesce(%(sid)s, sid),
            lost_claims = CASE WHEN %(state)s = 'queued' THEN lost_claims ELSE 0 END, updated_at = clock.now
        FROM clock
        WHERE id = %(id)s AND reference = %(reference)s AND message.state || '' = 'sending' AND token = %(token)s
        RETURNING message.id, message.key, message.reference, message.claimed_at, message.sid
    ),
    logged AS (
        INSERT INTO @carrierx_outbox_attempt
            (message_id, token, attempt, outcome, reason, sid, applied, claimed_at, recorded_at)
        SELECT written.id, %(token)s, %(attempt)s::integer, %(outcome)s, %(reason)s, %(sid)s::text, TRUE,
            %(claimed_at)s::float8, clock.now
        FROM written, clock
        ON CONFLICT (token, outcome) DO NOTHING
    ),
    canary AS (
        UPDATE @carrierx_outbox_namespace AS outbox
        SET canary_reference = written.reference, canary_after = written.claimed_at
        FROM written
        WHERE %(state)s = 'accepted' AND outbox.namespace = %(namespace)s AND outbox.canary_reference IS NULL
    )
    SELECT key, sid FROM written
"""  # noqa: S608 - all parts are fixed
ROW: Final = """
    SELECT id, key, reference, state, token, attempt, lost_claims, claimed_at, expires_at, sid
    FROM @carrierx_outbox_message WHERE id = %(id)s AND reference = %(reference)s FOR UPDATE
"""
WRITE: Final = """
    UPDATE @carrierx_outbox_message SET
        state = %(state)s, reason = %(reason)s, token = %(token)s, due_at = coalesce(%(due_at)s, due_at),
        lease_until = NULL, unknown_at = %(unknown_at)s, unknown_kind = %(unknown_kind)s, look_at = %(look_at)s,
        looks = 0, accepted_until = coalesce(%(accepted_until)s, accepted_until), sid = coalesce(%(sid)s, sid),
        lost_claims = %(lost_claims)s, updated_at = %(at)s
    WHERE id = %(id)s AND state = %(before)s AND token IS NOT DISTINCT FROM %(token_before)s
"""
LOG: Final = """
    INSERT INTO @carrierx_outbox_attempt
        (message_id, token, attempt, outcome, reason, sid, applied, claimed_at, recorded_at)
    VALUES (%(message_id)s, %(token)s, %(attempt)s, %(outcome)s, %(reason)s, %(sid)s, %(applied)s, %(claimed_at)s,
        %(at)s)
    ON CONFLICT (token, outcome) DO NOTHING
"""
# Its acceptance is known to be later than its claim, by the database's own clock. The time at which the result was
# written would be too late: the message may have been accepted long before.
CANARY: Final = """
    UPDATE @carrierx_outbox_namespace SET canary_reference = %(reference)s, canary_after = %(claimed_at)s
    WHERE namespace = %(namespace)s AND canary_reference IS NULL
"""
EXPIRE_LEASES: Final = """
    SELECT id, key, token, attempt, lost_claims, claimed_at, lease_until FROM @carrierx_outbox_message
    WHERE namespace = %(namespace)s AND state = 'sending' AND lease_until < %(at)s
    ORDER BY lease_until LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
LOOKUPS: Final = """
    WITH due AS MATERIALIZED (
        SELECT id, look_at FROM @carrierx_outbox_message
        WHERE namespace = %(namespace)s AND state = 'unknown' AND look_at <= %(at)s
        ORDER BY look_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ),
    taken AS (
        UPDATE @carrierx_outbox_message AS message SET look_at = %(next_at)s, looks = looks + 1
        FROM due WHERE message.id = due.id
        RETURNING message.id, key, reference, token, first_claimed_at, created_at, unknown_at, unknown_kind,
            looks - 1 AS looks, lost_claims, expires_at, accepted_until, due.look_at
    )
    SELECT id, key, reference, token, first_claimed_at, created_at, unknown_at, unknown_kind, looks, lost_claims,
        expires_at, accepted_until
    FROM taken ORDER BY look_at, id
"""
NEXT_LOOKUP: Final = """
    SELECT min(look_at) FROM @carrierx_outbox_message WHERE namespace = %(namespace)s AND state = 'unknown'
"""
NAMESPACE: Final = """
    SELECT paused_reason, canary_reference, canary_after, seen_until, hold_until
    FROM @carrierx_outbox_namespace WHERE namespace = %(namespace)s
"""
UNKNOWN: Final = """
    UPDATE @carrierx_outbox_message SET look_at = %(at)s + %(seconds)s
    WHERE id = %(id)s AND state = 'unknown' AND token = %(token)s
"""
RECOVER_ROWS: Final = """
    UPDATE @carrierx_outbox_message SET
        state = 'unknown', unknown_kind = 'recovery', unknown_at = %(unknown_at)s, token = %(prefix)s || id,
        look_at = %(at)s, looks = 0, lease_until = NULL, reason = %(reason)s,
        accepted_until = greatest(accepted_until, %(accepted_until)s), updated_at = %(at)s
    WHERE state IN ('queued', 'sending', 'unknown')
"""
NEW_META: Final = f"""
    INSERT INTO @carrierx_outbox_meta (id, schema_version, instance_id, place, timeline)
    VALUES (1, %s, %s, {WHERE}, {TIMELINE})
"""  # noqa: S608 - all parts are fixed
NOT_DONE: Final = "SELECT count(*) FROM @carrierx_outbox_message WHERE state IN ('queued', 'sending', 'unknown')"
# With this, the change of the row counts as one of its key, so that it is noticed by `FOR KEY SHARE`: see `adding`.
LOCK_META: Final = "SELECT 1 FROM @carrierx_outbox_meta FOR UPDATE"
RECOVER_META: Final = f"""
    UPDATE @carrierx_outbox_meta SET
        place = ({WHERE}), timeline = ({TIMELINE}), recovered_at = %(at)s,
        longest_claim = greatest(longest_claim, %(longest_claim)s)
    RETURNING recovered_at + longest_claim
"""  # noqa: S608 - all parts are fixed
RECOVERED_AT: Final = "SELECT recovered_at, recovered_at + longest_claim FROM @carrierx_outbox_meta"
INSTANCE: Final = f"""
    SELECT instance_id, ({WHERE}), {NOW}, recovered_at, recovered_at + longest_claim FROM @carrierx_outbox_meta
"""  # noqa: S608 - all parts are fixed
# Whether there are tables; whether the transaction sees only what was committed when it began.
ADDING: Final = f"""
    SELECT to_regclass('@carrierx_outbox_meta') IS NOT NULL,
        current_setting('transaction_isolation') IN ('repeatable read', 'serializable'),
        pg_advisory_xact_lock_shared({_RECOVERY_LOCK})::text
"""
# Two transactions may write the same key at the same moment, and then meet at the reference or at the key. So it names
# neither.
INSERT: Final = """
    INSERT INTO @carrierx_outbox_message
        (namespace, key, reference, state, reason, sender, rank, due_at, expires_at, token, unknown_at, unknown_kind,
        look_at, accepted_until, request, fingerprints, data, created_at, updated_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING id
"""
# Like all that add messages, it returns rows: a pipeline of psycopg waits for them.
TAKE_BACK: Final = "DELETE FROM @carrierx_outbox_message WHERE id = %s RETURNING id"
EXISTING: Final = """
    SELECT id, state, reference, request, fingerprints FROM @carrierx_outbox_message WHERE namespace = %s AND key = %s
"""
STORED: Final = """
    SELECT id, key, state, reference, sid, request, rank, attempt, reason, due_at, expires_at, created_at, updated_at,
        data
    FROM @carrierx_outbox_message
"""
HISTORY: Final = """
    SELECT attempt.attempt, attempt.outcome, attempt.reason, attempt.sid, attempt.applied, attempt.claimed_at,
        attempt.recorded_at
    FROM @carrierx_outbox_attempt AS attempt
    JOIN @carrierx_outbox_message AS message ON message.id = attempt.message_id
    WHERE message.namespace = %(namespace)s AND message.key = %(key)s ORDER BY attempt.id
"""
# All states, which reads the whole table, and only those of messages that aren't done, which reads partial indexes.
COUNTS: Final = "SELECT state, count(*) FROM @carrierx_outbox_message WHERE namespace = %(namespace)s GROUP BY state"
OPEN_COUNTS: Final = " UNION ALL ".join(
    f"SELECT '{state}', count(*) FROM @carrierx_outbox_message WHERE namespace = %(namespace)s AND state = '{state}'"  # noqa: S608
    for state in ("queued", "sending", "unknown", "review")
)
ACCEPTED_SINCE: Final = """
    SELECT count(*) FROM @carrierx_outbox_message
    WHERE namespace = %(namespace)s AND state = 'accepted' AND updated_at > %(since)s AND request IS NOT NULL
        AND state IN ('accepted', 'rejected', 'expired', 'cancelled', 'suppressed', 'delivered', 'failed')
"""
PURGE: Final = """
    WITH old AS MATERIALIZED (
        SELECT id FROM @carrierx_outbox_message
        WHERE namespace = %(namespace)s AND request IS NOT NULL AND updated_at < %(before)s
            AND state IN ('accepted', 'rejected', 'expired', 'cancelled', 'suppressed', 'delivered', 'failed')
        ORDER BY updated_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ),
    forgotten AS (
        DELETE FROM @carrierx_outbox_attempt AS attempt USING old WHERE attempt.message_id = old.id
    )
    UPDATE @carrierx_outbox_message AS message SET request = NULL, data = NULL, sender = ''
    FROM old WHERE message.id = old.id
"""
SENT: Final = """
    SELECT id, key, reference, state, sid FROM @carrierx_outbox_message
    WHERE namespace = %(namespace)s AND id > %(after_id)s
        AND state IN ('accepted', 'rejected', 'expired', 'cancelled', 'suppressed', 'delivered', 'failed')
    ORDER BY id LIMIT %(limit)s
"""

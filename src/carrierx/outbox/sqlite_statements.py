"""The fixed statements of the SQLite store."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ACCEPTED_SINCE",
    "ANY_ON_ITS_WAY",
    "ANY_SENDING",
    "BEST",
    "CLAIM",
    "COUNTS",
    "EXISTING",
    "EXPIRE",
    "FILE",
    "FIRST",
    "HEADS",
    "HISTORY",
    "INSERT",
    "INSTANCE",
    "LEASES",
    "LIMIT_PACE",
    "LIMIT_SENDER_PACES",
    "LOG",
    "LOOKUPS",
    "NEXT_GENERATION",
    "NEXT_SENDER",
    "NOT_DONE",
    "OPEN_COUNTS",
    "PURGEABLE",
    "RECOVERED_AT",
    "ROW",
    "SENT",
    "SET_PACE",
    "STORED",
    "TABLE",
    "TAKE_BACK",
    "UNKNOWN_COUNT",
    "WRITE",
    "YOUNGEST_UNKNOWN",
]

# The list is read by jumping through the index from the first message of one queue, of a sender and a rank, to that of
# the next. A comparison of two columns at once, (sender, rank) > (?, ?), would be shorter, but SQLite uses only its
# first column, and reads all rows of the sender.
HEADS: Final = """
    WITH RECURSIVE heads (id, sender, rank, due_at) AS (
        SELECT id, sender, rank, due_at FROM (
            SELECT id, sender, rank, due_at FROM carrierx_outbox_message
            WHERE namespace = :namespace AND state = 'queued' ORDER BY sender, rank, due_at, id LIMIT 1
        )
        UNION ALL
        SELECT head.id, head.sender, head.rank, head.due_at
        FROM heads JOIN carrierx_outbox_message AS head ON head.id = coalesce(
            (
                SELECT id FROM carrierx_outbox_message
                WHERE namespace = :namespace AND state = 'queued' AND sender = heads.sender AND rank > heads.rank
                ORDER BY rank, due_at, id LIMIT 1
            ),
            (
                SELECT id FROM carrierx_outbox_message
                WHERE namespace = :namespace AND state = 'queued' AND sender > heads.sender
                ORDER BY sender, rank, due_at, id LIMIT 1
            )
        )
    )
"""
BEST: Final = f"""
    {HEADS}
    SELECT id, key, reference, request, attempt, sender, expires_at FROM carrierx_outbox_message WHERE id = (
        SELECT heads.id FROM heads
        LEFT JOIN carrierx_outbox_pace AS pace ON pace.namespace = :namespace AND pace.sender = heads.sender
        WHERE heads.due_at <= :now AND coalesce(pace.next_at, 0) <= :slot
        ORDER BY heads.rank, heads.due_at, heads.id LIMIT 1
    )
"""  # noqa: S608 - both parts are fixed
FIRST: Final = """
    WITH RECURSIVE ranks (rank) AS (
        SELECT min(rank) FROM carrierx_outbox_message WHERE namespace = :namespace AND state = 'queued'
        UNION ALL
        SELECT (
            SELECT min(rank) FROM carrierx_outbox_message
            WHERE namespace = :namespace AND state = 'queued' AND rank > ranks.rank
        ) FROM ranks WHERE rank IS NOT NULL
    )
    SELECT message.id, message.key, message.reference, message.request, message.attempt, message.sender,
        message.expires_at
    FROM ranks JOIN carrierx_outbox_message AS message ON message.id = (
        SELECT id FROM carrierx_outbox_message
        WHERE namespace = :namespace AND state = 'queued' AND rank = ranks.rank AND due_at <= :now
        ORDER BY due_at, id LIMIT 1
    )
    WHERE ranks.rank IS NOT NULL ORDER BY ranks.rank LIMIT 1
"""
NEXT_SENDER: Final = f"""
    {HEADS}
    SELECT min(pace.next_at) FROM heads
    JOIN carrierx_outbox_pace AS pace ON pace.namespace = :namespace AND pace.sender = heads.sender
    WHERE heads.due_at <= :now
"""  # noqa: S608 - both parts are fixed
CLAIM: Final = """
    UPDATE carrierx_outbox_message SET
        state = 'sending', reason = '', token = :token, attempt = attempt + 1, claimed_at = :now,
        first_claimed_at = coalesce(first_claimed_at, :now), lease_until = :lease_until,
        accepted_until = :accepted_until, updated_at = :now
    WHERE id = :id AND state = 'queued'
"""
EXPIRE: Final = """
    UPDATE carrierx_outbox_message SET state = 'expired', reason = 'expired', updated_at = :now
    WHERE id = :id AND state = 'queued'
"""
SET_PACE: Final = """
    INSERT INTO carrierx_outbox_pace (namespace, sender, next_at) VALUES (:namespace, :sender, :next_at)
    ON CONFLICT (namespace, sender) DO UPDATE SET next_at = excluded.next_at
"""
LIMIT_PACE: Final = """
    UPDATE carrierx_outbox_pace SET next_at = :latest
    WHERE namespace = :namespace AND sender = :account AND next_at > :latest
"""
LIMIT_SENDER_PACES: Final = """
    UPDATE carrierx_outbox_pace SET next_at = :latest
    WHERE namespace = :namespace AND sender <> :account AND next_at > :latest
"""
ROW: Final = """
    SELECT id, key, reference, state, token, attempt, lost_claims, claimed_at, expires_at, sid, unknown_at
    FROM carrierx_outbox_message WHERE id = ? AND reference = ?
"""
WRITE: Final = """
    UPDATE carrierx_outbox_message SET
        state = :state, reason = :reason, token = :token, due_at = coalesce(:due_at, due_at), lease_until = NULL,
        unknown_at = :unknown_at, unknown_kind = :unknown_kind, look_at = :look_at, looks = 0,
        accepted_until = coalesce(:accepted_until, accepted_until), sid = coalesce(:sid, sid),
        lost_claims = :lost_claims, updated_at = :now
    WHERE id = :id AND state = :before AND token IS :token_before
"""
LOG: Final = """
    INSERT INTO carrierx_outbox_attempt
        (message_id, token, attempt, outcome, reason, sid, applied, claimed_at, recorded_at)
    VALUES (:message_id, :token, :attempt, :outcome, :reason, :sid, :applied, :claimed_at, :now)
    ON CONFLICT (token, outcome) DO NOTHING
"""
LEASES: Final = """
    SELECT id, reference, lease_until FROM carrierx_outbox_message
    WHERE namespace = ? AND state = 'sending' AND lease_until < ? ORDER BY lease_until LIMIT ?
"""
LOOKUPS: Final = """
    SELECT id, key, reference, token, first_claimed_at, created_at, unknown_at, unknown_kind, looks,
        lost_claims, expires_at, accepted_until
    FROM carrierx_outbox_message
    WHERE namespace = ? AND state = 'unknown' AND look_at <= ? ORDER BY look_at LIMIT ?
"""
UNKNOWN_COUNT: Final = """
    SELECT count(*) FROM (
        SELECT 1 FROM carrierx_outbox_message
        WHERE namespace = ? AND state = 'unknown' AND unknown_kind IN ('reported', 'lease') LIMIT ?
    )
"""
YOUNGEST_UNKNOWN: Final = """
    SELECT unknown_kind, max(unknown_at), max(accepted_until) FROM carrierx_outbox_message
    WHERE namespace = ? AND state = 'unknown' AND unknown_kind IN ('reported', 'lease') GROUP BY unknown_kind
"""
ANY_SENDING: Final = "SELECT 1 FROM carrierx_outbox_message WHERE namespace = ? AND state = 'sending' LIMIT 1"
NEXT_GENERATION: Final = """
    UPDATE carrierx_outbox_meta SET
        generation = max(generation, :noted) + 1, longest_claim = max(longest_claim, :claim)
    RETURNING generation
"""
ANY_ON_ITS_WAY: Final = """
    SELECT
        EXISTS (SELECT 1 FROM carrierx_outbox_message WHERE namespace = :namespace AND state = 'sending')
        OR EXISTS (
            SELECT 1 FROM carrierx_outbox_message WHERE namespace = :namespace AND state = 'queued' AND due_at <= :now
        )
"""
NOT_DONE: Final = "SELECT count(*) FROM carrierx_outbox_message WHERE state IN ('queued', 'sending', 'unknown')"
RECOVERED_AT: Final = "SELECT recovered_at, recovered_at + longest_claim FROM carrierx_outbox_meta"
INSTANCE: Final = "SELECT instance_id FROM carrierx_outbox_meta"
TABLE: Final = "SELECT 1 FROM sqlite_master WHERE name = 'carrierx_outbox_meta'"
FILE: Final = "SELECT file FROM pragma_database_list WHERE name = 'main'"
INSERT: Final = """
    INSERT INTO carrierx_outbox_message
        (namespace, key, reference, state, reason, sender, rank, due_at, expires_at, token, unknown_at, unknown_kind,
        look_at, accepted_until, request, fingerprints, data, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (namespace, key) DO NOTHING RETURNING id
"""
TAKE_BACK: Final = "DELETE FROM carrierx_outbox_message WHERE id = ?"
EXISTING: Final = """
    SELECT id, state, reference, request, fingerprints FROM carrierx_outbox_message WHERE namespace = ? AND key = ?
"""
STORED: Final = """
    SELECT id, key, state, reference, sid, request, rank, attempt, reason, due_at, expires_at, created_at, updated_at,
        data
    FROM carrierx_outbox_message
"""
HISTORY: Final = """
    SELECT attempt.attempt, attempt.outcome, attempt.reason, attempt.sid, attempt.applied, attempt.claimed_at,
        attempt.recorded_at
    FROM carrierx_outbox_attempt AS attempt
    JOIN carrierx_outbox_message AS message ON message.id = attempt.message_id
    WHERE message.namespace = ? AND message.key = ? ORDER BY attempt.id
"""
# All states, which reads the whole table, and only those of messages that aren't done, which reads partial indexes.
COUNTS: Final = "SELECT state, count(*) FROM carrierx_outbox_message WHERE namespace = :namespace GROUP BY state"
OPEN_COUNTS: Final = " UNION ALL ".join(
    f"SELECT '{state}', count(*) FROM carrierx_outbox_message WHERE namespace = :namespace AND state = '{state}'"  # noqa: S608
    for state in ("queued", "sending", "unknown", "review")
)
ACCEPTED_SINCE: Final = """
    SELECT count(*) FROM carrierx_outbox_message
    WHERE namespace = ? AND state = 'accepted' AND updated_at > ? AND request IS NOT NULL
        AND state IN ('accepted', 'rejected', 'expired', 'cancelled', 'suppressed', 'delivered', 'failed')
"""
PURGEABLE: Final = """
    SELECT id FROM carrierx_outbox_message
    WHERE namespace = ? AND request IS NOT NULL AND updated_at < ?
        AND state IN ('accepted', 'rejected', 'expired', 'cancelled', 'suppressed', 'delivered', 'failed')
    ORDER BY updated_at LIMIT ?
"""
SENT: Final = """
    SELECT id, key, reference, state, sid FROM carrierx_outbox_message
    WHERE namespace = ? AND id > ?
        AND state IN ('accepted', 'rejected', 'expired', 'cancelled', 'suppressed', 'delivered', 'failed')
    ORDER BY id LIMIT ?
"""

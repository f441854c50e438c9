"""The outbox's tables in SQLite: creating them, and bringing them up to date."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from carrierx.outbox.errors import OutboxSchemaError

if TYPE_CHECKING:
    import sqlite3

__all__ = ["SCHEMA_VERSION", "check_schema", "create_schema", "schema_version", "upgrade_schema"]

SCHEMA_VERSION: Final = 1

# The tables live in the application's own database, so all of their names start with `carrierx_outbox_`.
#
# `rank` is the priority with the sign changed, because an index is read in one direction. A claim looks at the first
# message of each rank or, if senders have a rate, of each lane: a sender and a rank. Its cost depends on their number
# only, and a million messages that aren't due yet hold nobody up.
#
# Each claim counts the unknown messages, but not those that a recovery made unknown, of which there may be a million.
# So they have an index without those.
#
# Device, inode and generation tell whether the file lacks commits. A file that was restored or copied has another
# inode. If a backup was copied into the same file, its generation is lower than the one that was noted beside it.
_TABLES: Final = (
    """
    CREATE TABLE carrierx_outbox_meta (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        schema_version INTEGER NOT NULL,
        instance_id TEXT NOT NULL,
        device TEXT NOT NULL,
        inode TEXT NOT NULL,
        generation INTEGER NOT NULL DEFAULT 0,
        recovered_at REAL NOT NULL DEFAULT 0,
        longest_claim REAL NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE carrierx_outbox_namespace (
        namespace TEXT PRIMARY KEY,
        paused_reason TEXT,
        canary_reference TEXT,
        canary_after REAL NOT NULL DEFAULT 0,
        seen_until REAL NOT NULL DEFAULT 0,
        hold_until REAL NOT NULL DEFAULT 0
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE carrierx_outbox_message (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        namespace TEXT NOT NULL,
        key TEXT NOT NULL,
        reference TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        sender TEXT NOT NULL,
        rank INTEGER NOT NULL,
        due_at REAL NOT NULL,
        expires_at REAL,
        attempt INTEGER NOT NULL DEFAULT 0,
        lost_claims INTEGER NOT NULL DEFAULT 0,
        token TEXT,
        first_claimed_at REAL,
        claimed_at REAL,
        lease_until REAL,
        accepted_until REAL NOT NULL DEFAULT 0,
        unknown_at REAL,
        unknown_kind TEXT,
        look_at REAL,
        looks INTEGER NOT NULL DEFAULT 0,
        sid TEXT,
        request TEXT,
        fingerprints TEXT,
        data TEXT,
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL,
        UNIQUE (namespace, key)
    )
    """,
    """
    CREATE INDEX carrierx_outbox_queued ON carrierx_outbox_message (namespace, sender, rank, due_at, id)
    WHERE state = 'queued'
    """,
    """
    CREATE INDEX carrierx_outbox_due ON carrierx_outbox_message (namespace, rank, due_at, id) WHERE state = 'queued'
    """,
    """
    CREATE INDEX carrierx_outbox_sending ON carrierx_outbox_message (namespace, lease_until) WHERE state = 'sending'
    """,
    """
    CREATE INDEX carrierx_outbox_unknown ON carrierx_outbox_message (namespace, look_at) WHERE state = 'unknown'
    """,
    """
    CREATE INDEX carrierx_outbox_counted ON carrierx_outbox_message (namespace, unknown_kind, unknown_at)
    WHERE state = 'unknown' AND unknown_kind IN ('reported', 'lease')
    """,
    "CREATE INDEX carrierx_outbox_review ON carrierx_outbox_message (namespace, id) WHERE state = 'review'",
    """
    CREATE INDEX carrierx_outbox_unpurged ON carrierx_outbox_message (namespace, updated_at)
    WHERE request IS NOT NULL
        AND state IN ('accepted', 'rejected', 'expired', 'cancelled', 'suppressed', 'delivered', 'failed')
    """,
    """
    CREATE TABLE carrierx_outbox_attempt (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id INTEGER NOT NULL,
        token TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,
        sid TEXT,
        applied INTEGER NOT NULL,
        claimed_at REAL,
        recorded_at REAL NOT NULL,
        UNIQUE (token, outcome)
    )
    """,
    "CREATE INDEX carrierx_outbox_attempt_message ON carrierx_outbox_attempt (message_id)",
    """
    CREATE TABLE carrierx_outbox_pace (
        namespace TEXT NOT NULL,
        sender TEXT NOT NULL,
        next_at REAL NOT NULL,
        PRIMARY KEY (namespace, sender)
    ) WITHOUT ROWID
    """,
)

# Each entry brings the tables from the version before to its own. Only additions, because older workers end only when
# they notice the new version.
_UPGRADES: Final[dict[int, tuple[str, ...]]] = {}


def schema_version(connection: sqlite3.Connection) -> int | None:
    """Return the version of the tables, or None if there are none."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'carrierx_outbox_meta'").fetchone()
    if found is None:
        return None
    row = connection.execute("SELECT schema_version FROM carrierx_outbox_meta").fetchone()
    return int(row[0])


def check_schema(connection: sqlite3.Connection, path: str) -> None:
    """Check that the tables are there, and of this version.

    Raises:
        OutboxSchemaError: They are not.
    """
    version = schema_version(connection)
    if version is None:
        raise OutboxSchemaError(f"{path} has no outbox tables. Call Outbox(...).create_schema() once.")
    if version > SCHEMA_VERSION:
        raise OutboxSchemaError(
            f"The outbox tables in {path} have version {version}, and this version of carrierx knows "
            f"{SCHEMA_VERSION}. Install the version that upgraded them."
        )
    if version < SCHEMA_VERSION:
        raise OutboxSchemaError(
            f"The outbox tables in {path} have version {version}, and this version of carrierx needs "
            f"{SCHEMA_VERSION}. Call Outbox(...).upgrade() once."
        )


def create_schema(connection: sqlite3.Connection, identity: tuple[str, str]) -> bool:
    """Create the tables unless they are there. Return whether they were created.

    Args:
        connection: A connection in a transaction.
        identity: Device and inode of the file.
    """
    if schema_version(connection) is not None:
        return False
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute(
        "INSERT INTO carrierx_outbox_meta (id, schema_version, instance_id, device, inode) VALUES (1, ?, ?, ?, ?)",
        (SCHEMA_VERSION, secrets.token_hex(16), *identity),
    )
    return True


def upgrade_schema(connection: sqlite3.Connection, path: str) -> tuple[int, int]:
    """Bring the tables up to date. Return the version before and now.

    Args:
        connection: A connection in a transaction.
        path: The path of the file, for errors.

    Raises:
        OutboxSchemaError: There are no tables, or they are newer.
    """
    before = schema_version(connection)
    if before is None or before > SCHEMA_VERSION:
        check_schema(connection, path)
    version = before or 0
    while version < SCHEMA_VERSION:
        version += 1
        for statement in _UPGRADES.get(version, ()):
            connection.execute(statement)
        connection.execute("UPDATE carrierx_outbox_meta SET schema_version = ?", (version,))
    return before or 0, version

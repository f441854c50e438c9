"""The outbox's tables in PostgreSQL: creating them, and bringing them up to date."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any, Final

from carrierx.errors import ConfigurationError
from carrierx.outbox import postgres_statements as sql
from carrierx.outbox.errors import OutboxSchemaError

if TYPE_CHECKING:
    import psycopg

__all__ = [
    "DEFAULT_SCHEMA",
    "SCHEMA_VERSION",
    "check_schema",
    "checked_schema",
    "create_schema",
    "missing_tables",
    "upgrade_schema",
]

SCHEMA_VERSION: Final = 1
DEFAULT_SCHEMA: Final = "public"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")

# The tables live in the application's own database, so all of their names start with `carrierx_outbox_`. `@` stands for
# their schema. Times are seconds since 1970.
#
# `rank` is the priority with the sign changed, because an index is read in one direction. A claim looks at the first
# message of each rank or, if senders have a rate, of each lane: a sender and a rank. Its cost depends on their number
# only, and a million messages that aren't due yet hold nobody up.
#
# Each claim counts the unknown messages, but not those that a recovery made unknown, of which there may be a million.
# So they have an index without those.
#
# Each message changes its row a few times, and each time it leaves dead entries in the indexes that claims read. So the
# tables are vacuumed early.
_TABLES: Final = (
    """
    CREATE TABLE @carrierx_outbox_meta (
        id integer PRIMARY KEY CHECK (id = 1),
        schema_version integer NOT NULL,
        instance_id text NOT NULL,
        place text NOT NULL,
        timeline text NOT NULL,
        recovered_at double precision NOT NULL DEFAULT 0,
        longest_claim double precision NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE @carrierx_outbox_namespace (
        namespace text PRIMARY KEY,
        paused_reason text,
        canary_reference text,
        canary_after double precision NOT NULL DEFAULT 0,
        seen_until double precision NOT NULL DEFAULT 0,
        hold_until double precision NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE @carrierx_outbox_message (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        namespace text NOT NULL,
        key text NOT NULL,
        reference text NOT NULL UNIQUE,
        state text NOT NULL,
        reason text NOT NULL DEFAULT '',
        sender text NOT NULL,
        rank integer NOT NULL,
        due_at double precision NOT NULL,
        expires_at double precision,
        attempt integer NOT NULL DEFAULT 0,
        lost_claims integer NOT NULL DEFAULT 0,
        token text,
        first_claimed_at double precision,
        claimed_at double precision,
        lease_until double precision,
        accepted_until double precision NOT NULL DEFAULT 0,
        unknown_at double precision,
        unknown_kind text,
        look_at double precision,
        looks integer NOT NULL DEFAULT 0,
        sid text,
        request text,
        fingerprints text,
        data text,
        created_at double precision NOT NULL,
        updated_at double precision NOT NULL,
        UNIQUE (namespace, key)
    ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)
    """,
    """
    CREATE INDEX carrierx_outbox_queued ON @carrierx_outbox_message (namespace, sender, rank, due_at, id)
    WHERE state = 'queued'
    """,
    """
    CREATE INDEX carrierx_outbox_due ON @carrierx_outbox_message (namespace, rank, due_at, id) WHERE state = 'queued'
    """,
    """
    CREATE INDEX carrierx_outbox_sending ON @carrierx_outbox_message (namespace, lease_until) WHERE state = 'sending'
    """,
    """
    CREATE INDEX carrierx_outbox_unknown ON @carrierx_outbox_message (namespace, look_at) WHERE state = 'unknown'
    """,
    """
    CREATE INDEX carrierx_outbox_counted ON @carrierx_outbox_message (namespace, unknown_kind, unknown_at)
    WHERE state = 'unknown' AND unknown_kind IN ('reported', 'lease')
    """,
    "CREATE INDEX carrierx_outbox_review ON @carrierx_outbox_message (namespace, id) WHERE state = 'review'",
    """
    CREATE INDEX carrierx_outbox_unpurged ON @carrierx_outbox_message (namespace, updated_at)
    WHERE request IS NOT NULL
        AND state IN ('accepted', 'rejected', 'expired', 'cancelled', 'suppressed', 'delivered', 'failed')
    """,
    """
    CREATE TABLE @carrierx_outbox_attempt (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        message_id bigint NOT NULL,
        token text NOT NULL,
        attempt integer NOT NULL,
        outcome text NOT NULL,
        reason text NOT NULL,
        sid text,
        applied boolean NOT NULL,
        claimed_at double precision,
        recorded_at double precision NOT NULL,
        UNIQUE (token, outcome)
    )
    """,
    "CREATE INDEX carrierx_outbox_attempt_message ON @carrierx_outbox_attempt (message_id)",
    """
    CREATE TABLE @carrierx_outbox_pace (
        namespace text NOT NULL,
        sender text NOT NULL,
        next_at double precision NOT NULL,
        PRIMARY KEY (namespace, sender)
    ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)
    """,
)

# Each entry brings the tables from the version before to its own. Only additions, because older workers end only when
# they notice the new version.
_UPGRADES: Final[dict[int, tuple[str, ...]]] = {}

# Two processes that create the tables at the same time wait for each other. It ends with the transaction.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('carrierx_outbox', 0))"


def checked_schema(schema: object) -> str:
    """Check the name of a schema.

    Raises:
        ConfigurationError: It is no plain name.
    """
    if schema is None:
        return DEFAULT_SCHEMA
    if not isinstance(schema, str) or not _NAME.fullmatch(schema):
        raise ConfigurationError("schema must be a name of letters, digits and underscores, of at most 63 characters.")
    return schema


def _version(connection: psycopg.Connection[tuple[Any, ...]], prefix: str) -> int | None:
    found = connection.execute("SELECT to_regclass(%s)", (f"{prefix}carrierx_outbox_meta",)).fetchone()
    if found is None or found[0] is None:
        return None
    row = connection.execute(_in(prefix, "SELECT schema_version FROM @carrierx_outbox_meta")).fetchone()
    return None if row is None else int(row[0])


def _in(prefix: str, statement: str) -> bytes:
    return statement.replace("@", prefix).encode()


def missing_tables(database: str) -> OutboxSchemaError:
    """Return the error that there are no tables."""
    return OutboxSchemaError(f"{database} has no outbox tables. Call Outbox(...).create_schema() once.")


def check_schema(connection: psycopg.Connection[tuple[Any, ...]], prefix: str, database: str) -> None:
    """Check that the tables are there, and of this version.

    Args:
        connection: A connection.
        prefix: The schema, quoted, and a dot.
        database: The database, for errors.

    Raises:
        OutboxSchemaError: They are not.
    """
    version = _version(connection, prefix)
    if version is None:
        raise missing_tables(database)
    if version > SCHEMA_VERSION:
        raise OutboxSchemaError(
            f"The outbox tables in {database} have version {version}, and this version of carrierx knows "
            f"{SCHEMA_VERSION}. Install the version that upgraded them."
        )
    if version < SCHEMA_VERSION:
        raise OutboxSchemaError(
            f"The outbox tables in {database} have version {version}, and this version of carrierx needs "
            f"{SCHEMA_VERSION}. Call Outbox(...).upgrade() once."
        )


def create_schema(connection: psycopg.Connection[tuple[Any, ...]], schema: str, prefix: str) -> bool:
    """Create the tables unless they are there, and their schema. Return whether they were created.

    Args:
        connection: A connection in a transaction.
        schema: The name of the schema.
        prefix: The schema, quoted, and a dot.
    """
    connection.execute(_LOCK)
    if _version(connection, prefix) is not None:
        return False
    found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone()
    if found is None:
        connection.execute(f"CREATE SCHEMA {prefix.removesuffix('.')}".encode())
    for statement in _TABLES:
        connection.execute(_in(prefix, statement))
    connection.execute(_in(prefix, sql.NEW_META), (SCHEMA_VERSION, secrets.token_hex(16)))
    return True


def upgrade_schema(connection: psycopg.Connection[tuple[Any, ...]], prefix: str, database: str) -> tuple[int, int]:
    """Bring the tables up to date. Return the version before and now.

    Args:
        connection: A connection in a transaction.
        prefix: The schema, quoted, and a dot.
        database: The database, for errors.

    Raises:
        OutboxSchemaError: There are no tables, or they are newer.
    """
    connection.execute(_LOCK)
    before = _version(connection, prefix)
    if before is None or before > SCHEMA_VERSION:
        check_schema(connection, prefix, database)
    version = before or 0
    while version < SCHEMA_VERSION:
        version += 1
        for statement in _UPGRADES.get(version, ()):
            connection.execute(_in(prefix, statement))
        connection.execute(_in(prefix, "UPDATE @carrierx_outbox_meta SET schema_version = %s"), (version,))
    return before or 0, version

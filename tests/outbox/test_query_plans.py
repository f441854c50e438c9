"""Statements that run again and again read through an index, never through all rows."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from carrierx.outbox import Outbox
from carrierx.outbox import sqlite_statements as sql

VALUES = {"namespace": "default", "now": 1.0, "slot": 1.0}
STATEMENTS: dict[str, tuple[str, Any, str]] = {
    "claim": (sql.FIRST, VALUES, "carrierx_outbox_due"),
    "claim with a rate for each sender": (sql.BEST, VALUES, "carrierx_outbox_queued"),
    "next sender": (sql.NEXT_SENDER, VALUES, "carrierx_outbox_queued"),
    "leases": (sql.LEASES, ("default", 1.0, 10), "carrierx_outbox_sending"),
    "lookups": (sql.LOOKUPS, ("default", 1.0, 10), "carrierx_outbox_unknown"),
    "unknown": (sql.UNKNOWN_COUNT, ("default", 51), "carrierx_outbox_counted"),
    "youngest unknown": (sql.YOUNGEST_UNKNOWN, ("default",), "carrierx_outbox_counted"),
    "any on its way": (sql.ANY_ON_ITS_WAY, VALUES, "carrierx_outbox_sending"),
    "accepted lately": (sql.ACCEPTED_SINCE, ("default", 1.0), "carrierx_outbox_unpurged"),
    "review": (sql.OPEN_COUNTS, VALUES, "carrierx_outbox_review"),
    "purge": (sql.PURGEABLE, ("default", 1.0, 10), "carrierx_outbox_unpurged"),
    "existing": (sql.EXISTING, ("default", "a"), "sqlite_autoindex_carrierx_outbox_message_2"),
}


@pytest.fixture
def connection(outbox: Outbox) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(outbox.path)) as made:
        yield made


@pytest.mark.parametrize("name", STATEMENTS)
def test_it_uses_an_index(connection: sqlite3.Connection, name: str) -> None:
    statement, values, index = STATEMENTS[name]
    plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]

    assert any(f"INDEX {index} " in step for step in plan), plan
    assert not [step for step in plan if step.startswith(("SCAN carrierx_outbox", "SCAN message"))]

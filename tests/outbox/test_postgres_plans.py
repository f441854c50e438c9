"""Statements that run again and again read through the partial indexes, and a claim reads as much of a long queue."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from carrierx.outbox import OutboxSettings
from carrierx.outbox import postgres_statements as sql
from carrierx.outbox.ports import ClaimRequest, Pace
from carrierx.outbox.postgres_connections import Connection, client_cursor
from carrierx.outbox.postgres_store import PostgresStore
from tests.outbox.postgres_server import fill, new_schema, shared_database

SENDERS = 100
FEW, MANY = 10 * SENDERS, 200 * SENDERS


class Measured(PostgresStore):
    """A store that tells how its statements are run."""

    def plan(self, statement: str, values: dict[str, Any]) -> dict[str, Any]:
        """Run a statement and take it back. Return its plan, with what it read."""

        def explain(connection: Connection) -> dict[str, Any]:
            with client_cursor(connection) as cursor:
                text = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {self._text(statement)}"
                cursor.execute(text.encode(), self._values(values))
                [(found,)] = cursor.fetchall()
            connection.rollback()
            plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
            return plan

        return self.transaction(explain)

    def kept_plan(self, pace: Pace) -> dict[str, Any]:
        """Return the plan that a session keeps of its claims."""

        def explain(connection: Connection, _: bool) -> dict[str, Any]:
            statement = sql.CLAIM if pace.sender_rate is None else sql.CLAIM_FOR_SENDERS
            call = self._prepared.call(connection, self._text(statement))
            with connection.transaction(), client_cursor(connection) as cursor:
                connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
                values = self._values(self.claim_values(pace))
                cursor.execute(f"EXPLAIN (FORMAT JSON) {call}".encode(), values)
                [(found,)] = cursor.fetchall()
            plan: dict[str, Any] = found[0]["Plan"]
            return plan

        return self._connections.run(explain)

    def claim_values(self, pace: Pace) -> dict[str, Any]:
        return self._claim_values(pace, "token")


def made(rows: int) -> Measured:
    store = Measured(shared_database(), "default", OutboxSettings(), schema=new_schema())
    store.create_schema()
    store.pause("so that there are the rows of the namespace")
    store.resume()
    store.claim(ClaimRequest(["token"], Pace()))  # what only a first claim writes
    fill(shared_database(), store.schema, rows, SENDERS)
    return store


@pytest.fixture(scope="module")
def few() -> Iterator[Measured]:
    with closing(made(FEW)) as store:
        yield store


@pytest.fixture(scope="module")
def many() -> Iterator[Measured]:
    with closing(made(MANY)) as store:
        yield store


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


STATEMENTS: dict[str, tuple[str, dict[str, Any] | Pace, str]] = {
    "claim": (sql.CLAIM, Pace(), "carrierx_outbox_due"),
    "claim with a rate": (sql.CLAIM, Pace(10), "carrierx_outbox_due"),
    "claim with a rate for each sender": (sql.CLAIM_FOR_SENDERS, Pace(10, 1), "carrierx_outbox_due"),
    "unknown messages of a claim": (sql.CLAIM, Pace(), "carrierx_outbox_counted"),
    "result": (
        sql.RESULT,
        {
            "id": 1,
            "reference": "reference 1",
            "token": "token",
            "state": "accepted",
            "reason": "",
            "token_after": "token",
        }
        | {"delay": None, "unknown_kind": None, "look_in": 1.0, "sid": "sid", "attempt": 1, "outcome": "accepted"}
        | {"claimed_at": 1.0, "accepted_in": 1.0},
        "carrierx_outbox_message_",
    ),
    "leases": (sql.EXPIRE_LEASES, {"at": 1.0, "limit": 10}, "carrierx_outbox_sending"),
    "lookups": (sql.LOOKUPS, {"at": 1.0, "next_at": 2.0, "limit": 10}, "carrierx_outbox_unknown"),
    "next lookup": (sql.NEXT_LOOKUP, {}, "carrierx_outbox_unknown"),
    "youngest unknown": (sql.YOUNGEST_UNKNOWN, {}, "carrierx_outbox_counted"),
    "any sending": (sql.ANY_SENDING, {}, "carrierx_outbox_sending"),
    "accepted lately": (sql.ACCEPTED_SINCE, {"since": 1.0}, "carrierx_outbox_unpurged"),
    "review": (sql.OPEN_COUNTS, {}, "carrierx_outbox_review"),
    "purge": (sql.PURGE, {"before": 1.0, "limit": 10}, "carrierx_outbox_unpurged"),
    "any on its way": (sql.ANY_ON_ITS_WAY, {"at": 1.0}, "carrierx_outbox_sending"),
}


@pytest.mark.parametrize("analyzed", [False, True], ids=["new", "analyzed"])
@pytest.mark.parametrize("name", STATEMENTS)
def test_it_uses_an_index(many: Measured, name: str, analyzed: bool) -> None:
    if analyzed:
        with psycopg.connect(shared_database(), autocommit=True) as connection:
            connection.execute(f"VACUUM ANALYZE {many.schema}.carrierx_outbox_message".encode())
    statement, values, index = STATEMENTS[name]
    found = many.claim_values(values) if isinstance(values, Pace) else values
    steps = list(nodes(many.plan(statement, found)))

    used = [step["Index Name"] for step in steps if "Index Name" in step]
    assert any(name.startswith(index) for name in used), used
    assert not [step for step in steps if step["Node Type"] == "Seq Scan" and "message" in step["Relation Name"]]


@pytest.mark.parametrize("pace", [Pace(), Pace(1e6, 1e6)], ids=str)
def test_a_plan_that_was_kept_since_there_were_no_messages_uses_indexes(pace: Pace) -> None:
    with closing(Measured(shared_database(), "default", OutboxSettings(), schema=new_schema())) as store:
        store.create_schema()
        with psycopg.connect(shared_database(), autocommit=True) as connection:
            connection.execute(f"VACUUM ANALYZE {store.schema}.carrierx_outbox_message".encode())
        store.claim(ClaimRequest(["token"], pace))
        fill(shared_database(), store.schema, FEW, SENDERS)

        steps = list(nodes(store.kept_plan(pace)))

    assert [step for step in steps if step.get("Index Name") == "carrierx_outbox_due"]
    assert not [step for step in steps if step["Node Type"] == "Seq Scan" and "message" in step["Relation Name"]]


def read(store: Measured, pace: Pace) -> int:
    """Return how many pages a claim reads, which a busy machine doesn't change."""
    statement = sql.CLAIM if pace.sender_rate is None else sql.CLAIM_FOR_SENDERS
    store.plan(statement, store.claim_values(pace))  # what is read first tidies up
    plan = store.plan(statement, store.claim_values(pace))
    assert [step for step in nodes(plan) if step.get("Operation") == "Update" and step["Actual Rows"] == 1]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@pytest.mark.parametrize("pace", [Pace(), Pace(1e6), Pace(1e6, 1e6)], ids=str)
def test_a_claim_reads_as_much_with_many_messages(few: Measured, many: Measured, pace: Pace) -> None:
    assert read(many, pace) <= 1.5 * read(few, pace)


def test_a_claim_that_looks_past_nearly_all_messages(few: Measured, many: Measured) -> None:
    """Of all senders but one, which have no slot. It reads the first message of each sender, and no other."""
    pages = list[int]()
    for store in (few, many):
        with psycopg.connect(shared_database()) as connection:
            connection.execute(
                f"INSERT INTO {store.schema}.carrierx_outbox_pace SELECT 'default', sender, 4e9 FROM "
                f"{store.schema}.carrierx_outbox_message WHERE sender <> 'sender 7' GROUP BY sender".encode()
            )
        try:
            pages.append(read(store, Pace(1e6, 1e6)))
        finally:
            with psycopg.connect(shared_database()) as connection:
                connection.execute(f"DELETE FROM {store.schema}.carrierx_outbox_pace WHERE sender <> '*'".encode())

    assert pages[1] <= 2 * pages[0]  # 20 times as many messages: the index has one level more

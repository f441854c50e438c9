"""The outbox on PostgreSQL: several workers, the database away, another database, and what nobody may read."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import psycopg
import pytest
from pydantic import SecretStr

from carrierx import CarrierXClient, SendMessageRequest
from carrierx.emulator import DEMO_TOKEN, Emulator
from carrierx.errors import ConfigurationError
from carrierx.outbox import (
    KeyConflictError,
    LostCommitsError,
    Outbox,
    OutboxEvent,
    OutboxMessage,
    OutboxSchemaError,
    OutboxSettings,
    OutboxUnavailableError,
    RunReport,
    postgres_statements,
)
from carrierx.outbox.messages import new_token
from carrierx.outbox.ports import ClaimRequest, ClaimStop, Pace, Unknown
from carrierx.outbox.postgres_store import PostgresStore
from tests.outbox.conftest import FAST
from tests.outbox.postgres_server import PostgresServer, database, needs_own_server, new_schema, pooler, shared_database


@pytest.fixture
def postgres(events: list[OutboxEvent]) -> Iterator[Outbox]:
    with Outbox(shared_database(), schema=new_schema(), settings=FAST, on_event=events.append) as made:
        made.create_schema()
        yield made


@pytest.fixture
def store() -> Iterator[PostgresStore]:
    with closing(PostgresStore(shared_database(), "default", OutboxSettings(), schema=new_schema())) as made:
        made.create_schema()
        yield made


def store_of(outbox: Outbox) -> PostgresStore:
    store = outbox._store  # pyright: ignore[reportPrivateUsage]
    assert isinstance(store, PostgresStore)
    return store


def fill(outbox: Outbox, message: Callable[..., SendMessageRequest], count: int) -> None:
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {number}") for number in range(count)])


def test_a_worker_sends_each_message_once(
    postgres: Outbox, client: CarrierXClient, emulator: Emulator, message: Callable[..., SendMessageRequest]
) -> None:
    fill(postgres, message, 30)

    report = postgres.drain(client)

    assert report.accepted == 30
    assert len(emulator.messages) == 30
    assert postgres.stats().counts == {"accepted": 30}


def fill_directly(store: PostgresStore, senders: int = 5) -> None:
    """Write 200 queued messages of some senders and 3 priorities."""
    statement = (
        f"INSERT INTO {store.schema}.carrierx_outbox_message (namespace, key, reference, state, sender, rank, due_at, "
        "request, created_at, updated_at) SELECT 'default', 'key ' || n, 'ref ' || n, 'queued', "
        f"'sender ' || n % {senders}, n % 3, 1, '{{}}', 1, 1 FROM generate_series(1, 200) AS n"
    )
    with psycopg.connect(shared_database()) as connection:
        connection.execute(statement.encode())


def claim_from_six_workers(store: PostgresStore, pace: Pace) -> tuple[list[str], list[str]]:
    """Claim everything. Return the keys, and the errors. Each worker has connections of its own."""
    got, failed = list[str](), list[str]()

    def work() -> None:
        with closing(PostgresStore(shared_database(), "default", OutboxSettings(), schema=store.schema)) as own:
            empty = 0
            while empty < 20 and not failed:
                try:
                    result = own.claim(ClaimRequest([new_token()], pace))
                except OutboxUnavailableError as error:
                    failed.append(str(error))
                    return
                got.extend(claimed.key for claimed in result.messages)
                empty = 0 if result.messages else empty + 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got, failed


@pytest.mark.parametrize("pace", [Pace(), Pace(1e6), Pace(None, 1e6), Pace(1e6, 1e6)], ids=str)
def test_no_two_workers_get_the_same_message(store: PostgresStore, pace: Pace) -> None:
    fill_directly(store)

    got, failed = claim_from_six_workers(store, pace)

    assert failed == []
    assert len(got) == 200
    assert max(Counter(got).values()) == 1


def test_one_message_at_a_time_is_released(
    store: PostgresStore, postgres: Outbox, message: Callable[..., SendMessageRequest]
) -> None:
    """Also if two workers look two of them up at the same time."""
    postgres.recover(force=True)
    fill(postgres, message, 2)
    own = store_of(postgres)
    rows = own.take_lookups(2).rows
    changed = list[bool]()

    def release(row: Unknown) -> None:
        changed.append(own.release(row).changed)

    threads = [threading.Thread(target=release, args=(row,)) for row in rows]
    own.hold(0)
    with psycopg.connect(shared_database()) as blocking:
        blocking.execute(f"SELECT 1 FROM {own.schema}.carrierx_outbox_namespace FOR UPDATE".encode())
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        assert not changed  # both are as far as the check
    for thread in threads:
        thread.join()

    assert sorted(changed) == [False, True]


def test_slots_that_a_slower_worker_takes_do_not_stop_a_faster_one(store: PostgresStore) -> None:
    """As while workers are started again with another rate, one after the other."""
    now = [1_800_000_000.0]
    slow, fast = Pace(None, 0.001), Pace(None, 10.0)
    fill_directly(store, senders=1)

    def opened() -> PostgresStore:
        return PostgresStore(shared_database(), "default", OutboxSettings(), schema=store.schema, now=lambda: now[0])

    with closing(opened()) as old, closing(opened()) as new:
        assert new.claim(ClaimRequest([new_token()], fast)).messages
        now[0] += 1
        assert old.claim(ClaimRequest([new_token()], slow)).messages
        now[0] += 1
        assert new.claim(ClaimRequest([new_token()], fast)).stop is ClaimStop.NO_SLOT
        now[0] += 10
        new.claim(ClaimRequest([new_token()], fast))
        now[0] += 1
        assert new.claim(ClaimRequest([new_token()], fast)).messages


def test_locks_in_random_order_would_wait_for_each_other(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the order of the locks is what keeps claims from it, and `claim_from_six_workers` shows it."""
    random_order = """
        INSERT INTO @carrierx_outbox_pace SELECT %(namespace)s, found.sender, 0 FROM (
            SELECT sender FROM @carrierx_outbox_message GROUP BY sender UNION ALL SELECT '*'
        ) AS found (sender) ORDER BY random()
        ON CONFLICT (namespace, sender) DO UPDATE SET next_at = excluded.next_at WHERE FALSE
    """
    monkeypatch.setattr(postgres_statements, "LOCK_ACCOUNT", random_order)
    failed = list[str]()
    for _ in range(10):
        fill_directly(store)
        _, failed = claim_from_six_workers(store, Pace(1e6, 1e6))
        if failed:
            break
        execute_alone(f"DELETE FROM {store.schema}.carrierx_outbox_message")

    assert failed
    assert "deadlock detected" in failed[0]


# What a session of ours relies on


def test_each_transaction_is_durable_and_reads_what_is_committed(postgres: Outbox) -> None:
    """Whatever the defaults of the database are."""
    options = (
        "-c synchronous_commit=off -c default_transaction_isolation=serializable -c default_transaction_read_only=on"
    )
    url = f"{shared_database()}?{urlencode({'options': options}, quote_via=quote)}"
    with closing(PostgresStore(url, "default", FAST, schema=new_schema())) as store:
        store.create_schema()
        found = store.transaction(
            lambda connection: connection.execute(
                "SELECT current_setting('synchronous_commit'), current_setting('transaction_isolation')"
            ).fetchone()
        )
        assert found == ("on", "read committed")
        assert store.claim(ClaimRequest([new_token()], Pace(10))).stop is ClaimStop.EMPTY


@pytest.mark.parametrize("place", ["place", "timeline"])
def test_another_database_stops_claiming_until_recover(
    postgres: Outbox, client: CarrierXClient, message: Callable[..., SendMessageRequest], place: str
) -> None:
    fill(postgres, message, 3)
    execute(postgres, f"UPDATE @carrierx_outbox_meta SET {place} = 'another'")

    assert postgres.drain(client).stopped_because == "lost_commits"
    assert postgres.stats().lost_commits
    with pytest.raises(LostCommitsError):
        postgres.cancel("key 0")
    assert postgres.recover() == 3
    assert postgres.stats().counts == {"unknown": 3}
    assert not postgres.stats().lost_commits


def execute(outbox: Outbox, statement: str) -> None:
    store = store_of(outbox)
    store.transaction(lambda connection: connection.execute(statement.replace("@", f"{store.schema}.").encode()))


def test_an_ordinary_role_can_do_everything(client: CarrierXClient, message: Callable[..., SendMessageRequest]) -> None:
    role, schema = new_schema(), new_schema()
    with psycopg.connect(shared_database(), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'".encode())
        connection.execute(f"CREATE SCHEMA {schema} AUTHORIZATION {role}".encode())
    try:
        parts = urlsplit(shared_database())
        url = f"postgresql://{role}:secret@{parts.hostname}:{parts.port}{parts.path}"
        with Outbox(url, schema=schema, settings=FAST) as outbox:
            assert outbox.create_schema()
            fill(outbox, message, 2)
            assert outbox.drain(client).accepted == 2
            assert outbox.recover(force=True) == 0
        with psycopg.connect(shared_database(), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {role}_worker LOGIN".encode())
            connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}_worker".encode())
            rights = "SELECT, INSERT, UPDATE, DELETE"
            connection.execute(f"GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {role}_worker".encode())
        url = url.replace(f"{role}:secret", f"{role}_worker")
        with Outbox(url, schema=schema, settings=replace(FAST, recovery_window=0)) as outbox:
            outbox.add(None, message(), key="another")
            assert outbox.drain(client).accepted == 1
            assert outbox.recover(force=True) == 0
            with pytest.raises(OutboxUnavailableError, match="must be owner") as caught:
                execute(outbox, "DROP TABLE @carrierx_outbox_meta")
            assert not caught.value.temporary
    finally:
        with psycopg.connect(shared_database(), autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {role}_worker CASCADE".encode())
            connection.execute(f"DROP ROLE {role}_worker".encode())
            connection.execute(f"DROP OWNED BY {role} CASCADE".encode())
            connection.execute(f"DROP ROLE {role}".encode())


def test_what_an_application_that_only_adds_must_be_allowed(message: Callable[..., SendMessageRequest]) -> None:
    """As the page says: little for `add`, and more for `add_many` and other isolation levels."""
    role, schema = new_schema(), new_schema()
    parts = urlsplit(shared_database())
    url = f"postgresql://{role}@{parts.hostname}:{parts.port}{parts.path}"
    with (
        psycopg.connect(shared_database(), autocommit=True) as connection,
        Outbox(shared_database(), schema=schema, settings=FAST) as own,
        Outbox(url, schema=schema, settings=FAST, pool_size=1) as outbox,
    ):
        own.create_schema()
        own.add(None, message(), key="b")

        def allow(rights: str) -> None:
            connection.execute(f"GRANT {rights} TO {role}".encode())

        def add(*keys: str, level: psycopg.IsolationLevel, text: str = "Your order is on its way") -> None:
            with psycopg.connect(url) as application:
                application.isolation_level = level
                with application.transaction():
                    outbox.add_many(application, [OutboxMessage(message(text), key=key) for key in keys])

        usual, strict = psycopg.IsolationLevel.READ_COMMITTED, psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute(f"CREATE ROLE {role} LOGIN".encode())
        try:
            allow(f"USAGE ON SCHEMA {schema}")
            allow(f"SELECT ON {schema}.carrierx_outbox_meta")
            allow(f"SELECT, INSERT ON {schema}.carrierx_outbox_message")
            outbox.add(None, message(), key="alone")
            add("a", level=usual)
            add("a", level=usual)
            with pytest.raises(KeyConflictError):
                add("b", level=usual, text="another")
            with pytest.raises(OutboxUnavailableError, match="InsufficientPrivilege"):
                add("aa", "b", level=usual, text="another")
            allow(f"DELETE ON {schema}.carrierx_outbox_message")
            with pytest.raises(KeyConflictError):
                add("aa", "b", level=usual, text="another")
            with pytest.raises(OutboxUnavailableError, match="InsufficientPrivilege"):
                add("c", level=strict)
            allow(f"UPDATE ON {schema}.carrierx_outbox_meta")
            add("c", level=strict)
            assert sorted(each.key for each in own.list()) == ["a", "alone", "b", "c"]
        finally:
            outbox.close()
            connection.execute(f"DROP OWNED BY {role} CASCADE".encode())
            connection.execute(f"DROP ROLE {role}".encode())


def test_what_another_transaction_holds_is_not_waited_for(
    store: PostgresStore, postgres: Outbox, message: Callable[..., SendMessageRequest]
) -> None:
    fill(postgres, message, 2)
    own = store_of(postgres)
    with psycopg.connect(shared_database()) as connection:
        connection.execute(
            f"SELECT 1 FROM {own.schema}.carrierx_outbox_message WHERE key = 'key 0' FOR UPDATE".encode()
        )
        assert [each.key for each in own.claim(ClaimRequest([new_token()], Pace())).messages] == ["key 1"]


def test_a_lock_is_waited_for_so_long_and_no_longer(
    postgres: Outbox, message: Callable[..., SendMessageRequest]
) -> None:
    fill(postgres, message, 1)
    own = store_of(postgres)
    own.claim(ClaimRequest([new_token()], Pace(1e6)))
    with psycopg.connect(shared_database()) as connection:
        connection.execute(f"SELECT 1 FROM {own.schema}.carrierx_outbox_pace FOR UPDATE".encode())
        begun = time.monotonic()
        with pytest.raises(OutboxUnavailableError, match="lock timeout") as caught:
            own.claim(ClaimRequest([new_token()], Pace(1e6)))
    assert caught.value.temporary
    assert time.monotonic() - begun < FAST.claim_timeout + 15


def test_both_kinds_of_tables_can_be_missing_or_new(events: list[OutboxEvent]) -> None:
    schema = new_schema()
    with Outbox(shared_database(), schema=schema) as outbox:
        with pytest.raises(OutboxSchemaError, match="no outbox tables"):
            outbox.stats()
        assert outbox.create_schema()
        assert not outbox.create_schema()
        assert outbox.upgrade() == (1, 1)
        execute(outbox, "UPDATE @carrierx_outbox_meta SET schema_version = 99")
        outbox.close()
        with pytest.raises(OutboxSchemaError, match="version 99"):
            outbox.stats()
        with pytest.raises(OutboxSchemaError, match="version 99"):
            outbox.upgrade()
        execute_alone(f"UPDATE {schema}.carrierx_outbox_meta SET schema_version = 0")
        with pytest.raises(OutboxSchemaError, match="upgrade"):
            outbox.stats()
        assert outbox.upgrade() == (0, 1)
        execute_alone(f"DROP SCHEMA {schema} CASCADE")
        with pytest.raises(OutboxSchemaError, match="no outbox tables"):
            outbox.stats()


def execute_alone(statement: str) -> None:
    with psycopg.connect(shared_database(), autocommit=True) as connection:
        connection.execute(statement.encode())


def test_processes_that_create_the_tables_at_the_same_time(events: list[OutboxEvent]) -> None:
    schema = new_schema()
    created = list[bool]()

    def create() -> None:
        with Outbox(shared_database(), schema=schema) as outbox:
            created.append(outbox.create_schema())

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(created) == [False, False, False, True]


def test_a_small_pool_serves_many_threads(
    client: CarrierXClient, postgres: Outbox, message: Callable[..., SendMessageRequest]
) -> None:
    fill(postgres, message, 40)
    own = store_of(postgres)
    with Outbox(shared_database(), schema=own.schema, settings=FAST, pool_size=1) as outbox:
        assert outbox.drain(client, concurrency=8).accepted == 40


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_uses_connections_of_its_own(postgres: Outbox, message: Callable[..., SendMessageRequest]) -> None:
    fill(postgres, message, 2)
    child = os.fork()
    if not child:
        try:
            postgres.cancel("key 0")
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    postgres.cancel("key 1")  # the parent's connection still works
    assert postgres.stats().counts == {"cancelled": 2}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_of_multiprocessing_leaves_the_tests_server_running(postgres: Outbox) -> None:
    child = multiprocessing.get_context("fork").Process(target=int)
    child.start()
    child.join()

    assert child.exitcode == 0
    assert postgres.stats().depth == 0


def test_a_fork_while_another_thread_prepares_a_statement(postgres: Outbox) -> None:
    prepared = store_of(postgres)._prepared  # pyright: ignore[reportPrivateUsage]
    with prepared._lock:  # pyright: ignore[reportPrivateUsage]
        child = os.fork()
        if not child:
            try:
                signal.alarm(20)
                store_of(postgres).claim(ClaimRequest([new_token()], Pace()))
                os._exit(0)
            finally:
                os._exit(1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0


def test_a_session_that_has_forgotten_a_prepared_statement(
    postgres: Outbox, message: Callable[..., SendMessageRequest]
) -> None:
    fill(postgres, message, 3)
    store = store_of(postgres)
    claimed = [store.claim(ClaimRequest([new_token()], Pace(10.0))).messages[0]]
    store._connections.run(lambda connection, _: connection.execute("DEALLOCATE ALL"))  # pyright: ignore[reportPrivateUsage]

    claimed += [store.claim(ClaimRequest([new_token()], Pace())).messages[0] for _ in range(2)]

    assert len({each.key for each in claimed}) == 3
    assert postgres.stats().sending == 3
    assert not store._prepared.kept  # pyright: ignore[reportPrivateUsage] - the sessions of a pooler are like that


@pytest.mark.parametrize("rates", [{}, {"rate": 1e5}, {"sender_rate": 1e5}], ids=str)
def test_it_works_through_a_pooler_in_transaction_mode(
    postgres: Outbox, client: CarrierXClient, message: Callable[..., SendMessageRequest], rates: dict[str, float]
) -> None:
    own = store_of(postgres)
    with pooler(shared_database()) as url, Outbox(url, schema=own.schema, settings=FAST, pool_size=8) as outbox:
        others = [Outbox(url, schema=own.schema, settings=FAST, pool_size=8) for _ in range(2)]
        fill(outbox, message, 60)
        reports = list[RunReport]()

        def drain(each: Outbox) -> None:
            reports.append(each.drain(client, concurrency=8, **rates))

        threads = [threading.Thread(target=drain, args=(each,)) for each in (outbox, *others)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(report.accepted for report in reports) == 60
        with psycopg.connect(url, prepare_threshold=None) as connection:
            connection.execute("SELECT 1")
            outbox.add(connection, message(), key="added")
        outbox.cancel("added")
        assert outbox.stats().counts == {"accepted": 60, "cancelled": 1}
        for each in others:
            each.close()


# What can't work


@pytest.mark.parametrize(
    ("url", "given", "said"),
    [
        ("postgresql://host/texts?sslmode", {}, "must be postgresql://"),
        ("postgresql://user:s3cret%zz@host/texts", {}, "must be postgresql://"),
        ("postgresql://user:with/s3cret@host/texts", {}, "%40 for @, %2F for /"),
        ("postgresql://user:with@s3cret@host/texts", {}, "must be postgresql://"),
        ("postgresql://user:1/s3cret@host/texts", {}, "must be postgresql://"),
        ("postgresql://user:with@s/3@s3cret@host/texts", {}, "must be postgresql://"),
        ("postgresql://user:s3cret", {}, "must be postgresql://"),
        ("postgres:texts", {}, "must be postgresql://"),
        ("postgresql://host/texts", {"schema": "a;b"}, "schema must be a name"),
        ("postgresql://host/texts", {"pool_size": 0}, "pool_size"),
        ("sqlite:///texts.db", {"schema": "texts"}, "PostgreSQL only"),
    ],
)
def test_what_can_not_work(url: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        Outbox(url, **given)
    assert "s3cret" not in "".join(shown_of(caught.value))


@pytest.mark.parametrize("url", [None, SecretStr("postgresql://user:s3cret@host/texts"), 5432])
def test_a_url_that_is_no_string(url: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"url must be a string, not {type(url).__name__}") as caught:
        Outbox(url)
    assert "s3cret" not in "".join(shown_of(caught.value))


def shown_of(error: BaseException) -> Iterator[str]:
    """Everything that a log or an error tracker may show of an exception."""
    seen: BaseException | None = error
    while seen is not None:
        yield repr(seen) + str(seen)
        for frame, _ in traceback.walk_tb(seen.__traceback__):
            if "tests" not in frame.f_code.co_filename:
                yield from (repr(value) for value in frame.f_locals.values())
        seen = seen.__cause__ or seen.__context__


def test_a_password_appears_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    outbox = Outbox(f"postgresql+psycopg://user:s3cret@127.0.0.1:{port}/texts", settings=FAST)
    assert repr(outbox) == f"Outbox('postgresql://127.0.0.1:{port}/texts', namespace='default')"
    with pytest.raises(OutboxUnavailableError, match=r"can't be reached: .*refused") as caught:
        outbox.stats()
    assert caught.value.temporary
    assert "s3cret" not in "".join(shown_of(caught.value)) + caplog.text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://user:s3?cret#:[@127.0.0.1:{}/texts", "postgresql://127.0.0.1:{}/texts"),
        ("postgresql://user:s3%2Fcret%40@127.0.0.1:{}/texts?application_name=a@b", "postgresql://127.0.0.1:{}/texts"),
        ("postgresql://127.0.0.1:{}/texts?user=a&password=s3@/cret", "postgresql://127.0.0.1:{}/texts"),
        ("postgresql:///texts?host=127.0.0.1&port={}&password=s3@cret", "postgresql://127.0.0.1:{}/texts"),
        ("postgresql://user:s3cret@127.0.0.1:{0},127.0.0.1:{0}/texts", "postgresql://127.0.0.1,127.0.0.1/texts"),
    ],
)
def test_what_libpq_reads_as_a_password_may_have_any_character(url: str, shown: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    outbox = Outbox(url.format(port), settings=FAST)
    assert repr(outbox) == f"Outbox('{shown.format(port)}', namespace='default')"
    with pytest.raises(OutboxUnavailableError, match=r"can't be reached: .*refused") as caught:
        outbox.stats()
    assert "s3" not in "".join(shown_of(caught.value))


def test_an_unknown_user_is_not_named() -> None:
    parts = urlsplit(shared_database())
    outbox = Outbox(f"postgresql://ghost:s3cret@{parts.hostname}:{parts.port or 5432}{parts.path}", settings=FAST)
    with pytest.raises(OutboxUnavailableError, match=r'(role|user) "\.\.\."') as caught:
        outbox.stats()
    assert "ghost" not in "".join(shown_of(caught.value))


@pytest.mark.parametrize("text", ["caf\u00e9", "wide \U0001f600"])
@pytest.mark.parametrize("variable", ["latin1", "sql_ascii"])
def test_the_clients_encoding_may_be_any(
    postgres: Outbox,
    message: Callable[..., SendMessageRequest],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    text: str,
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", variable)
    postgres.close()
    postgres.add(None, message(text), key=text)
    stored = postgres.request(text)
    assert stored is not None
    assert stored.message == text
    assert [each.key for each in postgres.list()] == [text]


def test_a_database_whose_encoding_lacks_a_character(message: Callable[..., SendMessageRequest]) -> None:
    with database(shared_database(), "LATIN1") as url, Outbox(url, settings=FAST) as outbox:
        outbox.create_schema()
        outbox.add(None, message("caf\u00e9"), key="a")
        with pytest.raises(OutboxUnavailableError, match="encoding lacks a character, so it must be UTF8") as caught:
            outbox.add(None, message("my text \U0001f600"), key="b")
        assert not caught.value.temporary
        shown = "".join(shown_of(caught.value))
        assert "my text" not in shown
        assert "0xf0" not in shown
        assert [each.key for each in outbox.list()] == ["a"]


def test_a_refused_statement_shows_no_message(postgres: Outbox, message: Callable[..., SendMessageRequest]) -> None:
    execute(postgres, "ALTER TABLE @carrierx_outbox_message ADD CHECK (length(request) < 10)")
    with pytest.raises(OutboxUnavailableError, match="violates check constraint") as caught:
        postgres.add(None, message("my text"), key="a")
    shown = "".join(shown_of(caught.value))
    assert "my text" not in shown
    assert "15162065574" not in shown


def test_without_psycopg_it_says_what_to_install() -> None:
    script = """
        import sys
        sys.modules["psycopg"] = None
        from carrierx.outbox import Outbox
        from carrierx.errors import ConfigurationError
        try:
            Outbox("postgresql://host/texts")
        except ConfigurationError as error:
            print(error)
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.startswith("An outbox in PostgreSQL needs more packages. Install them with: pip install")


# The database away


@needs_own_server()
def test_it_survives_a_database_that_is_away(
    message: Callable[..., SendMessageRequest], client: CarrierXClient
) -> None:
    with PostgresServer() as server, Outbox(server.url, settings=FAST) as outbox:
        outbox.create_schema()
        fill(outbox, message, 5)
        server.stop("immediate")
        with pytest.raises(OutboxUnavailableError) as caught:
            outbox.stats()
        assert caught.value.temporary
        server.start()

        assert outbox.stats().depth == 5  # with the connections that the crash has ended
        ended = list[RunReport]()
        worker = threading.Thread(target=lambda: ended.append(outbox.run(client, until=stop)))
        stop = threading.Event()
        worker.start()
        for mode in ("immediate", "fast"):
            server.stop(mode)
            time.sleep(0.3)
            server.start()
            fill_more(outbox, message, mode)
        stop.set()
        worker.join(30)
        assert ended[0].accepted == 25


def fill_more(outbox: Outbox, message: Callable[..., SendMessageRequest], name: str) -> None:
    outbox.add_many(None, [OutboxMessage(message(), key=f"{name} {number}") for number in range(10)])
    end = time.monotonic() + 20
    while set(outbox.stats().counts) - {"accepted"} and time.monotonic() < end:
        time.sleep(0.05)


@needs_own_server()
def test_a_standby_counts_as_no_database(message: Callable[..., SendMessageRequest]) -> None:
    with PostgresServer() as server, Outbox(server.url, settings=FAST) as outbox:
        outbox.create_schema()
        fill(outbox, message, 1)
        standby = server.standby()
        with Outbox(standby.url, settings=FAST) as there:
            with pytest.raises(OutboxUnavailableError, match="is a standby") as caught:
                there.stats()
            assert caught.value.temporary
            server.stop("immediate")
            standby.promote()
            assert store_of(there).claim(ClaimRequest([new_token()], Pace())).stop is ClaimStop.LOST_COMMITS
            assert there.recover() == 1


@needs_own_server()
def test_a_snapshot_of_the_disk_is_not_noticed_but_can_be_recovered(
    client: CarrierXClient, message: Callable[..., SendMessageRequest]
) -> None:
    with PostgresServer() as server, Outbox(server.url, settings=replace(FAST, recovery_window=0)) as outbox:
        outbox.create_schema()
        fill(outbox, message, 3)
        with server.snapshot() as go_back:
            assert outbox.drain(client).accepted == 3
            go_back()
        assert outbox.stats().depth == 3
        assert not outbox.stats().lost_commits

        assert outbox.recover(force=True) == 3

        end = time.monotonic() + 30
        while outbox.stats().counts != {"accepted": 3}:
            assert time.monotonic() < end
            assert outbox.drain(client).accepted == 0
            time.sleep(0.1)
        assert len(list(client.messages.iterate())) == 3


WORKER = """
import asyncio, sys
from carrierx import AsyncCarrierXClient, CarrierXClient
from carrierx.outbox import Outbox
from tests.outbox.conftest import FAST

def run_threads():
    with Outbox(sys.argv[1], settings=FAST) as outbox, CarrierXClient(sys.argv[3], base_url=sys.argv[2]) as client:
        print(outbox.run(client, concurrency=2).stopped_because)

async def run_tasks():
    async with AsyncCarrierXClient(sys.argv[3], base_url=sys.argv[2]) as client:
        with Outbox(sys.argv[1], settings=FAST) as outbox:
            print((await outbox.run_async(client, concurrency=2)).stopped_because)

run_threads() if sys.argv[4] == "threads" else asyncio.run(run_tasks())
"""


@needs_own_server()
@pytest.mark.parametrize("kind", ["threads", "tasks"])
def test_a_server_that_hangs_does_not_keep_a_process_from_ending(
    base_url: str, message: Callable[..., SendMessageRequest], kind: str
) -> None:
    with PostgresServer() as server, Outbox(server.url, settings=FAST) as outbox:
        outbox.create_schema()
        fill(outbox, message, 20)
        command = [sys.executable, "-W", "error", "-c", WORKER, server.url, base_url, DEMO_TOKEN, kind]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            end = time.monotonic() + 30
            while outbox.stats().depth:
                assert time.monotonic() < end
                time.sleep(0.05)
            with server.suspended():
                process.send_signal(signal.SIGTERM)
                printed, errors = process.communicate(timeout=60)
    assert (printed, errors, process.returncode) == ("SIGTERM\n", "", 0)


def test_a_worker_suspended_in_a_transaction_holds_nobody_up(postgres: Outbox) -> None:
    """The server ends its transaction, and what it wanted fails."""
    suspended = threading.Event()

    def hold(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        connection.execute(f"LOCK TABLE {store_of(postgres).schema}.carrierx_outbox_pace".encode())
        suspended.set()
        time.sleep(5)
        connection.execute("SELECT 1")

    def run() -> None:
        with pytest.raises(OutboxUnavailableError, match=r"terminating|closed") as caught:
            store_of(postgres).transaction(hold)
        ended.append(caught.value.temporary)

    ended = list[bool]()
    thread = threading.Thread(target=run)
    thread.start()
    suspended.wait(10)
    end = time.monotonic() + 20
    while True:
        try:
            store_of(postgres).hold(1.0)
        except OutboxUnavailableError:  # it waits for the lock for as long as a claim may take
            assert time.monotonic() < end
        else:
            break
    assert not ended
    thread.join()
    assert ended == [True]

"""Adding messages to PostgreSQL in transactions of psycopg, asyncpg, SQLAlchemy and Django."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import asyncpg as untyped_asyncpg  # type: ignore[import-untyped] # pyright: ignore[reportMissingTypeStubs]
import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from carrierx import SendMessageRequest
from carrierx.outbox import (
    KeyConflictError,
    Outbox,
    OutboxConnectionError,
    OutboxMessage,
    OutboxUnavailableError,
)
from carrierx.outbox.connections import is_async
from tests.outbox.conftest import FAST
from tests.outbox.postgres_server import database, new_schema, shared_database

asyncpg: Any = untyped_asyncpg

Make = Callable[..., SendMessageRequest]

PATIENT = replace(FAST, claim_timeout=20.0, lease=30.0)
"""Locks are waited for, however busy the machine is."""


@dataclass
class Database:
    """A database with an outbox and a table of the application."""

    url: str
    schema: str
    outbox: Outbox

    @property
    def insert(self) -> str:
        return f"INSERT INTO {self.schema}.orders VALUES (1)"

    def driver_url(self, driver: str) -> str:
        return self.url.replace("postgresql://", f"postgresql+{driver}://")

    def orders(self) -> int:
        with psycopg.connect(self.url) as connection:
            found = connection.execute(f"SELECT count(*) FROM {self.schema}.orders".encode()).fetchone()
        assert found is not None
        return int(found[0])

    def keys(self) -> list[str]:
        return [each.key for each in self.outbox.iterate()]


@pytest.fixture
def there() -> Iterator[Database]:
    schema = new_schema()
    with Outbox(shared_database(), schema=schema, settings=PATIENT) as outbox:
        outbox.create_schema()
        with psycopg.connect(shared_database()) as connection:
            connection.execute(f"CREATE TABLE {schema}.orders (id integer)".encode())
        yield Database(shared_database(), schema, outbox)


Work = Callable[[Any], Awaitable[None]]


# A transaction of each kind of connection. It begins, writes an order, does the work, and commits, or is rolled back by
# an error of the work. Without `begin`, it does the work on a connection that has no transaction.


async def with_psycopg(there: Database, work: Work, begin: bool) -> None:
    with psycopg.connect(there.url) as connection:
        if begin:
            connection.execute(there.insert.encode())
        await work(connection)


async def with_psycopg_rows(there: Database, work: Work, begin: bool) -> None:
    """With rows of another kind, and autocommit outside of blocks."""
    rows: Any = dict_row  # its type isn't that of other connections
    with psycopg.connect(there.url, row_factory=rows, autocommit=True) as connection:
        if not begin:
            await work(connection)
            return
        with connection.transaction():
            connection.execute(there.insert.encode())
            await work(connection)


async def with_psycopg_async(there: Database, work: Work, begin: bool) -> None:
    async with await psycopg.AsyncConnection.connect(there.url) as connection:
        if begin:
            await connection.execute(there.insert.encode())
        await work(connection)


async def with_asyncpg(there: Database, work: Work, begin: bool) -> None:
    connection = await asyncpg.connect(there.url)
    try:
        await _in_asyncpg(connection, there, work, begin)
    finally:
        await connection.close()


async def with_asyncpg_pool(there: Database, work: Work, begin: bool) -> None:
    async with asyncpg.create_pool(there.url, min_size=1, max_size=1) as pool, pool.acquire() as connection:
        await _in_asyncpg(connection, there, work, begin)


async def _in_asyncpg(connection: Any, there: Database, work: Work, begin: bool) -> None:
    if not begin:
        await work(connection)
        return
    async with connection.transaction():
        await connection.execute(there.insert)
        await work(connection)


async def with_sqlalchemy(there: Database, work: Work, begin: bool) -> None:
    with _disposing(create_engine(there.driver_url("psycopg"))) as engine, engine.connect() as connection:
        if begin:
            connection.execute(text(there.insert))
        await work(connection)
        connection.commit()


async def with_session(there: Database, work: Work, begin: bool) -> None:
    with _disposing(create_engine(there.driver_url("psycopg"))) as engine, Session(engine) as session:
        if begin:
            session.execute(text(there.insert))
        await work(session)
        session.commit()


async def with_scoped_session(there: Database, work: Work, begin: bool) -> None:
    with _disposing(create_engine(there.driver_url("psycopg"))) as engine:
        session = scoped_session(sessionmaker(engine))
        try:
            if begin:
                session.execute(text(there.insert))
            await work(session)
            session.commit()
        finally:
            session.remove()


class _disposing:  # noqa: N801
    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def __enter__(self) -> Any:
        return self.engine

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()


@asynccontextmanager
async def _async_engine(there: Database, driver: str) -> AsyncGenerator[Any]:
    engine = create_async_engine(there.driver_url(driver))
    try:
        yield engine
    finally:
        await engine.dispose()


def with_async_connection(driver: str) -> Callable[[Database, Work, bool], Awaitable[None]]:
    async def run(there: Database, work: Work, begin: bool) -> None:
        async with _async_engine(there, driver) as engine, engine.connect() as connection:
            if begin:
                await connection.execute(text(there.insert))
            await work(connection)
            await connection.commit()

    return run


def with_async_session(driver: str) -> Callable[[Database, Work, bool], Awaitable[None]]:
    async def run(there: Database, work: Work, begin: bool) -> None:
        async with _async_engine(there, driver) as engine, AsyncSession(engine) as session:
            if begin:
                await session.execute(text(there.insert))
            await work(session)
            await session.commit()

    return run


async def with_async_scoped_session(there: Database, work: Work, begin: bool) -> None:
    async with _async_engine(there, "asyncpg") as engine:
        session = async_scoped_session(async_sessionmaker(engine), asyncio.current_task)
        try:
            if begin:
                await session.execute(text(there.insert))
            await work(session)
            await session.commit()
        finally:
            await session.remove()


KINDS: dict[str, Callable[[Database, Work, bool], Awaitable[None]]] = {
    "psycopg": with_psycopg,
    "psycopg, autocommit and dict rows": with_psycopg_rows,
    "psycopg async": with_psycopg_async,
    "asyncpg": with_asyncpg,
    "asyncpg pool": with_asyncpg_pool,
    "SQLAlchemy Connection": with_sqlalchemy,
    "SQLAlchemy Session": with_session,
    "SQLAlchemy scoped_session": with_scoped_session,
    "SQLAlchemy AsyncConnection, psycopg": with_async_connection("psycopg"),
    "SQLAlchemy AsyncSession, psycopg": with_async_session("psycopg"),
    "SQLAlchemy AsyncConnection, asyncpg": with_async_connection("asyncpg"),
    "SQLAlchemy AsyncSession, asyncpg": with_async_session("asyncpg"),
    "SQLAlchemy async_scoped_session": with_async_scoped_session,
}
pytestmark = pytest.mark.filterwarnings("ignore:.*iscoroutinefunction.*:DeprecationWarning")

every_kind = pytest.mark.parametrize("kind", KINDS)


async def add_many(outbox: Outbox, connection: Any, messages: list[OutboxMessage]) -> list[bool]:
    if is_async(connection):
        return [each.created for each in await outbox.add_many_async(connection, messages)]
    return [each.created for each in outbox.add_many(connection, messages)]


async def add(outbox: Outbox, connection: Any, message: SendMessageRequest, key: str) -> bool:
    return (await add_many(outbox, connection, [OutboxMessage(message, key=key, data=["100% of ? and %s"])]))[0]


@every_kind
async def test_it_is_committed_with_the_applications_own_changes(there: Database, message: Make, kind: str) -> None:
    created = list[bool]()

    async def work(connection: Any) -> None:
        created.append(await add(there.outbox, connection, message(), "a"))
        created.append(await add(there.outbox, connection, message(), "a"))

    await KINDS[kind](there, work, True)

    assert created == [True, False]
    assert (there.orders(), there.keys()) == (1, ["a"])
    assert there.outbox.request("a") == message()
    found = there.outbox.get("a")
    assert found is not None
    assert found.data == ["100% of ? and %s"]


@every_kind
async def test_it_is_rolled_back_with_them(there: Database, message: Make, kind: str) -> None:
    async def work(connection: Any) -> None:
        await add(there.outbox, connection, message(), "a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await KINDS[kind](there, work, True)

    assert (there.orders(), there.keys()) == (0, [])


@every_kind
async def test_without_an_open_transaction(there: Database, message: Make, kind: str) -> None:
    async def work(connection: Any) -> None:
        with pytest.raises(OutboxConnectionError, match="no open transaction"):
            await add(there.outbox, connection, message(), "a")

    await KINDS[kind](there, work, False)

    assert there.keys() == []


@every_kind
async def test_another_message_with_the_key(there: Database, message: Make, kind: str) -> None:
    """Nothing of the call is added, even if the caller goes on and commits."""
    there.outbox.add(None, message("One"), key="b")

    async def work(connection: Any) -> None:
        with pytest.raises(KeyConflictError, match="Nothing was added") as caught:
            await add_many(there.outbox, connection, [OutboxMessage(message("Two"), key=key) for key in ("a", "b")])
        assert caught.value.fields == ("message",)

    await KINDS[kind](there, work, True)

    assert (there.orders(), there.keys()) == (1, ["b"])


@every_kind
async def test_another_database(there: Database, message: Make, kind: str) -> None:
    """One without an outbox, one with another outbox, and a copy."""
    with database(there.url) as url:
        other = Database(url, there.schema, there.outbox)
        with psycopg.connect(url) as connection:
            connection.execute(f"CREATE SCHEMA {there.schema}".encode())
            connection.execute(f"CREATE TABLE {there.schema}.orders (id integer)".encode())

        async def work(connection: Any) -> None:
            with pytest.raises(OutboxConnectionError, match=r"no outbox tables|another database"):
                await add(there.outbox, connection, message(), "a")

        await KINDS[kind](other, work, True)
        with Outbox(url, schema=there.schema) as outbox:
            outbox.create_schema()
            await KINDS[kind](other, work, True)
            assert outbox.stats().counts == {}
        with psycopg.connect(url) as copy, psycopg.connect(there.url) as original:
            [row] = original.execute(f"SELECT instance_id FROM {there.schema}.carrierx_outbox_meta".encode())
            copy.execute(f"UPDATE {there.schema}.carrierx_outbox_meta SET instance_id = %s".encode(), row)
        await KINDS[kind](other, work, True)
        assert other.orders() == 3  # the transaction goes on

    there.outbox.add(None, message(), key="a")  # it still knows its own


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
async def test_sqlalchemy_with_autocommit(there: Database, message: Make, driver: str) -> None:
    engine = create_async_engine(there.driver_url(driver), isolation_level="AUTOCOMMIT")
    async with engine.begin() as connection:
        with pytest.raises(OutboxConnectionError, match="no open transaction"):
            await there.outbox.add_async(connection, message(), key="a")
    await engine.dispose()


async def test_the_wrong_kind(there: Database, message: Make, outbox: Outbox) -> None:
    async with await psycopg.AsyncConnection.connect(there.url) as connection:
        await connection.execute("SELECT 1")
        with pytest.raises(OutboxConnectionError, match="AsyncConnection is async: call add_async"):
            there.outbox.add(connection, message(), key="a")
        with pytest.raises(
            OutboxConnectionError, match="to a postgresql database, and the outbox is in an SQLite file"
        ):
            await outbox.add_async(connection, message(), key="a")
    with psycopg.connect(there.url) as own:
        own.execute("SELECT 1")
        with pytest.raises(OutboxConnectionError, match="add_async can't use a Connection"):
            await there.outbox.add_async(own, message(), key="a")
        with pytest.raises(OutboxConnectionError, match="and the outbox is in an SQLite file"):
            outbox.add(own, message(), key="a")
    engine = create_engine(f"sqlite:///{outbox.path}")
    with engine.begin() as connection_, pytest.raises(OutboxConnectionError, match="is in a PostgreSQL database"):
        there.outbox.add(connection_, message(), key="a")
    engine.dispose()


async def test_an_error_of_the_database_shows_no_message(there: Database, message: Make) -> None:
    with psycopg.connect(there.url) as connection:
        connection.execute(b"SET TRANSACTION READ ONLY")
        with pytest.raises(OutboxUnavailableError, match="ReadOnlySqlTransaction") as caught:
            there.outbox.add(connection, message("Secret words"), key="a")
    link: BaseException | None = caught.value
    while link is not None:
        assert "Secret words" not in str(link)
        link = link.__context__ or link.__cause__


def test_two_open_transactions_with_one_key(there: Database, message: Make) -> None:
    """The second waits until the first has ended, and then knows what became of it."""
    for commits, created in ((False, True), (True, False)):
        got = list[bool]()

        def second(got: list[bool] = got) -> None:
            with psycopg.connect(there.url) as other:
                other.execute("SELECT 1")
                got.append(there.outbox.add(other, message(), key="a").created)
                other.rollback()

        with psycopg.connect(there.url) as connection:
            connection.execute("SELECT 1")
            assert there.outbox.add(connection, message(), key="a").created
            thread = threading.Thread(target=second)
            thread.start()
            thread.join(0.3)
            assert thread.is_alive()
            if not commits:
                connection.rollback()
        thread.join()

        assert got == [created]


def test_one_key_at_the_same_moment(there: Database, message: Make) -> None:
    """Both have found no message with this key, and write theirs."""
    table = f"{there.schema}.carrierx_outbox_message"
    got = list[bool]()
    failures = list[Exception]()

    def add(own: "psycopg.Connection[Any]") -> None:
        try:
            got.append(there.outbox.add(own, message(), key="a").created)
            own.commit()
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    with psycopg.connect(there.url, autocommit=True) as gate, ExitStack() as opened:
        # An index whose entries wait for the gate. It is written before the other two, which are made anew.
        gate.execute(
            f"""
            CREATE FUNCTION {there.schema}.wait_for_gate(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
                $$ BEGIN PERFORM pg_advisory_xact_lock_shared(hashtextextended('{there.schema}', 0)); RETURN $1; END $$;
            CREATE INDEX ON {table} ({there.schema}.wait_for_gate(key));
            ALTER TABLE {table} DROP CONSTRAINT carrierx_outbox_message_reference_key;
            ALTER TABLE {table} DROP CONSTRAINT carrierx_outbox_message_namespace_key_key;
            ALTER TABLE {table} ADD UNIQUE (reference);
            ALTER TABLE {table} ADD UNIQUE (namespace, key);
            SELECT pg_advisory_lock(hashtextextended('{there.schema}', 0));
            """.encode()
        )
        owns = [opened.enter_context(psycopg.connect(there.url)) for _ in range(2)]
        for own in owns:
            own.execute("SELECT 1")
        threads = [threading.Thread(target=add, args=(own,)) for own in owns]
        for thread in threads:
            thread.start()
        until_waiting(gate, [own.info.backend_pid for own in owns])
        gate.execute(f"SELECT pg_advisory_unlock(hashtextextended('{there.schema}', 0))".encode())
        for thread in threads:
            thread.join()

    assert failures == []
    assert sorted(got) == [False, True]


def until_waiting(connection: "psycopg.Connection[Any]", processes: list[int]) -> None:
    """Wait until other sessions wait for a lock."""
    statement = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s) AND wait_event_type = 'Lock'"
    end = time.monotonic() + 20
    while connection.execute(statement, (processes,)).fetchone() != (len(processes),):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_reference_that_another_key_has(there: Database, message: Make) -> None:
    """Somebody has changed the tables. Nothing waits forever."""
    there.outbox.add(None, message(), key="a")
    with psycopg.connect(there.url, autocommit=True) as connection:
        connection.execute(f"UPDATE {there.schema}.carrierx_outbox_message SET key = 'b'".encode())
    with pytest.raises(OutboxUnavailableError, match="somebody has changed the outbox's tables"):
        there.outbox.add(None, message(), key="a")


def test_opposite_orders_of_keys(there: Database, message: Make) -> None:
    """Two transactions never wait for each other, because both add in the order of the keys."""
    failures = list[Exception]()
    rounds = 20
    together = threading.Barrier(2, timeout=30)

    def run(order: list[str]) -> None:
        try:
            with psycopg.connect(there.url) as own:
                for number in range(rounds):
                    together.wait()
                    own.execute("SELECT 1")
                    messages = [OutboxMessage(message(), key=f"{number} {key}") for key in order]
                    there.outbox.add_many(own, messages)
                    own.commit()
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    several = [f"key {number:02}" for number in range(20)]
    threads = [threading.Thread(target=run, args=(order,)) for order in (several, several[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(there.keys()) == rounds * len(several)


# A recovery makes everything unknown that is queued. What is added later is unknown, too. So a transaction that adds
# and a recovery must not miss each other.


def state_of(outbox: Outbox, key: str) -> str:
    found = outbox.get(key)
    assert found is not None
    return found.state


@every_kind
async def test_what_is_added_after_a_recovery_is_looked_up_first(there: Database, message: Make, kind: str) -> None:
    there.outbox.recover(force=True)

    async def work(connection: Any) -> None:
        await add(there.outbox, connection, message(), "a")

    await KINDS[kind](there, work, True)

    assert state_of(there.outbox, "a") == "unknown"


@contextmanager
def in_background(work: Callable[[], object]) -> Generator[threading.Thread]:
    """Start something that has to wait for what the block does, and wait for its end."""
    failures = list[BaseException]()

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - it is raised below
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        thread.join(0.5)
        assert thread.is_alive() or failures, "it didn't wait"
        yield thread
    finally:
        thread.join(30)
    if failures:
        raise failures[0]


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_a_recovery_waits_for_what_is_being_added(there: Database, message: Make, isolation: str) -> None:
    with psycopg.connect(there.url) as connection:
        connection.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}".encode())
        assert there.outbox.add(connection, message(), key="a").state == "queued"
        with in_background(lambda: there.outbox.recover(force=True)):
            connection.commit()

    assert state_of(there.outbox, "a") == "unknown"


def test_a_recovery_may_take_longer_than_statements_of_its_role(there: Database, message: Make) -> None:
    brief = f"{there.url}?options=-c%20statement_timeout%3D200"
    with psycopg.connect(there.url) as connection, Outbox(brief, schema=there.schema, settings=PATIENT) as outbox:
        connection.execute("SELECT 1")
        outbox.add(connection, message(), key="a")
        with in_background(lambda: outbox.recover(force=True)):
            connection.commit()

    assert state_of(there.outbox, "a") == "unknown"


@pytest.mark.parametrize("of", ["a transaction of the caller", "its own"])
def test_what_is_added_during_a_recovery_waits_for_it(there: Database, message: Make, of: str) -> None:
    there.outbox.add(None, message(), key="a")

    def add_b() -> None:
        if of == "its own":
            there.outbox.add(None, message(), key="b")
            return
        with psycopg.connect(there.url) as connection:
            connection.execute("SELECT 1")
            there.outbox.add(connection, message(), key="b")

    with psycopg.connect(there.url) as blocking:
        blocking.execute(f"SELECT 1 FROM {there.schema}.carrierx_outbox_message FOR UPDATE".encode())
        with in_background(lambda: there.outbox.recover(force=True)), in_background(add_b):
            blocking.rollback()

    assert state_of(there.outbox, "a") == "unknown"
    assert state_of(there.outbox, "b") == "unknown"


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("noted", ["before", "after"])
def test_a_transaction_that_can_not_see_the_recovery(
    there: Database, message: Make, isolation: str, noted: str
) -> None:
    """It must not add with what it knew before. Repeated, as such transactions are, it works."""
    note = f"UPDATE {there.schema}.carrierx_outbox_meta SET longest_claim = longest_claim + 1".encode()
    with psycopg.connect(there.url) as connection, psycopg.connect(there.url) as other:
        connection.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}".encode())
        connection.execute("SELECT 1")
        for step in ("before", "recover", "after"):  # also if something else of the row has changed
            if step == "recover":
                there.outbox.recover(force=True)
            elif step == noted:
                other.execute(note)
                other.commit()
        with pytest.raises(OutboxUnavailableError, match="SerializationFailure"):
            there.outbox.add(connection, message(), key="a")
        connection.rollback()
        connection.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}".encode())
        there.outbox.add(connection, message(), key="a")

    assert state_of(there.outbox, "a") == "unknown"


def test_the_longest_claim_may_be_noted_meanwhile(there: Database, message: Make) -> None:
    """A worker that starts neither waits for an open transaction that adds, nor makes it fail."""
    with psycopg.connect(there.url) as connection:
        connection.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        there.outbox.add(connection, message(), key="a")
        with psycopg.connect(there.url) as other:
            other.execute(b"SET lock_timeout = 1000")
            other.execute(f"UPDATE {there.schema}.carrierx_outbox_meta SET longest_claim = 1000".encode())
        there.outbox.add(connection, message(), key="b")

    assert there.keys() == ["a", "b"]


def test_a_recovery_gives_up_and_says_why(there: Database, message: Make) -> None:
    with psycopg.connect(there.url) as connection:
        connection.execute("SELECT 1")
        there.outbox.add(connection, message(), key="a")
        with (
            Outbox(there.url, schema=there.schema, settings=FAST) as hasty,
            pytest.raises(OutboxUnavailableError, match="A transaction that adds messages is open") as caught,
        ):
            hasty.recover(force=True)
        assert caught.value.temporary
        connection.commit()

    assert state_of(there.outbox, "a") == "queued"
    assert there.outbox.recover(force=True) == 1


def test_a_recovery_and_what_is_queued_again_by_a_person(there: Database, message: Make) -> None:
    there.outbox.add(None, message(), key="a")
    there.outbox.cancel("a")
    with psycopg.connect(there.url) as blocking:
        blocking.execute(f"SELECT 1 FROM {there.schema}.carrierx_outbox_message FOR UPDATE".encode())
        with (
            in_background(lambda: there.outbox.retry("a")),
            in_background(lambda: there.outbox.recover(force=True)),
        ):
            blocking.rollback()

    assert state_of(there.outbox, "a") == "unknown"


def test_a_recovery_has_its_turn_among_many_that_add(there: Database, message: Make) -> None:
    """There is always one that is open."""
    done = threading.Event()
    states = list[str]()

    def add_and_stay_open(number: int) -> None:
        with psycopg.connect(there.url) as connection:
            count = 0
            while not done.is_set():
                connection.execute("SELECT 1")
                states.append(there.outbox.add(connection, message(), key=f"{number} {count}").state)
                done.wait(0.1)
                connection.commit()
                count += 1

    threads = [threading.Thread(target=add_and_stay_open, args=(number,)) for number in range(5)]
    try:
        for number, thread in enumerate(threads, 1):
            thread.start()
            while len(states) < number:
                time.sleep(0.02)
        there.outbox.recover(force=True)
    finally:
        done.set()
        for thread in threads:
            thread.join()

    assert there.outbox.stats().counts == {"unknown": len(states)}


def test_the_clock_of_the_application_may_be_wrong(there: Database, message: Make) -> None:
    """What has no time of its own is due by the database's clock, and stays in order."""

    class Ahead:
        def boot(self) -> float:
            return 0.0

        def wall(self) -> float:
            return 4_000_000_000.0

    with Outbox(there.url, schema=there.schema, clock=Ahead()) as outbox:
        outbox.add_many(None, [OutboxMessage(message(), key=key) for key in ("b", "a")])
    found = sorted(there.outbox.iterate(), key=lambda each: each.due_at)

    assert [each.key for each in found] == ["b", "a"]
    assert there.outbox.stats().due == 2


DJANGO = """
import sys
from urllib.parse import urlsplit
from django.conf import settings
url, schema = sys.argv[1:]
parts = urlsplit(url)
settings.configure(DATABASES={"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": parts.path[1:], "USER": parts.username, "HOST": parts.hostname,
    "PORT": parts.port, "PASSWORD": parts.password or "",
}})
import django
django.setup()
from django.db import connection, connections, transaction
from carrierx import SendMessageRequest
from carrierx.outbox import Outbox, OutboxConnectionError

outbox = Outbox(url, schema=schema)
request = SendMessageRequest(from_="15162065575", to="15162065574", message="100% of ? and %s")
with transaction.atomic():
    assert outbox.add(connection, request, key="a").created
    assert not outbox.add(connections["default"], request, key="a").created
try:
    with transaction.atomic():
        outbox.add(connection, request, key="b")
        raise ZeroDivisionError
except ZeroDivisionError:
    pass
try:
    outbox.add(connection, request, key="c")
except OutboxConnectionError as error:
    print(error)
print([each.key for each in outbox.iterate()], outbox.request("a") == request)
connection.close()
"""


def test_django(there: Database) -> None:
    """In a process of its own, because Django's settings are the process's."""
    command = [sys.executable, "-W", "error", "-c", DJANGO, there.url, there.schema]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.stderr == ""
    without_a_transaction, added = done.stdout.splitlines()
    assert "transaction.atomic()" in without_a_transaction
    assert added == "['a'] True"


async def test_a_cursor_of_the_application_may_be_any(there: Database, message: Make) -> None:
    """Statements for `RawCursor` have other parameters, and those of `ClientCursor` are put together in the client."""
    for number, kind in enumerate((psycopg.RawCursor, psycopg.ClientCursor)):
        with psycopg.connect(there.url, cursor_factory=kind) as connection, connection.transaction():
            assert there.outbox.add(connection, message(), key=f"sync {number}").created
    for number, kind in enumerate((psycopg.AsyncRawCursor, psycopg.AsyncClientCursor)):
        async with (
            await psycopg.AsyncConnection.connect(there.url, cursor_factory=kind) as own,
            own.transaction(),
        ):
            assert (await there.outbox.add_async(own, message(), key=f"async {number}")).created


async def test_in_a_pipeline(there: Database, message: Make) -> None:
    with psycopg.connect(there.url) as connection:
        connection.execute("SELECT 1")
        with connection.pipeline():
            connection.execute(there.insert.encode())
            assert there.outbox.add(connection, message(), key="b").created
            messages = [OutboxMessage(message(), key="a"), OutboxMessage(message("another"), key="b")]
            with pytest.raises(KeyConflictError):
                there.outbox.add_many(connection, messages)
    async with await psycopg.AsyncConnection.connect(there.url) as own:
        await own.execute("SELECT 1")
        async with own.pipeline():
            assert (await there.outbox.add_async(own, message(), key="c")).created

    assert there.keys() == ["b", "c"]
    assert there.orders() == 1


def test_a_closed_connection(there: Database, message: Make) -> None:
    with closing(psycopg.connect(there.url)) as connection:
        pass
    with pytest.raises(OutboxConnectionError, match="no open transaction"):
        there.outbox.add(connection, message(), key="a")

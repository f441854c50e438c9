"""Adding messages in transactions of sqlite3, SQLAlchemy and Django, and without a connection."""

import itertools
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from carrierx import CarrierXClient, InvalidArgumentError, SendMessageRequest
from carrierx.emulator import Emulator
from carrierx.outbox import (
    KeyConflictError,
    LostCommitsError,
    Outbox,
    OutboxConnectionError,
    OutboxEvent,
    OutboxMessage,
    OutboxSchemaError,
    OutboxSettings,
    OutboxUnavailableError,
    State,
    WorkerConflictError,
)
from carrierx.outbox.events import MessageAdded, OutboxRecovered
from carrierx.outbox.sqlite_file import Generation, WorkerLock
from carrierx.outbox.sqlite_store import SqliteStore
from tests.outbox.contract.stores import bench_of

Make = Callable[..., SendMessageRequest]


def keys(outbox: Outbox) -> list[str]:
    return [each.key for each in outbox.iterate()]


@pytest.fixture
def connection(outbox: Outbox) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(outbox.path)) as made:
        made.execute("CREATE TABLE orders (id INTEGER)")
        made.commit()
        yield made


@pytest.fixture
def engine(outbox: Outbox) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{outbox.path}")
    yield made
    made.dispose()


class TestWithoutAConnection:
    def test_it_is_added(self, outbox: Outbox, message: Make, events: list[OutboxEvent]) -> None:
        added = outbox.add(None, message(), key="a", data={"order": [1, None]})

        assert (added.key, added.created, added.state) == ("a", True, State.QUEUED)
        assert events == [MessageAdded("a")]
        assert outbox.request("a") == message()
        found = outbox.get("a")
        assert found is not None
        assert found.data == {"order": [1, None]}
        assert outbox.get("b") is None
        assert outbox.request("b") is None

    def test_it_is_there_already(self, outbox: Outbox, message: Make, events: list[OutboxEvent]) -> None:
        first = outbox.add(None, message(), key="a")
        again = outbox.add(None, message(), key="a", priority=3)

        assert (again.created, again.id, again.reference) == (False, first.id, first.reference)
        assert len(events) == 1

    def test_another_message_with_its_key(self, outbox: Outbox, message: Make) -> None:
        outbox.add(None, message(), key="a")

        with pytest.raises(KeyConflictError) as caught:
            outbox.add(None, message("Another text", "15162065599"), key="a")

        assert caught.value.fields == ("message", "to")
        assert caught.value.key == "a"
        for private in ("Another", "Your order", "5599", "5574"):
            assert private not in str(caught.value)

    def test_several(self, outbox: Outbox, message: Make) -> None:
        outbox.add(None, message(), key="b")
        added = outbox.add_many(None, [OutboxMessage(message(), key=key) for key in ("c", "b", "a")])

        assert [(each.key, each.created) for each in added] == [("c", True), ("b", False), ("a", True)]

    def test_all_or_none(self, outbox: Outbox, message: Make) -> None:
        outbox.add(None, message(), key="b")

        with pytest.raises(KeyConflictError):
            outbox.add_many(None, [OutboxMessage(message("New"), key=key) for key in ("a", "b", "c")])

        assert keys(outbox) == ["b"]

    def test_one_key_twice_in_a_call(self, outbox: Outbox, message: Make) -> None:
        added = outbox.add_many(None, [OutboxMessage(message(), key="a"), OutboxMessage(message(), key="a")])
        assert [each.created for each in added] == [True, True]  # one message, which this call added

        with pytest.raises(KeyConflictError):
            outbox.add_many(None, [OutboxMessage(message("One"), key="b"), OutboxMessage(message("Two"), key="b")])

    def test_namespaces_keep_apart(self, outbox: Outbox, message: Make) -> None:
        with Outbox(f"sqlite:///{outbox.path}", namespace="other") as other:
            assert other.add(None, message("Another"), key="a").created
            assert outbox.add(None, message(), key="a").created
            assert keys(other) == keys(outbox) == ["a"]
            one, two = outbox.get("a"), other.get("a")
            assert one is not None
            assert two is not None
            assert one.reference != two.reference


class TestArguments:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"key": ""}, "1 to 255 printable"),
            ({"key": "x" * 10_000}, "it has 10000"),
            ({"key": "a\nb"}, "printable"),
            ({"key": 5}, "must be a string, not int"),
            ({"priority": 1.5}, "priority must be a whole number"),
            ({"priority": True}, "priority must be a whole number"),
            ({"priority": 10**9}, "priority must be a whole number"),
            ({"due_at": datetime(2030, 1, 1)}, "due_at must be a datetime with a time zone"),  # noqa: DTZ001
            ({"due_at": 5}, "due_at must be a datetime with a time zone"),
            ({"expires_at": timedelta(seconds=-1)}, "expires_at must be later"),
            ({"due_at": timedelta(days=2), "expires_at": timedelta(days=1)}, "expires_at must be later"),
            ({"due_at": timedelta(days=-100_000)}, "outside of the years"),
            ({"data": object()}, "can't be written as JSON"),
            ({"data": float("nan")}, "can't be written as JSON"),
            ({"data": {"note": "half a pair: \ud800"}}, "can't be written as JSON"),
            ({"data": "x" * 200_000}, "200002 bytes"),
            ({"request": {"to": "15162065574"}}, "takes a SendMessageRequest, not dict"),
        ],
    )
    def test_refused(self, outbox: Outbox, message: Make, changes: dict[str, Any], said: str) -> None:
        given: dict[str, Any] = {"request": message(), "key": "a"} | changes

        with pytest.raises(InvalidArgumentError, match=said):
            outbox.add(None, given.pop("request"), **given)
        assert keys(outbox) == []

    def test_a_message_with_data_of_its_own(self, outbox: Outbox) -> None:
        request = SendMessageRequest(from_="15162065575", to="15162065574", message="Hello", user_data="mine")

        with pytest.raises(InvalidArgumentError, match="Put your own data into data="):
            outbox.add(None, request, key="a")

    def test_times(self, outbox: Outbox, message: Make) -> None:
        due = datetime(2040, 5, 6, tzinfo=UTC)
        outbox.add(None, message(), key="a", due_at=due, expires_at=due + timedelta(hours=1))
        found = outbox.get("a")

        assert found is not None
        assert (found.due_at, found.expires_at) == (due, due + timedelta(hours=1))

    @pytest.mark.parametrize(
        "request_",
        [
            SendMessageRequest(from_="72345", to="15162065574", message="Ünïcödé 🎉 'quoted' \"too\""),
            SendMessageRequest(from_="15162065575", to="15162065574", media_urls=["https://example.com/a.png"]),
            SendMessageRequest(
                from_="15162065575", to="15162065574", message="Hi", group_recipients=["15162065577", "15162065578"]
            ),
        ],
        ids=["short code", "mms", "group"],
    )
    def test_every_kind_of_message_comes_out_as_it_went_in(self, outbox: Outbox, request_: SendMessageRequest) -> None:
        outbox.add(None, request_, key="a")

        assert outbox.request("a") == request_


class TestSqlite3:
    def test_in_its_transaction(self, outbox: Outbox, message: Make, connection: sqlite3.Connection) -> None:
        with connection:
            connection.execute("INSERT INTO orders VALUES (17)")
            assert outbox.add(connection, message(), key="a").created

        assert keys(outbox) == ["a"]

    def test_rolled_back_with_it(self, outbox: Outbox, message: Make, connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO orders VALUES (17)")
        outbox.add(connection, message(), key="a")
        connection.rollback()

        assert keys(outbox) == []
        assert outbox.add(None, message("Another"), key="a").created

    def test_an_event_would_be_too_early(
        self, outbox: Outbox, message: Make, connection: sqlite3.Connection, events: list[OutboxEvent]
    ) -> None:
        connection.execute("BEGIN")
        outbox.add(connection, message(), key="a")
        connection.rollback()

        assert events == []

    def test_without_a_transaction(self, outbox: Outbox, message: Make, connection: sqlite3.Connection) -> None:
        with pytest.raises(OutboxConnectionError, match="no open transaction"):
            outbox.add(connection, message(), key="a")

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="sqlite3.connect(autocommit=) is new in Python 3.12")
    def test_autocommit_off_is_always_in_a_transaction(self, outbox: Outbox, message: Make) -> None:
        options: dict[str, Any] = {"autocommit": False}
        with closing(sqlite3.connect(outbox.path, **options)) as connection:
            assert outbox.add(connection, message(), key="a").created
            connection.rollback()
            assert keys(outbox) == []
            assert outbox.add(connection, message(), key="b").created
            connection.commit()

        assert keys(outbox) == ["b"]

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="sqlite3.connect(autocommit=) is new in Python 3.12")
    def test_autocommit_on_needs_a_transaction_of_the_caller(self, outbox: Outbox, message: Make) -> None:
        options: dict[str, Any] = {"autocommit": True}
        with closing(sqlite3.connect(outbox.path, **options)) as connection:
            with pytest.raises(OutboxConnectionError, match="no open transaction"):
                outbox.add(connection, message(), key="a")
            connection.execute("BEGIN")
            assert outbox.add(connection, message(), key="b").created
            connection.execute("ROLLBACK")
            connection.execute("BEGIN")
            assert outbox.add(connection, message(), key="c").created
            connection.execute("COMMIT")

        assert keys(outbox) == ["c"]

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="sqlite3.connect(autocommit=) is new in Python 3.12")
    @pytest.mark.parametrize("autocommit", [True, False])
    def test_autocommit_by_sqlalchemy(self, outbox: Outbox, message: Make, autocommit: bool) -> None:
        """With autocommit, the driver commits each statement, whatever SQLAlchemy begins."""
        engine = create_engine(f"sqlite:///{outbox.path}", connect_args={"autocommit": autocommit})
        with engine.begin() as connection:
            if autocommit:
                with pytest.raises(OutboxConnectionError, match="no open transaction"):
                    outbox.add(connection, message(), key="a")
            else:
                outbox.add(connection, message(), key="a")
        engine.dispose()

        assert keys(outbox) == ([] if autocommit else ["a"])

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="sqlite3.connect(autocommit=) is new in Python 3.12")
    @pytest.mark.parametrize("autocommit", [True, False])
    async def test_autocommit_by_async_sqlalchemy(self, outbox: Outbox, message: Make, autocommit: bool) -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{outbox.path}", connect_args={"autocommit": autocommit})
        async with engine.begin() as connection:
            if autocommit:
                with pytest.raises(OutboxConnectionError, match="no open transaction"):
                    await outbox.add_async(connection, message(), key="a")
            else:
                await outbox.add_async(connection, message(), key="a")
        await engine.dispose()

        assert keys(outbox) == ([] if autocommit else ["a"])

    def test_with_a_row_factory_and_text_factory(
        self, outbox: Outbox, message: Make, connection: sqlite3.Connection
    ) -> None:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        assert outbox.add(connection, message(), key="a").created
        assert not outbox.add(connection, message(), key="a").created
        connection.commit()

    def test_another_database(self, outbox: Outbox, message: Make, tmp_path: Path) -> None:
        with closing(sqlite3.connect(tmp_path / "other.db")) as other:
            other.execute("BEGIN")
            with pytest.raises(OutboxConnectionError, match="has no outbox tables"):
                outbox.add(other, message(), key="a")

    def test_another_outbox(self, outbox: Outbox, message: Make, tmp_path: Path) -> None:
        with Outbox(f"sqlite:///{tmp_path}/other.db") as second:
            second.create_schema()
            with closing(sqlite3.connect(second.path)) as other:
                other.execute("BEGIN")
                with pytest.raises(OutboxConnectionError, match="another database than the outbox's"):
                    outbox.add(other, message(), key="a")

    def test_a_copy_of_the_database(
        self, outbox: Outbox, message: Make, tmp_path: Path, connection: sqlite3.Connection
    ) -> None:
        with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
            connection.backup(copy)
            copy.execute("BEGIN")
            with pytest.raises(OutboxConnectionError, match="another database than the outbox's"):
                outbox.add(copy, message(), key="a")

    def test_a_connection_in_memory(self, outbox: Outbox, message: Make) -> None:
        with closing(sqlite3.connect(":memory:")) as other:
            other.execute("BEGIN")
            with pytest.raises(OutboxConnectionError):
                outbox.add(other, message(), key="a")

    def test_two_open_transactions_with_one_key(
        self, outbox: Outbox, message: Make, connection: sqlite3.Connection
    ) -> None:
        connection.execute("BEGIN")
        outbox.add(connection, message(), key="a")
        with closing(sqlite3.connect(outbox.path, timeout=0)) as second:
            second.execute("BEGIN")
            with pytest.raises(OutboxUnavailableError, match="OperationalError"):  # locked
                outbox.add(second, message(), key="a")
            second.rollback()
            connection.commit()
            second.execute("BEGIN")
            assert not outbox.add(second, message(), key="a").created
            second.rollback()

    def test_opposite_orders_of_keys(self, outbox: Outbox, message: Make) -> None:
        """Two transactions never wait for each other, because both add in the order of the keys."""
        failures = list[Exception]()

        def add(order: list[str]) -> None:
            try:
                with closing(sqlite3.connect(outbox.path, timeout=10)) as own:
                    for _ in range(20):
                        own.execute("BEGIN IMMEDIATE")
                        outbox.add_many(own, [OutboxMessage(message(), key=key) for key in order])
                        own.commit()
            except Exception as error:  # noqa: BLE001
                failures.append(error)

        threads = [threading.Thread(target=add, args=(order,)) for order in (["a", "b"], ["b", "a"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert keys(outbox) == ["a", "b"]


@pytest.mark.parametrize("driver", ["sqlite3", "SQLAlchemy"])
def test_a_key_conflict_adds_nothing_even_if_the_caller_commits(
    outbox: Outbox, engine: Engine, message: Make, driver: str
) -> None:
    outbox.add(None, message("One"), key="b")
    several = [OutboxMessage(message("Two"), key=key) for key in ("a", "b", "c")]

    if driver == "sqlite3":
        with closing(sqlite3.connect(outbox.path)) as connection:
            connection.execute("BEGIN")
            with pytest.raises(KeyConflictError, match="Nothing was added"):
                outbox.add_many(connection, several)
            connection.commit()
    else:
        with engine.begin() as connection, pytest.raises(KeyConflictError, match="Nothing was added"):
            outbox.add_many(connection, several)

    assert [each.key for each in outbox.iterate()] == ["b"]
    assert outbox.request("b") == message("One")


class TestSQLAlchemy:
    def test_a_connection(self, outbox: Outbox, message: Make, engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE orders (id INTEGER)"))
            connection.execute(text("INSERT INTO orders VALUES (17)"))
            assert outbox.add(connection, message(), key="a").created
            assert not outbox.add(connection, message(), key="a").created

        assert keys(outbox) == ["a"]

    def test_a_rolled_back_connection(self, outbox: Outbox, message: Make, engine: Engine) -> None:
        with engine.connect() as connection:
            connection.begin()
            outbox.add(connection, message(), key="a")
            connection.rollback()

        assert keys(outbox) == []

    def test_a_session(self, outbox: Outbox, message: Make, engine: Engine) -> None:
        with Session(engine) as session, session.begin():
            outbox.add(session, message(), key="a")
        session_of_thread = scoped_session(sessionmaker(engine))
        session_of_thread.begin()
        outbox.add(session_of_thread, message(), key="b")
        session_of_thread.commit()
        session_of_thread.remove()

        assert keys(outbox) == ["a", "b"]

    def test_without_a_transaction(self, outbox: Outbox, message: Make, engine: Engine) -> None:
        with engine.connect() as connection, pytest.raises(OutboxConnectionError, match="no open transaction"):
            outbox.add(connection, message(), key="a")
        with Session(engine) as session, pytest.raises(OutboxConnectionError, match="no open transaction"):
            outbox.add(session, message(), key="a")
        with (
            engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
            connection.begin(),
            pytest.raises(OutboxConnectionError, match="no open transaction"),
        ):
            outbox.add(connection, message(), key="a")
        assert keys(outbox) == []

    def test_its_errors_would_show_the_message(self, outbox: Outbox, message: Make, engine: Engine) -> None:
        with closing(sqlite3.connect(outbox.path)) as other:
            other.execute("BEGIN IMMEDIATE")
            locked = create_engine(f"sqlite:///{outbox.path}", connect_args={"timeout": 0})
            with locked.begin() as connection, pytest.raises(OutboxUnavailableError) as caught:
                outbox.add(connection, message("Secret words"), key="a")
            locked.dispose()

        link: BaseException | None = caught.value
        while link is not None:
            assert "Secret words" not in str(link)
            link = link.__context__ or link.__cause__

    async def test_async(self, outbox: Outbox, message: Make) -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{outbox.path}")
        async with engine.begin() as connection:
            assert (await outbox.add_async(connection, message(), key="a")).created
        async with AsyncSession(engine) as session, session.begin():
            await outbox.add_async(session, message(), key="b")
            with pytest.raises(OutboxConnectionError, match="call add_async instead"):
                outbox.add(session, message(), key="c")
        async with engine.connect() as connection:
            with pytest.raises(OutboxConnectionError, match="no open transaction"):
                await outbox.add_async(connection, message(), key="c")
        async with AsyncSession(engine) as session, session.begin():
            await outbox.add_async(session, message(), key="c")
            await session.rollback()
        await engine.dispose()

        assert keys(outbox) == ["a", "b"]

    async def test_add_async_takes_no_other_connection(
        self, outbox: Outbox, message: Make, connection: sqlite3.Connection
    ) -> None:
        with pytest.raises(OutboxConnectionError, match="add_async can't use a Connection"):
            await outbox.add_async(connection, message(), key="a")


DJANGO = """
import sys
from django.conf import settings
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}})
import django
django.setup()
from django.db import connection, connections, transaction
from carrierx import SendMessageRequest
from carrierx.outbox import Outbox, OutboxConnectionError

outbox = Outbox(f"sqlite:///{sys.argv[1]}")
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
"""


def test_django(outbox: Outbox) -> None:
    """In a process of its own, because Django's settings are the process's."""
    command = [sys.executable, "-W", "error", "-c", DJANGO, outbox.path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.stderr == ""
    without_a_transaction, added = done.stdout.splitlines()
    assert "no open transaction" in without_a_transaction
    assert "transaction.atomic()" in without_a_transaction
    assert added == "['a'] True"


class TestTheDatabase:
    @pytest.mark.parametrize("given", [5, "sqlite:///x", object()], ids=["int", "str", "object"])
    def test_no_connection(self, outbox: Outbox, message: Make, given: object) -> None:
        with pytest.raises(OutboxConnectionError, match=f"add can't use a {type(given).__name__}"):
            outbox.add(given, message(), key="a")

    def test_no_file(self, message: Make, tmp_path: Path) -> None:
        with (
            Outbox(f"sqlite:///{tmp_path}/none.db") as missing,
            pytest.raises(OutboxUnavailableError, match="create_schema"),
        ):
            missing.add(None, message(), key="a")
        assert not (tmp_path / "none.db").exists()

    def test_no_tables(self, message: Make, tmp_path: Path) -> None:
        path = tmp_path / "empty.db"
        sqlite3.connect(path).close()
        path.touch()
        with Outbox(f"sqlite:///{path}") as empty, pytest.raises(OutboxSchemaError, match="create_schema"):
            empty.add(None, message(), key="a")

    def test_a_locked_file(self, outbox: Outbox, message: Make, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutboxUnavailableError, match="locked") as caught:
            outbox.add(None, message(), key="a")
        assert caught.value.temporary

    def test_a_damaged_file(self, message: Make, tmp_path: Path) -> None:
        path = tmp_path / "damaged.db"
        path.write_bytes(b"not a database" * 500)
        with Outbox(f"sqlite:///{path}") as damaged, pytest.raises(OutboxUnavailableError) as caught:
            damaged.add(None, message(), key="a")
        assert not caught.value.temporary

    def test_a_newer_schema(self, outbox: Outbox, message: Make, connection: sqlite3.Connection) -> None:
        with connection:
            connection.execute("UPDATE carrierx_outbox_meta SET schema_version = 99")
        with pytest.raises(OutboxSchemaError, match="version 99"):
            outbox.add(None, message(), key="a")
        with pytest.raises(OutboxSchemaError, match="version 99"):
            outbox.upgrade()

    def test_an_older_schema(self, outbox: Outbox, message: Make, connection: sqlite3.Connection) -> None:
        with connection:
            connection.execute("UPDATE carrierx_outbox_meta SET schema_version = 0")
        with pytest.raises(OutboxSchemaError, match="upgrade"):
            outbox.add(None, message(), key="a")
        assert outbox.upgrade() == (0, 1)
        assert outbox.add(None, message(), key="a").created

    def test_a_full_disk(self, tmp_path: Path) -> None:
        with bench_of("sqlite", OutboxSettings(), tmp_path) as bench:
            assert isinstance(bench.store, SqliteStore)
            with bench.store.transaction() as connection:
                (pages,) = connection.execute("PRAGMA page_count").fetchone()
                connection.execute(f"PRAGMA max_page_count = {pages}")

            with pytest.raises(OutboxUnavailableError, match="full"):
                bench.add(*(f"key {number}" for number in range(1000)))

            bench.add("after")  # the file was opened again, without the limit
            assert bench.state("after") == "queued"
            assert bench.store.get("key 1") is None


@pytest.mark.parametrize("how", ["another file", "the same file"])
@pytest.mark.parametrize("running", [False, True], ids=["stopped", "running"])
def test_a_restored_file_stops_claiming_until_recover(
    outbox: Outbox, message: Make, client: CarrierXClient, emulator: Emulator, how: str, running: bool
) -> None:
    outbox.add_many(None, [OutboxMessage(message(f"Text {n}"), key=f"key {n}") for n in range(3)])
    with closing(sqlite3.connect(outbox.path)) as source, closing(sqlite3.connect(f"{outbox.path}.bak")) as backup:
        source.backup(backup)
    assert outbox.drain(client).accepted == 3
    outbox.close()
    for suffix in ("-wal", "-shm"):
        Path(outbox.path + suffix).unlink(missing_ok=True)
    if how == "another file":
        shutil.move(f"{outbox.path}.bak", outbox.path)
    else:
        shutil.copyfile(f"{outbox.path}.bak", outbox.path)
    used = outbox if running else Outbox(f"sqlite:///{outbox.path}", settings=outbox.settings)

    assert used.stats().lost_commits
    assert used.drain(client).stopped_because == "lost_commits"
    with pytest.raises(LostCommitsError, match="recover"):
        used.cancel("key 1")
    assert used.recover() == 3
    assert not used.stats().lost_commits
    used.drain(client)

    assert {each.state for each in used.iterate()} == {State.ACCEPTED}  # found, not sent again
    assert len(emulator.messages) == 3
    used.close()


def _backup(path: str, to: str) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def test_recovery_is_for_all_outboxes_in_the_file(
    outbox: Outbox, message: Make, client: CarrierXClient, emulator: Emulator
) -> None:
    # The file is known again for all of them, so no other outbox would notice that it lacks commits.
    with Outbox(f"sqlite:///{outbox.path}", namespace="other", settings=outbox.settings) as other:
        other.add(None, message(), key="a")
        other.add(None, message(), key="b")
        other.cancel("b")
        _backup(outbox.path, f"{outbox.path}.bak")
        other.drain(client)
        other.retry("b")
        assert other.drain(client).accepted == 1
        _backup(f"{outbox.path}.bak", outbox.path)

        assert outbox.recover() == 1
        assert other.retry("b") is State.UNKNOWN
        other.drain(client)

        first, second = (each.state for each in other.iterate())
        assert first is State.ACCEPTED
        assert second in (State.UNKNOWN, State.ACCEPTED)  # a drain that takes longer looks it up, too
    assert len(emulator.messages) == 2  # nothing was sent again


def test_a_recovery_reaches_a_worker_that_runs(outbox: Outbox, message: Make, client: CarrierXClient) -> None:
    outbox.add(None, message(), key="a")
    outbox.drain(client)
    _backup(outbox.path, f"{outbox.path}.bak")
    for key in ("b", "c", "d", "e"):
        outbox.add(None, message(), key=key)
    outbox.drain(client)
    _backup(f"{outbox.path}.bak", outbox.path)
    assert outbox.stats().lost_commits

    with Outbox(f"sqlite:///{outbox.path}", settings=outbox.settings) as by_hand:
        by_hand.recover()

    assert not outbox.stats().lost_commits
    outbox.add(None, message(), key="f")
    assert outbox.drain(client).stopped_because == "drained"


def test_a_late_note_of_an_earlier_claim_hides_no_loss_and_a_recovery_still_reaches_a_worker(
    outbox: Outbox, message: Make, client: CarrierXClient
) -> None:
    # Threads and processes note their claims after the commit, in any order.
    outbox.add(None, message(), key="a")
    outbox.drain(client)
    earlier = Generation(outbox.path).noted()
    _backup(outbox.path, f"{outbox.path}.bak")
    for key in ("b", "c", "d"):
        outbox.add(None, message(), key=key)
        outbox.drain(client)
    Generation(outbox.path).note(earlier)
    _backup(f"{outbox.path}.bak", outbox.path)

    with Outbox(f"sqlite:///{outbox.path}", settings=outbox.settings) as later:
        assert later.stats().lost_commits
        later.recover()
    assert not outbox.stats().lost_commits


@pytest.mark.parametrize("numbers", list(itertools.permutations((31, 32, 33, 64))))
def test_of_noted_claims_the_highest_counts(numbers: tuple[int, ...], tmp_path: Path) -> None:
    path = str(tmp_path / "texts.db")
    one = Generation(path)
    for number in numbers:
        one.note(number)
        Generation(path).note(number - 20)

    assert one.noted() == Generation(path).noted() == 64


def test_a_note_that_is_missing_or_unreadable_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "texts.db"
    assert Generation(str(path)).noted() == 0
    Path(f"{path}-generation").write_bytes(b"\xff" * 700 + b"9" * 900)
    assert Generation(str(path)).noted() <= 2**62
    Path(f"{path}-generation").unlink()
    Path(f"{path}-generation").mkdir()
    one = Generation(str(path))
    one.note(5)
    assert one.noted() == 5  # it still knows
    assert Generation(str(path)).noted() == 0


def test_what_is_added_again_after_a_recovery_is_not_sent_again(
    outbox: Outbox, message: Make, client: CarrierXClient, emulator: Emulator
) -> None:
    with Outbox(f"sqlite:///{outbox.path}", namespace="other", settings=outbox.settings) as other:
        _backup(outbox.path, f"{outbox.path}.bak")
        for each in (outbox, other):  # the backup has nothing of the other one
            each.add(None, message("Lost"), key="lost")
            assert each.drain(client).accepted == 1
        _backup(f"{outbox.path}.bak", outbox.path)
        outbox.recover()

        for each in (outbox, other):
            assert each.add(None, message("Lost"), key="lost").state is State.UNKNOWN
            each.drain(client)
            found = each.get("lost")
            assert found is not None
            assert found.state is State.ACCEPTED
        # What is new is sent once that is sure: one message first, and the others when it is found.
        outbox.add_many(None, [OutboxMessage(message("New"), key=f"new {n}") for n in range(5)])
        assert outbox.drain(client).accepted <= 1  # a drain that takes longer looks the first one up, too
        end = time.monotonic() + 20
        outbox.run(
            client, until=lambda: outbox.stats().counts[State.ACCEPTED] == 6 or time.monotonic() > end, concurrency=2
        )
    assert [each["message"] for each in emulator.messages] == ["Lost"] * 2 + ["New"] * 5


def test_looking_up_what_is_added_after_a_recovery_can_be_turned_off(
    outbox: Outbox, message: Make, client: CarrierXClient
) -> None:
    outbox.recover(force=True)
    with Outbox(f"sqlite:///{outbox.path}", settings=replace(outbox.settings, recovery_window=0)) as daring:
        daring.add(None, message(), key="a")
        assert daring.drain(client).accepted == 1


def test_a_backup_that_lacks_a_decision_is_noticed(outbox: Outbox, message: Make) -> None:
    outbox.add(None, message(), key="a")
    _backup(outbox.path, f"{outbox.path}.bak")
    outbox.cancel("a")
    _backup(f"{outbox.path}.bak", outbox.path)

    with Outbox(f"sqlite:///{outbox.path}", settings=outbox.settings) as after:
        assert after.stats().lost_commits


def test_a_link_to_the_file_has_the_same_lock_and_note(outbox: Outbox, message: Make, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(outbox.path)
    with Outbox(f"sqlite:///{link}", settings=outbox.settings) as linked:
        linked.add(None, message(), key="a")
        linked.cancel("a")
        held, other = WorkerLock(outbox.path), WorkerLock(str(link))
        held.acquire()
        try:
            with pytest.raises(WorkerConflictError):
                other.acquire()
        finally:
            other.release()
            held.release()
    assert Path(f"{outbox.path}-generation").exists()
    assert not Path(f"{link}-generation").exists()


def test_recovery_by_itself_is_a_setting(
    outbox: Outbox, message: Make, client: CarrierXClient, emulator: Emulator, events: list[OutboxEvent]
) -> None:
    settings = replace(outbox.settings, recover_automatically=True)
    with Outbox(f"sqlite:///{outbox.path}", settings=settings, on_event=events.append) as daring:
        daring.add(None, message(), key="a")
        daring.close()
        shutil.copyfile(outbox.path, f"{outbox.path}.bak")
        shutil.move(f"{outbox.path}.bak", outbox.path)
        daring.drain(client)
        daring.drain(client)

    assert OutboxRecovered(1) in events
    assert not emulator.messages  # it is looked up first


def test_a_worker_goes_on_if_somebody_else_recovered_first(
    outbox: Outbox, message: Make, client: CarrierXClient, events: list[OutboxEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    recover = SqliteStore.recover

    def too_late(store: SqliteStore, *, force: bool = False) -> int:
        recover(store)
        return recover(store, force=force)

    monkeypatch.setattr(SqliteStore, "recover", too_late)
    settings = replace(outbox.settings, recover_automatically=True)
    with Outbox(f"sqlite:///{outbox.path}", settings=settings, on_event=events.append) as daring:
        daring.add(None, message(), key="a")
        _backup(outbox.path, f"{outbox.path}.bak")
        daring.cancel("a")
        _backup(f"{outbox.path}.bak", outbox.path)
        daring.drain(client)

        assert not daring.stats().lost_commits
    assert not [event for event in events if isinstance(event, OutboxRecovered)]


def test_a_deleted_note_is_no_loss(outbox: Outbox, message: Make, client: CarrierXClient) -> None:
    outbox.add(None, message(), key="a")
    outbox.drain(client)
    Path(f"{outbox.path}-generation").unlink()
    outbox.add(None, message(), key="b")

    assert outbox.drain(client).accepted == 1


@pytest.fixture
def read_only(outbox: Outbox, message: Make) -> Outbox:
    """An outbox whose file can't be written, not even by root: SQLite is told so in its header."""
    outbox.add(None, message(), key="a")
    outbox.close()
    with closing(sqlite3.connect(outbox.path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with open(outbox.path, "r+b") as file:
        file.seek(18)
        file.write(b"\x03\x01")  # a later format, which may be read and not written
    return outbox


def test_a_file_that_is_read_only_ends_a_worker(
    read_only: Outbox, message: Make, client: CarrierXClient, emulator: Emulator
) -> None:
    for use in (lambda: read_only.add(None, message(), key="b"), lambda: read_only.run(client)):
        with pytest.raises(OutboxUnavailableError) as caught:
            use()
        assert not caught.value.temporary
        assert read_only.path in str(caught.value)
        assert "readonly" in str(caught.value)
    assert not emulator.messages

"""The tasks of an outbox in a Celery application, without a worker: what they are, carry and do, and the kick."""

from __future__ import annotations

import gc
import json
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.beat import Scheduler, Service
from celery.signals import beat_init, task_revoked, worker_process_shutdown, worker_shutdown
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from carrierx import CarrierXClient, ConfigurationError, InvalidArgumentError, SendMessageRequest
from carrierx.emulator import DEMO_TOKEN, Emulator
from carrierx.outbox import Outbox, OutboxEvent, OutboxMessage, State
from carrierx.outbox.celery import OutboxTasks, register
from carrierx.outbox.events import WorkerStarted
from tests.outbox.conftest import FAST

Make = Callable[..., SendMessageRequest]


def new_app() -> Any:
    return Celery("tests", broker="memory://", set_as_current=False)


def unused() -> Any:
    raise AssertionError


class Published:
    """A Celery application that notes what is published, instead of sending it to a broker.

    Attributes:
        messages: The names, arguments and options of what was published.
        error: What publishing raises.
        hold: Publishing waits for it.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app = new_app()
        self.messages: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()
        self.threads: set[threading.Thread] = set()
        monkeypatch.setattr(self.app, "send_task", self._note)

    def _note(self, name: str, args: Any = None, kwargs: Any = None, **options: Any) -> None:
        assert self.hold.wait(20)
        self.threads.add(threading.current_thread())
        if self.error is not None:
            raise self.error
        self.messages.append({"name": name, "args": args, "kwargs": kwargs, **options})

    def wait_for(self, count: int) -> None:
        """Wait until so many were published, and no other is on its way."""
        end = time.monotonic() + 20
        while len(self.messages) < count or any(each.name == "carrierx-outbox-kick" for each in threading.enumerate()):
            assert time.monotonic() < end
            time.sleep(0.005)
        assert len(self.messages) == count


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Published:
    return Published(monkeypatch)


@pytest.fixture
def made() -> list[str]:
    """What the factories have made."""
    return []


@pytest.fixture
def tasks(published: Published, outbox: Outbox, base_url: str, made: list[str]) -> Iterator[OutboxTasks]:
    def make_outbox() -> Outbox:
        made.append("outbox")
        return Outbox(f"sqlite:///{outbox.path}", settings=FAST)

    def make_client() -> CarrierXClient:
        made.append("client")
        return CarrierXClient(DEMO_TOKEN, base_url=base_url)

    registered = register(published.app, outbox=make_outbox, client=make_client, sweep=0.5, concurrency=2)
    yield registered
    registered.close()


def note_closing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is closed from now on, instead of closing it."""
    closed: list[str] = []

    def note(what: object) -> None:
        closed.append(type(what).__name__)

    monkeypatch.setattr(Outbox, "close", note)
    monkeypatch.setattr(CarrierXClient, "close", note)
    return closed


def revoke(task: Any, *, expired: bool) -> None:
    revoked: Any = task_revoked
    revoked.send(sender=task, request=None, terminated=not expired, signum=None, expired=expired)


class TestRegistering:
    def test_the_tasks_are_dropped_late_never_repeated_and_have_no_result(self, tasks: OutboxTasks) -> None:
        for task in (tasks.drain, tasks.sweep):
            options: Any = task
            assert options.ignore_result is True
            assert options.acks_late is False
            assert options.expires == 1.0
            assert options.max_retries == 0
        assert (tasks.drain.name, tasks.sweep.name) == ("carrierx.outbox.drain", "carrierx.outbox.sweep")

    def test_beat_starts_the_sweep(self, tasks: OutboxTasks, published: Published) -> None:
        assert published.app.conf.beat_schedule == {
            "carrierx.outbox.sweep": {
                "task": "carrierx.outbox.sweep",
                "schedule": 0.5,
                "args": (),
                "kwargs": {},
                "options": {"expires": 1.0, "ignore_result": True},
            }
        }

    def test_beat_says_that_another_schedule_was_set_since(
        self, tasks: OutboxTasks, published: Published, caplog: pytest.LogCaptureFixture
    ) -> None:
        service: Any = Service
        started: Any = beat_init

        def start(app: Any, schedule: dict[str, Any] | None = None) -> list[str]:
            if schedule is not None:
                app.conf.beat_schedule = schedule
            caplog.clear()
            started.send(sender=service(app, scheduler_cls=Scheduler))
            return [record.getMessage() for record in caplog.records if record.name.startswith("carrierx")]

        assert start(published.app) == []
        assert start(published.app, {"my own": {"task": tasks.sweep.name, "schedule": 2.0}}) == []
        [warning] = start(published.app, {"mine": {"task": "mine", "schedule": 5.0}})
        assert "no entry that starts carrierx.outbox.sweep, so only kicks send anything" in warning
        assert start(new_app(), {"mine": {"task": "mine", "schedule": 5.0}}) == []

    def test_it_makes_and_reads_nothing(self) -> None:
        """Neither the outbox, nor the client, nor the settings of the application, which may come later."""
        app = new_app()
        register(app, outbox=unused, client=unused)

        assert not app.configured
        app.conf.task_serializer = "pickle"
        assert app.tasks["carrierx.outbox.drain"].serializer == "json"

    def test_a_route_of_the_application(self) -> None:
        app = new_app()
        register(app, outbox=unused, client=unused)
        app.conf.task_routes = {"carrierx.outbox.*": "texts"}

        for name in ("drain", "sweep"):
            assert app.amqp.router.route({}, f"carrierx.outbox.{name}")["queue"].name == "texts"

    def test_two_outboxes_need_two_names(self) -> None:
        app = new_app()
        register(app, outbox=unused, client=unused)

        with pytest.raises(ConfigurationError, match=r"has the tasks carrierx\.outbox already"):
            register(app, outbox=unused, client=unused)
        second = register(app, outbox=unused, client=unused, name="alerts")
        assert second.drain.name == "alerts.drain"
        assert sorted(app.conf.beat_schedule) == ["alerts.sweep", "carrierx.outbox.sweep"]

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"outbox": Outbox("sqlite:////tmp/none.db")}, "outbox must be a function that makes one"),
            ({"client": 5}, "client must be a function that makes one"),
            ({"sweep": 0}, "sweep must be"),
            ({"sweep": "1"}, "sweep must be"),
            ({"rate": -1}, "rate must be"),
            ({"sender_rate": 0}, "sender_rate must be"),
            ({"concurrency": 0}, "concurrency must be"),
        ],
    )
    def test_arguments_that_can_not_be(self, options: dict[str, Any], said: str) -> None:
        given: dict[str, Any] = {"outbox": unused, "client": unused, **options}
        with pytest.raises(ConfigurationError, match=said):
            register(new_app(), **given)

    def test_without_celery_the_import_names_the_package(self) -> None:
        script = "import sys\nsys.modules['celery'] = None\nimport carrierx.outbox.celery"
        ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

        assert ended.returncode == 1
        last = ended.stderr.strip().splitlines()[-1]
        assert last.startswith("ImportError: carrierx.outbox.celery needs more packages")
        assert "celery" in last.partition("with:")[2]


class TestTasks:
    def test_a_sweep_sends_what_is_due(self, tasks: OutboxTasks, outbox: Outbox, message: Make) -> None:
        outbox.add(None, message(), key="a")
        tasks.sweep()
        assert outbox.stats().counts == {State.ACCEPTED: 1}

    def test_a_drain_sends_for_at_most_its_time(
        self, tasks: OutboxTasks, outbox: Outbox, message: Make, emulator: Emulator
    ) -> None:
        emulator.faults.delay(0.2)
        outbox.add_many(None, [OutboxMessage(message(), key=f"order-{n}") for n in range(200)])
        tasks.drain(seconds=2)

        assert 0 < outbox.stats().counts[State.ACCEPTED] < 200  # all would take 20 s

    def test_a_sweep_that_ends_too_early_starts_a_drain(
        self, tasks: OutboxTasks, outbox: Outbox, message: Make, emulator: Emulator, published: Published
    ) -> None:
        emulator.faults.delay(0.4)
        outbox.add_many(None, [OutboxMessage(message(), key=f"order-{n}") for n in range(20)])
        tasks.sweep()
        published.wait_for(1)
        assert published.messages[0]["name"] == "carrierx.outbox.drain"

    def test_a_sweep_that_finds_nothing_starts_and_logs_nothing(
        self, tasks: OutboxTasks, published: Published, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, "carrierx"):
            tasks.sweep()
        assert (published.messages, caplog.messages) == ([], [])

    def test_a_task_that_sent_logs_one_line(
        self, tasks: OutboxTasks, outbox: Outbox, message: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        outbox.add(None, message(), key="a")
        with caplog.at_level(logging.INFO, "carrierx"):
            tasks.drain()
        assert "carrierx.outbox: accepted 1" in caplog.messages
        assert not any("Worker" in each for each in caplog.messages)

    def test_each_process_makes_one_outbox_and_one_client(self, tasks: OutboxTasks, made: list[str]) -> None:
        assert made == []
        tasks.sweep()
        tasks.drain()
        assert made == ["outbox", "client"]

    @pytest.mark.parametrize("ending", [worker_process_shutdown, worker_shutdown])
    def test_a_worker_closes_them_at_its_end(
        self, tasks: OutboxTasks, made: list[str], ending: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tasks.sweep()
        closed = note_closing(monkeypatch)
        ending.send(sender="worker")
        ending.send(sender="worker")

        assert closed == ["CarrierXClient", "Outbox"]
        monkeypatch.undo()
        tasks.sweep()
        assert made == ["outbox", "client"] * 2

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
    def test_a_forked_process_makes_its_own_and_leaves_the_parents_open(
        self, tasks: OutboxTasks, made: list[str], outbox: Outbox, message: Make
    ) -> None:
        tasks.sweep()
        outbox.add(None, message(), key="a")
        context = multiprocessing.get_context("fork")
        queue = context.Queue()

        def in_child() -> None:
            made.clear()
            tasks.sweep()
            queue.put(list(made))

        child = context.Process(target=in_child)
        child.start()
        assert queue.get(timeout=30) == ["outbox", "client"]
        child.join()
        assert outbox.stats().counts == {State.ACCEPTED: 1}
        tasks.sweep()
        assert made == ["outbox", "client"]

    def test_a_client_that_can_not_be_made_fails_the_task_and_closes_the_outbox(
        self, published: Published, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken() -> CarrierXClient:
            raise ConfigurationError("no token")

        tasks = register(published.app, outbox=lambda: Outbox(f"sqlite:///{outbox.path}"), client=broken)
        closed = note_closing(monkeypatch)
        with pytest.raises(ConfigurationError, match="no token"):
            tasks.sweep()
        assert closed == ["Outbox"]

    def test_another_worker_of_the_file_is_no_error(
        self,
        tasks: OutboxTasks,
        outbox: Outbox,
        client: CarrierXClient,
        events: list[OutboxEvent],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        ending = threading.Event()
        other = threading.Thread(target=lambda: outbox.run(client, until=ending))
        other.start()
        try:
            end = time.monotonic() + 20
            while WorkerStarted(10) not in events:
                assert time.monotonic() < end
                time.sleep(0.005)
            with caplog.at_level(logging.DEBUG, "carrierx"):
                tasks.sweep()
            assert "carrierx.outbox: another process is the worker" in caplog.messages
        finally:
            ending.set()
            other.join()

    def test_a_database_that_is_away_is_one_line_of_the_log(
        self, published: Published, tmp_path: Path, client: CarrierXClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        tasks = register(
            published.app, outbox=lambda: Outbox(f"sqlite:///{tmp_path}/none/texts.db"), client=lambda: client
        )
        with caplog.at_level(logging.INFO, "carrierx"):
            tasks.sweep()
        tasks.close()
        (line,) = caplog.messages
        assert line.startswith("carrierx.outbox: the database doesn't answer (")
        assert line.endswith("The next sweep tries again.")


class TestExpired:
    @pytest.mark.parametrize("name", ["drain", "sweep"])
    def test_an_expired_task_starts_another_but_not_many(
        self, tasks: OutboxTasks, published: Published, caplog: pytest.LogCaptureFixture, name: str
    ) -> None:
        """After an hour without workers, there may be thousands."""
        task = getattr(tasks, name)
        with caplog.at_level(logging.WARNING, "carrierx"):
            for _ in range(100):
                revoke(task, expired=True)
        published.wait_for(1)
        (line,) = caplog.messages
        assert "the clocks of two machines differ" in line

    def test_what_was_revoked_by_a_person_or_is_another_task_starts_nothing(
        self, tasks: OutboxTasks, published: Published
    ) -> None:
        revoke(tasks.drain, expired=False)
        other = published.app.task(name="other")(unused)
        revoke(other, expired=True)
        published.wait_for(0)


class TestKick:
    def test_it_carries_nothing(self, tasks: OutboxTasks, published: Published, outbox: Outbox, message: Make) -> None:
        outbox.add(None, message("Meet me at the lighthouse"), key="order-17")
        tasks.kick()
        published.wait_for(1)

        (sent,) = published.messages
        assert sent["name"] == "carrierx.outbox.drain"
        assert not sent["args"]
        assert not sent["kwargs"]
        assert sent["expires"] == 1.0
        assert sent["retry"] is False
        told = json.dumps(sent, default=repr)
        for private in ("15162065575", "15162065574", "lighthouse", "order-17"):
            assert private not in told

    def test_the_message_on_the_wire_carries_nothing(self, outbox: Outbox, message: Make) -> None:
        app = new_app()
        app.conf.task_default_queue = f"q{time.monotonic_ns()}"
        tasks = register(app, outbox=unused, client=unused)
        outbox.add(None, message("Meet me at the lighthouse"), key="order-17")
        tasks.drain.apply_async()
        with app.connection() as connection:
            queue = connection.SimpleQueue(app.conf.task_default_queue)
            received = queue.get(timeout=5)
            args, kwargs, embed = received.payload
            received.ack()
            queue.close()

        assert (args, kwargs) == ([], {})
        assert not any(embed.values())
        assert received.headers["argsrepr"] == "()"
        assert received.headers["kwargsrepr"] == "{}"
        assert received.headers["retries"] == 0
        assert received.headers["ignore_result"] is True

    def test_a_broker_that_is_away_holds_nobody_up_and_raises_nothing(
        self, tasks: OutboxTasks, published: Published, caplog: pytest.LogCaptureFixture
    ) -> None:
        published.error = OSError("redis://:secret@host refused")
        published.hold.clear()
        begun = time.monotonic()
        tasks.kick()
        assert time.monotonic() - begun < 10  # it's held for 20 s
        with caplog.at_level(logging.WARNING, "carrierx"):
            published.hold.set()
            published.wait_for(0)
        assert caplog.messages == [
            "outbox: the broker didn't take a task (OSError). The next sweep sends what was added."
        ]

    def test_many_kicks_become_few(self, tasks: OutboxTasks, published: Published) -> None:
        published.hold.clear()
        for _ in range(1000):
            tasks.kick()
        published.hold.set()
        published.wait_for(2)  # the first, and one for all that came while it was published

    def test_it_comes_from_another_thread(self, tasks: OutboxTasks, published: Published) -> None:
        tasks.kick()
        published.wait_for(1)
        assert threading.current_thread() not in published.threads

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
    def test_a_forked_process_kicks_although_its_parent_was_kicking(
        self, tasks: OutboxTasks, published: Published
    ) -> None:
        published.hold.clear()
        tasks.kick()
        context = multiprocessing.get_context("fork")
        queue = context.Queue()

        def in_child() -> None:
            published.hold = threading.Event()
            published.hold.set()
            tasks.kick()
            published.wait_for(1)
            queue.put(len(published.messages))

        child = context.Process(target=in_child)
        child.start()
        assert queue.get(timeout=30) == 1
        child.join()
        published.hold.set()
        published.wait_for(1)


class TestKickAfterCommit:
    @pytest.fixture
    def sessions(self, outbox: Outbox) -> Iterator[sessionmaker[Session]]:
        engine = create_engine(f"sqlite:///{outbox.path}")
        yield sessionmaker(engine)
        engine.dispose()

    @pytest.fixture
    async def async_sessions(self, outbox: Outbox) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
        engine = create_async_engine(f"sqlite+aiosqlite:///{outbox.path}")
        yield async_sessionmaker(engine)
        await engine.dispose()

    def test_a_session_kicks_once_after_its_commit(
        self,
        tasks: OutboxTasks,
        published: Published,
        outbox: Outbox,
        message: Make,
        sessions: sessionmaker[Session],
    ) -> None:
        with sessions() as session:
            session.begin()
            for key in ("a", "b"):
                outbox.add(session, message(), key=key)
                tasks.kick(session)
            assert published.messages == []
            session.commit()
            published.wait_for(1)
            session.execute(text("SELECT 1"))
            session.commit()  # of another transaction
            published.wait_for(1)

    def test_a_rollback_kicks_nobody_also_not_later(
        self, tasks: OutboxTasks, published: Published, sessions: sessionmaker[Session]
    ) -> None:
        with sessions() as session:
            session.execute(text("SELECT 1"))
            tasks.kick(session)
            session.rollback()
            session.execute(text("SELECT 1"))
            session.commit()
        published.wait_for(0)

    def test_a_savepoint_is_no_commit(
        self, tasks: OutboxTasks, published: Published, sessions: sessionmaker[Session]
    ) -> None:
        with sessions() as session:
            session.begin()
            with session.begin_nested():
                tasks.kick(session)
            published.wait_for(0)
            nested = session.begin_nested()
            nested.rollback()
            session.commit()
        published.wait_for(1)

    def test_a_session_is_not_kept(self, tasks: OutboxTasks, sessions: sessionmaker[Session]) -> None:
        with sessions() as session:
            session.begin()
            tasks.kick(session)
            session.commit()
        reference = weakref.ref(session)
        del session
        gc.collect()
        assert reference() is None

    def test_a_scoped_session(self, tasks: OutboxTasks, published: Published, sessions: sessionmaker[Session]) -> None:
        scoped = scoped_session(sessions)
        scoped.execute(text("SELECT 1"))
        tasks.kick(scoped)
        scoped.commit()
        scoped.remove()
        published.wait_for(1)

    async def test_async_sessions(
        self,
        tasks: OutboxTasks,
        published: Published,
        outbox: Outbox,
        message: Make,
        async_sessions: async_sessionmaker[AsyncSession],
    ) -> None:
        async with async_sessions() as session, session.begin():
            await outbox.add_async(session, message(), key="a")
            tasks.kick(session)
            assert published.messages == []
        published.wait_for(1)

        scoped = async_scoped_session(async_sessions, scopefunc=lambda: 1)
        await scoped.execute(text("SELECT 1"))
        tasks.kick(scoped)
        await scoped.commit()
        await scoped.remove()
        published.wait_for(2)

    def test_a_session_that_a_web_request_forgets_to_commit_kicks_nobody(
        self, tasks: OutboxTasks, published: Published, sessions: sessionmaker[Session]
    ) -> None:
        with sessions() as session:
            session.execute(text("SELECT 1"))
            tasks.kick(session)
        published.wait_for(0)

    def test_other_connections_are_told_what_to_do(self, tasks: OutboxTasks, outbox: Outbox) -> None:
        engine = create_engine(f"sqlite:///{outbox.path}")
        with engine.begin() as connection, pytest.raises(InvalidArgumentError, match="call kick\\(\\) without it"):
            tasks.kick(connection)
        engine.dispose()
        with pytest.raises(InvalidArgumentError, match="A str doesn't say when it has committed"):
            tasks.kick("postgresql://localhost")


DJANGO = """
import sys
from django.conf import settings
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}})
import django
django.setup()
from django.db import connection, connections, transaction
from celery import Celery
from carrierx.outbox.celery import register

app = Celery(broker="memory://")
published = []
tasks = register(app, outbox=lambda: None, client=lambda: None)
tasks._kicker.kick = lambda: published.append("kick")
with transaction.atomic():
    tasks.kick(connection)
    with transaction.atomic():
        tasks.kick(connections["default"])
    assert published == []
assert published == ["kick", "kick"], published
try:
    with transaction.atomic():
        tasks.kick(connection)
        raise ZeroDivisionError
except ZeroDivisionError:
    pass
assert len(published) == 2
tasks.kick(connection)
print(len(published))
"""


def test_django(outbox: Outbox) -> None:
    """In a process of its own, because Django's settings are the process's."""
    command = [sys.executable, "-W", "error", "-c", DJANGO, outbox.path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert (done.stderr, done.stdout) == ("", "3\n")

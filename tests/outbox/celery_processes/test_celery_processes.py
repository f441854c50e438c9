"""Real Celery workers on real brokers: pools, signals, brokers that are away, and everything killed again and again."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import sysconfig
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carrierx import SendMessageRequest
from carrierx.emulator import DEMO_TOKEN, Emulator, serve
from carrierx.outbox import Outbox, OutboxMessage, OutboxUnavailableError, State
from tests.outbox.brokers import BROKERS, Broker, answers, broker_url, own_broker
from tests.outbox.celery_processes.app import AppSettings, make
from tests.outbox.celery_processes.harness import DISTURBANCES, Plan, Result, run
from tests.outbox.celery_processes.workers import CeleryProcess, beat, running, until, worker
from tests.outbox.postgres_server import (
    PostgresServer,
    database,
    needs_own_server,
    new_schema,
    server_url,
    shared_database,
)

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Celery's prefork pool needs fork"),
    pytest.mark.timeout(300),
]

PROGRAMS = sysconfig.get_path("scripts")
TEXT = "Meet me at the lighthouse"


@pytest.fixture(scope="module")
def brokers() -> Iterator[Callable[[str], str]]:
    """The URL of each broker that a test needs."""
    with ExitStack() as opened:
        urls: dict[str, str] = {}

        def url_of(name: str) -> str:
            if name not in urls:
                urls[name] = opened.enter_context(broker_url(name))
            return urls[name]

        yield url_of


class Place:
    """An outbox in PostgreSQL, an emulator, and the settings of its workers."""

    def __init__(self, folder: Path, emulator: Emulator, base_url: str, broker: str) -> None:
        self.folder = folder
        self.emulator = emulator
        self.settings = AppSettings(
            broker, f"q{uuid.uuid4().hex[:8]}", shared_database(), base_url, schema=new_schema(), sweep=0.3
        )
        self.outbox: Outbox = self.settings.outbox()
        self.outbox.create_schema()

    def add(self, count: int, name: str = "order") -> None:
        request = SendMessageRequest(from_="15162065575", to="15162065574", message=TEXT)
        self.outbox.add_many(None, [OutboxMessage(request, key=f"{name}-{number}") for number in range(count)])

    def accepted(self) -> int:
        return self.outbox.stats().counts.get(State.ACCEPTED, 0)

    def wait_for(self, count: int, *logs: CeleryProcess, managed: bool = False) -> None:
        """Wait until so many messages are accepted; with a process manager, or not."""

        def are_accepted() -> bool:
            for each in logs if managed else ():
                each.start_again_if_ended()
            return self.accepted() >= count

        until(are_accepted, logs=logs)
        assert self.accepted() == count == len(self.emulator.messages)


@contextmanager
def place_with(folder: Path, broker: str) -> Generator[Place]:
    with Emulator() as emulator, serve(emulator) as served:
        place = Place(folder, emulator, served.base_url, broker)
        try:
            yield place
        finally:
            place.outbox.close()


@pytest.mark.parametrize("broker", BROKERS)
@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_what_is_added_goes_out_and_a_worker_stops_cleanly(
    brokers: Callable[[str], str], broker: str, pool: str, tmp_path: Path
) -> None:
    with place_with(tmp_path, brokers(broker)) as place:
        place.add(40)
        one, timer = worker(place.settings, tmp_path, "one", pool=pool), beat(place.settings, tmp_path)
        with running(one, timer):
            place.wait_for(40, one, timer)
            assert one.stop() == 0
            assert timer.stop() == 0
        assert "raised unexpected" not in one.text()
        for private in ("15162065575", "15162065574", TEXT, "order-1", place.settings.database):
            assert private not in one.text() + timer.text()


@pytest.mark.parametrize("broker", BROKERS)
def test_a_kick_starts_a_worker_without_beat(brokers: Callable[[str], str], broker: str, tmp_path: Path) -> None:
    with place_with(tmp_path, brokers(broker)) as place:
        one = worker(place.settings, tmp_path, "one")
        with running(one):
            until(lambda: " ready." in one.text(), logs=(one,))  # otherwise the task may expire before
            _, tasks = make(place.settings)
            place.add(5)
            tasks.kick()
            place.wait_for(5, one)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_all_its_processes_interrupts_no_send(
    brokers: Callable[[str], str], tmp_path: Path, number: signal.Signals
) -> None:
    """As systemd and terminals send it: the children get it, too."""
    with place_with(tmp_path, brokers("redis")) as place:
        place.emulator.faults.delay(0.4)
        one, timer = worker(place.settings, tmp_path, "one"), beat(place.settings, tmp_path)
        with running(one, timer):
            place.add(30)
            until(lambda: place.emulator.messages, logs=(one,))
            one.send(number)
            one.process.wait(60)
            counts = place.outbox.stats().counts
            assert counts[State.ACCEPTED] == len(place.emulator.messages)
            assert set(counts) <= {State.ACCEPTED, State.QUEUED}


def test_a_broker_that_is_away_when_a_message_is_added(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with own_broker("redis") as broker, place_with(tmp_path, broker.url) as place:
        _, tasks = make(place.settings)
        broker.kill()
        begun = time.monotonic()
        with caplog.at_level(logging.WARNING, "carrierx"):
            place.add(5)
            tasks.kick()
            assert time.monotonic() - begun < 10
            until(lambda: "the broker didn't take a task" in caplog.text)
        one, timer = worker(place.settings, tmp_path, "one"), beat(place.settings, tmp_path)
        with running(one, timer):
            until(lambda: "Connection refused" in one.text() or "Cannot connect" in one.text(), logs=(one,))
            broker.start()
            place.wait_for(5, one, timer, managed=True)


@pytest.mark.parametrize("name", BROKERS)
def test_a_broker_that_is_killed_with_its_queue_in_mid_run(name: str, tmp_path: Path) -> None:
    with own_broker(name) as broker, place_with(tmp_path, broker.url) as place:
        one, timer = worker(place.settings, tmp_path, "one"), beat(place.settings, tmp_path)
        with running(one, timer):
            place.add(5)
            place.wait_for(5, one, timer)
            broker.kill()
            place.add(5, "later")
            time.sleep(1)
            broker.start()
            place.wait_for(10, one, timer, managed=True)


def test_tasks_of_a_machine_whose_clock_is_behind_are_replaced(brokers: Callable[[str], str], tmp_path: Path) -> None:
    """They are expired when they arrive, so no worker starts any of them."""
    with place_with(tmp_path, brokers("redis")) as place:
        one = worker(place.settings, tmp_path, "one")
        with running(one):
            place.add(5)
            _, made = make(place.settings)
            sweep: Any = made.sweep
            for _ in range(20):
                sweep.apply_async(countdown=0.01, expires=0.001)
            place.wait_for(5, one)
            assert "the clocks of two machines differ" in one.text()


def test_lost_repeated_and_delayed_tasks(brokers: Callable[[str], str], tmp_path: Path) -> None:
    """Delayed past Redis's visibility timeout, they are delivered again."""
    with place_with(tmp_path, brokers("redis")) as place:
        settings = replace(place.settings, visibility_timeout=1)
        one = worker(settings, tmp_path, "one", size=1)
        with running(one):
            place.emulator.faults.delay(0.3)
            place.add(30)
            _, made = make(settings)
            drain: Any = made.drain
            for _ in range(40):
                drain.apply_async(expires=600, task_id="the-same")
                drain.apply_async(expires=600)
            place.wait_for(30, one)


def test_suspended_workers_and_none_at_all(brokers: Callable[[str], str], tmp_path: Path) -> None:
    with place_with(tmp_path, brokers("redis")) as place:
        one, timer = worker(place.settings, tmp_path, "one"), beat(place.settings, tmp_path)
        with running(one, timer):
            place.add(5)
            place.wait_for(5, one, timer)
            one.send(signal.SIGSTOP)
            place.add(5, "suspended")
            time.sleep(2)
            one.send(signal.SIGCONT)
            place.wait_for(10, one, timer)
            one.stop()
            place.add(5, "none")
            time.sleep(1)
            two = worker(place.settings, tmp_path, "two")
            with running(two):
                place.wait_for(15, two, timer)


@needs_own_server()
def test_a_database_that_is_restarted(brokers: Callable[[str], str], tmp_path: Path) -> None:
    with (
        PostgresServer() as server,
        Emulator() as emulator,
        serve(emulator) as served,
        place_with(tmp_path, brokers("redis")) as place,
    ):
        settings = replace(place.settings, database=server.url, schema=None, base_url=served.base_url)
        with settings.outbox() as outbox:
            outbox.create_schema()
            request = SendMessageRequest(from_="15162065575", to="15162065574", message=TEXT)
            outbox.add(None, request, key="order-1")
            one, timer = worker(settings, tmp_path, "one"), beat(settings, tmp_path)
            with running(one, timer):
                until(lambda: len(emulator.messages) == 1, logs=(one,))
                server.stop("immediate")
                # A task that was running says it as an event, and one that can't begin as itself.
                said = re.compile("the database doesn't answer|DatabaseUnavailable")
                until(lambda: said.search(one.text()), logs=(one,))
                server.start()
                until(lambda: is_added(outbox, request, "order-2"))
                until(lambda: len(emulator.messages) == 2, logs=(one,))
            assert "raised unexpected" not in one.text()


def is_added(outbox: Outbox, request: SendMessageRequest, key: str) -> bool:
    try:
        outbox.add(None, request, key=key)
    except OutboxUnavailableError:
        return False
    return True


@pytest.mark.timeout(600)
@pytest.mark.parametrize("broker", BROKERS)
def test_everything_is_killed_and_each_message_goes_out_once(broker: str, tmp_path: Path) -> None:
    result = run(Plan(broker, 120, 0.05, broker_kills=2, seconds=400), tmp_path)

    assert result.violations() == []
    assert result.accepted >= 120
    # It was as hard as it says.
    assert result.faulted > 0.4
    assert set(result.done) - {"restart"} == {"start", *DISTURBANCES}
    assert result.tasks["sent something"] > 0
    assert min(result.attempts[outcome] for outcome in ("found", "absent", "unknown")) > 0


def test_a_run_without_a_worker_fails(tmp_path: Path) -> None:
    """It sends nothing twice."""
    plan = Plan("redis", 5, 0.02, workers=0, broker_kills=0, disturbances=("duplicates",), seconds=4)
    result = run(plan, tmp_path)

    assert not result.twice
    found = " ".join(result.violations())
    assert "no message was accepted" in found
    assert "messages lost" in found
    assert "messages unfinished" in found


def test_what_must_not_be() -> None:
    assert Result(accepted=1).violations() == []
    assert len(Result(1.0, 0, ["a"], ["b"], ["c"]).violations()) == 4


@pytest.mark.parametrize("name", BROKERS)
def test_a_broker_of_ones_own_loses_its_queue_and_comes_back_at_its_url(name: str) -> None:
    broker: Broker = own_broker(name)
    with broker:
        assert answers(broker.url)
        broker.kill()
        assert not answers(broker.url)
        broker.start()
        assert answers(broker.url)
    assert not broker.folder.exists()
    assert threading.active_count() < 50


def test_the_commands_of_the_page(brokers: Callable[[str], str], tmp_path: Path) -> None:
    """docs/how-to/outbox-celery.md: its application and its two commands, as they stand."""
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "outbox-celery.md").read_text(encoding="utf-8")
    (application,) = [
        block for block in re.findall(r"```python\n(.*?)```", page, re.S) if "sending = register" in block
    ]
    commands = re.findall(r"^celery -A texts .*$", page, re.M)
    assert len(commands) == 2
    (tmp_path / "texts.py").write_text(application, encoding="utf-8")
    with (
        Emulator() as emulator,
        serve(emulator) as served,
        server_url() as server,
        database(server) as url,
        Outbox(url) as outbox,
    ):
        outbox.create_schema()
        request = SendMessageRequest(from_="15162065575", to="15162065574", message=TEXT)
        outbox.add(None, request, key="order-17")
        settings = {"BROKER_URL": brokers("rabbitmq"), "CARRIERX_OUTBOX": url, "CARRIERX_TOKEN": DEMO_TOKEN}
        settings |= {"CARRIERX_BASE_URL": served.base_url, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}
        with ExitStack() as stack:
            for command in commands:
                process = subprocess.Popen(
                    command.split(),
                    cwd=tmp_path,
                    env={**os.environ, **settings},
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
                stack.callback(process.wait)
                # Not SIGTERM: beat can wait for a lock in its handler, and then survives it.
                stack.callback(os.killpg, process.pid, signal.SIGKILL)
            until(lambda: emulator.messages)
        assert len(emulator.messages) == 1

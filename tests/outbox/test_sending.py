"""A worker, with threads and with tasks, against a served emulator: what becomes of messages."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import httpx
import pytest

from carrierx import AsyncCarrierXClient, CarrierXClient, ConfigurationError, InvalidArgumentError, SendMessageRequest
from carrierx.emulator import DEMO_TOKEN, Emulator
from carrierx.emulator.faults.kinds import FaultWhere
from carrierx.outbox import (
    Outbox,
    OutboxEvent,
    OutboxMessage,
    OutboxSchemaError,
    OutboxUnavailableError,
    RunReport,
    State,
    WorkerConflictError,
    worker,
)
from carrierx.outbox.events import (
    AbsenceProven,
    ClaimingStopped,
    DatabaseUnavailable,
    MessageAccepted,
    MessageFound,
    MessageUnknown,
    OutboxPaused,
    WorkerStopped,
)
from carrierx.outbox.ports import Claimed, ClaimRequest, ClaimResult, Recorded, SendReport
from carrierx.outbox.sqlite_store import SqliteStore

Make = Callable[..., SendMessageRequest]
POSTS: FaultWhere = {"path": "/sms/messages", "method": "POST"}
ONCE: FaultWhere = {**POSTS, "times": 1}


def states(outbox: Outbox) -> dict[str, str]:
    return {each.key: str(each.state) for each in outbox.iterate()}


def run_until(outbox: Outbox, client: CarrierXClient, done: Callable[[], bool], seconds: float = 20.0) -> RunReport:
    """Run a worker until something is true, or fail."""
    end = time.monotonic() + seconds
    report = outbox.run(client, concurrency=2, until=lambda: done() or time.monotonic() > end)
    assert done()
    return report


@pytest.fixture(params=["threads", "tasks", "tasks with aiohttp"])
def drain(request: pytest.FixtureRequest, outbox: Outbox, base_url: str) -> Callable[..., RunReport]:
    """Drain the outbox with one of the two kinds of workers, the async one with each library."""
    library: Literal["httpx", "aiohttp"] = "aiohttp" if "aiohttp" in request.param else "httpx"

    def drain_it(**options: float) -> RunReport:
        if request.param == "threads":
            with CarrierXClient(DEMO_TOKEN, base_url=base_url) as client:
                return outbox.drain(client, **options)  # type: ignore[arg-type]

        async def in_loop() -> RunReport:
            async with AsyncCarrierXClient(DEMO_TOKEN, base_url=base_url, async_backend=library) as client:
                return await outbox.drain_async(client, **options)  # type: ignore[arg-type]

        return asyncio.run(in_loop())

    return drain_it


def test_everything_that_is_due_is_sent_once(
    outbox: Outbox, drain: Callable[..., RunReport], message: Make, emulator: Emulator
) -> None:
    outbox.add_many(None, [OutboxMessage(message(f"Text {n}"), key=f"key {n}") for n in range(30)])
    outbox.add(None, message(), key="tomorrow", due_at=timedelta(days=1))

    report = drain()

    assert (report.accepted, report.stopped_because) == (30, "drained")
    assert states(outbox) == {**{f"key {n}": "accepted" for n in range(30)}, "tomorrow": "queued"}
    assert len(emulator.messages) == 30
    found = outbox.get("key 3")
    assert found is not None
    assert found.message_sid in [each["message_sid"] for each in emulator.messages]


def test_messages_are_sent_in_the_order_in_which_they_were_given(
    outbox: Outbox, drain: Callable[..., RunReport], message: Make, emulator: Emulator
) -> None:
    keys = ["b", "a", "d", "c"]
    outbox.add_many(None, [OutboxMessage(message(key), key=key) for key in keys])

    drain(concurrency=1)

    assert [each["message"] for each in emulator.messages] == keys


def test_a_drain_ends_with_its_time(outbox: Outbox, drain: Callable[..., RunReport], message: Make) -> None:
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(100)])

    report = drain(rate=5, seconds=0.5)

    assert report.stopped_because == "time"
    assert report.accepted + report.not_sent >= 1  # a busy machine misses time slots
    assert report.accepted <= 4
    assert outbox.stats().sending == 0  # what was claimed and not sent is queued again


def test_a_refused_message(outbox: Outbox, drain: Callable[..., RunReport], message: Make, emulator: Emulator) -> None:
    emulator.faults.answer(422, **ONCE)
    outbox.add(None, message(), key="a")

    assert drain().rejected == 1
    found = outbox.get("a")
    assert found is not None
    assert (found.state, found.reason) == (State.REJECTED, "ObjectValidationError (422)")


def test_a_refused_token_pauses_the_outbox(
    outbox: Outbox, drain: Callable[..., RunReport], message: Make, emulator: Emulator, events: list[OutboxEvent]
) -> None:
    emulator.faults.answer(401, **POSTS)
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(5)])

    assert drain(concurrency=1).stopped_because == "paused"

    assert set(states(outbox).values()) == {"queued"}
    assert "401" in (outbox.stats().paused or "")
    assert len([event for event in events if isinstance(event, OutboxPaused)]) == 1
    assert any(isinstance(event, ClaimingStopped) for event in events)
    emulator.faults.clear()
    outbox.resume()
    assert drain().accepted == 5


def test_429_holds_everybody(
    outbox: Outbox, drain: Callable[..., RunReport], message: Make, emulator: Emulator
) -> None:
    emulator.faults.answer(429, retry_after=1, **ONCE)
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(3)])
    begun = time.monotonic()

    end = begun + 20
    while outbox.stats().depth and time.monotonic() < end:
        drain(concurrency=1)

    assert time.monotonic() - begun > 0.9
    assert set(states(outbox).values()) == {"accepted"}


def test_a_lost_answer_is_found(
    outbox: Outbox, client: CarrierXClient, message: Make, emulator: Emulator, events: list[OutboxEvent]
) -> None:
    emulator.faults.lose_answer(**ONCE)
    outbox.add(None, message(), key="a")

    run_until(outbox, client, lambda: states(outbox) == {"a": "accepted"})

    assert len(emulator.messages) == 1
    assert [type(event) for event in events if getattr(event, "key", "") == "a"][1:] == [MessageUnknown, MessageFound]
    assert [entry.outcome for entry in outbox.attempts("a")] == ["unknown", "found"]


def test_what_never_arrived_is_sent_again_once_that_is_proven(
    outbox: Outbox, client: CarrierXClient, message: Make, emulator: Emulator, events: list[OutboxEvent]
) -> None:
    emulator.faults.answer(500, **ONCE)  # CarrierX doesn't accept it, but nobody can know that
    outbox.add(None, message(), key="a", priority=1)
    number = 0

    def all_accepted() -> bool:
        nonlocal number
        if states(outbox)["a"] == "accepted":
            return True
        number += 1
        outbox.add(None, message(f"Later {number}"), key=f"later {number}")  # one of these becomes the canary
        return False

    run_until(outbox, client, all_accepted)

    assert [entry.outcome for entry in outbox.attempts("a")] == ["unknown", "absent", "accepted"]
    assert AbsenceProven("a", State.QUEUED) in events
    assert sum(each["message"] == "Your order is on its way" for each in emulator.messages) == 1


def test_without_a_later_message_a_person_decides(
    client: CarrierXClient, message: Make, emulator: Emulator, outbox: Outbox
) -> None:
    patient = Outbox(f"sqlite:///{outbox.path}", settings=replace(outbox.settings, canary_wait=1.0), namespace="quiet")
    emulator.faults.answer(500, **ONCE)
    patient.add(None, message(), key="a")

    run_until(patient, client, lambda: states(patient) == {"a": "review"})
    assert not emulator.messages
    patient.resolve("a", sent=False)
    assert patient.drain(client).accepted == 1
    assert len(emulator.messages) == 1
    patient.close()


def test_an_opt_in_lets_absence_count_without_a_canary(
    client: CarrierXClient, message: Make, emulator: Emulator, outbox: Outbox
) -> None:
    settings = replace(outbox.settings, absence_without_canary=2.0)
    quiet = Outbox(f"sqlite:///{outbox.path}", settings=settings, namespace="quiet")
    emulator.faults.answer(500, **ONCE)
    quiet.add(None, message(), key="a")

    run_until(quiet, client, lambda: states(quiet) == {"a": "accepted"})
    quiet.close()


@contextmanager
def hanging_claims(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Let the database answer claims only after the block, and wait until it has."""
    hangs = threading.Event()
    store = outbox._store  # pyright: ignore[reportPrivateUsage]
    claim = store.claim

    def claim_at_last(request: ClaimRequest) -> ClaimResult:
        assert hangs.wait(60)
        return claim(request)

    monkeypatch.setattr(store, "claim", claim_at_last)
    try:
        yield
    finally:
        threads = [thread for thread in threading.enumerate() if thread.name.startswith("carrierx-outbox-")]
        hangs.set()
        for thread in threads:
            thread.join()


HANGS = DatabaseUnavailable("stop", "it takes statements and doesn't answer")


def test_a_database_that_hangs_does_not_keep_a_worker_from_ending(
    outbox: Outbox, client: CarrierXClient, events: list[OutboxEvent], message: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.add(None, message(), key="a")
    with hanging_claims(outbox, monkeypatch):
        assert outbox.drain(client, seconds=0.1, concurrency=1).stopped_because == "time"
        assert HANGS in events
    assert states(outbox) == {"a": "queued"}  # what it claims at last, it doesn't send


@pytest.mark.parametrize("ends_by", ["time", "a cancellation", "a cancellation of every task"])
async def test_a_database_that_hangs_does_not_keep_an_async_worker_from_ending(
    outbox: Outbox,
    async_client: AsyncCarrierXClient,
    events: list[OutboxEvent],
    message: Make,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    ends_by: str,
) -> None:
    outbox.add(None, message(), key="a")
    with hanging_claims(outbox, monkeypatch):
        seconds = 0.1 if ends_by == "time" else None
        running = asyncio.create_task(outbox.drain_async(async_client, seconds=seconds, concurrency=2))
        await asyncio.sleep(0.1)
        if ends_by == "time":
            assert (await running).stopped_because == "time"
        else:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others if ends_by == "a cancellation of every task" else {running}:
                task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        assert HANGS in events
        assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not emulator.messages  # what the database claims at last is for nobody, and its lease expires


def test_until_an_event_is_set(outbox: Outbox, client: CarrierXClient, events: list[OutboxEvent]) -> None:
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()

    assert outbox.run(client, until=stop).stopped_because == "until"
    assert events[-1] == WorkerStopped("until")
    timer.join()


def test_a_worker_elsewhere_is_refused(outbox: Outbox, client: CarrierXClient) -> None:
    started, stop = threading.Event(), threading.Event()

    def until() -> bool:
        started.set()
        return stop.is_set()

    thread = threading.Thread(target=lambda: outbox.run(client, until=until))
    thread.start()
    assert started.wait(30)
    with pytest.raises(WorkerConflictError, match="one worker"):
        outbox.drain(client)
    with (
        Outbox(f"sqlite:///{outbox.path}", namespace="other") as other,
        pytest.raises(WorkerConflictError, match="one worker for each file, also if the file has several namespaces"),
    ):
        other.drain(client)
    stop.set()
    thread.join()
    outbox.drain(client)


async def until_accepted(emulator: Emulator) -> None:
    """Wait for the first message; its response may still be delayed."""
    async with asyncio.timeout(30):
        while not emulator.messages:  # noqa: ASYNC110 - the emulator runs in a thread and has no event to wait for
            await asyncio.sleep(0.01)


async def test_a_cancelled_worker_finishes_what_it_sends(
    outbox: Outbox, async_client: AsyncCarrierXClient, message: Make, emulator: Emulator
) -> None:
    emulator.faults.delay(0.5, **POSTS)
    outbox.add(None, message(), key="a")
    task = asyncio.create_task(outbox.run_async(async_client))
    await until_accepted(emulator)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert states(outbox) == {"a": "accepted"}
    assert len(emulator.messages) == 1


@pytest.mark.parametrize("after", [0.0, 0.05, 0.25], ids=["starting", "claiming", "sending"])
@pytest.mark.parametrize("rate", [None, 3.0], ids=["no rate", "a rate"])
async def test_what_is_under_way_is_written_if_every_task_is_cancelled(
    outbox: Outbox,
    async_client: AsyncCarrierXClient,
    message: Make,
    emulator: Emulator,
    after: float,
    rate: float | None,
) -> None:
    """As asyncio.run does at its end, and some servers at theirs."""
    emulator.faults.delay(0.5, **POSTS)
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(20)])
    running = asyncio.create_task(outbox.run_async(async_client, concurrency=5, rate=rate))
    await asyncio.sleep(after)

    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert outbox.stats().sending == 0  # it is queued, or accepted, or unknown
    await asyncio.sleep(0.6)
    accepted = [each["message_sid"] for each in emulator.messages]
    assert len(accepted) <= outbox.stats().unknown + outbox.stats().counts.get(State.ACCEPTED, 0)


async def test_a_worker_ends_if_only_its_tasks_are_cancelled(
    outbox: Outbox, async_client: AsyncCarrierXClient, message: Make, emulator: Emulator
) -> None:
    emulator.faults.delay(0.5, **POSTS)
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(20)])
    running = asyncio.create_task(outbox.run_async(async_client, concurrency=5))
    await until_accepted(emulator)

    for task in asyncio.all_tasks():
        if task.get_name() == "carrierx-outbox":
            task.cancel()

    assert (await running).stopped_because == "cancelled"
    assert outbox.stats().sending == 0


async def test_async_until(outbox: Outbox, async_client: AsyncCarrierXClient) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, stop.set)

    assert (await outbox.run_async(async_client, until=stop)).stopped_because == "until"


def test_a_client_that_was_closed_ends_its_worker_and_no_other(
    outbox: Outbox, client: CarrierXClient, base_url: str, message: Make
) -> None:
    outbox.add(None, message(), key="order-17")
    closed = CarrierXClient(DEMO_TOKEN, base_url=base_url)
    closed.close()

    with pytest.raises(ConfigurationError, match="This client is closed"):
        outbox.run(closed)
    after = outbox.stats()
    report = outbox.drain(client)

    assert (after.paused, after.depth) == (None, 1)
    assert report.accepted == 1


def test_an_exception_of_until_ends_the_worker(outbox: Outbox, client: CarrierXClient) -> None:
    def until() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outbox.run(client, until=until)
    outbox.drain(client)


def test_an_exception_in_a_thread_reaches_the_caller(
    outbox: Outbox, client: CarrierXClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(SqliteStore, "take_lookups", broken)
    with pytest.raises(ZeroDivisionError):
        outbox.run(client)


def test_results_are_written_once_the_database_is_back(
    outbox: Outbox, client: CarrierXClient, message: Make, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, calls = SqliteStore.record, list[float]()

    def away(store: SqliteStore, claimed: Claimed, report: SendReport) -> Recorded:
        calls.append(time.monotonic())
        if len(calls) < 4:
            raise OutboxUnavailableError("away")
        return record(store, claimed, report)

    monkeypatch.setattr(SqliteStore, "record", away)
    outbox.add(None, message(), key="a")

    assert outbox.drain(client).accepted == 1
    assert len(emulator.messages) == 1
    assert states(outbox) == {"a": "accepted"}


def test_a_result_that_is_never_written_leaves_an_unknown_message(
    outbox: Outbox, client: CarrierXClient, message: Make, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*arguments: object) -> None:
        raise OutboxUnavailableError("away")

    outbox.add(None, message(), key="a")
    with monkeypatch.context() as patched:
        patched.setattr(SqliteStore, "record", away)
        outbox.drain(client, seconds=1.5)
    assert states(outbox) == {"a": "sending"}

    run_until(outbox, client, lambda: states(outbox) == {"a": "accepted"})
    assert [entry.outcome for entry in outbox.attempts("a")] == ["lease_expired", "found"]
    assert len(emulator.messages) == 1


def test_a_rate_is_kept(outbox: Outbox, client: CarrierXClient, message: Make, emulator: Emulator) -> None:
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(20)])
    begun = time.monotonic()

    report = outbox.drain(client, rate=20)

    assert report.accepted == 20
    assert time.monotonic() - begun > 0.9


def test_a_drain_waits_for_its_senders(outbox: Outbox, client: CarrierXClient, message: Make) -> None:
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(4)])

    assert outbox.drain(client, sender_rate=10).accepted == 4


def test_a_long_pause_between_two_tries_to_write_a_result_does_not_outlast_a_stop(
    outbox: Outbox, client: CarrierXClient, message: Make, events: list[OutboxEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*arguments: object) -> None:
        raise OutboxUnavailableError("away")

    monkeypatch.setattr(worker, "_FIRST_OUTAGE_PAUSE", 3600.0)
    monkeypatch.setattr(worker, "_LONGEST_OUTAGE_PAUSE", 3600.0)
    monkeypatch.setattr(SqliteStore, "record", away)
    outbox.add(None, message(), key="a")

    outbox.run(client, until=lambda: any(isinstance(each, DatabaseUnavailable) for each in events))

    assert {each.operation for each in events if isinstance(each, DatabaseUnavailable)} == {"record"}
    assert states(outbox) == {"a": "sending"}


def test_a_row_that_breaks_rules(outbox: Outbox, client: CarrierXClient, message: Make, emulator: Emulator) -> None:
    outbox.add_many(None, [OutboxMessage(message(), key=key) for key in ("garbage", "rule", "good")])
    with closing(sqlite3.connect(outbox.path)) as connection, connection:
        change = "UPDATE carrierx_outbox_message SET request = ? WHERE key = ?"
        connection.execute(change, ("garbage", "garbage"))
        connection.execute(change, ('{"from": "15162065575", "to": "1", "message": "Hello"}', "rule"))

    assert outbox.drain(client).rejected == 2
    assert states(outbox) == {"garbage": "rejected", "rule": "rejected", "good": "accepted"}
    assert len(emulator.messages) == 1


def test_a_transaction_that_is_committed_very_late(
    outbox: Outbox, client: CarrierXClient, message: Make, emulator: Emulator
) -> None:
    with closing(sqlite3.connect(outbox.path)) as connection:
        connection.execute("BEGIN")
        outbox.add(connection, message(), key="a", expires_at=timedelta(seconds=0.3))
        outbox.add(connection, message(), key="b")
        time.sleep(0.4)
        connection.commit()

    assert outbox.drain(client).accepted == 1
    assert states(outbox) == {"a": "expired", "b": "accepted"}


def test_tables_that_are_upgraded_under_a_worker_end_it(
    outbox: Outbox, client: CarrierXClient, events: list[OutboxEvent]
) -> None:
    def upgrade() -> None:
        with closing(sqlite3.connect(outbox.path)) as connection, connection:
            connection.execute("UPDATE carrierx_outbox_meta SET schema_version = 99")

    timer = threading.Timer(0.2, upgrade)
    timer.start()
    with pytest.raises(OutboxSchemaError, match="version 99"):
        outbox.run(client)
    timer.join()
    assert events[-1] == WorkerStopped("OutboxSchemaError")


def test_a_client_with_another_http_client_is_refused(outbox: Outbox, base_url: str) -> None:
    with httpx.Client() as http, CarrierXClient(DEMO_TOKEN, base_url=base_url, http_client=http) as client:
        with pytest.raises(ConfigurationError, match="http_client of yours"):
            outbox.run(client)
        assert not client.uses_own_session


def test_the_wrong_kind_of_client(outbox: Outbox, async_client: AsyncCarrierXClient) -> None:
    with pytest.raises(ConfigurationError, match="needs a CarrierXClient, not AsyncCarrierXClient"):
        outbox.run(async_client)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("options", [{"rate": 0}, {"rate": "5"}, {"sender_rate": -1}, {"concurrency": 0}])
def test_options_out_of_range(outbox: Outbox, client: CarrierXClient, options: dict[str, object]) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(options))):
        outbox.run(client, **options)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_a_purge_while_sending(outbox: Outbox, client: CarrierXClient, message: Make, emulator: Emulator) -> None:
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(40)])
    stop = threading.Event()

    def purge() -> None:
        while not stop.is_set():
            outbox.purge(older_than=timedelta(0))

    thread = threading.Thread(target=purge)
    thread.start()
    outbox.drain(client)
    stop.set()
    thread.join()

    assert len(emulator.messages) == 40
    assert set(states(outbox).values()) == {"accepted"}


def test_verify(outbox: Outbox, client: CarrierXClient, message: Make, emulator: Emulator) -> None:
    outbox.add_many(None, [OutboxMessage(message(), key=f"key {n}") for n in range(4)])
    outbox.cancel("key 3")
    outbox.drain(client)
    assert outbox.verify(client).ok

    for key in ("key 0", "key 3"):
        found = outbox.get(key)
        assert found is not None
        client.messages.send(message(), reference=found.reference)
    report = outbox.verify(client)

    assert (report.checked, report.sent_twice, report.unexpected, report.missing) == (4, ("key 0",), ("key 3",), ())
    assert not report.ok
    assert outbox.verify(client, most=2).last_id < report.last_id


def test_events_of_one_message(
    outbox: Outbox, client: CarrierXClient, message: Make, events: list[OutboxEvent]
) -> None:
    outbox.add(None, message(), key="a")
    outbox.drain(client)

    [accepted] = [event for event in events if isinstance(event, MessageAccepted)]
    assert (accepted.key, accepted.attempt, accepted.late) == ("a", 1, False)


def test_a_handler_that_raises_ends_nothing(outbox: Outbox, client: CarrierXClient, message: Make) -> None:
    def broken(event: OutboxEvent) -> None:
        raise ZeroDivisionError

    loud = Outbox(f"sqlite:///{outbox.path}", settings=outbox.settings, on_event=broken)
    loud.add(None, message(), key="a")

    assert loud.drain(client).accepted == 1
    loud.close()

"""What a claim costs doesn't depend on how many messages wait: by the steps of the database."""

import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from benchmarks.outbox import fill

from carrierx.outbox import OutboxSettings
from carrierx.outbox.clock import SystemClock
from carrierx.outbox.ports import ClaimRequest, Pace
from carrierx.outbox.sqlite_store import SqliteStore

SENDERS = 100
UNPACED, PACED = Pace(), Pace(sender_rate=0.001)


@contextmanager
def filled(folder: Path, rows: int) -> Generator[SqliteStore]:
    store = SqliteStore(f"{folder}/{rows}.db", "default", OutboxSettings(), SystemClock())
    store.create_schema()
    fill(store, rows, SENDERS)
    with closing(store):
        yield store


def steps_of_a_claim(store: SqliteStore, pace: Pace = UNPACED) -> int:
    """Count steps of the database, which a busy machine doesn't change."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with store.transaction() as connection:
        connection.set_progress_handler(count, 1)
    try:
        assert len(store.claim(ClaimRequest([f"token-{time.monotonic_ns()}"], pace)).messages) == 1
    finally:
        with store.transaction() as connection:
            connection.set_progress_handler(None, 0)
    return steps


def block(store: SqliteStore, senders: int) -> None:
    """Let so many senders have no slot. All of their messages are due before those of the other senders."""
    with store.transaction() as connection:
        for number in range(senders):
            sender = f"1516{number:07}"
            connection.execute("INSERT INTO carrierx_outbox_pace VALUES ('default', ?, ?)", (sender, time.time() + 99))
            connection.execute("UPDATE carrierx_outbox_message SET due_at = due_at - 9 WHERE sender = ?", (sender,))


@pytest.mark.parametrize("blocked", [0, SENDERS - 1])
def test_a_claim_takes_as_many_steps_with_many_messages(tmp_path: Path, blocked: int) -> None:
    """Also if the senders of all messages but a few have no slot."""
    with filled(tmp_path, 10 * SENDERS) as few, filled(tmp_path, 200 * SENDERS) as many:
        steps = list[int]()
        for store in (few, many):
            block(store, blocked)
            steps.append(steps_of_a_claim(store, PACED if blocked else UNPACED))

    assert steps[1] <= 1.5 * steps[0]


def test_a_claim_takes_as_many_steps_after_a_recovery_of_many_messages(tmp_path: Path) -> None:
    """None of them counts against the most that may be unknown."""
    steps = list[int]()
    for rows in (10 * SENDERS, 100 * SENDERS):
        with filled(tmp_path, rows) as store:
            with store.transaction() as connection:
                connection.execute("UPDATE carrierx_outbox_message SET due_at = 0 WHERE id = 1")
            store.recover(force=True)
            with store.transaction() as connection:
                connection.execute("UPDATE carrierx_outbox_message SET state = 'queued' WHERE id = 1")
            steps.append(steps_of_a_claim(store))

    assert steps[1] <= 1.5 * steps[0]

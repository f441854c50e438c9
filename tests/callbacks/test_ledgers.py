"""What is new, what came twice, and what came late: the same for every ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from carrierx import ConfigurationError, Message
from carrierx.callbacks import CallbackLedger, MemoryLedger, SeenStatus, SQLiteLedger, parse
from tests.callbacks.carrier import inbound, status_update

NEW, DUPLICATE, OUT_OF_ORDER = SeenStatus.NEW, SeenStatus.DUPLICATE, SeenStatus.OUT_OF_ORDER


class Maker(Protocol):
    """Makes a ledger whose clock is `now`."""

    now: float

    def __call__(self, *, max_entries: int = 100_000, keep_for: timedelta = timedelta(days=7)) -> CallbackLedger: ...


class MemoryMaker:
    now = 1_700_000_000.0

    def __call__(self, *, max_entries: int = 100_000, keep_for: timedelta = timedelta(days=7)) -> CallbackLedger:
        return MemoryLedger(max_entries=max_entries, keep_for=keep_for, clock=lambda: self.now)


class SQLiteMaker:
    now = 1_700_000_000.0

    def __init__(self, path: Path) -> None:
        self.path = path
        self.made: list[SQLiteLedger] = []

    def __call__(self, *, max_entries: int = 100_000, keep_for: timedelta = timedelta(days=7)) -> CallbackLedger:
        self.made.append(SQLiteLedger(self.path, max_entries=max_entries, keep_for=keep_for, clock=lambda: self.now))
        return self.made[-1]


@pytest.fixture(params=["memory", "sqlite"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    if request.param == "memory":
        yield MemoryMaker()
        return
    maker = SQLiteMaker(tmp_path / "seen.db")
    yield maker
    for ledger in maker.made:
        ledger.close()


def update(status: str | None, sid: str = "097b49df") -> Message:
    return parse(json.dumps(status_update(message_sid=sid, **({} if status is None else {"status": status}))))


def seen_statuses(ledger: CallbackLedger, *statuses: str, sid: str = "097b49df") -> list[SeenStatus]:
    return [ledger.record(update(status, sid)) for status in statuses]


def test_statuses_move_forward(make: Maker) -> None:
    assert seen_statuses(make(), "queued", "sent", "delivered") == [NEW, NEW, NEW]


def test_what_comes_twice_is_a_duplicate(make: Maker) -> None:
    assert seen_statuses(make(), "sent", "sent", "delivered", "sent", "delivered") == [
        NEW,
        DUPLICATE,
        NEW,
        DUPLICATE,
        DUPLICATE,
    ]


def test_what_comes_late_is_out_of_order_and_then_a_duplicate(make: Maker) -> None:
    assert seen_statuses(make(), "delivered", "queued", "sent", "sent") == [NEW, OUT_OF_ORDER, OUT_OF_ORDER, DUPLICATE]


def test_a_status_may_be_left_out(make: Maker) -> None:
    assert seen_statuses(make(), "delivered", "delivered") == [NEW, DUPLICATE]


def test_an_unknown_status_is_new_once_whenever_it_comes(make: Maker) -> None:
    assert seen_statuses(make(), "delivered", "failed", "failed", "expired", "SENT") == [NEW, NEW, DUPLICATE, NEW, NEW]


def test_messages_do_not_disturb_each_other(make: Maker) -> None:
    ledger = make()

    assert seen_statuses(ledger, "delivered", sid="one") == seen_statuses(ledger, "sent", sid="two") == [NEW]


def test_an_inbound_message_is_new_once(make: Maker) -> None:
    ledger = make()
    message = parse(json.dumps(inbound()))
    unmarked = parse(json.dumps(inbound(status=None)))

    assert [ledger.record(each) for each in (message, message, unmarked, unmarked)] == [NEW, DUPLICATE, NEW, DUPLICATE]


def test_what_is_forgotten_is_new_again(make: Maker) -> None:
    ledger = make()
    seen_statuses(ledger, "sent", "delivered")

    ledger.forget(update("delivered"))
    ledger.forget(update("delivered"))
    ledger.forget(update("sent", "never seen"))

    assert seen_statuses(ledger, "sent", "delivered") == [DUPLICATE, NEW]


def test_the_oldest_are_forgotten_first(make: Maker) -> None:
    ledger = make(max_entries=3)
    for sid in "abcd":
        seen_statuses(ledger, "sent", sid=sid)

    assert [ledger.record(update("sent", sid)) for sid in "bcda"] == [DUPLICATE, DUPLICATE, DUPLICATE, NEW]


def test_what_is_old_is_forgotten(make: Maker) -> None:
    ledger = make(keep_for=timedelta(hours=1))
    seen_statuses(ledger, "delivered")
    make.now += 3599
    assert seen_statuses(ledger, "delivered", "sent") == [DUPLICATE, OUT_OF_ORDER]
    make.now += 1
    assert seen_statuses(ledger, "delivered", "sent") == [NEW, DUPLICATE]


def test_more_than_a_few_may_be_old(make: Maker) -> None:
    ledger = make(keep_for=timedelta(hours=1))
    for number in range(250):
        seen_statuses(ledger, "sent", sid=str(number))
    make.now += 3600

    assert [ledger.record(update("sent", str(number))) for number in range(249, -1, -1)] == [NEW] * 250


def test_long_names_are_told_apart_at_a_bounded_length(make: Maker) -> None:
    ledger = make()
    long = "x" * 200_000

    assert seen_statuses(ledger, f"{long}1", f"{long}2", f"{long}1") == [NEW, NEW, DUPLICATE]
    assert ledger.record(update("sent", f"{long}1")) is NEW
    assert ledger.record(update("sent", f"{long}2\x00'\";")) is NEW


@pytest.mark.parametrize("bounds", [{"max_entries": 0}, {"keep_for": timedelta(0)}, {"max_entries": -1}])
def test_a_ledger_that_remembers_nothing_is_refused(make: Maker, bounds: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="at least one callback"):
        # A dict of mixed values fits no signature.
        make(**bounds)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_of_many_threads_just_one_hears_new(make: Maker) -> None:
    ledger = make()
    messages = [update("sent", str(number % 20)) for number in range(160)]

    with ThreadPoolExecutor(8) as threads:
        heard = list(threads.map(ledger.record, messages))

    assert heard.count(NEW) == 20
    assert heard.count(DUPLICATE) == 140


def test_memory_is_bounded() -> None:
    ledger = MemoryLedger(max_entries=10)
    for number in range(1000):
        seen_statuses(ledger, "sent", sid=str(number))

    assert len(ledger) == 10

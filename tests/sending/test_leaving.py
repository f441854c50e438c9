"""A batch that is left early, entered wrongly or read slowly."""

from __future__ import annotations

import gc
import itertools
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from types import CodeType
from typing import Any

import pytest

from carrierx import InvalidArgumentError, Outcome
from carrierx.emulator import Emulator
from carrierx.sending.batch import SendBatch
from carrierx.sending.plan import SendResult, UnstartedBatchWarning
from tests.sending.batches import Answerer, Batch, indices, read_into, send_many, text, texts
from tests.support.client_factory import ClientFactory
from tests.support.scripts import Script
from tests.support.signal_after_steps import SignalAfterSteps


def endless() -> Iterator[dict[str, object]]:
    return (text(number) for number in itertools.count())


def assert_nothing_is_lost(batch: Batch, read: list[Any], answerer: Answerer) -> None:
    """Each request that was taken has one result, and each that was sent says so."""
    taken = batch.taken
    assert indices(read, batch.unread) == list(range(taken))
    outcomes = [result.outcome for result in (*read, *batch.unread)]
    assert outcomes.count(Outcome.ACCEPTED) == answerer.answered
    time.sleep(0.02)
    assert batch.taken == taken, "requests were taken after the batch was left"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("carrierx-send")]


@pytest.mark.parametrize("concurrency", [1, 2, 10])
@pytest.mark.parametrize("reads", [0, 1, 25])
def test_a_block_that_is_left_early_loses_no_result(factory: ClientFactory, concurrency: int, reads: int) -> None:
    answerer, read = Answerer(), list[Any]()
    with send_many(factory, factory.scripted(Script(answerer)), endless(), concurrency=concurrency) as batch:
        for _ in range(reads):
            read.append(next(batch))
        batch.idle(0.01)
        assert batch.unread == ()

    assert_nothing_is_lost(batch, read, answerer)
    assert list(batch) == []


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyboardInterrupt(), SystemExit()])
def test_an_exception_in_the_block_goes_on_and_loses_no_result(factory: ClientFactory, error: BaseException) -> None:
    answerer, read = Answerer(), list[Any]()
    batch = send_many(factory, factory.scripted(Script(answerer)), endless(), concurrency=5)
    with pytest.raises(type(error)) as caught, batch:
        read_into(read, batch, most=7, then=error)

    assert caught.value is error
    assert_nothing_is_lost(batch, read, answerer)


def test_a_real_interrupt_while_waiting_for_a_result_loses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the main thread, where Ctrl-C arrives; the sync client only, since asyncio turns it into a cancellation."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    held = threading.Event()

    def interrupt_once() -> None:
        if answerer.answered == 5:
            signal.raise_signal(signal.SIGINT)
            held.set()

    answerer, read = Answerer(interrupt_once), list[Any]()
    try:
        factory = ClientFactory()
        batch = send_many(factory, factory.scripted(Script(answerer)), endless(), concurrency=2)
        with pytest.raises(KeyboardInterrupt), batch:
            read_into(read, batch)
        factory.close()
    finally:
        signal.signal(signal.SIGINT, before)

    assert held.is_set()
    assert_nothing_is_lost(batch, read, answerer)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")
def test_an_interrupt_at_any_moment_of_reading_goes_on_as_it_is_and_loses_no_result() -> None:
    """In the main thread, where signals arrive; the sync client only, since asyncio has handlers of its own."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    def read_all(batch: SendBatch, read: list[Any], signals: SignalAfterSteps) -> None:
        with batch:
            signals.start()
            for result in batch:
                read += [result]  # unlike a call, not where Python handles signals

    def counts(code: CodeType) -> bool:
        return code in (SendBatch.__next__.__code__, read_all.__code__) or code.co_filename == threading.__file__

    factory = ClientFactory()
    client = factory.scripted(Script(Answerer(lambda: time.sleep(0.005))))
    before = signal.signal(signal.SIGTERM, interrupt)
    steps, came = 0, True
    try:
        while came:
            steps += 1
            read = list[Any]()
            batch = send_many(factory, client, texts(3), concurrency=1).made
            signals = SignalAfterSteps(steps, counts, where_handled=True)
            with suppress(KeyboardInterrupt):
                signals.run(partial(read_all, batch, read, signals))

            assert indices(read, batch.unread) == list(range(batch.taken)), f"with a signal after {steps} instructions"
            came = signals.remaining <= 0
    finally:
        signal.signal(signal.SIGTERM, before)
        factory.close()
    assert steps > 20


def test_a_lock_that_an_interrupt_left_taken_holds_up_neither_results_nor_the_leaving() -> None:
    factory = ClientFactory()
    answerer, read = Answerer(), list[Any]()
    with send_many(factory, factory.scripted(Script(answerer)), endless(), concurrency=2) as batch:
        for _ in range(10):
            batch.made._changed.acquire()
            read.append(next(batch))
        batch.made._changed.acquire()
    factory.close()

    assert_nothing_is_lost(batch, read, answerer)


def test_a_batch_that_is_never_entered_warns_and_sends_nothing(factory: ClientFactory, emulator: Emulator) -> None:
    client = factory.over(emulator)

    def make_and_forget() -> None:
        send_many(factory, client, texts(3))
        gc.collect()

    with pytest.warns(UnstartedBatchWarning, match="never entered, so nothing of it was sent"):
        make_and_forget()

    assert emulator.requests_seen == ()


def test_a_batch_is_entered_once(factory: ClientFactory, emulator: Emulator) -> None:
    with send_many(factory, factory.over(emulator), texts(3)) as batch:
        with pytest.raises(InvalidArgumentError, match="entered only once"):
            batch.__enter__()
        assert indices(batch) == [0, 1, 2]
    with pytest.raises(InvalidArgumentError, match="entered only once"):
        batch.__enter__()


def test_a_batch_is_read_in_its_block_only(factory: ClientFactory, emulator: Emulator) -> None:
    batch = send_many(factory, factory.over(emulator), texts(1))
    with pytest.raises(InvalidArgumentError, match="Enter the batch first"):
        next(batch)
    with batch:
        pass


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_slow_reader_holds_the_batch_back(factory: ClientFactory, concurrency: int) -> None:
    answerer, ahead = Answerer(), list[int]()
    with send_many(factory, factory.scripted(Script(answerer)), endless(), concurrency=concurrency) as batch:
        for read in range(6):
            batch.idle(0.01)
            for _ in range(500):  # on a busy machine its threads may need longer to get ahead
                if batch.taken - read > concurrency:
                    break
                batch.idle(0.01)
            ahead.append(batch.taken - read)
            next(batch)

    assert max(ahead) <= 2 * concurrency
    assert max(ahead) > concurrency


def test_a_reader_that_stops_and_goes_on_gets_all(factory: ClientFactory) -> None:
    with send_many(factory, factory.scripted(Script(Answerer())), texts(40), concurrency=3) as batch:
        first = [next(batch), next(batch)]
        batch.idle(0.02)
        assert indices(first, batch) == list(range(40))


def test_threads_that_read_together_share_the_results_and_all_learn_that_there_are_no_more() -> None:
    factory = ClientFactory()
    client = factory.scripted(Script(Answerer(lambda: time.sleep(0.002))))
    read: list[SendResult] = []

    def read_on() -> None:
        for result in batch:
            read.append(result)

    with send_many(factory, client, texts(60), concurrency=4).made as batch:
        readers = [threading.Thread(target=read_on, daemon=True) for _ in range(3)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(timeout=60)
        assert not any(reader.is_alive() for reader in readers)
    factory.close()

    assert indices(read) == list(range(60))


def test_leaving_waits_for_what_is_on_its_way_and_sends_nothing_that_waits_for_its_turn(factory: ClientFactory) -> None:
    answerer = Answerer()
    with send_many(factory, factory.scripted(Script(answerer)), endless(), concurrency=4, rate=0.01) as batch:
        first = next(batch)
        begun = time.monotonic()

    assert time.monotonic() - begun < 30  # the next message's turn comes after 100 s
    assert first.ok
    assert_nothing_is_lost(batch, [first], answerer)
    assert {result.outcome for result in batch.unread} == {Outcome.NOT_SENT}
    assert all("left before its turn" in str(result.error) for result in batch.unread)

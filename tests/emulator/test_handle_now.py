"""A send is handled without waiting for anything, so that an event loop can do it; whatever may take longer is left."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, Request
from tests.emulator.helpers import DID, MESSAGES, PHONE, SMS, START, accept, listed, make_emulator
from tests.support.clocks import SteppingClock

HEADERS = (("authorization", f"Bearer {DEMO_TOKEN}"), ("content-type", "application/json"))
ECHO = "12025550110"


def sending(**changes: object) -> Request:
    return Request("POST", MESSAGES, "", HEADERS, json.dumps({**SMS, **changes}).encode())


@contextmanager
def in_another_thread(hold: Callable[[threading.Event, threading.Event], None]) -> Generator[None]:
    """Let another thread hold something while the block runs."""
    held, end = threading.Event(), threading.Event()
    thread = threading.Thread(target=hold, args=(held, end))
    thread.start()
    assert held.wait(30)
    try:
        yield
    finally:
        end.set()
        thread.join(30)


def test_a_send_is_handled_as_any_request(emulator: Emulator) -> None:
    response = emulator.handle_now(sending())

    assert response is not None
    assert response.status == 200
    assert [message["message_sid"] for message in emulator.messages] == [json.loads(response.body)["message_sid"]]
    assert [logged.response for logged in emulator.request_log.all()] == [response]


def test_a_refusal_is_a_response_too(emulator: Emulator) -> None:
    response = emulator.handle_now(sending(to="1"))

    assert response is not None
    assert response.status == 422


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", MESSAGES, "", HEADERS),
        Request("GET", f"{MESSAGES}/0", "", HEADERS),
        Request("POST", "/core/v2/unknown", "", HEADERS),
        sending(user_data="x" * 30_000),
    ],
    ids=["a list", "a read", "an unknown path", "a large body"],
)
def test_anything_else_is_left(emulator: Emulator, request_: Request) -> None:
    assert emulator.handle_now(request_) is None
    assert emulator.request_log.all() == ()


def test_a_send_is_left_while_there_are_faults(emulator: Emulator) -> None:
    rule = emulator.faults.lose_answer(path="/sms/messages")
    assert emulator.handle_now(sending()) is None

    emulator.faults.remove(rule.id)
    assert emulator.handle_now(sending()) is not None


def test_a_send_is_left_while_another_thread_uses_the_database(emulator: Emulator) -> None:
    def hold(held: threading.Event, end: threading.Event) -> None:
        with emulator.database.session():
            held.set()
            assert end.wait(30)

    with in_another_thread(hold):
        assert emulator.handle_now(sending()) is None
    assert emulator.handle_now(sending()) is not None


def test_a_callback_whose_result_is_being_stored_is_not_waited_for() -> None:
    """Otherwise the event loop and the thread that stores the result would wait for each other."""
    clock, storing = SteppingClock(START), threading.local()

    def hold(held: threading.Event, end: threading.Event) -> None:
        storing.events = held, end
        queue.note(callback, status_code=204)

    def now() -> datetime:
        if hasattr(storing, "events"):
            held, end = storing.events
            held.set()
            assert end.wait(30)
        return clock.now()

    config = EmulatorConfig(callback_url="http://localhost/texts")
    with Emulator(config, clock=now) as emulator:
        emulator.receive(from_=PHONE, to=DID, message="STOP")
        queue = emulator.callback_queue
        [callback] = queue.all()

        with in_another_thread(hold):
            assert emulator.call_now(lambda: queue.take(callback.url, 8)) is None
        assert emulator.call_now(lambda: queue.take(callback.url, 8)) == ()
        assert emulator.callbacks[0].taken


def test_a_send_is_left_during_a_reset(emulator: Emulator) -> None:
    running = threading.Event()

    def hold(held: threading.Event, end: threading.Event) -> None:
        def prepare(_emulator: Emulator) -> None:
            if running.is_set():
                held.set()
                assert end.wait(30)

        emulator.at_start(prepare)
        running.set()
        emulator.reset()

    with in_another_thread(hold):
        assert emulator.handle_now(sending()) is None
    assert emulator.handle_now(sending()) is not None


def test_a_send_to_a_database_file_is_left(tmp_path: Path) -> None:
    with Emulator(database=tmp_path / "emulator.db") as emulator:
        assert emulator.handle_now(sending()) is None


def test_a_send_is_left_while_many_events_are_due(clock: SteppingClock) -> None:
    with make_emulator(clock=clock) as emulator:
        for _ in range(250):
            accept(emulator)
        clock.advance(60)
        responses = [emulator.handle_now(sending()) for _ in range(60)]

        assert responses[0] is not None
        assert responses[-1] is None
        accept(emulator)  # this runs the events
        assert emulator.handle_now(sending()) is not None
        assert listed(emulator, filter="status eq delivered", limit=1)["total"] == 250


def test_events_of_other_messages_run_even_if_nobody_reads(clock: SteppingClock) -> None:
    config = EmulatorConfig(callback_url="http://localhost/texts")
    with make_emulator(config, clock) as emulator:
        accept(emulator)
        clock.advance(60)
        for _ in range(60):
            emulator.handle_now(sending())

        with emulator.database.session() as connection:
            assert connection.execute("SELECT count(*) FROM callbacks").fetchone() == (2,)


def test_a_reply_that_is_due_comes_before_the_send(clock: SteppingClock) -> None:
    with make_emulator(clock=clock) as emulator:
        accept(emulator, to=ECHO, message="first")
        clock.advance(60)
        response = emulator.handle_now(sending(message="second"))

        assert response is not None
        told = [(message["from"], message["message"]) for message in emulator.messages]
        assert told == [(DID, "first"), (ECHO, "first"), (DID, "second")]
        assert emulator.messages[-1]["to"] == PHONE


def test_a_reply_that_another_emulator_with_the_same_database_owes_comes_before_the_send(
    tmp_path: Path, clock: SteppingClock
) -> None:
    path = tmp_path / "emulator.db"
    with Emulator(database=path, clock=clock.now) as first, Emulator(database=path, clock=clock.now) as second:
        for _ in range(2):
            accept(first, message="no reply")
            clock.advance(60)
        accept(second, to=ECHO, message="reply")
        clock.advance(60)
        accept(first, message="later")

        assert [message["message"] for message in first.messages] == ["no reply", "no reply", "reply", "reply", "later"]

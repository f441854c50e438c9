"""Callbacks in the control API: listed with their state, and posted again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from carrierx.emulator import Callback, Emulator, EmulatorConfig
from tests.emulator.control.helpers import Control
from tests.emulator.helpers import DID, PHONE, accept, make_emulator
from tests.support.clocks import SteppingClock

URL = "http://127.0.0.1:9/texts"


@pytest.fixture
def emulator(clock: SteppingClock) -> Iterator[Emulator]:
    config = EmulatorConfig(callback_url=URL, callback_retries=(timedelta(seconds=60),))
    with make_emulator(config, clock) as made:
        yield made


def receive(emulator: Emulator, text: str = "Hi") -> str:
    return str(emulator.receive(from_=PHONE, to=DID, message=text)["message_sid"])


def test_a_callback_is_shown_with_its_attempts(emulator: Emulator, control: Control, clock: SteppingClock) -> None:
    sid = receive(emulator)
    emulator.deliver_callbacks(lambda _: 500)

    [callback] = control.read("callbacks")["items"]

    assert (callback["number"], callback["message_sid"], callback["status"], callback["url"]) == (
        1,
        sid,
        "received",
        URL,
    )
    assert (callback["state"], callback["due"]) == ("due", "2026-03-15T12:01:00.084Z")
    assert callback["attempts"] == [{"at": "2026-03-15T12:00:00.084Z", "status_code": 500, "problem": None}]
    assert callback["body"]["message"] == "Hi"


def test_callbacks_are_selected_by_state_and_message(
    emulator: Emulator, control: Control, clock: SteppingClock
) -> None:
    given_up = receive(emulator, "given up")
    for _ in range(2):
        emulator.deliver_callbacks(lambda _: 500)
        clock.advance(60)
    accepted = receive(emulator, "accepted")
    emulator.deliver_callbacks(lambda _: 204)
    due = receive(emulator, "due")

    def found(**query: object) -> list[tuple[str, str]]:
        return [(item["message_sid"], item["state"]) for item in control.read("callbacks", **query)["items"]]

    assert found() == [(due, "due"), (accepted, "accepted"), (given_up, "given_up")]
    assert found(state="due") == [(due, "due")]
    assert found(state="accepted") == [(accepted, "accepted")]
    assert found(state="given_up") == [(given_up, "given_up")]
    assert found(message_sid=accepted) == [(accepted, "accepted")]
    assert found(message_sid=accepted, state="due") == []
    assert control.refused("GET", "callbacks", state="lost")[0] == 400


def test_callbacks_are_read_page_by_page(emulator: Emulator, control: Control, clock: SteppingClock) -> None:
    accept(emulator)
    clock.advance(10)
    receive(emulator)

    first = control.read("callbacks", limit=2)
    second = control.read("callbacks", limit=2, before=first["items"][-1]["number"])

    assert ([item["status"] for item in first["items"]], first["more"]) == (["received", "delivered"], True)
    assert ([item["status"] for item in second["items"]], second["more"]) == (["sent"], False)


def test_a_callback_that_was_given_up_is_posted_again(
    emulator: Emulator, control: Control, clock: SteppingClock
) -> None:
    receive(emulator)
    for _ in range(2):
        emulator.deliver_callbacks(lambda _: 500)
        clock.advance(60)

    retried = control.post("callbacks/1/retry")
    emulator.deliver_callbacks(lambda _: 204)

    assert (retried["state"], len(retried["attempts"])) == ("due", 2)
    [callback] = control.read("callbacks")["items"]
    assert (callback["state"], [each["status_code"] for each in callback["attempts"]]) == ("accepted", [500, 500, 204])


def test_a_retry_does_not_wait_for_its_time(emulator: Emulator, control: Control) -> None:
    receive(emulator)
    emulator.deliver_callbacks(lambda _: 500)

    assert emulator.deliver_callbacks(lambda _: 204) == ()
    control.post("callbacks/1/retry")
    [posted] = emulator.deliver_callbacks(lambda _: 204)

    assert posted.state == "accepted"


def test_an_accepted_callback_can_be_posted_again(emulator: Emulator, control: Control) -> None:
    receive(emulator)
    emulator.deliver_callbacks(lambda _: 204)

    assert control.post("callbacks/1/retry")["state"] == "due"
    [posted] = emulator.deliver_callbacks(lambda _: 500)

    assert (len(posted.attempts), posted.state) == (2, "given_up")


@pytest.mark.parametrize("status", [204, 500])
def test_a_retry_while_the_callback_is_being_posted_posts_it_again(
    emulator: Emulator, control: Control, status: int
) -> None:
    receive(emulator)

    def post(callback: Callback) -> int:
        assert control.post(f"callbacks/{callback.number}/retry")["state"] == "due"
        return status

    [first] = emulator.deliver_callbacks(post)
    [second] = emulator.deliver_callbacks(lambda _: 204)

    assert first.state == "due"
    assert [attempt.status_code for attempt in second.attempts] == [status, 204]
    assert second.state == "accepted"
    assert emulator.deliver_callbacks(lambda _: 204) == ()


def test_an_unknown_callback_is_not_found(control: Control) -> None:
    for number in ("1", "x"):
        refusal = control.refused("POST", f"callbacks/{number}/retry", {})
        assert refusal == (404, "there is no callback with this number")

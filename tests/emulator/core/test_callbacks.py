"""What the emulator tells the account about its messages: which callbacks are due, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from carrierx.emulator import Callback, Emulator, EmulatorConfig, StatusDelays
from tests.emulator.helpers import (
    DID,
    PARTNER_SID,
    PHONE,
    accept,
    call,
    content,
    counted_sids,
    fetch,
    make_emulator,
    read,
    written,
)
from tests.support.clocks import SteppingClock

URL = "http://127.0.0.1:9/texts"
DID_URL = "http://127.0.0.1:9/of-the-number"
ENABLED_DID_SID = "f448e2c3-88c1-4cd1-8cf2-3567c16e0794"


class Receiver:
    """Takes callbacks, or answers what it is told to."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.taken: list[Callback] = []

    def __call__(self, callback: Callback) -> int:
        self.taken.append(callback)
        return self.answers.pop(0) if self.answers else 200

    @property
    def statuses(self) -> list[object]:
        return [callback.message["status"] for callback in self.taken]


@pytest.fixture
def emulator(clock: SteppingClock) -> Iterator[Emulator]:
    with make_emulator(EmulatorConfig(callback_url=URL), clock) as made:
        yield made


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def test_a_sent_message_makes_a_callback_for_each_status_after_queued(
    emulator: Emulator, clock: SteppingClock, receiver: Receiver
) -> None:
    message = accept(emulator)
    assert emulator.deliver_callbacks(receiver) == ()

    clock.advance(1)
    emulator.deliver_callbacks(receiver)
    assert receiver.taken[0].message == fetch(emulator, message["message_sid"])

    clock.advance(2)
    emulator.deliver_callbacks(receiver)
    emulator.deliver_callbacks(receiver)
    assert receiver.statuses == ["sent", "delivered"]
    assert receiver.taken[1].message == fetch(emulator, message["message_sid"])


def test_whoever_looks_late_gets_all_of_them_in_order(
    emulator: Emulator, clock: SteppingClock, receiver: Receiver
) -> None:
    accept(emulator)
    clock.advance(3600)
    emulator.deliver_callbacks(receiver)

    assert receiver.statuses == ["sent", "delivered"]
    assert [callback.message["date_status_changed"] for callback in receiver.taken] == [
        "2026-03-15T12:00:01.084Z",
        "2026-03-15T12:00:03.084Z",
    ]


@pytest.mark.parametrize(
    ("number", "statuses"),
    [
        ("12025550101", ["failed"]),
        ("12025550102", ["sent", "undelivered"]),
        ("12025550103", []),
        ("12025550104", ["sent"]),
    ],
)
def test_so_do_the_statuses_of_magic_numbers(
    emulator: Emulator, clock: SteppingClock, receiver: Receiver, number: str, statuses: list[str]
) -> None:
    accept(emulator, to=number)
    clock.advance(10)
    emulator.deliver_callbacks(receiver)

    assert receiver.statuses == statuses


def test_a_received_message_is_called_back_at_once(emulator: Emulator, receiver: Receiver) -> None:
    message = emulator.receive(from_=PHONE, to=DID, message="Hello")
    [callback] = emulator.deliver_callbacks(receiver)

    assert callback.message == message
    assert (callback.status, callback.message_sid, callback.url) == ("received", message["message_sid"], URL)


def test_so_is_the_answer_of_a_magic_number(emulator: Emulator, clock: SteppingClock, receiver: Receiver) -> None:
    accept(emulator, to="12025550111")
    clock.advance(60)
    emulator.deliver_callbacks(receiver)

    assert receiver.statuses == ["sent", "delivered", "received"]
    assert receiver.taken[-1].message["message"] == "STOP"


def test_the_answer_of_a_magic_number_comes_before_what_happens_later(clock: SteppingClock) -> None:
    config = EmulatorConfig(callback_url=URL, reply_after=timedelta(milliseconds=500))
    with make_emulator(config, clock) as emulator:
        accept(emulator, to="12025550111")
        clock.advance(2.9)
        accept(emulator)
        clock.advance(3600)
        made = [(callback.status, callback.made_at) for callback in emulator.callbacks]

        assert [status for status, _ in made] == ["sent", "delivered", "received", "sent", "delivered"]
        assert [moment for _, moment in made] == sorted(moment for _, moment in made)
        assert emulator.callbacks[2].message == emulator.messages[-1]


def test_without_a_url_nobody_is_called_and_nothing_is_owed_later(clock: SteppingClock, receiver: Receiver) -> None:
    with make_emulator(clock=clock) as emulator:
        accept(emulator)
        clock.advance(60)
        written(emulator, "PATCH", f"/partners/{PARTNER_SID}", {"callbacks": {"sms": URL}})
        emulator.receive(from_=PHONE, to=DID, message="Hello")
        emulator.deliver_callbacks(receiver)

    assert receiver.statuses == ["received"]


def test_a_number_s_own_url_goes_before_the_account_s_and_that_before_the_settings(
    emulator: Emulator, receiver: Receiver
) -> None:
    def called() -> str:
        emulator.receive(from_=PHONE, to=DID, message="Hello")
        emulator.deliver_callbacks(receiver)
        return receiver.taken[-1].url

    assert called() == URL
    written(emulator, "PATCH", f"/partners/{PARTNER_SID}", {"callbacks": {"sms": "http://localhost/of-the-account"}})
    assert called() == "http://localhost/of-the-account"
    written(emulator, "PATCH", f"/phonenumber/dids/{ENABLED_DID_SID}", {"callback_url": DID_URL})
    assert called() == DID_URL
    written(emulator, "PATCH", f"/phonenumber/dids/{ENABLED_DID_SID}", {"callback_url": None})
    assert called() == "http://localhost/of-the-account"


def test_the_number_that_counts_is_the_account_s(emulator: Emulator, clock: SteppingClock, receiver: Receiver) -> None:
    written(emulator, "PATCH", f"/phonenumber/dids/{ENABLED_DID_SID}", {"callback_url": DID_URL})
    accept(emulator)
    accept(emulator, {"from": "15162065599", "to": DID, "message": "from the other number"})
    clock.advance(1)
    emulator.deliver_callbacks(receiver)

    assert [callback.url for callback in receiver.taken] == [DID_URL, URL]


def test_a_number_of_another_provider_has_its_own_url_too(emulator: Emulator, receiver: Receiver) -> None:
    [external] = read(emulator, "/phonenumber/external_dids")["items"]
    path = f"/phonenumber/external_dids/{external['external_did_sid']}"
    written(emulator, "PATCH", path, {"callback_url": DID_URL})
    emulator.receive(from_=PHONE, to=external["phonenumber"], message="Hello")

    assert emulator.deliver_callbacks(receiver)[0].url == DID_URL


def test_the_url_of_a_group_comes_between_the_number_s_and_the_account_s(
    emulator: Emulator, receiver: Receiver
) -> None:
    def called() -> str:
        emulator.receive(from_=PHONE, to=DID, message="Hello")
        emulator.deliver_callbacks(receiver)
        return receiver.taken[-1].url

    group = written(emulator, "POST", "/phonenumber/did_groups", {"callback_url": "http://localhost/of-the-group"})
    written(emulator, "PATCH", f"/partners/{PARTNER_SID}", {"callbacks": {"sms": "http://localhost/of-the-account"}})
    did = f"/phonenumber/dids/{ENABLED_DID_SID}"
    written(emulator, "PATCH", did, {"callback_url": DID_URL, "did_group_sid": group["did_group_sid"]})
    assert called() == DID_URL
    written(emulator, "PATCH", did, {"callback_url": None})
    assert called() == "http://localhost/of-the-group"
    written(emulator, "PATCH", f"/phonenumber/did_groups/{group['did_group_sid']}", {"callback_url": None})
    assert called() == "http://localhost/of-the-account"
    written(emulator, "PATCH", did, {"did_group_sid": "unknown"})
    assert called() == "http://localhost/of-the-account"


def test_a_short_code_has_its_own_url_and_that_of_its_group(emulator: Emulator, receiver: Receiver) -> None:
    def called() -> str:
        emulator.receive(from_=PHONE, to=code["short_code"], message="Hello")
        emulator.deliver_callbacks(receiver)
        return receiver.taken[-1].url

    [code] = read(emulator, "/phonenumber/short_codes")["items"]
    group = f"/phonenumber/did_groups/{code['did_group_sid']}"
    assert called() == URL
    written(emulator, "PATCH", group, {"callback_url": "http://localhost/of-the-group"})
    assert called() == "http://localhost/of-the-group"
    written(emulator, "PATCH", f"/phonenumber/short_codes/{code['short_code_sid']}", {"callback_url": DID_URL})
    assert called() == DID_URL


@pytest.mark.parametrize(
    ("configured", "message_is_legacy", "callback_is_legacy"),
    [(None, False, False), (None, True, True), (True, False, True), (False, True, False)],
)
def test_a_callback_has_the_names_of_its_message_or_of_the_settings(
    receiver: Receiver, configured: bool | None, message_is_legacy: bool, callback_is_legacy: bool
) -> None:
    with make_emulator(EmulatorConfig(callback_url=URL, legacy_callbacks=configured)) as emulator:
        emulator.receive(from_=PHONE, to=DID, message="Hello", legacy_names=message_is_legacy)
        [callback] = emulator.deliver_callbacks(receiver)

    names = {"from_did", "to_did"} if callback_is_legacy else {"from", "to"}
    assert callback.message.keys() & {"from", "to", "from_did", "to_did"} == names


def test_a_callback_that_is_not_taken_comes_again_on_schedule_and_is_given_up_in_the_end(
    emulator: Emulator, receiver: Receiver
) -> None:
    receiver.answers = [500, 404, 302, 199, 300, 503]
    emulator.clock.hold()
    emulator.receive(from_=PHONE, to=DID, message="Hello")
    emulator.deliver_callbacks(receiver)
    tries = [len(receiver.taken)]
    for seconds in (1, 5, 30, 120, 600, 100_000):
        emulator.clock.step(seconds - 0.001)
        emulator.deliver_callbacks(receiver)
        tries.append(len(receiver.taken))
        emulator.clock.step(0.001)
        emulator.deliver_callbacks(receiver)
        tries.append(len(receiver.taken))

    assert tries == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6]
    [callback] = emulator.callbacks
    assert (callback.taken, callback.given_up, callback.due) == (False, True, None)
    assert [attempt.status_code for attempt in callback.attempts] == [500, 404, 302, 199, 300, 503]
    assert len({callback.body for callback in receiver.taken}) == 1


def test_a_callback_that_is_taken_comes_no_more(emulator: Emulator, clock: SteppingClock, receiver: Receiver) -> None:
    receiver.answers = [500, 204]
    emulator.receive(from_=PHONE, to=DID, message="Hello")
    emulator.deliver_callbacks(receiver)
    assert emulator.callbacks[0].due == clock.now() + timedelta(seconds=1)

    clock.advance(1)
    [callback] = emulator.deliver_callbacks(receiver)
    assert (callback.taken, callback.given_up, callback.due) == (True, False, None)
    assert [attempt.at for attempt in callback.attempts] == [clock.now() - timedelta(seconds=1), clock.now()]

    clock.advance(10_000)
    assert emulator.deliver_callbacks(receiver) == ()


def test_the_schedule_can_be_chosen(clock: SteppingClock) -> None:
    config = EmulatorConfig(callback_url=URL, callback_retries=())
    with make_emulator(config, clock) as emulator:
        emulator.receive(from_=PHONE, to=DID, message="Hello")

        assert emulator.deliver_callbacks(Receiver(500))[0].given_up


def test_a_receiver_that_fails_is_an_attempt_and_an_error(
    emulator: Emulator, clock: SteppingClock, receiver: Receiver
) -> None:
    def fail(callback: Callback) -> int:
        raise ConnectionRefusedError("nobody is there")

    emulator.receive(from_=PHONE, to=DID, message="Hello")
    with pytest.raises(ConnectionRefusedError):
        emulator.deliver_callbacks(fail)

    [attempt] = emulator.callbacks[0].attempts
    assert (attempt.status_code, attempt.problem, attempt.taken) == (None, "ConnectionRefusedError", False)
    clock.advance(1)
    assert emulator.deliver_callbacks(receiver)[0].taken


def test_a_callback_in_hand_is_given_to_nobody_else(emulator: Emulator) -> None:
    emulator.receive(from_=PHONE, to=DID, message="first")

    def deliver_within(callback: Callback) -> int:
        emulator.receive(from_=PHONE, to=DID, message="second")
        inner = emulator.deliver_callbacks(Receiver())
        assert [other.message["message"] for other in inner] == ["second"]
        return 200

    [outer] = emulator.deliver_callbacks(deliver_within)
    assert outer.message["message"] == "first"
    assert [len(callback.attempts) for callback in emulator.callbacks] == [1, 1]


def test_a_callback_in_hand_is_given_to_no_other_emulator_with_the_same_database(
    tmp_path: Path, clock: SteppingClock
) -> None:
    config, path = EmulatorConfig(callback_url=URL), tmp_path / "emulator.db"
    with (
        Emulator(config, database=path, clock=clock.now) as first,
        Emulator(config, database=path, clock=clock.now) as second,
    ):
        first.receive(from_=PHONE, to=DID, message="Hello")
        [callback] = first.callback_queue.take(URL, 5)
        assert second.callback_queue.take(URL, 5) == ()
        with second.callback_queue.due() as due:
            assert due == ()
        second.callback_queue.retry_now(callback.number)
        first.callback_queue.note(callback, status_code=200)
        first.callback_queue.put_back(callback)

        assert [again.number for again in second.callback_queue.take(URL, 5)] == [callback.number]


def test_callbacks_survive_in_a_file(tmp_path: Path, clock: SteppingClock, receiver: Receiver) -> None:
    def opened() -> Emulator:
        config = EmulatorConfig(callback_url=URL)
        return Emulator(config, database=tmp_path / "messages.db", clock=clock.now, new_sid=sids)

    sids = counted_sids()
    with opened() as emulator:
        accept(emulator, to="12025550111")
        emulator.receive(from_=PHONE, to=DID, message="Hello")
        emulator.deliver_callbacks(Receiver(500))
        before = emulator.callbacks

    with opened() as emulator:
        assert emulator.callbacks == before
        clock.advance(60)
        emulator.deliver_callbacks(receiver)
        assert sorted(map(str, receiver.statuses)) == ["delivered", "received", "received", "sent"]


def test_what_was_planned_is_kept_when_the_settings_change(
    tmp_path: Path, clock: SteppingClock, receiver: Receiver
) -> None:
    database = tmp_path / "messages.db"
    with Emulator(EmulatorConfig(callback_url=URL), database=database, clock=clock.now) as emulator:
        accept(emulator)
    never = StatusDelays(timedelta.max, timedelta.max)
    with Emulator(EmulatorConfig(callback_url=URL, delays=never), database=database, clock=clock.now) as emulator:
        clock.advance(60)
        emulator.deliver_callbacks(receiver)

    assert receiver.statuses == ["sent", "delivered"]


def test_a_callback_shows_nothing_private(emulator: Emulator) -> None:
    emulator.receive(from_=PHONE, to=DID, message="Meet me at the lighthouse")
    shown = repr(emulator.callbacks)

    assert "received" in shown
    for private in (PHONE, DID, "lighthouse", "texts"):
        assert private not in shown


def test_a_message_that_is_read_by_its_receiver_is_as_the_callback_said(emulator: Emulator) -> None:
    def read_back(callback: Callback) -> int:
        answer = call(emulator, "GET", f"/core/v2/sms/messages/{callback.message_sid}")
        assert content(answer) == callback.message
        return answer.status

    emulator.receive(from_=PHONE, to=DID, message="Hello")
    assert emulator.deliver_callbacks(read_back)[0].taken


@pytest.mark.parametrize("url", ["texts", "ftp://localhost/texts", "http://user:password@localhost/texts"])
def test_a_callback_url_must_be_one(url: str) -> None:
    with pytest.raises(ValueError, match="callback_url must be an absolute http or https URL"):
        EmulatorConfig(callback_url=url)


def test_times_can_not_be_negative() -> None:
    before = timedelta(seconds=-1)
    with pytest.raises(ValueError, match="can't be negative"):
        EmulatorConfig(reply_after=before)
    with pytest.raises(ValueError, match="can't be negative"):
        EmulatorConfig(callback_retries=(timedelta(0), before))

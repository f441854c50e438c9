"""Back to the start: everything is as in a new emulator, also while it is used."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from urllib.parse import urlencode

import pytest

from carrierx.emulator import Emulator, EmulatorConfig, EmulatorError
from tests.emulator.control.helpers import Control
from tests.emulator.helpers import DID, PARTNER_SID, PHONE, accept, call, content, make_emulator, read, send, upload
from tests.support.clocks import SteppingClock

URL = "http://127.0.0.1:9/texts"


def use(emulator: Emulator, control: Control) -> None:
    """Leave traces everywhere."""
    accept(emulator, to="12025550111")
    emulator.receive(from_=PHONE, to=DID, message="Hi")
    upload(emulator)
    call(
        emulator, "PATCH", f"/core/v2/partners/{PARTNER_SID}", body=b'{"callbacks":{"sms":"http://127.0.0.1:9/other"}}'
    )
    [did, *_] = read(emulator, "/phonenumber/dids")["items"]
    call(emulator, "PATCH", f"/core/v2/phonenumber/dids/{did['did_sid']}", body=b'{"name":"changed"}')
    emulator.faults.delay(0)
    emulator.clock.hold()
    emulator.clock.step(100)
    control.read("messages")


def state_of(emulator: Emulator, control: Control) -> str:
    """Everything that can be read, except for what never repeats."""
    paths = ("dids", "external_dids", "did_groups", "short_codes")
    lists = [read(emulator, f"/phonenumber/{path}") for path in paths]
    lists += [read(emulator, path) for path in ("/storage/files", "/storage/containers", f"/partners/{PARTNER_SID}")]
    log = control.read("requests")
    shown = [control.read(path) for path in ("messages", "callbacks", "faults", "clock")]
    return json.dumps([lists, shown, [item["path"] for item in log["items"]]])


def test_everything_is_as_at_the_start(clock: SteppingClock) -> None:
    config = EmulatorConfig(callback_url=URL)
    with make_emulator(config, clock) as emulator, make_emulator(config, clock) as fresh:
        control = Control(emulator)
        use(emulator, control)
        used = state_of(emulator, control)

        assert control.post("reset") == {"status": "ok"}

        assert used != state_of(fresh, Control(fresh)) == state_of(emulator, control)


def test_numbers_start_again(emulator: Emulator, control: Control) -> None:
    accept(emulator)
    emulator.faults.delay(0)
    control.post("reset")

    assert emulator.faults.delay(0).id == "fault-1"
    accept(emulator)
    [item] = control.read("messages")["items"]
    assert (item["sequence"], control.read("requests")["items"][0]["number"]) == (1, 1)


def test_a_page_notices_it(emulator: Emulator, control: Control) -> None:
    accept(emulator)
    before = control.post("changes", after=0)

    control.post("reset")
    accept(emulator)
    after = control.post("changes", after=before["sequence"])

    assert before["instance"] != after["instance"]
    assert control.read("conversations")["instance"] == after["instance"]


def test_a_database_file_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "messages.db"
    with Emulator(database=path) as emulator:
        accept(emulator)
        Control(emulator).post("reset")
    with Emulator(database=path) as again:
        assert again.messages == []


def test_what_was_prepared_at_the_start_is_back(emulator: Emulator, control: Control) -> None:
    emulator.at_start(lambda each: each.faults.lose_answer(times=1))
    emulator.at_start(lambda each: each.receive(from_=PHONE, to=DID, message="seed"))
    accept(emulator)

    control.post("reset")

    assert [message["message"] for message in emulator.messages] == ["seed"]
    assert [(rule.kind.value, rule.hits) for rule in emulator.faults.rules] == [("lose_answer", 0)]


def test_a_reset_inside_a_use_of_the_emulator_is_an_error_and_not_a_wait(emulator: Emulator) -> None:
    accept(emulator)
    raised = list[BaseException]()

    def reset() -> None:
        try:
            with emulator.in_use():
                emulator.reset()
        except EmulatorError as error:
            raised.append(error)

    thread = threading.Thread(target=reset, daemon=True)
    thread.start()
    thread.join(10)

    assert [str(error) for error in raised] == ["reset() waits for the end of this use of the emulator: call it after"]
    assert len(emulator.messages) == 1
    emulator.reset()
    assert emulator.messages == []


def test_a_preparation_cannot_reset(emulator: Emulator) -> None:
    with pytest.raises(EmulatorError, match=r"^a preparation can't reset the emulator"):
        emulator.at_start(lambda each: each.reset())

    emulator.reset()  # what failed isn't prepared again


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EmulatorError("the seed file is wrong"), "the seed file is wrong"),
        (ValueError("15162065574"), "ValueError"),
    ],
)
def test_a_preparation_that_fails_leaves_an_empty_emulator_and_says_so(
    emulator: Emulator, control: Control, error: Exception, said: str
) -> None:
    fails = False

    def prepare(each: Emulator) -> None:
        each.receive(from_=PHONE, to=DID, message="seed")
        each.faults.lose_answer(times=1)
        if fails:
            raise error

    emulator.at_start(prepare)
    fails = True

    status, message = control.refused("POST", "reset")

    assert (status, message) == (503, f"the emulator is empty, because a preparation of the reset failed: {said}")
    assert (emulator.messages, emulator.faults.rules, emulator.request_log.all()) == ([], (), ())
    with pytest.raises(EmulatorError, match="the emulator is empty") as caught:
        emulator.reset()
    assert caught.value.__cause__ is error
    fails = False
    control.post("reset")
    assert [message["message"] for message in emulator.messages] == ["seed"]


def test_an_interrupted_preparation_leaves_an_empty_emulator(emulator: Emulator) -> None:
    resets = 0

    def prepare(each: Emulator) -> None:
        nonlocal resets
        resets += 1
        each.receive(from_=PHONE, to=DID, message="seed")
        if resets == 2:
            raise KeyboardInterrupt

    emulator.at_start(prepare)
    with pytest.raises(KeyboardInterrupt):
        emulator.reset()

    assert emulator.messages == []


def test_scheduled_statuses_are_gone(clock: SteppingClock) -> None:
    with make_emulator(EmulatorConfig(callback_url=URL), clock) as emulator:
        accept(emulator, to="12025550111")
        Control(emulator).post("reset")
        clock.advance(100)

        assert (emulator.messages, emulator.callbacks) == ([], ())


def test_a_callback_that_is_being_posted_has_no_effect_on_a_later_one(clock: SteppingClock) -> None:
    with make_emulator(EmulatorConfig(callback_url=URL), clock) as emulator:
        for text in ("first", "second"):
            emulator.receive(from_=PHONE, to=DID, message=text)
        posted: list[object] = []

        def post(callback: object) -> int:
            posted.append(callback)
            emulator.reset()
            emulator.receive(from_=PHONE, to=DID, message="after the reset")
            return 204

        emulator.deliver_callbacks(post)

        [later] = emulator.callbacks
        assert (len(posted), later.number, later.state, later.attempts) == (1, 1, "due", ())
        [again] = emulator.deliver_callbacks(lambda _: 204)
        assert again.message["message"] == "after the reset"


def test_it_waits_for_requests_that_are_being_handled() -> None:
    entered, leave = threading.Event(), threading.Event()

    def choose(alphabet: str) -> str:
        entered.set()
        assert leave.wait(10)
        return alphabet[0]

    with Emulator(choose=choose) as emulator:
        query = urlencode({"from": DID, "to": PHONE})
        answers: list[int] = []
        path = "/core/v2/verification/sms"
        slow = threading.Thread(target=lambda: answers.append(call(emulator, path=path, query=query).status))
        reset = threading.Thread(target=emulator.reset)
        slow.start()
        assert entered.wait(10)
        reset.start()
        reset.join(0.1)
        is_waiting = reset.is_alive()
        leave.set()
        slow.join(10)
        reset.join(10)

        assert (is_waiting, answers) == (True, [200])
        assert emulator.messages == []
        assert emulator.request_log.all() == ()


def test_requests_and_resets_at_the_same_time_leave_nothing_half_done(emulator: Emulator) -> None:
    answers: list[int] = []
    problems: list[str] = []

    def work() -> None:
        for _ in range(30):
            sent = send(emulator)
            answers.append(sent.status)
            sid = content(sent)["message_sid"]
            with emulator.in_use() as account:
                is_logged, is_stored = emulator.request_log.of_message(sid), account.messages.find(sid)
                if (is_logged is None) != (is_stored is None):
                    problems.append(sid)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    resets = 0
    while any(worker.is_alive() for worker in workers):
        emulator.reset()
        resets += 1
    for worker in workers:
        worker.join(10)

    assert (problems, set(answers), len(answers)) == ([], {200}, 90)
    assert resets > 1
    stored = {str(message["message_sid"]) for message in emulator.messages}
    assert stored == {logged.message_sid for logged in emulator.request_log.all()}

"""Numbers that fail, stay or answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from carrierx.emulator import MAGIC_NUMBERS, Emulator, EmulatorConfig, StatusDelays
from tests.emulator.helpers import DID, MMS, PHONE, SMS, accept, fetch, listed, make_emulator, read
from tests.support.clocks import SteppingClock

FAILS, NEVER_ARRIVES, STAYS_QUEUED, STAYS_SENT = "12025550101", "12025550102", "12025550103", "12025550104"
ECHOES = "12025550110"


def records(emulator: Emulator) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = read(emulator, "/sms/message_drs")["items"]
    return items


def replies(emulator: Emulator) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = listed(emulator, filter="direction eq inbound")["items"]
    return items


@pytest.mark.parametrize(
    ("number", "statuses"),
    [
        (FAILS, ["queued", "failed", "failed"]),
        (NEVER_ARRIVES, ["queued", "sent", "undelivered"]),
        (STAYS_QUEUED, ["queued", "queued", "queued"]),
        (STAYS_SENT, ["queued", "sent", "sent"]),
        *((number, ["queued", "sent", "delivered"]) for number, magic in MAGIC_NUMBERS.items() if magic.reply),
    ],
)
def test_a_message_takes_the_way_of_its_number(
    emulator: Emulator, clock: SteppingClock, number: str, statuses: list[str]
) -> None:
    sid = accept(emulator, to=number)["message_sid"]

    seen = [fetch(emulator, sid)["status"]]
    for seconds in (1, 1_000_000):
        clock.advance(seconds)
        seen.append(fetch(emulator, sid)["status"])

    assert seen == statuses


@pytest.mark.parametrize("number", MAGIC_NUMBERS)
def test_every_magic_number_belongs_to_nobody_and_takes_any_kind_of_message(emulator: Emulator, number: str) -> None:
    assert number.startswith("120255501")
    accept(emulator, to=number)
    accept(emulator, MMS, to=number)
    accept(emulator, {"from": "12345", "to": number, "message": "from a short code"})


@pytest.mark.parametrize(
    ("number", "status", "price", "has_date_sent"),
    [(FAILS, "failed", "0", False), (NEVER_ARRIVES, "undelivered", "0.01", True), (STAYS_SENT, "sent", "0.01", True)],
)
def test_the_detail_record_follows(
    emulator: Emulator, clock: SteppingClock, number: str, status: str, price: str, has_date_sent: bool
) -> None:
    message = accept(emulator, to=number)
    assert records(emulator) == []
    clock.advance(10)
    [record] = records(emulator)

    assert (record["status"], record["price"]) == (status, price)
    assert (record["date_sent"] is not None) == has_date_sent
    assert fetch(emulator, message["message_sid"])["price"] == price


def test_a_message_that_stays_queued_has_no_detail_record(emulator: Emulator, clock: SteppingClock) -> None:
    accept(emulator, to=STAYS_QUEUED)
    clock.advance(1_000_000)

    assert records(emulator) == []


@pytest.mark.parametrize(
    ("number", "text"), [("12025550111", "STOP"), ("12025550112", "HELP"), ("12025550113", "START")]
)
def test_a_number_may_answer(emulator: Emulator, clock: SteppingClock, number: str, text: str) -> None:
    accept(emulator, to=number)
    clock.advance(4.999)
    assert replies(emulator) == []

    clock.advance(0.001)
    [reply] = replies(emulator)

    assert (reply["from"], reply["to"], reply["message"], reply["status"]) == (number, DID, text, "received")
    assert reply["date_created"] == "2026-03-15T12:00:05.084Z"


def test_an_answer_comes_once_and_at_its_own_time_whenever_somebody_looks(
    emulator: Emulator, clock: SteppingClock
) -> None:
    accept(emulator, to=ECHOES)
    clock.advance(3600)
    later = accept(emulator)

    assert [message["date_created"] for message in emulator.messages] == [
        "2026-03-15T12:00:00.084Z",
        "2026-03-15T12:00:05.084Z",
        later["date_created"],
    ]
    assert len(replies(emulator)) == 1


def test_an_echo_repeats_text_and_media_in_the_names_of_the_message(emulator: Emulator, clock: SteppingClock) -> None:
    picture = str(MMS["media_urls"])
    accept(emulator, {"from_did": DID, "to_did": ECHOES, "message": "é"})
    accept(emulator, MMS, to=ECHOES)
    clock.advance(10)
    text, media = replies(emulator)

    assert (text["from_did"], text["to_did"], text["message"], text["type"]) == (ECHOES, DID, "é", "sms")
    assert (str(media["media_urls"]), media["message"], media["type"]) == (picture, None, "mms")


def test_an_answer_is_not_answered(emulator: Emulator, clock: SteppingClock) -> None:
    accept(emulator, {**SMS, "from": ECHOES}, to="12025550111")
    clock.advance(1_000)
    assert len(emulator.messages) == 2

    clock.advance(1_000)
    assert len(emulator.messages) == 2


def test_how_soon_a_number_answers_can_be_chosen(clock: SteppingClock) -> None:
    config = EmulatorConfig(delays=StatusDelays(timedelta(0), timedelta(0)), reply_after=timedelta(minutes=1))
    with make_emulator(config, clock) as emulator:
        accept(emulator, to=ECHOES)
        clock.advance(59)
        assert replies(emulator) == []

        clock.advance(1)
        assert len(replies(emulator)) == 1


@pytest.mark.parametrize(
    "config",
    [
        EmulatorConfig(reply_after=timedelta.max),
        EmulatorConfig(delays=StatusDelays(timedelta(0), timedelta.max)),
    ],
)
def test_an_answer_may_never_come(config: EmulatorConfig, clock: SteppingClock) -> None:
    with make_emulator(config, clock) as emulator:
        accept(emulator, to=ECHOES)
        clock.advance(10**9)

        assert replies(emulator) == []


def test_other_members_of_a_group_do_not_change_what_becomes_of_it(emulator: Emulator, clock: SteppingClock) -> None:
    sid = accept(emulator, type="mms", group_recipients=[FAILS, ECHOES])["message_sid"]
    clock.advance(10)

    assert fetch(emulator, sid)["status"] == "delivered"
    assert replies(emulator) == []
    assert accept(emulator, to=PHONE)["status"] == "queued"


def test_two_emulators_that_share_a_file_let_a_number_answer_once(tmp_path: Path, clock: SteppingClock) -> None:
    config = EmulatorConfig(callback_url="http://localhost/texts")
    database = tmp_path / "messages.db"
    with (
        Emulator(config, database=database, clock=clock.now) as first,
        Emulator(config, database=database, clock=clock.now) as second,
    ):
        for _ in range(20):
            accept(first, to=ECHOES)
        clock.advance(60)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(replies, [first, second] * 4))

        assert len(first.messages) == 40
        assert len(second.callbacks) == 60


def test_a_number_that_is_magic_no_more_owes_no_answer(
    emulator: Emulator, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(emulator, to=ECHOES)
    monkeypatch.setattr("carrierx.emulator.core.lifecycle.MAGIC_NUMBERS", {})
    clock.advance(60)
    assert replies(emulator) == []

    monkeypatch.undo()
    assert replies(emulator) == []

"""Messages that are too large: refused, or accepted so that they fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.emulator.helpers import (
    DID,
    MMS,
    PHONE,
    SMS,
    accept,
    broken_rules,
    fetch,
    listed,
    make_emulator,
    read,
    refused_fields,
    send,
    upload,
)
from tests.support.clocks import SteppingClock

MEDIA = [f"https://example.com/{number}.png" for number in range(11)]
TOO_LARGE: list[dict[str, Any]] = [
    {**SMS, "message": "a" * 1601},
    {**MMS, "message": "é" * 1601},
    {**MMS, "media_urls": MEDIA},
]
LARGEST: list[dict[str, Any]] = [
    {**SMS, "message": "\U0001f600" * 1600},
    {**MMS, "message": "a" * 1600, "media_urls": MEDIA[:10]},
]


@pytest.fixture
def lenient(clock: SteppingClock) -> Iterator[Emulator]:
    config = EmulatorConfig(over_limit="fail", callback_url="http://localhost/texts")
    with make_emulator(config, clock) as made:
        yield made


@pytest.mark.parametrize("message", TOO_LARGE)
def test_a_message_that_is_too_large_is_accepted_and_fails(
    lenient: Emulator, clock: SteppingClock, message: dict[str, Any]
) -> None:
    accepted = accept(lenient, message)
    clock.advance(10)
    failed = fetch(lenient, accepted["message_sid"])
    record = read(lenient, "/sms/message_drs")["items"][0]

    assert accepted["status"] == "queued"
    assert (failed["status"], failed["price"]) == ("failed", "0")
    assert failed["date_status_changed"] == "2026-03-15T12:00:01.084Z"
    assert (record["status"], record["date_sent"]) == ("failed", None)
    assert [callback.message["status"] for callback in lenient.callbacks] == ["failed"]


@pytest.mark.parametrize("message", TOO_LARGE)
def test_it_is_refused_by_default(emulator: Emulator, message: dict[str, Any]) -> None:
    [(field, problem)] = broken_rules(send(emulator, message))

    assert field in {"message", "media_urls"}
    assert problem in {"must have at most 1600 characters", "must have at most 10 items"}


@pytest.mark.parametrize("message", LARGEST)
def test_the_largest_message_is_delivered(lenient: Emulator, clock: SteppingClock, message: dict[str, Any]) -> None:
    sid = accept(lenient, message)["message_sid"]
    clock.advance(10)

    assert fetch(lenient, sid)["status"] == "delivered"


def media_of(emulator: Emulator, *sizes: int) -> list[str]:
    return [upload(emulator, b"x" * size)["publish_uri"] for size in sizes]


def test_files_of_the_emulator_s_own_storage_are_measured(
    emulator: Emulator, lenient: Emulator, clock: SteppingClock
) -> None:
    most, more = (1_000_000, 2_000_000), (1_000_000, 2_000_001)
    accept(emulator, MMS, media_urls=[*media_of(emulator, *most), "https://example.com/cat.png"])
    refused = broken_rules(send(emulator, MMS, media_urls=media_of(emulator, *more)))
    sid = accept(lenient, MMS, media_urls=media_of(lenient, *more))["message_sid"]
    clock.advance(10)

    assert refused == [("media_urls", "must have at most 3000000 bytes in total")]
    assert fetch(lenient, sid)["status"] == "failed"


def test_other_rules_are_still_rules(lenient: Emulator) -> None:
    assert refused_fields(send(lenient, message="a" * 1601, to="nobody")) == ["to"]
    group = [f"151620655{number:02}" for number in range(10)]
    answer = send(lenient, {"from": DID, "to": PHONE, "message": "Hi", "type": "mms", "group_recipients": group})
    assert refused_fields(answer) == ["group_recipients"]


def test_a_magic_number_does_not_reply_to_a_message_that_fails(lenient: Emulator, clock: SteppingClock) -> None:
    accept(lenient, to="12025550111", message="a" * 1601)
    clock.advance(60)

    assert listed(lenient)["total"] == 1


def test_the_mode_must_be_known() -> None:
    with pytest.raises(ValueError, match="over_limit must be one of: refuse, fail"):
        EmulatorConfig(over_limit="drop")  # type: ignore[arg-type]

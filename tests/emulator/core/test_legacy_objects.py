"""Accounts whose SMS objects look like those of 2019 and 2021."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carrierx import CarrierXClient
from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, serve
from tests.emulator.helpers import (
    DID,
    JSON,
    MMS,
    PHONE,
    accept,
    assert_same_shape,
    fetch,
    listed,
    make_emulator,
    read,
)
from tests.support.clocks import SteppingClock
from tests.support.samples import sampled

URL = "http://localhost/texts"
LEGACY = {"from_did": DID, "to_did": PHONE, "message": "This is a test message"}


@pytest.fixture
def old(clock: SteppingClock) -> Iterator[Emulator]:
    with make_emulator(EmulatorConfig(legacy_objects=True, callback_url=URL), clock) as made:
        yield made


@pytest.mark.parametrize("template", [LEGACY, {"from": DID, "to": PHONE, "message": "This is a test message"}])
def test_a_send_answers_as_in_2019(old: Emulator, template: JSON) -> None:
    sample = sampled("sms_send_response_legacy_2019")
    answer = accept(old, template)

    assert_same_shape(answer, sample)
    assert {**answer, "message_sid": "", "date_created": ""} == {**sample, "message_sid": "", "date_created": ""}


def test_reads_lists_and_callbacks_have_the_same_form(old: Emulator, clock: SteppingClock) -> None:
    names = accept(old, LEGACY).keys()
    clock.advance(10)
    [message] = listed(old, filter=f"from_did eq {DID} and type eq sms")["items"]
    received = old.receive(from_=PHONE, to=DID, message="Hi")
    objects = [message, fetch(old, message["message_sid"]), received, *old.messages]

    assert all(each.keys() == names for each in objects)
    assert [callback.message.keys() for callback in old.callbacks] == [names] * 3
    assert message["status"] == "delivered"


def test_an_mms_has_its_media(old: Emulator) -> None:
    answer = accept(old, MMS)

    assert answer.keys() == {*sampled("sms_send_response_legacy_2019"), "media_urls"}


def test_callbacks_can_have_the_current_names(clock: SteppingClock) -> None:
    config = EmulatorConfig(legacy_objects=True, legacy_callbacks=False, callback_url=URL)
    with make_emulator(config, clock) as emulator:
        accept(emulator)
        clock.advance(1)
        [callback] = emulator.callbacks

    assert callback.message["from"] == DID
    assert "from_did" not in callback.message
    assert "user_data" not in callback.message


def test_detail_records_stay_as_they_are(old: Emulator, clock: SteppingClock) -> None:
    accept(old, {**LEGACY, "user_data": "mark"})
    clock.advance(1)

    assert read(old, "/sms/message_drs")["items"][0]["user_data"] == "mark"


def test_the_client_reads_such_objects() -> None:
    with (
        Emulator(EmulatorConfig(legacy_objects=True)) as emulator,
        serve(emulator) as running,
        CarrierXClient(DEMO_TOKEN, base_url=running.base_url) as client,
    ):
        sent = client.messages.send(from_=DID, to=PHONE, message="Hello")
        found = client.messages.get(sent.message_sid)

    assert (str(found.from_), str(found.to), found.user_data) == (DID, PHONE, None)

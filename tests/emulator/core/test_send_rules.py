"""Which numbers may send: the account's own, while messaging is enabled on them, and others."""

from __future__ import annotations

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
    call,
    make_emulator,
    read,
    refused_fields,
    send,
    written,
)
from tests.support.clocks import SteppingClock

STRANGER = "12125550109"
TOLL_FREE, VOICE_ONLY, EXTERNAL = "18885550142", "15162065337", "12059051025"
ENABLED_SID, SMS_ONLY_SID = "f448e2c3-88c1-4cd1-8cf2-3567c16e0794", "e8df62d5-07a3-4189-a67e-87585067c5fe"
EXTERNAL_SID = "8efbf9d0-3872-4f5c-b4b6-e6ba64176f30"
SMS_ONLY = PHONE


def sms(sender: str) -> dict[str, Any]:
    return {**SMS, "from": sender, "to": "15162065500"}


def mms(sender: str) -> dict[str, Any]:
    return {**MMS, "from": sender, "to": "15162065500"}


def enable(emulator: Emulator, sid: str, *, kind: str = "dids", enabled: bool = True) -> None:
    written(emulator, "POST", f"/phonenumber/{kind}/{sid}/messaging", {"enabled": enabled})


def test_the_enabled_numbers_send_everything(emulator: Emulator) -> None:
    for sender in (DID, TOLL_FREE):
        accept(emulator, sms(sender))
        accept(emulator, mms(sender))


def test_a_number_sends_while_messaging_is_enabled(emulator: Emulator, clock: SteppingClock) -> None:
    enable(emulator, ENABLED_SID, enabled=False)
    [(field, off)] = broken_rules(send(emulator, sms(DID)))
    enable(emulator, ENABLED_SID)
    [(_, in_progress)] = broken_rules(send(emulator, sms(DID)))
    clock.advance(5)
    accept(emulator, sms(DID))

    assert field == "from"
    assert off.endswith('not enabled: POST {"enabled": true} to /phonenumber/dids/{sid}/messaging first')
    assert in_progress.endswith("wait until its status is enabled")
    assert not any(character.isdigit() for character in off + in_progress)


def test_a_rented_number_must_be_enabled_first(emulator: Emulator, clock: SteppingClock) -> None:
    did = written(emulator, "POST", "/phonenumber/dids", {"phonenumber": "15162065576"})
    refused = refused_fields(send(emulator, sms("15162065576")))
    enable(emulator, did["did_sid"])
    clock.advance(5)

    assert refused == ["from"]
    accept(emulator, mms("15162065576"))


def test_a_number_sends_only_what_it_is_able_to(emulator: Emulator, clock: SteppingClock) -> None:
    enable(emulator, SMS_ONLY_SID)
    clock.advance(5)

    accept(emulator, sms(SMS_ONLY))
    for message, lacking in ((mms(SMS_ONLY), 16), (sms(VOICE_ONLY), 2), (mms(VOICE_ONLY), 16), (mms(EXTERNAL), 16)):
        [(field, problem)] = broken_rules(send(emulator, message))
        assert field == "from"
        assert f"its capabilities lack {lacking}" in problem


def test_a_number_of_another_provider_sends_until_messaging_is_disabled(
    emulator: Emulator, clock: SteppingClock
) -> None:
    path = f"/phonenumber/external_dids/{EXTERNAL_SID}"
    accept(emulator, sms(EXTERNAL))
    enable(emulator, EXTERNAL_SID, kind="external_dids", enabled=False)
    [(_, problem)] = broken_rules(send(emulator, sms(EXTERNAL)))

    assert "/phonenumber/external_dids/{sid}/messaging" in problem
    assert read(emulator, path)["active_capabilities"] == 0
    enable(emulator, EXTERNAL_SID, kind="external_dids")
    clock.advance(5)
    assert read(emulator, path)["active_capabilities"] == 3
    accept(emulator, sms(EXTERNAL))


def test_the_field_has_the_name_of_the_request(emulator: Emulator) -> None:
    old = {"from_did": VOICE_ONLY, "to_did": PHONE, "message": "Hi"}

    assert refused_fields(send(emulator, old)) == ["from_did"]


def test_a_generated_code_obeys_the_same_rules(emulator: Emulator) -> None:
    path = "/core/v2/verification/sms"

    assert refused_fields(call(emulator, path=path, query=f"from={VOICE_ONLY}&to={PHONE}")) == ["from"]
    assert call(emulator, path=path, query=f"from={DID}&to={PHONE}").status == 200


@pytest.mark.parametrize("sender", [STRANGER, "46700987654", "87654"])
def test_other_numbers_send_unless_only_own_numbers_may(emulator: Emulator, sender: str) -> None:
    accept(emulator, sms(sender))
    with make_emulator(EmulatorConfig(own_numbers_only=True)) as strict:
        [(field, problem)] = broken_rules(send(strict, sms(sender)))
        accept(strict, sms(DID))

    assert field == "from"
    assert "rent one with POST /phonenumber/dids" in problem


def test_named_numbers_count_as_own(clock: SteppingClock) -> None:
    config = EmulatorConfig(own_numbers_only=True, enabled_numbers=frozenset({STRANGER, VOICE_ONLY}))
    with make_emulator(config, clock) as emulator:
        accept(emulator, sms(STRANGER))
        for sender in (DID, VOICE_ONLY):
            assert refused_fields(send(emulator, sms(sender))) == ["from"]

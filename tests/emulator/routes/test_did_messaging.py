"""Messaging on a number: enabling it, disabling it, and how it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carrierx.emulator import Emulator, EmulatorConfig
from tests.emulator.helpers import (
    JSON,
    blamed,
    content,
    get,
    make_emulator,
    read,
    refused_fields,
    write,
    written,
)
from tests.support.clocks import SteppingClock
from tests.support.samples import sampled

ENABLED = "f448e2c3-88c1-4cd1-8cf2-3567c16e0794"
OFF = "e8df62d5-07a3-4189-a67e-87585067c5fe"
VOICE_ONLY = "5dbed1ba-b7e7-4337-9d9c-36ef03ac2805"
OF_OTHERS = "8efbf9d0-3872-4f5c-b4b6-e6ba64176f30"
CAMPAIGN = "fef13cdd-2f65-4ed8-8272-de2a940d0cb5"
ANOTHER = "0b0c4b3e-6f8d-4c8e-9f43-2a5f1c7d9e10"
ENABLE: JSON = {"campaign_sid": CAMPAIGN, "enabled": True, "type": "a2p"}


def path_of(sid: str) -> str:
    kind = "external_dids" if sid == OF_OTHERS else "dids"
    return f"/phonenumber/{kind}/{sid}/messaging"


def statuses(emulator: Emulator, sid: str) -> tuple[str, int]:
    did = read(emulator, path_of(sid).removesuffix("/messaging"))
    return read(emulator, path_of(sid))["status"], did["active_capabilities"]


def test_enabling_is_in_progress_for_a_while(emulator: Emulator, clock: SteppingClock) -> None:
    assert statuses(emulator, OFF) == ("disabled", 4)

    answer = written(emulator, "POST", path_of(OFF), ENABLE)
    assert answer == {
        "campaign_external_id": "CVN1LXI",
        "campaign_sid": CAMPAIGN,
        "did_sid": OFF,
        "enabled": True,
        "status": "in_progress",
        "type": "a2p",
    }

    clock.advance(4.999)
    assert statuses(emulator, OFF) == ("in_progress", 4)
    clock.advance(0.001)
    assert statuses(emulator, OFF) == ("enabled", 7)


def test_how_long_it_takes_can_be_chosen() -> None:
    with make_emulator(EmulatorConfig(enabling_takes=timedelta(0))) as emulator:
        assert written(emulator, "POST", path_of(OFF), ENABLE)["status"] == "enabled"


def test_enabling_again_changes_nothing(emulator: Emulator, clock: SteppingClock) -> None:
    written(emulator, "POST", path_of(OFF), ENABLE)
    clock.advance(3)
    assert written(emulator, "POST", path_of(OFF), ENABLE)["status"] == "in_progress"
    clock.advance(2)

    assert written(emulator, "POST", path_of(OFF), {"enabled": True})["status"] == "enabled"


@pytest.mark.parametrize("body", [{"enabled": False}, {}])
def test_disabling_is_done_at_once(emulator: Emulator, body: JSON) -> None:
    answer = written(emulator, "POST", path_of(ENABLED), body)

    assert (answer["enabled"], answer["status"], answer["campaign_sid"]) == (False, "disabled", CAMPAIGN)
    assert statuses(emulator, ENABLED) == ("disabled", 4)


def test_a_campaign_of_ones_own_has_an_external_name(emulator: Emulator) -> None:
    answer = written(emulator, "POST", path_of(OFF), {"enabled": True, "campaign_sid": ANOTHER})

    assert (answer["campaign_sid"], answer["campaign_external_id"]) == (ANOTHER, "C0B0C4B")


class TestForce:
    """The query parameter `force`."""

    CHANGES = ({"type": "p2p"}, {"campaign_sid": ANOTHER}, {"type": "p2p", "p2p_nnid": "100123"})

    @pytest.mark.parametrize("change", CHANGES)
    def test_is_needed_to_change_what_is_enabled(self, emulator: Emulator, change: JSON) -> None:
        response = write(emulator, "POST", path_of(ENABLED), {"enabled": True, **change})

        assert response.status == 409
        assert content(response)["message"] == "Conflict"
        assert statuses(emulator, ENABLED) == ("enabled", 31)

    @pytest.mark.parametrize("change", CHANGES)
    def test_changes_it_in_one_call(self, emulator: Emulator, clock: SteppingClock, change: JSON) -> None:
        answer = written(emulator, "POST", path_of(ENABLED), {"enabled": True, **change}, force="true")

        assert {**answer, **change} == answer
        assert (answer["status"], "p2p_nnid" in answer) == ("in_progress", "p2p_nnid" in change)
        clock.advance(5)
        assert statuses(emulator, ENABLED)[0] == "enabled"

    @pytest.mark.parametrize("change", CHANGES)
    def test_is_not_needed_when_it_was_disabled_first(self, emulator: Emulator, change: JSON) -> None:
        written(emulator, "POST", path_of(ENABLED), {"enabled": False})

        answer = written(emulator, "POST", path_of(ENABLED), {"enabled": True, **change}, force="false")

        assert {**answer, **change} == answer

    def test_drops_the_campaign_of_another_type(self, emulator: Emulator) -> None:
        answer = written(emulator, "POST", path_of(ENABLED), {"enabled": True, "type": "p2p"}, force="true")

        assert (answer["campaign_sid"], answer["campaign_external_id"]) == (None, None)

    def test_is_true_or_false(self, emulator: Emulator) -> None:
        assert blamed(write(emulator, "POST", path_of(OFF), ENABLE, force="yes"), 400) == "force"


@pytest.mark.parametrize("sid", [VOICE_ONLY, "unknown"])
def test_a_number_that_carries_no_messages_is_not_found(emulator: Emulator, sid: str) -> None:
    for response in (write(emulator, "POST", path_of(sid), ENABLE), get(emulator, path_of(sid))):
        assert response.status == 404
        assert content(response) == sampled("error_404_no_item")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"enabled": "true"}, "enabled"),
        ({"enabled": None}, "enabled"),
        ({"type": "p2a"}, "type"),
        ({"type": 1}, "type"),
        ({"campaign_sid": "summer"}, "campaign_sid"),
        ({"campaign_sid": CAMPAIGN.upper()}, "campaign_sid"),
        ({"type": "p2p"}, "campaign_sid"),
        ({"p2p_nnid": "100123"}, "p2p_nnid"),
        ({"status": "enabled"}, "status"),
    ],
)
def test_what_can_not_be_is_a_422(emulator: Emulator, change: JSON, field: str) -> None:
    assert refused_fields(write(emulator, "POST", path_of(OFF), {**ENABLE, **change})) == [field]
    assert read(emulator, path_of(OFF))["status"] == "disabled"


class TestNumbersOfOthers:
    """`/phonenumber/external_dids/{external_did_sid}/messaging`."""

    def test_are_enabled_in_the_same_way(self, emulator: Emulator, clock: SteppingClock) -> None:
        assert read(emulator, path_of(OF_OTHERS))["status"] == "disabled"
        answer = written(emulator, "POST", path_of(OF_OTHERS), ENABLE)
        assert (answer["did_sid"], answer["status"], answer["p2p_nnid"]) == (OF_OTHERS, "in_progress", None)

        clock.advance(5)

        assert statuses(emulator, OF_OTHERS) == ("enabled", 3)

    def test_are_refused_under_the_path_of_rented_ones(self, emulator: Emulator) -> None:
        response = write(emulator, "POST", f"/phonenumber/dids/{OF_OTHERS}/messaging", ENABLE)

        assert response.status == 422
        assert content(response)["message"] == "Object validation error"
        assert get(emulator, f"/phonenumber/dids/{OF_OTHERS}/messaging").status == 404

    def test_may_be_unknown(self, emulator: Emulator) -> None:
        path = "/phonenumber/external_dids/unknown/messaging"

        assert write(emulator, "POST", path, ENABLE).status == 404
        assert get(emulator, path).status == 404

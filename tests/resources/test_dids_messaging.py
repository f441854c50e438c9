"""Enabling messaging on a number, of CarrierX and of others."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx import (
    AcceptedWithoutReceiptError,
    EnablementFailedError,
    InvalidArgumentError,
    NotFoundError,
    SendOutcomeUnknownError,
    WaitTimeoutError,
)
from carrierx.models.messaging_enablement import EnablementStatus
from tests.resources.helpers import DID_SID, answer, scripted, wire
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import Reply, broken, reply

KINDS = {"dids": "/phonenumber/dids", "external_dids": "/phonenumber/external_dids"}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


def status(value: str | None) -> Reply:
    return answer("did_messaging_enable_response", status=value)


@pytest.mark.parametrize(
    ("arguments", "query", "body"),
    [
        ({}, {}, {"enabled": True, "type": "a2p"}),
        ({"campaign_sid": "fef1"}, {}, {"enabled": True, "type": "a2p", "campaign_sid": "fef1"}),
        (
            {"type": "p2p", "p2p_nnid": "100", "force": True},
            {"force": "true"},
            {"enabled": True, "type": "p2p", "p2p_nnid": "100"},
        ),
    ],
)
def test_messaging_is_enabled_as_asked(
    factory: ClientFactory, kind: str, arguments: dict[str, Any], query: dict[str, str], body: dict[str, Any]
) -> None:
    numbers, script = scripted(factory, kind, answer("did_messaging_enable_response"))

    found = numbers.enable_messaging(DID_SID, **arguments)

    assert wire(script) == [("POST", f"{KINDS[kind]}/{DID_SID}/messaging", query, body)]
    assert found.status == EnablementStatus.IN_PROGRESS


@pytest.mark.parametrize(
    "arguments",
    [
        {"type": "A2P"},
        {"type": None},
        {"p2p_nnid": "100"},
        {"type": "p2p", "campaign_sid": "fef1"},
        {"campaign_sid": ""},
        {"type": "p2p", "p2p_nnid": 100},
        {"force": "yes"},
    ],
    ids=repr,
)
def test_what_does_not_go_together_is_refused(factory: ClientFactory, kind: str, arguments: dict[str, Any]) -> None:
    numbers, script = scripted(factory, kind)

    with pytest.raises(InvalidArgumentError):
        numbers.enable_messaging(DID_SID, **arguments)
    assert script.requests == []


def test_messaging_is_disabled(factory: ClientFactory, kind: str) -> None:
    disabled = answer("did_messaging_enable_response", enabled=False, status="disabled")
    numbers, script = scripted(factory, kind, disabled)

    assert numbers.disable_messaging(DID_SID).enabled is False
    assert wire(script) == [("POST", f"{KINDS[kind]}/{DID_SID}/messaging", {}, {"enabled": False})]


@pytest.mark.parametrize("method", ["enable_messaging", "disable_messaging"])
def test_a_setting_of_unknown_outcome_is_not_made_again(factory: ClientFactory, kind: str, method: str) -> None:
    for failure in (broken(), reply(502), reply(200, {"status": "enabled"})):
        numbers, script = scripted(factory, kind, failure)
        with pytest.raises(SendOutcomeUnknownError):
            getattr(numbers, method)(DID_SID)
        assert len(script.requests) == 1


def test_an_answer_that_broke_off_counts_as_taken(factory: ClientFactory, kind: str) -> None:
    numbers, _ = scripted(factory, kind, reply(200, b'{"did_sid": "e8df", "ena'))

    with pytest.raises(AcceptedWithoutReceiptError) as caught:
        numbers.enable_messaging(DID_SID)
    assert caught.value.message_sid == "e8df"


def test_messaging_is_read(factory: ClientFactory, kind: str) -> None:
    numbers, script = scripted(factory, kind, status("enabled"))

    assert numbers.get_messaging(DID_SID).status == EnablementStatus.ENABLED
    assert wire(script) == [("GET", f"{KINDS[kind]}/{DID_SID}/messaging", {}, None)]


def test_the_wait_ends_when_messaging_is_enabled(factory: ClientFactory, kind: str, clock: SteppingClock) -> None:
    replies = [status("disabled"), status("in_progress"), status(None), status("enabled")]
    numbers, script = scripted(factory, kind, *replies, clock=clock)

    assert numbers.wait_until_enabled(DID_SID).status == "enabled"
    assert clock.sleeps == [1.0, 1.5, 2.25]
    assert {method for method, _, _, _ in wire(script)} == {"GET"}


def test_a_wait_that_runs_out_says_how_far_it_is(factory: ClientFactory, kind: str, clock: SteppingClock) -> None:
    numbers, _ = scripted(factory, kind, status("in_progress"), clock=clock)

    with pytest.raises(WaitTimeoutError, match=r"After 60 s messaging is not enabled yet.*in_progress") as caught:
        numbers.wait_until_enabled(DID_SID, within=60)
    assert caught.value.status == "in_progress"
    assert caught.value.did_sid == "f3125c23-29dd-41b7-5dbc-89edba59230d"
    assert caught.value.message_sid is None
    assert sum(clock.sleeps) == pytest.approx(60)
    assert max(clock.sleeps) == 10


def test_a_failure_ends_the_wait_at_once(factory: ClientFactory, kind: str, clock: SteppingClock) -> None:
    numbers, script = scripted(factory, kind, status("failed"), clock=clock)

    with pytest.raises(EnablementFailedError, match="could not enable messaging") as caught:
        numbers.wait_until_enabled(DID_SID)
    assert caught.value.did_sid == "f3125c23-29dd-41b7-5dbc-89edba59230d"
    assert (clock.sleeps, len(script.requests)) == ([], 1)


@pytest.mark.parametrize("within", [0, -1, float("inf"), "300"])
def test_a_wait_needs_a_time(factory: ClientFactory, kind: str, within: Any) -> None:
    numbers, script = scripted(factory, kind)

    with pytest.raises(InvalidArgumentError, match="within"):
        numbers.wait_until_enabled(DID_SID, within=within)
    assert script.requests == []


def test_a_number_that_is_not_there_is_not_waited_for(factory: ClientFactory, kind: str, clock: SteppingClock) -> None:
    numbers, _ = scripted(factory, kind, reply(404), clock=clock)

    with pytest.raises(NotFoundError):
        numbers.wait_until_enabled(DID_SID)
    assert clock.sleeps == []

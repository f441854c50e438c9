"""Waiting for a message to get somewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from carrierx import InvalidArgumentError, MessageStatus, NotFoundError, WaitTimeoutError
from carrierx.emulator import Emulator, EmulatorConfig, StatusDelays
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import SID, SMS, Script, sms

NEVER_DELIVERED = EmulatorConfig(strict_query=True, delays=StatusDelays(timedelta(seconds=1), timedelta.max))


def test_the_wait_ends_when_the_message_is_delivered(
    factory: ClientFactory, emulator: Emulator, clock: SteppingClock
) -> None:
    client = factory.over(emulator, clock=clock)
    sid = client.send(**SMS).message_sid
    assert client.wait(sid).status == MessageStatus.DELIVERED
    assert clock.sleeps == [0.5, 0.75, 1.125, 1.6875]


@pytest.mark.parametrize("until", ["sent", MessageStatus.SENT, {"sent", "failed"}, ["sent"], ("sent", "delivered")])
def test_one_status_or_any_of_several_will_do(
    factory: ClientFactory, emulator: Emulator, clock: SteppingClock, until: Any
) -> None:
    client = factory.over(emulator, clock=clock)
    sid = client.send(**SMS).message_sid
    assert client.wait(sid, until=until).status == MessageStatus.SENT


def test_a_status_that_is_there_already_needs_no_wait(
    factory: ClientFactory, emulator: Emulator, clock: SteppingClock
) -> None:
    client = factory.over(emulator, clock=clock)
    sid = client.send(**SMS).message_sid
    assert client.wait(sid, until="queued").status == MessageStatus.QUEUED
    assert clock.sleeps == []


def test_a_wait_that_runs_out_says_how_far_the_message_is(factory: ClientFactory, clock: SteppingClock) -> None:
    with Emulator(NEVER_DELIVERED, clock=clock.now) as emulator:
        client = factory.over(emulator, clock=clock)
        sid = client.send(**SMS).message_sid
        with pytest.raises(WaitTimeoutError, match="After 20 s the message has the status sent, not yet") as caught:
            client.wait(sid, within=20)
    assert (caught.value.message_sid, caught.value.status) == (sid, "sent")
    assert sum(clock.sleeps) == pytest.approx(20)
    assert max(clock.sleeps) <= 5


def test_a_message_without_a_status_is_waited_for(factory: ClientFactory, clock: SteppingClock) -> None:
    client = factory.scripted([sms(status=None)], clock=clock)
    with pytest.raises(WaitTimeoutError, match="status none") as caught:
        client.wait(SID, within=1)
    assert caught.value.status is None


def test_a_status_that_nobody_knows_can_be_waited_for(factory: ClientFactory, clock: SteppingClock) -> None:
    client = factory.scripted([sms(), sms(status="teleported")], clock=clock)
    assert client.wait(SID, until="teleported").status == "teleported"


def test_a_wait_for_a_message_that_is_not_there_fails_at_once(factory: ClientFactory, emulator: Emulator) -> None:
    with pytest.raises(NotFoundError):
        factory.over(emulator).wait("no-such-sid")


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("until", ""),
        ("until", []),
        ("until", [""]),
        ("until", ["sent", 5]),
        ("until", [["sent"]]),
        ("until", 5),
        ("until", None),
        ("within", 0),
        ("within", -1),
        ("within", float("inf")),
        ("within", "60"),
        ("within", True),
    ],
    ids=repr,
)
def test_what_cannot_be_waited_for_is_refused(factory: ClientFactory, argument: str, value: Any) -> None:
    script = Script()
    with pytest.raises(InvalidArgumentError, match=argument):
        factory.scripted(script).wait(SID, **{argument: value})
    assert script.requests == []

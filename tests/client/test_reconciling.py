"""Learning whether an unconfirmed send happened, and never saying so without proof."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from carrierx import InvalidArgumentError, ReconcileError
from carrierx.emulator import Emulator
from tests.client.scripts import SMS, Script, message, page, sms
from tests.client.stepping import START, SteppingClock
from tests.client.twins import Twin

FOUND = message(user_data="order-17")


def test_a_send_is_found_by_its_reference_at_once(twin: Twin, emulator: Emulator, clock: SteppingClock) -> None:
    client = twin.over(emulator, clock=clock)
    sent = client.send(**SMS, reference="order-17")
    client.send(**SMS, reference="order-18")
    found = client.reconcile("order-17", sent_after=clock.now())
    assert found is not None
    assert found.message_sid == sent.message_sid
    assert sum(clock.sleeps) == 0


@pytest.mark.parametrize(("misses", "waited"), [(1, 7), (2, 14)])
def test_a_send_is_found_once_it_becomes_visible(twin: Twin, clock: SteppingClock, misses: int, waited: float) -> None:
    script = Script(*[page()] * misses, page(FOUND))
    found = twin.scripted(script, clock=clock).reconcile("order-17", settle=7)
    assert found is not None
    assert sum(clock.sleeps) == waited
    assert {query["filter"] for query in script.queries} == {'user_data eq "order-17"'}


def test_absence_means_not_sent_once_the_look_up_is_known_to_work(twin: Twin, clock: SteppingClock) -> None:
    script = Script(page(FOUND), page())
    client = twin.scripted(script, clock=clock)
    assert client.reconcile("order-17") is not None
    assert client.reconcile("order-18", settle=10) is None
    assert len(script.requests) == 1 + 3
    assert sum(clock.sleeps) == 20


def test_the_proof_is_sought_by_the_last_accepted_reference(
    twin: Twin, emulator: Emulator, clock: SteppingClock
) -> None:
    client = twin.over(emulator, clock=clock)
    client.send(**SMS, reference="order-1")
    client.send(**SMS, reference="order-2")
    assert client.reconcile("never-sent") is None
    assert emulator.requests_seen[-1].query.endswith("filter=user_data+eq+%22order-2%22")


def test_the_proof_holds_for_a_clients_copies(twin: Twin, emulator: Emulator, clock: SteppingClock) -> None:
    client = twin.over(emulator, clock=clock)
    client.with_options(auto_reference=True).send(**SMS)
    assert client.with_options(timeout=5).reconcile("never-sent") is None


def test_absence_proves_nothing_as_long_as_no_look_up_has_found_anything(twin: Twin, clock: SteppingClock) -> None:
    script = Script(*[page()] * 3, sms(user_data="order-1"), page())
    client = twin.scripted(script, clock=clock)
    with pytest.raises(ReconcileError, match="Do not send again") as fresh:
        client.reconcile("order-2")
    client.send(**SMS, reference="order-1")
    with pytest.raises(ReconcileError, match="Do not send again"):
        client.reconcile("order-2")
    assert fresh.value.reference == "order-2"
    assert not fresh.value.safe_to_resend


@pytest.mark.parametrize(
    "unfiltered", [[message(user_data="other")], [message()], [FOUND, message(user_data="order-177")]]
)
def test_an_answer_that_was_not_filtered_proves_nothing(
    twin: Twin, clock: SteppingClock, unfiltered: list[dict[str, object]]
) -> None:
    client = twin.scripted([page(*unfiltered)], clock=clock)
    with pytest.raises(ReconcileError, match="did not apply the filter") as caught:
        client.reconcile("order-17")
    assert caught.value.reference == "order-17"


def test_an_older_message_with_the_same_reference_is_not_it(
    twin: Twin, emulator: Emulator, clock: SteppingClock
) -> None:
    client = twin.over(emulator, clock=clock)
    client.send(**SMS, reference="order-17")
    clock.advance(3600)
    assert client.reconcile("order-17", sent_after=clock.now()) is None
    again = client.send(**SMS, reference="order-17")
    found = client.reconcile("order-17", sent_after=clock.now())
    assert found is not None
    assert found.message_sid == again.message_sid


def test_the_servers_clock_may_be_a_little_behind(twin: Twin, clock: SteppingClock) -> None:
    created = (START - timedelta(minutes=4)).isoformat()
    client = twin.scripted([page(message(user_data="order-17", date_created=created))], clock=clock)
    assert client.reconcile("order-17", sent_after=START) is not None


def test_a_message_without_a_date_is_taken_for_the_one(twin: Twin, clock: SteppingClock) -> None:
    client = twin.scripted([page(FOUND)], clock=clock)
    assert client.reconcile("order-17", sent_after=START) is not None


@pytest.mark.parametrize("reference", ["", "  ", None, 17, 'a "quoted" one', "line\nend"], ids=repr)
def test_what_could_not_have_been_sent_as_a_reference_is_refused(twin: Twin, reference: Any) -> None:
    script = Script(page())
    with pytest.raises(InvalidArgumentError, match="reference"):
        twin.scripted(script).reconcile(reference)
    assert script.requests == []


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("settle", -1),
        ("settle", float("nan")),
        ("settle", "10"),
        ("sent_after", datetime(2026, 3, 15, 12)),  # noqa: DTZ001
        ("sent_after", date(2026, 3, 15)),
        ("sent_after", "2026-03-15T12:00:00Z"),
        ("sent_after", 1773576000),
    ],
    ids=repr,
)
def test_an_argument_that_cannot_work_is_refused(twin: Twin, argument: str, value: Any) -> None:
    script = Script(page())
    with pytest.raises(InvalidArgumentError, match=argument):
        twin.scripted(script).reconcile("order-17", **{argument: value})
    assert script.requests == []

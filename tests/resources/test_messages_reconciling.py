"""Learning whether an unconfirmed send happened, and never saying so without proof."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from carrierx import InvalidArgumentError, ReconcileError
from carrierx.emulator import Emulator
from tests.support.client_factory import ClientFactory
from tests.support.clocks import START, SteppingClock
from tests.support.scripts import SMS, Script, message, page, sms

FOUND = message(user_data="order-17")


def test_a_send_is_found_by_its_reference_at_once(
    factory: ClientFactory, emulator: Emulator, clock: SteppingClock
) -> None:
    client = factory.over(emulator, clock=clock)
    sent = client.send(**SMS, reference="order-17")
    client.send(**SMS, reference="order-18")
    found = client.reconcile("order-17", sent_after=clock.now())
    assert found is not None
    assert found.message_sid == sent.message_sid
    assert sum(clock.sleeps) == 0


@pytest.mark.parametrize(("misses", "waited"), [(1, 7), (2, 14)])
def test_a_send_is_found_once_it_becomes_visible(
    factory: ClientFactory, clock: SteppingClock, misses: int, waited: float
) -> None:
    script = Script(*[page()] * misses, page(FOUND))
    found = factory.scripted(script, clock=clock).reconcile("order-17", settle=7)
    assert found is not None
    assert sum(clock.sleeps) == waited
    assert {query["filter"] for query in script.queries} == {'user_data eq "order-17"'}


def test_absence_means_not_sent_once_the_look_up_is_known_to_work(factory: ClientFactory, clock: SteppingClock) -> None:
    script = Script(page(FOUND), page())
    client = factory.scripted(script, clock=clock)
    assert client.reconcile("order-17") is not None
    assert client.reconcile("order-18", settle=10) is None
    assert len(script.requests) == 1 + 3
    assert sum(clock.sleeps) == 20


def test_the_proof_is_sought_by_the_last_accepted_reference(
    factory: ClientFactory, emulator: Emulator, clock: SteppingClock
) -> None:
    client = factory.over(emulator, clock=clock)
    client.send(**SMS, reference="order-1")
    client.send(**SMS, reference="order-2")
    assert client.reconcile("never-sent") is None
    assert emulator.requests_seen[-1].query.endswith("filter=user_data+eq+%22order-2%22")


def test_the_proof_holds_for_a_clients_copies(factory: ClientFactory, emulator: Emulator, clock: SteppingClock) -> None:
    client = factory.over(emulator, clock=clock)
    client.with_options(auto_reference=True).send(**SMS)
    assert client.with_options(timeout=5).reconcile("never-sent") is None


def test_absence_proves_nothing_as_long_as_no_look_up_has_found_anything(
    factory: ClientFactory, clock: SteppingClock
) -> None:
    script = Script(*[page()] * 3, sms(user_data="order-1"), page())
    client = factory.scripted(script, clock=clock)
    with pytest.raises(ReconcileError, match="Don't send again") as fresh:
        client.reconcile("order-2")
    client.send(**SMS, reference="order-1")
    with pytest.raises(ReconcileError, match="Don't send again"):
        client.reconcile("order-2")
    assert fresh.value.reference == "order-2"
    assert not fresh.value.safe_to_resend


@pytest.mark.parametrize(
    "unfiltered", [[message(user_data="other")], [message()], [FOUND, message(user_data="order-177")]]
)
def test_an_answer_that_was_not_filtered_proves_nothing(
    factory: ClientFactory, clock: SteppingClock, unfiltered: list[dict[str, object]]
) -> None:
    client = factory.scripted([page(*unfiltered)], clock=clock)
    with pytest.raises(ReconcileError, match="ignored the filter") as caught:
        client.reconcile("order-17")
    assert caught.value.reference == "order-17"


def created(moment: datetime | str, **changes: object) -> dict[str, object]:
    """A message with the reference and a time."""
    shown = moment if isinstance(moment, str) else moment.isoformat()
    return message(user_data="order-17", date_created=shown, **changes)


HOUR_AGO = START - timedelta(hours=1)


def test_of_two_messages_with_the_same_reference_the_later_one_is_it(
    factory: ClientFactory, emulator: Emulator, clock: SteppingClock
) -> None:
    client = factory.over(emulator, clock=clock)
    client.send(**SMS, reference="order-17")
    clock.advance(3600)
    again = client.send(**SMS, reference="order-17")
    found = client.reconcile("order-17", sent_after=clock.now())
    assert found is not None
    assert found.message_sid == again.message_sid


@pytest.mark.parametrize("fitting_first", [True, False])
def test_an_older_message_beside_the_one_does_not_matter(
    factory: ClientFactory, clock: SteppingClock, fitting_first: bool
) -> None:
    both = [created(START, message_sid="new"), created(HOUR_AGO, message_sid="old")]
    client = factory.scripted([page(*(both if fitting_first else reversed(both)))], clock=clock)
    found = client.reconcile("order-17", sent_after=START)
    assert found is not None
    assert found.message_sid == "new"


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(START - timedelta(minutes=5, seconds=1), id="CarrierX's clock is behind"),
        pytest.param((START - timedelta(hours=5)).replace(tzinfo=None), id="a local time without a zone"),
    ],
)
def test_a_message_with_the_reference_and_an_older_time_is_never_called_not_sent(
    factory: ClientFactory, clock: SteppingClock, shown: datetime, proven: bool
) -> None:
    script = Script(*[page(FOUND)] * proven, page(created(shown)))
    client = factory.scripted(script, clock=clock)
    if proven:
        client.reconcile("order-17")
    with pytest.raises(ReconcileError, match=r"older than sent_after.*Don't send.*without sent_after") as caught:
        client.reconcile("order-17", sent_after=START, settle=7)
    assert (caught.value.reference, caught.value.safe_to_resend) == ("order-17", False)
    assert sum(clock.sleeps) == 14  # a fitting one could still have become visible
    found = client.reconcile("order-17")
    assert found is not None


def test_an_older_message_that_a_later_look_does_not_show_is_not_forgotten(
    factory: ClientFactory, clock: SteppingClock
) -> None:
    script = Script(page(FOUND), page(created(HOUR_AGO)), page())
    client = factory.scripted(script, clock=clock)
    client.reconcile("order-17")
    with pytest.raises(ReconcileError, match="older than sent_after"):
        client.reconcile("order-17", sent_after=START)


def test_the_one_may_become_visible_after_an_older_one(factory: ClientFactory, clock: SteppingClock) -> None:
    script = Script(page(created(HOUR_AGO, message_sid="old")), page(created(HOUR_AGO), created(START)))
    found = factory.scripted(script, clock=clock).reconcile("order-17", sent_after=START)
    assert found is not None
    assert found.date_created == START


def test_the_servers_clock_may_be_a_little_behind(factory: ClientFactory, clock: SteppingClock) -> None:
    client = factory.scripted([page(created(START - timedelta(minutes=4)))], clock=clock)
    assert client.reconcile("order-17", sent_after=START) is not None


EARLIEST, LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "sent_after"), [(EARLIEST, EARLIEST), (LATEST, EARLIEST), (LATEST, LATEST)], ids=["first", "far", "last"]
)
def test_no_time_is_too_early_or_too_late_to_be_compared(
    factory: ClientFactory, clock: SteppingClock, shown: datetime, sent_after: datetime
) -> None:
    client = factory.scripted([page(created(shown))], clock=clock)
    assert client.reconcile("order-17", sent_after=sent_after) is not None


def test_a_message_without_a_date_is_taken_for_the_one(factory: ClientFactory, clock: SteppingClock) -> None:
    client = factory.scripted([page(FOUND)], clock=clock)
    assert client.reconcile("order-17", sent_after=START) is not None


@pytest.mark.parametrize("reference", ["", "  ", None, 17, 'a "quoted" one', "line\nend"], ids=repr)
def test_what_could_not_have_been_sent_as_a_reference_is_refused(factory: ClientFactory, reference: Any) -> None:
    script = Script(page())
    with pytest.raises(InvalidArgumentError, match="reference"):
        factory.scripted(script).reconcile(reference)
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
def test_an_argument_that_cannot_work_is_refused(factory: ClientFactory, argument: str, value: Any) -> None:
    script = Script(page())
    with pytest.raises(InvalidArgumentError, match=argument):
        factory.scripted(script).reconcile("order-17", **{argument: value})
    assert script.requests == []

"""Learning from the detail records whether an unconfirmed send happened."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carrierx import ReconcileError
from carrierx.emulator import Emulator
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import SMS


def test_a_send_is_found_by_its_record(factory: ClientFactory, emulator: Emulator, clock: SteppingClock) -> None:
    client = factory.over(emulator, clock=clock)
    client.send(**SMS, reference="order-17")
    found = client.record_of("order-17", sent_after=clock.now() - timedelta(minutes=1))
    assert found is not None
    assert found.user_data == "order-17"


def test_absence_means_not_sent_once_an_accepted_send_is_found(
    factory: ClientFactory, emulator: Emulator, clock: SteppingClock
) -> None:
    client = factory.over(emulator, clock=clock)
    client.send(**SMS, reference="order-17")
    assert client.record_of("never-sent") is None


def test_absence_proves_nothing_before_that(factory: ClientFactory, emulator: Emulator, clock: SteppingClock) -> None:
    with pytest.raises(ReconcileError, match="not known"):
        factory.over(emulator, clock=clock).record_of("never-sent")


def test_a_record_with_the_reference_and_an_older_time_is_never_called_not_sent(
    factory: ClientFactory, emulator: Emulator, clock: SteppingClock
) -> None:
    client = factory.over(emulator, clock=clock)
    client.send(**SMS, reference="order-17")
    assert client.record_of("order-17") is not None
    clock.advance(3600)
    with pytest.raises(ReconcileError, match="older than sent_after") as caught:
        client.record_of("order-17", sent_after=clock.now())
    assert caught.value.reference == "order-17"

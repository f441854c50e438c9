"""With the same limits lifted, client and emulator accept the group MMS of a preview of CarrierX's MMS page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from carrierx import MessageLimits, SendMessageRequest, where
from carrierx.emulator import Emulator, EmulatorConfig
from carrierx.events import ResponseMismatch
from carrierx.pricing import Prices, estimate
from carrierx.sending.rate import SendRate
from tests.agreement.helpers import Wire, emulator_refuses, post
from tests.sending.batches import results_of
from tests.support.client_factory import ClientFactory

MONTREAL, NEW_YORK, OWN_NUMBER = "15145550101", "12125550101", "15162065575"
PREVIEW: Wire = {"message": "Hello", "group_recipients": [MONTREAL, NEW_YORK]}
LIFTED: dict[str, Any] = {
    "us_only_mms": False,
    "group_needs_from": False,
    "group_needs_to": False,
    "group_needs_type": False,
}
REFUSED_WITH = {
    "us_only_mms": {"group_recipients", "to"},
    "group_needs_from": {"from"},
    "group_needs_to": {"to"},
    "group_needs_type": {"type"},
}
"""The fields that the emulator refuses if all switches but this one are off."""


@pytest.fixture
def lenient() -> Iterator[Emulator]:
    with Emulator(EmulatorConfig(**LIFTED)) as made:
        yield made


def test_by_default_both_refuse_it(emulator: Emulator) -> None:
    assert emulator_refuses(emulator, PREVIEW) == {"from", "to", "type", "group_recipients"}


@pytest.mark.parametrize("switch", LIFTED)
def test_each_switch_lifts_a_refusal_of_its_own(switch: str) -> None:
    others: dict[str, Any] = {**LIFTED, switch: True}
    with Emulator(EmulatorConfig(**others)) as emulator:
        assert emulator_refuses(emulator, PREVIEW) == REFUSED_WITH[switch]


def test_a_short_code_sends_abroad_if_that_is_allowed(emulator: Emulator) -> None:
    abroad = {"from": "72345", "to": MONTREAL, "message": "Hello"}
    assert emulator_refuses(emulator, abroad) == {"to"}
    with Emulator(EmulatorConfig(us_only_short_codes=False)) as other:
        assert emulator_refuses(other, abroad) == set()


def test_a_message_without_a_group_needs_its_numbers_anyway(lenient: Emulator) -> None:
    assert emulator_refuses(lenient, {"message": "Hello"}) == {"from", "to"}
    assert emulator_refuses(lenient, {"message": "Hello", "group_recipients": []}) == {"from", "to"}


def test_a_group_that_can_not_be_read_is_the_only_mistake(lenient: Emulator) -> None:
    assert emulator_refuses(lenient, {"message": "Hello", "group_recipients": ["nobody"]}) == {"group_recipients"}
    assert emulator_refuses(lenient, {"message": "Hello", "group_recipients": [7]}) == {"group_recipients"}


def test_an_account_of_which_no_number_can_send_an_mms_has_no_sender() -> None:
    with Emulator(EmulatorConfig(**LIFTED, enabled_numbers=frozenset({"12125550109"}))) as emulator:
        assert emulator_refuses(emulator, PREVIEW) == set()
    with Emulator(EmulatorConfig(**LIFTED, enabled_numbers=frozenset())) as emulator:
        assert emulator_refuses(emulator, PREVIEW) == {"from"}


def test_the_emulator_supplies_what_is_missing(lenient: Emulator) -> None:
    sent = json.loads(post(lenient, json.dumps(PREVIEW).encode()).body)
    assert (sent["from"], sent["to"]) == (OWN_NUMBER, MONTREAL)
    assert (sent["type"], sent["group_recipients"]) == ("mms", [MONTREAL, NEW_YORK])


def test_a_client_sends_it_and_follows_it(factory: ClientFactory, lenient: Emulator) -> None:
    events: list[object] = []
    limits = MessageLimits(**LIFTED)
    client = factory.over(lenient, message_limits=limits, on_event=events.append)

    by_keywords = client.send(**PREVIEW, reference="order-17")
    by_request = client.send(SendMessageRequest.parse(PREVIEW, limits))

    assert [json.loads(request.body) for request in lenient.requests_seen if request.method == "POST"] == [
        {**PREVIEW, "user_data": "order-17"},
        PREVIEW,
    ]
    assert by_keywords.group_recipients == by_request.group_recipients == (MONTREAL, NEW_YORK)
    assert not [event for event in events if isinstance(event, ResponseMismatch)]
    assert client.reconcile("order-17", settle=0) == client.get(by_keywords.message_sid)
    assert len(client.list(filter=where("to").eq(MONTREAL))) == 2


def test_a_batch_of_them_is_sent_at_a_rate(factory: ClientFactory, lenient: Emulator) -> None:
    limits = MessageLimits(**LIFTED)
    rate = SendRate(segments=1000, messages_per_number=1000, segments_per_number=1000)
    client = factory.over(lenient, message_limits=limits)
    results = results_of(factory, client, [PREVIEW, SendMessageRequest.parse(PREVIEW, limits)], rate=rate)

    assert [result.ok for result in results] == [True, True]


def test_its_price_is_that_of_the_group() -> None:
    request = SendMessageRequest.parse(PREVIEW, MessageLimits(**LIFTED))
    estimated = estimate([request], Prices({"1": "0.01"}, {"1": "0.02"}))

    assert (estimated.segments, estimated.items[0].recipients) == (2, 2)
    assert str(estimated.total) == "0.04"


def test_the_emulator_sends_from_a_number_that_is_no_recipient(lenient: Emulator) -> None:
    body = {**PREVIEW, "group_recipients": [OWN_NUMBER, MONTREAL]}
    sent = json.loads(post(lenient, json.dumps(body).encode()).body)
    assert sent["from"] not in (OWN_NUMBER, MONTREAL)

"""Cost estimates for messages."""

from __future__ import annotations

import decimal
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from carrierx.errors import InvalidArgumentError
from carrierx.models.send_request import SendMessageRequest
from carrierx.pricing import EstimatedMessage, Prices, estimate
from tests.pricing.messages import Text

PRICES = Prices({"1": "0.01", "44": "0.04", "447": "0.05"}, mms={"1": "0.02", "1516": "0.015"})


def request(**fields: Any) -> SendMessageRequest:
    return SendMessageRequest.parse({"from": "15162065575", "to": "15162065574", **fields})


@pytest.mark.parametrize(
    ("fields", "segments", "price"),
    [
        ({"message": "Hello"}, 1, "0.01"),
        ({"message": "a" * 161}, 2, "0.02"),
        ({"message": "ç" * 135}, 3, "0.03"),
        ({"message": "Hello", "to": "442079460958"}, 1, "0.04"),
        ({"message": "a" * 161, "to": "447700900123"}, 2, "0.10"),
    ],
)
def test_an_sms_costs_its_segments_at_the_price_of_its_destination(
    fields: dict[str, str], segments: int, price: str
) -> None:
    found = estimate([request(**fields)], PRICES)

    assert found.items == (EstimatedMessage(0, "sms", segments, 1, Decimal(price)),)
    assert (found.messages, found.segments, found.total) == (1, segments, Decimal(price))
    assert found.complete


def test_an_mms_is_one_segment_however_long_its_text() -> None:
    media = ["https://storage.example/cat.png"]

    found = estimate([request(message="a" * 1600, media_urls=media), request(media_urls=media)], PRICES)

    assert [(item.kind, item.segments, item.price) for item in found.items] == [("mms", 1, Decimal("0.015"))] * 2


@pytest.mark.parametrize(
    ("to", "group", "recipients", "price"),
    [
        ("15162065574", ["12125550101", "12125550102"], 3, "0.055"),
        ("15162065574", ["15162065574", "12125550101"], 2, "0.035"),
        ("15162065574", ["15162065575", "12125550101"], 2, "0.035"),  # the sender does not receive the message
        ("15162065575", ["15162065575", "12125550101"], 2, "0.035"),  # unless it is also the recipient
    ],
)
def test_every_recipient_of_a_group_is_charged(to: str, group: list[str], recipients: int, price: str) -> None:
    found = estimate([request(to=to, message="Hello", group_recipients=group)], PRICES)

    assert found.items == (EstimatedMessage(0, "mms", recipients, recipients, Decimal(price)),)
    assert found.segments == recipients


def test_a_group_without_a_known_sender_is_charged_whole() -> None:
    (item,) = estimate([Text(kind="mms", group_recipients=("12125550101", "12125550102"))], PRICES).items

    assert item.recipients == 3


def test_an_unknown_destination_is_listed_and_never_counts_as_nothing() -> None:
    messages = [Text(), Text(to="33123456789", message="a" * 161), Text(to="ACME"), Text(to="442079460958", kind="mms")]

    found = estimate(messages, PRICES)

    assert [item.price for item in found.items] == [Decimal("0.01"), None, None, None]
    assert [item.index for item in found.unpriced] == [1, 2, 3]
    assert found.total == Decimal("0.01")
    assert (found.messages, found.segments) == (4, 5)
    assert not found.complete
    assert str(found) == "4 messages, 5 segments: 0.01, without 3 messages of unknown price"


def test_a_group_with_one_unknown_recipient_has_no_price() -> None:
    found = estimate([Text(kind="mms", group_recipients=("12125550101", "442079460958"))], PRICES)

    assert found.items == found.unpriced == (EstimatedMessage(0, "mms", 3, 3, None),)
    assert found.total == 0


def test_a_price_of_nothing_is_a_price() -> None:
    found = estimate([Text()], Prices({"1": 0}))

    assert found.complete
    assert found.items[0].price == 0


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 messages, 0 segments: 0"), (1, "1 message, 1 segment: 0.01"), (2, "2 messages, 2 segments: 0.02")],
)
def test_it_says_itself_in_words(count: int, said: str) -> None:
    assert str(estimate([Text()] * count, PRICES)) == said


def test_its_repr_stays_short() -> None:
    assert repr(estimate([Text()] * 3, PRICES)) == "Estimate(messages=3, segments=3, total=Decimal('0.03'))"


def test_a_message_without_a_text_is_one_segment() -> None:
    assert estimate([Text(message=None), Text(message="")], PRICES).segments == 2


def test_sums_are_exact_whatever_the_program_has_set() -> None:
    with decimal.localcontext(prec=2):
        found = estimate([Text(message="a" * 459)] * 1001, Prices({"1": "0.00375"}))

    assert found.items[0].price == Decimal("0.01125")
    assert found.total == Decimal("11.26125")


def test_without_items_any_number_of_messages_fits_in_memory() -> None:
    def many() -> Iterator[Text]:
        for index in range(20_000):
            yield Text(message=f"Hello {index}")

    estimate([Text()], PRICES)
    tracemalloc.start()
    found = estimate(many(), PRICES, keep_items=False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (found.messages, found.total) == (20_000, Decimal(200))
    assert found.items == ()
    assert peak < 100_000


def test_without_items_those_of_unknown_price_are_kept() -> None:
    found = estimate([Text(), Text(to="33123456789")], PRICES, keep_items=False)

    assert [item.index for item in found.unpriced] == [1]


@pytest.mark.parametrize(
    "wrong", [[{"kind": "sms"}], [None], [request(message="Hello"), "Hello"], request(message="Hello")]
)
def test_what_is_no_message_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"Request \d is of type \w+, which is not a message"):
        estimate(wrong, PRICES)


def test_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="Request 1 is of kind 'fax'"):
        estimate([Text(), Text(kind="fax")], PRICES)

"""What messages cost, worked out before they are sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final, Literal, Protocol

from carrierx.errors import InvalidArgumentError
from carrierx.price_list import Prices, PriceValue, Rate
from carrierx.segmentation import segments
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Estimate", "EstimatedMessage", "PriceValue", "Priceable", "Prices", "Rate", "estimate"]

_EXACT: Final = Context(prec=100)
"""Sums are exact whatever precision the program has set for its own."""


class Priceable(Protocol):
    """What an estimate needs of a message: a `SendMessageRequest` has it all."""

    @property
    def kind(self) -> str:
        """`sms` or `mms`."""
        ...

    @property
    def to(self) -> str:
        """The recipient."""
        ...

    @property
    def message(self) -> str | None:
        """The text."""
        ...

    @property
    def group_recipients(self) -> Sequence[str]:
        """The numbers of a group MMS."""
        ...


@dataclass(frozen=True, slots=True)
class EstimatedMessage:
    """What one message costs.

    Attributes:
        index: Its place among the requests, from 0.
        kind: `sms` or `mms`.
        segments: The segments that are charged: those of an SMS, and for an MMS one to each recipient.
        recipients: How many get it.
        price: What it costs, or None if the price of a recipient is not known.
    """

    index: int
    kind: Literal["sms", "mms"]
    segments: int
    recipients: int
    price: Decimal | None

    def to_row(self) -> dict[str, object]:
        """Give it as a row of a table: what `to_dicts(estimate.items)` and `to_pandas(estimate.items)` are made of."""
        return {name: getattr(self, name) for name in self.row_dtypes()}

    @classmethod
    def row_dtypes(cls) -> dict[str, str]:
        """Give the columns of `to_row` with their dtypes in pandas. Prices stay `Decimal`."""
        return {"index": "Int64", "kind": "string", "segments": "Int64", "recipients": "Int64", "price": "object"}


@dataclass(frozen=True, slots=True)
class Estimate:
    """What messages cost together. Print it to read it.

    Attributes:
        messages: How many there are.
        segments: The segments that are charged for all of them, priced or not.
        total: What those with a price cost together. The ones in `unpriced` are not in it: see `complete`.
        unpriced: Those whose price is not known.
        items: Each message, in the order given; empty if they were not kept.
    """

    messages: int
    segments: int
    total: Decimal
    unpriced: tuple[EstimatedMessage, ...] = field(repr=False)
    items: tuple[EstimatedMessage, ...] = field(repr=False)

    @property
    def complete(self) -> bool:
        """Whether `total` covers every message."""
        return not self.unpriced

    def __str__(self) -> str:
        """Say it in words, with what the total leaves out."""
        said = f"{_counted(self.messages, 'message')}, {_counted(self.segments, 'segment')}: {self.total:f}"
        if self.complete:
            return said
        return f"{said}, without {_counted(len(self.unpriced), 'message')} of unknown price"


@clears_locals
def estimate(requests: Iterable[Priceable], prices: Prices, *, keep_items: bool = True) -> Estimate:
    """Work out what messages cost, without sending anything.

    An SMS costs its segments times the price of its destination. An MMS is one segment to each recipient, and "every
    outbound recipient" of a group is charged (CarrierX's SMS object page): `to` and the group, without the sender if it
    is listed there. What CarrierX charges in the end is the `price` of the message, by its own count of segments.

    Args:
        requests: The messages, for example `SendMessageRequest`s; any iterable, read once and one by one.
        prices: What a segment costs.
        keep_items: Whether to keep each message's own line. Without, only those of unknown price are kept, so that any
            number of messages fits in memory.

    Returns:
        The sums, and what each message costs. A price that is not known is None, listed in `unpriced`, never 0.

    Raises:
        InvalidArgumentError: If something among the requests is no message.

    Example:
        >>> from types import SimpleNamespace
        >>> def sms(to, message):
        ...     return SimpleNamespace(kind="sms", to=to, message=message, media_urls=(), group_recipients=())
        >>> found = estimate(
        ...     [sms("15162065574", "Hello"), sms("447700900123", "a" * 161), sms("33123456789", "Salut")],
        ...     Prices({"1": "0.01", "44": "0.04"}),
        ... )
        >>> print(found)
        3 messages, 4 segments: 0.09, without 1 message of unknown price
        >>> [item.price for item in found.items]
        [Decimal('0.01'), Decimal('0.08'), None]
    """
    messages = charged = 0
    total = Decimal(0)
    unpriced: list[EstimatedMessage] = []
    items: list[EstimatedMessage] = []
    for index, request in enumerate(requests):
        item = _estimate_one(index, request, prices)
        messages += 1
        charged += item.segments
        if item.price is None:
            unpriced.append(item)
        else:
            total = _EXACT.add(total, item.price)
        if keep_items:
            items.append(item)
    return Estimate(messages, charged, total, tuple(unpriced), tuple(items))


def _estimate_one(index: int, request: Priceable, prices: Prices) -> EstimatedMessage:
    try:
        kind, to, text, group = request.kind, request.to, request.message, request.group_recipients
    except AttributeError as error:
        raise InvalidArgumentError(
            f"Request {index} is of type {type(request).__name__}, which is no message ({error}). Give an iterable of "
            "SendMessageRequest or of what has the same fields; a single one in a list."
        ) from error
    if kind == "sms":
        count = segments(text or "").count
        price = prices.price_of(to)
        return EstimatedMessage(index, "sms", count, 1, None if price is None else _EXACT.multiply(price, count))
    if kind == "mms":
        sender: object = getattr(request, "from_", None)
        recipients = {to, *(number for number in group if number != sender)}
        total = Decimal(0)
        for recipient in recipients:
            price = prices.price_of(recipient, "mms")
            if price is None:
                return EstimatedMessage(index, "mms", len(recipients), len(recipients), None)
            total = _EXACT.add(total, price)
        return EstimatedMessage(index, "mms", len(recipients), len(recipients), total)
    raise InvalidArgumentError(f"Request {index} is of kind {kind!r}: an SMS is `sms` and an MMS is `mms`.")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun + 's'}"

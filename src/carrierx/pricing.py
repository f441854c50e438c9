"""Cost estimates for messages, before they are sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final, Literal, Protocol

from carrierx.errors import InvalidArgumentError
from carrierx.notebook_html import table
from carrierx.price_list import Prices, PriceValue, Rate
from carrierx.segmentation import segments
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Estimate", "EstimatedMessage", "PriceValue", "Priceable", "Prices", "Rate", "estimate"]

_EXACT: Final = Context(prec=100)
"""Keeps sums exact, whatever decimal precision the program has set."""


class Priceable(Protocol):
    """The fields of a message that an estimate needs. A `SendMessageRequest` has all of them."""

    @property
    def kind(self) -> str:
        """`sms` or `mms`."""
        ...

    @property
    def to(self) -> str | None:
        """The recipient. A group MMS may have none."""
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
    """The cost of one message.

    Attributes:
        index: Its position among the requests, from 0.
        kind: `sms` or `mms`.
        segments: The charged segments. For an MMS, one per recipient.
        recipients: The number of recipients.
        price: The price, or None if the price for a recipient is unknown.
    """

    index: int
    kind: Literal["sms", "mms"]
    segments: int
    recipients: int
    price: Decimal | None

    def to_row(self, *, masked: bool = False) -> dict[str, object]:  # noqa: ARG002 - nothing of it needs a mask
        """Return the message as a row for `to_dicts(estimate.items)` and `to_pandas(estimate.items)`."""
        return {name: getattr(self, name) for name in self.row_dtypes()}

    @classmethod
    def row_dtypes(cls) -> dict[str, str]:
        """Return the columns of `to_row` with their pandas dtypes. Prices stay `Decimal`."""
        return {"index": "Int64", "kind": "string", "segments": "Int64", "recipients": "Int64", "price": "object"}


@dataclass(frozen=True, slots=True)
class Estimate:
    """The total cost of messages. Print it for a summary.

    Attributes:
        messages: The number of messages.
        segments: The charged segments of all messages, with or without a known price.
        total: The total price. It leaves out the messages in `unpriced`: see `complete`.
        unpriced: The messages without a known price.
        items: All messages in the given order. Empty with `keep_items=False`.
    """

    messages: int
    segments: int
    total: Decimal
    unpriced: tuple[EstimatedMessage, ...] = field(repr=False)
    items: tuple[EstimatedMessage, ...] = field(repr=False)

    @property
    def complete(self) -> bool:
        """True if `total` covers every message."""
        return not self.unpriced

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the summary, and the messages without a known price."""
        unpriced = [
            {"index": item.index, "kind": item.kind, "segments": item.segments, "recipients": item.recipients}
            for item in self.unpriced
        ]
        return table(f"Estimate: {self}", unpriced, "" if self.complete else "These messages have no known price.")

    def __str__(self) -> str:
        """Summarise the estimate, and say what the total leaves out."""
        said = f"{_counted(self.messages, 'message')}, {_counted(self.segments, 'segment')}: {self.total:f}"
        if self.complete:
            return said
        return f"{said}, without {_counted(len(self.unpriced), 'message')} of unknown price"


@clears_locals
def estimate(requests: Iterable[Priceable], prices: Prices, *, keep_items: bool = True) -> Estimate:
    """Estimate the cost of messages, without sending anything.

    An SMS costs its segments times the price of its destination. An MMS is one segment per recipient, and CarrierX
    charges "every outbound recipient" of a group (its SMS object page): `to` and the group, except the sender if it is
    listed there. CarrierX finally charges the `price` of the message, by its own count of segments.

    Args:
        requests: The messages, for example `SendMessageRequest`s. Any iterable works; it is read once.
        prices: The prices per segment.
        keep_items: Whether to keep every message in `items`. If False, only messages of unknown price are kept, so that
            memory does not grow with the number of messages.

    Returns:
        The totals and the cost of each message. An unknown price is None and listed in `unpriced`. It is never 0.

    Raises:
        InvalidArgumentError: If an item of the requests is not a message.

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
            f"Request {index} is of type {type(request).__name__}, which is not a message ({error}). Pass an iterable "
            "of SendMessageRequest or of objects with the same fields. Put a single message in a list."
        ) from error
    if kind == "sms":
        count = segments(text or "").count
        price = None if to is None else prices.price_of(to)
        return EstimatedMessage(index, "sms", count, 1, None if price is None else _EXACT.multiply(price, count))
    if kind == "mms":
        sender: object = getattr(request, "from_", None)
        recipients = {number for number in group if number != sender}
        if to is not None:
            recipients.add(to)
        total = Decimal(0)
        for recipient in recipients:
            price = prices.price_of(recipient, "mms")
            if price is None:
                return EstimatedMessage(index, "mms", len(recipients), len(recipients), None)
            total = _EXACT.add(total, price)
        return EstimatedMessage(index, "mms", len(recipients), len(recipients), total)
    raise InvalidArgumentError(f"Request {index} is of kind {kind!r}; it must be `sms` or `mms`.")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun + 's'}"

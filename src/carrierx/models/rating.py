"""The price of one message to one number."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainSerializer

from carrierx.models.api_object import ApiObject
from carrierx.models.types import Direction, Price

__all__ = ["Rating"]

_Count = Annotated[int, PlainSerializer(str, return_type=str, when_used="json-unless-none")]
"""A count that CarrierX documents as a number and sends as a string."""


class Rating(ApiObject):
    """The price of one message. Only `price` is always present.

    Attributes:
        price: The price of the message in USD.
        rate: The price of one segment in USD.
        segments: The number of segments; 1 for an MMS.
        direction: Inbound or outbound.

    Example:
        >>> rating = Rating.model_validate({"price": "0.02000", "rate": "0.01000", "segments": "2"})
        >>> rating.price == rating.rate * rating.segments
        True
    """

    price: Price
    rate: Price | None = None
    segments: _Count | None = None
    direction: Direction | None = None

"""Messages to price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Text:
    """A message with only the fields that an estimate needs."""

    to: str = "15162065574"
    message: str | None = "Hello"
    kind: str = "sms"
    group_recipients: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One of CarrierX's rates, as from the API."""

    country_code: str | None
    price: Decimal | str | None
    mcc: int = 310
    mnc: int = 999

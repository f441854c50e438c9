"""Messages to price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Text:
    """The least that an estimate needs."""

    to: str = "15162065574"
    message: str | None = "Hello"
    kind: str = "sms"
    group_recipients: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One of CarrierX's rates, as the API gives it."""

    country_code: str | None
    price: Decimal | str | None
    mcc: int = 310
    mnc: int = 999

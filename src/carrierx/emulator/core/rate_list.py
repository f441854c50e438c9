"""Prices of SMS by country: a small list, where CarrierX's has some 1,800 rows.

The prices are the emulator's own, except that of the Czech Republic, which is in the documentation's sample. The list
has one price for all networks of a country.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from carrierx.emulator.rules.numbers import place_of

_UNKNOWN = 0


@dataclass(frozen=True)
class Rate:
    """One row of the list.

    Attributes:
        country_code: The country, ISO 3166-1 alpha-3.
        country_name: Its name.
        mcc: The mobile country code.
        mnc: The mobile network code.
        network: The network's name.
        price: The price of one segment, in US dollars; None for the price in the emulator's settings.
    """

    country_code: str
    country_name: str
    mcc: int
    mnc: int
    network: str | None = None
    price: Decimal | None = None


RATES: Final = (
    Rate("CAN", "Canada", 302, 220, "Telus", Decimal("0.0125")),
    Rate("CAN", "Canada", 302, 720, "Rogers", Decimal("0.0125")),
    Rate("CZE", "Czech Republic", 230, 1, None, Decimal("0.08533")),
    Rate("CZE", "Czech Republic", 230, 4, None, Decimal("0.08533")),
    Rate("DEU", "Germany", 262, 1, None, Decimal("0.0975")),
    Rate("FRA", "France", 208, 1, None, Decimal("0.0731")),
    Rate("GBR", "United Kingdom", 234, 10, None, Decimal("0.0402")),
    Rate("GBR", "United Kingdom", 234, 15, None, Decimal("0.0402")),
    Rate("MEX", "Mexico", 334, 20, None, Decimal("0.0365")),
    Rate("USA", "United States", 310, 4, "Verizon"),
    Rate("USA", "United States", 310, 260, "T-Mobile"),
    Rate("USA", "United States", 310, 410, "AT&T"),
)
"""All rows, by country."""

_BY_COUNTRY: Final = {rate.country_code: rate for rate in reversed(RATES)}


def country_rate(country_code: str | None) -> Rate | None:
    """Return the first row of a country; None if the list doesn't have the country."""
    return _BY_COUNTRY.get(country_code or "")


def sms_rate(number: str, usual: Decimal) -> Decimal:
    """Return the price of one segment to a number.

    Args:
        number: The recipient, a valid number.
        usual: The price if the list has no other.
    """
    row = country_rate(place_of(number).country_code)
    return usual if row is None or row.price is None else row.price


def mobile_country_code(number: str) -> int:
    """Return the mobile country code of a number; 0 if it is not in the list."""
    row = country_rate(place_of(number).country_code)
    if row is None:
        return _UNKNOWN
    return row.mcc

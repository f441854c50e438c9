"""Calculated attributes of messages as SQL expressions, so that lists can be filtered and ordered by them.

The values are those that `lifecycle.charge_at` and `rate_list` calculate.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Final

from carrierx.emulator.core.lifecycle import EmulatorPrices
from carrierx.emulator.core.rate_list import country_rate
from carrierx.emulator.rules.numbers import CANADIAN_AREA_CODES, COUNTRY_CODES, FOREIGN_AREA_CODES
from carrierx.emulator.store.selection import Column

_MOST_DECIMALS: Final = 9
_LARGEST: Final = 10**6

LEFT_QUEUE: Final = "appeared_at_milliseconds IS NOT NULL"
"""Condition that a message has left the queue."""


def country_code_column() -> Column:
    """Return the mobile country code of the other number of a message that has left the queue."""
    code = _by_country("theirs", lambda country: 0 if (rate := country_rate(country)) is None else rate.mcc)
    return Column(f"CASE WHEN {LEFT_QUEUE} THEN {code} END", 1)


def network_code_column(known: int, unknown: int) -> Column:
    """Return a mobile network code that depends only on whether the country of the other number is known."""
    code = _by_country("theirs", lambda country: unknown if country_rate(country) is None else known)
    return Column(f"CASE WHEN {LEFT_QUEUE} THEN {code} END", 1)


@lru_cache
def rate_column(prices: EmulatorPrices) -> Column | None:
    """Return the cost of one unit of a message; None if a price is too exact or too large to calculate with in SQL."""
    return _charge_column(prices, lambda rate, _: rate)


@lru_cache
def price_column(prices: EmulatorPrices) -> Column | None:
    """Return the cost of a message; None if a price is too exact or too large to calculate with in SQL."""
    return _charge_column(prices, lambda rate, units: f"{rate} * {units}")


def _charge_column(prices: EmulatorPrices, charge: Callable[[str, str], str]) -> Column | None:
    def usual_or_listed(country: str | None) -> Decimal:
        rate = country_rate(country)
        return prices.sms_segment if rate is None or rate.price is None else rate.price

    own = (prices.sms_segment, prices.mms_recipient, prices.inbound_sms_segment, prices.inbound_mms)
    listed = [usual_or_listed(country) for country in (None, "USA", "CAN", *COUNTRY_CODES.values())]
    decimals = [_decimals(price) for price in (*own, *listed)]
    most = max((number for number in decimals if number is not None), default=0)
    if None in decimals:
        return None

    def scaled(price: Decimal) -> int:
        return int(price.scaleb(most))

    # The recipients of an MMS are `to` and the group without the sender. The group is a JSON list of strings.
    listed_numbers = "(length(group_recipients) - length(replace(group_recipients, '\"', ''))) / 2"
    adds_to = "(instr(group_recipients, '\"' || to_number || '\"') = 0)"
    has_from = "(from_number = to_number OR instr(group_recipients, '\"' || from_number || '\"') > 0)"
    recipients = f"max(1, {listed_numbers} + {adds_to} - {has_from})"
    outbound_sms = _by_country("to_number", lambda country: scaled(usual_or_listed(country)))
    return Column(
        f"CASE WHEN appeared_at_milliseconds IS NULL THEN NULL WHEN status = 'failed' THEN 0"
        f" WHEN direction = 'inbound' AND kind = 'sms'"
        f" THEN {charge(str(scaled(prices.inbound_sms_segment)), 'segments')}"
        f" WHEN direction = 'inbound' THEN {charge(str(scaled(prices.inbound_mms)), 'segments')}"
        f" WHEN kind = 'sms' THEN {charge(outbound_sms, 'segments')}"
        f" ELSE {charge(str(scaled(prices.mms_recipient)), recipients)} END",
        10**most,
    )


def _decimals(price: Decimal) -> int | None:
    """Return the number of decimals of a price; None if it can't be calculated with in SQL."""
    exponent = price.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > _MOST_DECIMALS or abs(price) >= _LARGEST:
        return None
    return max(0, -exponent)


def _by_country(number: str, value: Callable[[str | None], int]) -> str:
    """Return an expression with a value that depends on the country of a number, as `place_of` finds it."""
    # A list of area codes in a text is found much more quickly than one for IN, which SQLite makes again for each row.
    area = f"' ' || substr({number}, 2, 3) || ' '"
    canadian = f" {' '.join(sorted(CANADIAN_AREA_CODES))} "
    elsewhere = f" {' '.join(sorted(FOREIGN_AREA_CODES - CANADIAN_AREA_CODES))} "
    american = (
        f"CASE WHEN instr('{canadian}', {area}) THEN {value('CAN')}"
        f" WHEN instr('{elsewhere}', {area}) THEN {value(None)} ELSE {value('USA')} END"
    )
    others = "".join(
        f" WHEN substr({number}, 1, {len(prefix)}) = '{prefix}' THEN {value(country)}"
        for prefix, country in COUNTRY_CODES.items()
    )
    return f"(CASE WHEN substr({number}, 1, 1) = '1' THEN {american}{others} ELSE {value(None)} END)"

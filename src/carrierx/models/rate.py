"""Prices of messages by country and network."""

from __future__ import annotations

from typing import Literal, TypeAlias

from carrierx.models.api_object import ApiObject
from carrierx.models.page import Page
from carrierx.models.types import Price, UTCDateTime

__all__ = ["Rate", "RatePage", "RatesPlan", "SubType"]

SubType: TypeAlias = Literal["short_code", "toll", "toll_free"]
"""Kinds of sending numbers, which have different prices. Source: CarrierX's page on SMS rates."""


class Rate(ApiObject):
    """The price of one SMS segment to a network. Any field can be missing.

    Attributes:
        country_code: ISO 3166-1 alpha-3.
        country_name: The country's common name.
        mcc: Mobile country code.
        mnc: Mobile network code.
        network: The network's name.
        operator: The operator's name.
        price: The price of one segment in USD.

    Example:
        >>> Rate.model_validate_json('{"country_code": "CZE", "mcc": 230, "mnc": 4, "price": "0.08533"}').price
        Decimal('0.08533')
    """

    country_code: str | None = None
    country_name: str | None = None
    mcc: int | None = None
    mnc: int | None = None
    network: str | None = None
    operator: str | None = None
    price: Price | None = None


class RatesPlan(ApiObject):
    """The price list that rates come from.

    Attributes:
        name: Its name.
        rates_plan_sid: Its id.
    """

    name: str | None = None
    rates_plan_sid: str | None = None


class RatePage(Page[Rate]):
    """One page of rates, with the facts that apply to all of them.

    Attributes:
        active: `yes` if the rates are in force.
        effective_date: When they came into force.
        partner_sid: The account that they apply to.
        rates_plan: The price list.
    """

    active: str | None = None
    effective_date: UTCDateTime | None = None
    partner_sid: str | None = None
    rates_plan: RatesPlan | None = None

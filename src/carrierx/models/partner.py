"""An account at CarrierX, which it calls a partner."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, JsonValue, StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown
from carrierx.models.types import OpenEnum, Price, UTCDateTime

__all__ = ["Partner", "PaymentType"]


class PaymentType(OpenEnum):
    """How an account pays. Other values are possible: CarrierX shows this one."""

    __slots__ = ()

    PREPAY: ClassVar[PaymentType]
    """Money first: sending ends when the balance does."""


PaymentType.PREPAY = PaymentType("prepay")


class Partner(ApiObject):
    """An account. Only `partner_sid` is sure to be there. Names, addresses and callbacks stay out of its `repr`.

    Attributes:
        partner_sid: The account's id.
        parent_sid: The account above it.
        display_id: Its id for people, as in the portal.
        company_name: The company.
        status: `active`, and others that CarrierX does not list.
        balance: What is left, in USD.
        payment_type: How it pays.
        charge_at: The balance, in USD, at which a prepaid account is charged.
        prepay_amount: How much it is charged then, in USD.
        spending_limit: In USD. What 0 means, CarrierX does not say.
        daily_spending_limit: The most that may be spent a day, in USD.
        daily_spent_amount: What has been spent today, in USD.
        callbacks: URLs by type; `sms` is where CarrierX posts messages of numbers without a callback of their own.
        date_created: When the account came into being.
        name: The person's name.
        login: The name to log in with.
        phonenumber: The account's telephone, not one that texts.
        owner_email: The main address.
        billing_email: Where bills go, several by commas.
        tech_email: Where technical notices go.
        address1: First line of the address.
        address2: Second line.
        city: The town.
        state: The state.
        zip: The postal code.
        country_code: ISO 3166-1 alpha-3.
        attributes: Your own data.
        available_scopes: What the account may do; CarrierX's internal use.
        acls: Access rules of its own, as they come.
        parent_assigned_acls: Access rules from above, as they come: they can allow or block SMS.
        transformations: As they come.

    Example:
        >>> account = Partner.model_validate({"partner_sid": "ed437757", "balance": "351.52", "callbacks": {}})
        >>> account.balance, account.callbacks.get("sms")
        (Decimal('351.52'), None)
    """

    partner_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    parent_sid: str | None = None
    display_id: str | None = None
    company_name: str | None = None
    status: str | None = None
    balance: Price | None = None
    payment_type: PaymentType | None = None
    charge_at: Price | None = None
    prepay_amount: Price | None = None
    spending_limit: Price | None = None
    daily_spending_limit: Price | None = None
    daily_spent_amount: Price | None = None
    # Not only texts: what is read here is written back whole when one of them is changed.
    callbacks: Annotated[dict[str, JsonValue], Shown.PRESENCE] = Field(default_factory=dict[str, JsonValue])
    date_created: UTCDateTime | None = None
    name: Annotated[str | None, Shown.PRESENCE] = None
    login: Annotated[str | None, Shown.PRESENCE] = None
    phonenumber: Annotated[str | None, Shown.LAST_FOUR] = None
    owner_email: Annotated[str | None, Shown.PRESENCE] = None
    billing_email: Annotated[str | None, Shown.PRESENCE] = None
    tech_email: Annotated[str | None, Shown.PRESENCE] = None
    address1: Annotated[str | None, Shown.PRESENCE] = None
    address2: Annotated[str | None, Shown.PRESENCE] = None
    city: Annotated[str | None, Shown.PRESENCE] = None
    state: str | None = None
    zip: Annotated[str | None, Shown.PRESENCE] = None
    country_code: str | None = None
    attributes: Annotated[dict[str, JsonValue] | None, Shown.PRESENCE] = None
    available_scopes: Annotated[JsonValue, Shown.PRESENCE] = None
    acls: Annotated[tuple[JsonValue, ...], Shown.COUNT] = ()
    parent_assigned_acls: Annotated[tuple[JsonValue, ...], Shown.COUNT] = ()
    transformations: Annotated[tuple[JsonValue, ...], Shown.COUNT] = ()

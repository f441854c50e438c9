"""An account at CarrierX, which CarrierX calls a partner."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, JsonValue, StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown
from carrierx.models.types import OpenEnum, Price, UTCDateTime

__all__ = ["Partner", "PaymentType"]


class PaymentType(OpenEnum):
    """Payment type of an account. Other values are possible; CarrierX documents only this one."""

    __slots__ = ()

    PREPAY: ClassVar[PaymentType]
    """Prepaid: sending stops when the balance is used up."""


PaymentType.PREPAY = PaymentType("prepay")


class Partner(ApiObject):
    """An account. Only `partner_sid` is always present. Its `repr` shows no names, addresses or callbacks.

    Attributes:
        partner_sid: The account's id.
        parent_sid: The parent account.
        display_id: Its id as shown in the portal.
        company_name: The company.
        status: `active`, or another that CarrierX does not document.
        balance: The remaining balance in USD.
        payment_type: The payment type.
        charge_at: The balance in USD at which a prepaid account is charged.
        prepay_amount: The amount that it is then charged, in USD.
        spending_limit: In USD. CarrierX does not document what 0 means.
        daily_spending_limit: The spending limit per day in USD.
        daily_spent_amount: The amount spent today in USD.
        callbacks: URLs by type. CarrierX posts to `sms` for numbers that have no callback URL of their own.
        date_created: When the account was created.
        name: The person's name.
        login: The login name.
        phonenumber: The account's contact number, not one for texting.
        owner_email: The main email address.
        billing_email: The email addresses for bills, separated by commas.
        tech_email: The email address for technical notices.
        address1: First line of the address.
        address2: Second line.
        city: The town.
        state: The state.
        zip: The postal code.
        country_code: ISO 3166-1 alpha-3.
        attributes: Your own data.
        available_scopes: The scopes of the account; for CarrierX's internal use.
        acls: Its own access rules, as raw values.
        parent_assigned_acls: Access rules set by the parent, as raw values. They can allow or block SMS.
        transformations: Raw values.

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
    # Values can be of any type: to change one callback, the client writes all of them back.
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

"""The result of looking up a phone number."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown
from carrierx.models.types import Number

__all__ = ["CarrierDetails", "LookupDetails", "NumberLookup"]


class CarrierDetails(ApiObject):
    """The carrier that serves a number. Any field can be missing.

    Attributes:
        name: The company.
        type: The kind of number: `mobile`, or another that CarrierX does not document.
        mcc: Mobile country code, here a string: `"312"`.
        mnc: Mobile network code, also a string. It may begin with 0.
    """

    name: str | None = None
    type: str | None = None
    mcc: str | None = None
    mnc: str | None = None


class LookupDetails(ApiObject):
    """Details of a number. A field is None if you didn't request it, or if CarrierX doesn't know it.

    Attributes:
        carrier: The carrier that serves the number.
        cnam: The caller's name, as the raw value: CarrierX's documentation shows no example.
        lrn: The location routing number, as the raw value: CarrierX's documentation shows no example.
    """

    carrier: CarrierDetails | None = None
    cnam: Annotated[JsonValue, Shown.PRESENCE] = None
    lrn: Annotated[JsonValue, Shown.PRESENCE] = None


class NumberLookup(ApiObject):
    """The facts that CarrierX has about a number. Only `phonenumber` is always present.

    Attributes:
        phonenumber: The number in E.164 without the `+`. Use `e164_format` to send to it: if you looked it up without
            its country code, it isn't known whether CarrierX adds it here.
        country_code: ISO 3166-1 alpha-3.
        state: The state, for US numbers.
        e164_format: The number with its `+`.
        in_country_format: The number in national format.
        international_format: The number in international format.
        details: The details that were asked for.

    Example:
        >>> found = NumberLookup.model_validate({
        ...     "phonenumber": "14353035210",
        ...     "details": {"carrier": {"name": "INTELIQUENT", "type": "mobile"}, "cnam": None, "lrn": None},
        ... })
        >>> found.details.carrier
        CarrierDetails(name='INTELIQUENT', type='mobile')
    """

    phonenumber: Annotated[str, Shown.LAST_FOUR]
    country_code: str | None = None
    state: str | None = None
    e164_format: Annotated[Number | None, Shown.LAST_FOUR] = None
    in_country_format: Annotated[str | None, Shown.LAST_FOUR] = None
    international_format: Annotated[str | None, Shown.LAST_FOUR] = None
    details: LookupDetails = Field(default_factory=LookupDetails)

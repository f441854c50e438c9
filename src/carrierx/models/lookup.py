"""What CarrierX knows about a phone number."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown

__all__ = ["CarrierDetails", "LookupDetails", "NumberLookup"]


class CarrierDetails(ApiObject):
    """The company that serves a number. None of it is sure to be there.

    Attributes:
        name: The company.
        type: The kind of number: `mobile`, and others that CarrierX does not list.
        mcc: Mobile country code, here a text: `"312"`.
        mnc: Mobile network code, a text too, which may begin with 0.
    """

    name: str | None = None
    type: str | None = None
    mcc: str | None = None
    mnc: str | None = None


class LookupDetails(ApiObject):
    """What was asked for besides the number itself; None where it was not, or is not known.

    Attributes:
        carrier: The company that serves the number.
        cnam: The caller's name. CarrierX shows no sample of it, so it is kept as it comes.
        lrn: The location routing number. CarrierX shows no sample of it, so it is kept as it comes.
    """

    carrier: CarrierDetails | None = None
    cnam: Annotated[JsonValue, Shown.PRESENCE] = None
    lrn: Annotated[JsonValue, Shown.PRESENCE] = None


class NumberLookup(ApiObject):
    """What CarrierX knows about a number. Only `phonenumber` is sure to be there.

    Attributes:
        phonenumber: The number in E.164 without the `+`.
        country_code: ISO 3166-1 alpha-3.
        state: For US numbers.
        e164_format: The number with its `+`.
        in_country_format: As it is written in its country.
        international_format: As it is written elsewhere.
        details: What was asked for besides.

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
    e164_format: Annotated[str | None, Shown.LAST_FOUR] = None
    in_country_format: Annotated[str | None, Shown.LAST_FOUR] = None
    international_format: Annotated[str | None, Shown.LAST_FOUR] = None
    details: LookupDetails = Field(default_factory=LookupDetails)

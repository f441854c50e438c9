"""Short codes: numbers of a few digits that send and receive messages within one country."""

from __future__ import annotations

from typing import Annotated

from pydantic import JsonValue, StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown

__all__ = ["ShortCode"]


class ShortCode(ApiObject):
    """A short code of your account. Only `short_code_sid` is always present.

    Attributes:
        short_code_sid: The short code's id.
        short_code: Its digits. You can use them as `from_` of an SMS.
        name: Your name for it.
        callback_url: The URL that CarrierX posts its messages to.
        did_group_sid: Its group.
        country_code: ISO 3166-1 alpha-3.
        state: The state.
        locality: The region.
        lrn_sid: The location routing number's SID.
        partner_sid: The account that it belongs to.
        string_key_1: A string of your own.
        string_key_2: Another string of your own.
        attributes: Your own data.

    Example:
        >>> code = ShortCode.model_validate({"short_code_sid": "531f65b7", "short_code": "26399", "state": "IL"})
        >>> code
        ShortCode(short_code_sid='531f65b7', short_code='***6399', state='IL')
        >>> code.short_code
        '26399'
    """

    short_code_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    short_code: Annotated[str | None, Shown.LAST_FOUR] = None
    # Only its secret URL protects a callback. Names and keys may hold anything.
    name: Annotated[str | None, Shown.LENGTH] = None
    callback_url: Annotated[str | None, Shown.PRESENCE] = None
    did_group_sid: str | None = None
    country_code: str | None = None
    state: str | None = None
    locality: str | None = None
    lrn_sid: str | None = None
    partner_sid: str | None = None
    string_key_1: Annotated[str | None, Shown.PRESENCE] = None
    string_key_2: Annotated[str | None, Shown.PRESENCE] = None
    attributes: Annotated[dict[str, JsonValue] | None, Shown.PRESENCE] = None

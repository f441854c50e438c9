"""Groups of phone numbers that share a callback URL."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from carrierx.models.api_object import ApiObject
from carrierx.models.masking import Shown

__all__ = ["DidGroup"]


class DidGroup(ApiObject):
    """A group of phone numbers. Only `did_group_sid` is always present.

    Attributes:
        did_group_sid: The group's id.
        name: Your name for it. CarrierX's own default is `N/A`.
        callback_url: The URL that CarrierX posts the messages of its numbers to. A number's own URL takes precedence
            over it, and it takes precedence over the account's.
        partner_sid: The account that it belongs to.

    Example:
        >>> group = DidGroup.model_validate({"did_group_sid": "41e21049", "callback_url": "https://example.com/sms"})
        >>> group
        DidGroup(did_group_sid='41e21049', callback_url=<set>)
        >>> group.callback_url
        'https://example.com/sms'
    """

    did_group_sid: Annotated[str, StringConstraints(pattern=r"\S")]
    name: Annotated[str | None, Shown.LENGTH] = None
    # Only its secret URL protects a callback.
    callback_url: Annotated[str | None, Shown.PRESENCE] = None
    partner_sid: str | None = None

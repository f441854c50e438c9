"""The async twin of `ratings`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.rates_calls import rating_call
from carrierx.resources.ratings import Ratings

if TYPE_CHECKING:
    from typing import Literal, Unpack

    from carrierx.models.rate import SubType
    from carrierx.models.rating import Rating
    from carrierx.options import CallOptions

__all__ = ["AsyncRatings"]


@twin_of(Ratings)
class AsyncRatings(AsyncResource):
    """CarrierX's `/rating`, async: `client.ratings`. It sends nothing."""

    async def sms(  # noqa: D102 - shared with the twin
        self,
        sub_type: SubType,
        *,
        to: str,
        direction: Literal["inbound", "outbound"] = "outbound",
        partner_sid: str | None = None,
        message_segments: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Rating:
        call = rating_call("sms", sub_type, to, direction, partner_sid, message_segments)
        return await self._execute(call, options)

    async def mms(  # noqa: D102
        self,
        sub_type: SubType,
        *,
        to: str,
        direction: Literal["inbound", "outbound"] = "outbound",
        partner_sid: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Rating:
        return await self._execute(rating_call("mms", sub_type, to, direction, partner_sid), options)

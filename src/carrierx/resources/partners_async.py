"""The async twin of `partners`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.partners import Partners
from carrierx.resources.partners_calls import changing_sms_callback, partner_call, sms_callback_of

if TYPE_CHECKING:
    from typing import Unpack

    from carrierx.models.partner import Partner
    from carrierx.options import CallOptions

__all__ = ["AsyncPartners"]


@twin_of(Partners)
class AsyncPartners(AsyncResource):
    """CarrierX's `/partners`, async: `client.partners`."""

    async def get(self, partner_sid: str, **options: Unpack[CallOptions]) -> Partner:  # noqa: D102 - shared with the twin
        return await self._execute(partner_call(partner_sid), options)

    async def sms_callback(self, partner_sid: str, **options: Unpack[CallOptions]) -> str | None:  # noqa: D102
        return sms_callback_of(await self._execute(partner_call(partner_sid), options))

    async def set_sms_callback(  # noqa: D102
        self, partner_sid: str, url: str | None, **options: Unpack[CallOptions]
    ) -> Partner:
        return await self._follow(changing_sms_callback(partner_sid, url), options)

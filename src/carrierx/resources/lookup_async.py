"""The async twin of `lookup`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.lookup import Lookup
from carrierx.resources.lookup_calls import lookup_call

if TYPE_CHECKING:
    from typing import Unpack

    from carrierx.models.lookup import NumberLookup
    from carrierx.options import CallOptions

__all__ = ["AsyncLookup"]


@twin_of(Lookup)
class AsyncLookup(AsyncResource):
    """CarrierX's `/lookup/dids`, async: `client.lookup`."""

    async def get(  # noqa: D102 - shared with the twin
        self,
        phonenumber: str,
        *,
        carrier: bool = False,
        cnam: bool = False,
        lrn: bool = False,
        hlr: bool = False,
        country_code: str | None = None,
        cnam_ttl: int | None = None,
        guess: str | None = None,
        **options: Unpack[CallOptions],
    ) -> NumberLookup:
        call = lookup_call(
            phonenumber,
            carrier=carrier,
            cnam=cnam,
            lrn=lrn,
            hlr=hlr,
            country_code=country_code,
            cnam_ttl=cnam_ttl,
            guess=guess,
        )
        return await self._execute(call, options)

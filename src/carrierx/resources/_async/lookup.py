"""What CarrierX knows about any phone number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.lookup import lookup_call

if TYPE_CHECKING:
    from typing import Unpack

    from carrierx.models.lookup import NumberLookup
    from carrierx.options import CallOptions

__all__ = ["AsyncLookup"]


class AsyncLookup(AsyncResource):
    """CarrierX's `/lookup/dids`, async: `client.lookup`."""

    async def get(
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
        """Look a number up.

        Whether CarrierX charges for it, it does not say. It may be tried again after a failure, as any read.

        Args:
            phonenumber: The number, with its country code.
            carrier: Ask for the company that serves the number.
            cnam: Ask for the caller's name.
            lrn: Ask for the location routing number.
            hlr: Ask the home location register. CarrierX shows this in its sample only.
            country_code: The number's country, ISO 3166-1 alpha-3: `USA`.
            cnam_ttl: How old a cached caller's name may be; 0 or more, in a unit that CarrierX does not name.
            guess: How CarrierX is to find out the country. Its values are not known here, so any text is passed on.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            What CarrierX knows. A detail that was not asked for is None.

        Raises:
            InvalidArgumentError: The number can't be one, or another argument. Nothing was sent.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `lookup.dids.read`; for details also `lookup.dids.allow_carrier`, `lookup.dids.allow_cnam`,
            `lookup.dids.allow_lrn`, which CarrierX's support grants.
        Source: CarrierX's page on looking up phone numbers.

        Example:
            >>> found = await client.lookup.get("+1 516-206-5574", carrier=True)
            >>> found.phonenumber
            '15162065574'
        """
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

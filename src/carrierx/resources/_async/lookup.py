"""Look up any phone number."""

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
    """Look up phone numbers: `client.lookup`, CarrierX's `/lookup/dids`."""

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
        """Look up a number.

        CarrierX doesn't say whether it charges for this. Like any read, it is retried after a failure.

        Args:
            phonenumber: The number, with its country code.
            carrier: Ask for the company that serves the number.
            cnam: Ask for the caller's name.
            lrn: Ask for the location routing number.
            hlr: Ask the home location register. Only CarrierX's sample shows this.
            country_code: The number's country, ISO 3166-1 alpha-3: `USA`.
            cnam_ttl: The maximum age of a cached caller's name, 0 or more. CarrierX doesn't document the unit.
            guess: The way CarrierX finds out the country. CarrierX doesn't document the values, so any text is sent.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The details. Those that you didn't ask for are None.

        Raises:
            InvalidArgumentError: An argument is invalid. Nothing was sent.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

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
            default_region=self._default_region,
        )
        return await self._execute(call, options)

"""The async twin of `rates`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.models.page import Page
from carrierx.models.rate import Rate, RatePage
from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.rates import Rates
from carrierx.resources.rates_calls import outbound_call, outbound_pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Unpack

    from carrierx.models.filters import Filter
    from carrierx.models.rate import SubType
    from carrierx.options import CallOptions

__all__ = ["AsyncRates"]


@twin_of(Rates)
class AsyncRates(AsyncResource):
    """CarrierX's `/sms/rates`, async: `client.rates`."""

    async def outbound(  # noqa: D102 - shared with the twin
        self,
        sub_type: SubType,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> RatePage:
        return await self._execute(outbound_call(sub_type, RatePage, filter, order, limit, offset), options)

    def iterate_outbound(  # noqa: D102
        self,
        sub_type: SubType,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Rate]:
        return self._iterate(
            outbound_pages(sub_type, Page[Rate], filter, order, page_size, max_items), max_items, options
        )

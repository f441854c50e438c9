"""The async twin of `dids_rental`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.models.did import Did
from carrierx.models.page import Page
from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.dids_calls import AVAILABLE_DIDS, rent_call
from carrierx.resources.dids_rental import DidRental

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Unpack

    from carrierx.models.filters import Filter
    from carrierx.options import CallOptions

__all__ = ["AsyncDidRental"]


@twin_of(DidRental)
class AsyncDidRental(AsyncResource):
    """What `client.dids` can do about numbers that nobody has rented yet, async."""

    async def available(  # noqa: D102 - shared with the twin
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[Did]:
        return await self._execute(AVAILABLE_DIDS.page(Page[Did], filter, order, limit, offset), options)

    def iterate_available(  # noqa: D102
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Did]:
        return self._iterate(AVAILABLE_DIDS.pages(Page[Did], filter, order, page_size, max_items), max_items, options)

    async def get_available(self, did_sid: str, **options: Unpack[CallOptions]) -> Did:  # noqa: D102
        return await self._execute(AVAILABLE_DIDS.get(did_sid, Did), options)

    async def rent(  # noqa: D102
        self,
        phonenumber: str | None = None,
        *,
        callback_url: str | None = None,
        trunk_group_sid: str | None = None,
        confirm: bool = False,
        **options: Unpack[CallOptions],
    ) -> Did:
        return await self._execute(rent_call(phonenumber, callback_url, trunk_group_sid, confirm), options)

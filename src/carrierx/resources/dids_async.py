"""The async twin of `dids`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.models.did import Did
from carrierx.models.page import Page
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.dids import Dids
from carrierx.resources.dids_calls import DIDS, textable_of, update_call
from carrierx.resources.dids_messaging_async import AsyncNumberMessaging
from carrierx.resources.dids_rental_async import AsyncDidRental

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.filters import Filter
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven

__all__ = ["AsyncDids"]


@twin_of(Dids)
class AsyncDids(AsyncDidRental, AsyncNumberMessaging, AsyncResource):
    """CarrierX's `/phonenumber/dids`, async: `client.dids`."""

    _numbers = DIDS

    async def list(  # noqa: D102 - shared with the twin
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        trunk_group_sid: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Page[Did]:
        call = DIDS.page(Page[Did], filter, order, limit, offset, trunk_group_sid=trunk_group_sid)
        return await self._execute(call, options)

    def iterate(  # noqa: D102
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        trunk_group_sid: str | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Did]:
        call = DIDS.pages(Page[Did], filter, order, page_size, max_items, trunk_group_sid=trunk_group_sid)
        return self._iterate(call, max_items, options)

    def textable(  # noqa: D102
        self,
        *,
        active: bool = True,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Did]:
        call = DIDS.pages(Page[Did], filter, order, page_size, max_items)
        return textable_of(self._iterate(call, None, options), max_items, active=active)

    async def get(self, did_sid: str, **options: Unpack[CallOptions]) -> Did:  # noqa: D102
        return await self._execute(DIDS.get(did_sid, Did), options)

    async def update(  # noqa: D102
        self,
        did_sid: str,
        *,
        callback_url: str | NotGiven | None = NOT_GIVEN,
        name: str | NotGiven | None = NOT_GIVEN,
        string_key_1: str | NotGiven | None = NOT_GIVEN,
        string_key_2: str | NotGiven | None = NOT_GIVEN,
        attributes: Mapping[str, JsonValue] | NotGiven | None = NOT_GIVEN,
        trunk_group_sid: str | NotGiven | None = NOT_GIVEN,
        **options: Unpack[CallOptions],
    ) -> Did:
        fields = {
            "callback_url": callback_url,
            "name": name,
            "string_key_1": string_key_1,
            "string_key_2": string_key_2,
            "attributes": attributes,
            "trunk_group_sid": trunk_group_sid,
        }
        return await self._execute(update_call(DIDS, did_sid, Did, fields), options)

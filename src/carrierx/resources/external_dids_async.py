"""The async twin of `external_dids`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.models.did import ExternalDid
from carrierx.models.page import Page
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.dids_calls import EXTERNAL_DIDS, textable_of, update_call
from carrierx.resources.dids_messaging_async import AsyncNumberMessaging
from carrierx.resources.external_dids import ExternalDids

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.filters import Filter
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven

__all__ = ["AsyncExternalDids"]


@twin_of(ExternalDids)
class AsyncExternalDids(AsyncNumberMessaging, AsyncResource):
    """CarrierX's `/phonenumber/external_dids`, async: `client.external_dids`. They never carry calls."""

    _numbers = EXTERNAL_DIDS

    async def list(  # noqa: D102 - shared with the twin
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[ExternalDid]:
        call = EXTERNAL_DIDS.page(Page[ExternalDid], filter, order, limit, offset)
        return await self._execute(call, options)

    def iterate(  # noqa: D102
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[ExternalDid]:
        call = EXTERNAL_DIDS.pages(Page[ExternalDid], filter, order, page_size, max_items)
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
    ) -> AsyncIterator[ExternalDid]:
        call = EXTERNAL_DIDS.pages(Page[ExternalDid], filter, order, page_size, max_items)
        return textable_of(self._iterate(call, None, options), max_items, active=active)

    async def get(self, external_did_sid: str, **options: Unpack[CallOptions]) -> ExternalDid:  # noqa: D102
        return await self._execute(EXTERNAL_DIDS.get(external_did_sid, ExternalDid), options)

    async def update(  # noqa: D102
        self,
        external_did_sid: str,
        *,
        callback_url: str | NotGiven | None = NOT_GIVEN,
        name: str | NotGiven | None = NOT_GIVEN,
        string_key_1: str | NotGiven | None = NOT_GIVEN,
        string_key_2: str | NotGiven | None = NOT_GIVEN,
        attributes: Mapping[str, JsonValue] | NotGiven | None = NOT_GIVEN,
        **options: Unpack[CallOptions],
    ) -> ExternalDid:
        fields = {
            "callback_url": callback_url,
            "name": name,
            "string_key_1": string_key_1,
            "string_key_2": string_key_2,
            "attributes": attributes,
        }
        return await self._execute(update_call(EXTERNAL_DIDS, external_did_sid, ExternalDid, fields), options)

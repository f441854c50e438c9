"""Short codes: read them and change their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.short_codes import get_call, list_call, page_calls, update_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.filters import Filter
    from carrierx.models.page import Page
    from carrierx.models.short_code import ShortCode
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven

__all__ = ["AsyncShortCodes"]


class AsyncShortCodes(AsyncResource):
    """Read and change short codes: `client.short_codes`, CarrierX's `/phonenumber/short_codes`.

    Only CarrierX's support can create one.
    """

    async def list(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[ShortCode]:
        """Read one page of your short codes.

        Args:
            filter: The short codes to return: `where("country_code").eq("USA")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `short_code`, `short_code desc`, `shuffle`.
            limit: The most items on the page, 1 to 1000.
            offset: The number of items to skip.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on getting short codes.

        Example:
            >>> [code.short_code for code in await client.short_codes.list(limit=1)]
            ['26399']
        """
        return await self._execute(list_call(filter, order, limit, offset), options)

    def iterate(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[ShortCode]:
        """Iterate over your short codes. Each page is fetched when it is needed.

        Args:
            filter: The short codes to return: `where("country_code").eq("USA")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `short_code`, `short_code desc`.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the short codes.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or its next page is on another host.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on getting short codes.

        Example:
            >>> [code.short_code async for code in client.short_codes.iterate(max_items=5)]
            ['26399']
        """
        return self._iterate(page_calls(filter, order, page_size, max_items), max_items, options)

    async def get(self, short_code_sid: str, **options: Unpack[CallOptions]) -> ShortCode:
        """Read one of your short codes.

        Args:
            short_code_sid: The short code's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The short code.

        Raises:
            NotFoundError: There is no such short code in this account.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on a short code by SID.

        Example:
            >>> first = (await client.short_codes.list(limit=1))[0]
            >>> (await client.short_codes.get(first.short_code_sid)).short_code == first.short_code
            True
        """
        return await self._execute(get_call(short_code_sid), options)

    async def update(
        self,
        short_code_sid: str,
        *,
        callback_url: str | NotGiven | None = NOT_GIVEN,
        did_group_sid: str | NotGiven | None = NOT_GIVEN,
        name: str | NotGiven | None = NOT_GIVEN,
        string_key_1: str | NotGiven | None = NOT_GIVEN,
        string_key_2: str | NotGiven | None = NOT_GIVEN,
        attributes: Mapping[str, JsonValue] | NotGiven | None = NOT_GIVEN,
        **options: Unpack[CallOptions],
    ) -> ShortCode:
        """Change fields of a short code. None clears a field; a field that you leave out keeps its value.

        Repeating it changes nothing more, so it is retried after a failure, as a read is.

        Args:
            short_code_sid: The short code's SID.
            callback_url: The absolute http or https URL that CarrierX posts its messages to.
            did_group_sid: The SID of its group.
            name: Your name for it.
            string_key_1: A text of your own.
            string_key_2: Another text of your own.
            attributes: Your own data. Pass all of it: it isn't known whether CarrierX keeps what you leave out.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The updated short code.

        Raises:
            InvalidArgumentError: There is nothing to change, or a value is invalid. Nothing was sent.
            NotFoundError: There is no such short code in this account.
            APIError: CarrierX refused the request.
            TransportError: No response arrived; the change may have been made.
            ResponseError: The response can't be read; the change was made.

        Scopes: `phonenumber.manage` or `phonenumber.update` (assumed: CarrierX documents them for DID groups).
        Source: CarrierX's page on updating a short code. It's assumed that null clears a field, and that these fields
            can be changed, since its table doesn't mark them as read-only. Its sample changes `name`.

        Example:
            >>> first = (await client.short_codes.list(limit=1))[0]
            >>> (await client.short_codes.update(first.short_code_sid, name="Alerts")).name
            'Alerts'
        """
        fields = {
            "callback_url": callback_url,
            "did_group_sid": did_group_sid,
            "name": name,
            "string_key_1": string_key_1,
            "string_key_2": string_key_2,
            "attributes": attributes,
        }
        return await self._execute(update_call(short_code_sid, fields), options)

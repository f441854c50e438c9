"""Numbers of other providers that CarrierX carries messages for: the same as for DIDs, but for renting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.models.did import ExternalDid
from carrierx.models.page import Page
from carrierx.resources._async.base import AsyncResource
from carrierx.resources._async.dids import AsyncNumberMessaging
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.dids import EXTERNAL_DIDS, can_text, can_text_now, update_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.filters import Filter
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven

__all__ = ["AsyncExternalDids"]


class AsyncExternalDids(AsyncNumberMessaging, AsyncResource):
    """CarrierX's `/phonenumber/external_dids`, async: `client.external_dids`. They never carry calls."""

    _numbers = EXTERNAL_DIDS

    async def list(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[ExternalDid]:
        """Read one page of your external numbers.

        Args:
            filter: Which ones: `where("phonenumber").like("1516%")`, or CarrierX's grammar as a text.
            order: By what: `phonenumber`, `phonenumber desc`, `shuffle`.
            limit: How many, 1 to 1000.
            offset: How many to skip.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on getting external DIDs.

        Example:
            >>> page = await client.external_dids.list(limit=5)
            >>> len(page) <= 5
            True
        """
        call = EXTERNAL_DIDS.page(Page[ExternalDid], filter, order, limit, offset)
        return await self._execute(call, options)

    def iterate(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[ExternalDid]:
        """Go through your external numbers page by page; each page is fetched when it is needed.

        Args:
            filter: Which ones: `where("phonenumber").like("1516%")`, or CarrierX's grammar as a text.
            order: By what: `phonenumber`, `phonenumber desc`.
            page_size: How many to fetch at once, 1 to 1000.
            max_items: How many at most; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the numbers.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read, or leads to another host.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on getting external DIDs.

        Example:
            >>> sids = [number.external_did_sid async for number in client.external_dids.iterate(max_items=5)]
            >>> len(sids) <= 5
            True
        """
        call = EXTERNAL_DIDS.pages(Page[ExternalDid], filter, order, page_size, max_items)
        return self._iterate(call, max_items, options)

    def textable(
        self,
        *,
        active: bool = True,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[ExternalDid]:
        """Go through your external numbers that can send SMS; each page is fetched when it is needed.

        CarrierX documents no filter for single capabilities, so all numbers are read and chosen from here.

        Args:
            active: True for those that can now; False also for those on which messaging has to be enabled first.
            filter: Which ones: `where("phonenumber").like("1516%")`, or CarrierX's grammar as a text.
            order: By what: `phonenumber`, `phonenumber desc`.
            page_size: How many to fetch at once, 1 to 1000.
            max_items: How many to give at most; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the numbers.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read, or leads to another host.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on getting external DIDs; the bits are on its page on the object.

        Example:
            >>> from carrierx.models.did import Capability
            >>> all([number.can(Capability.SEND_SMS) async for number in client.external_dids.textable()])
            True
        """
        call = EXTERNAL_DIDS.pages(Page[ExternalDid], filter, order, page_size, max_items)
        return self._iterate(call, max_items, options, can_text_now if active else can_text)

    async def get(self, external_did_sid: str, **options: Unpack[CallOptions]) -> ExternalDid:
        """Read one of your external numbers.

        Args:
            external_did_sid: The number's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The number.

        Raises:
            NotFoundError: There is no such number in this account.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on an external DID by SID.

        Example:
            >>> first = (await client.external_dids.list(limit=1))[0]
            >>> (await client.external_dids.get(first.external_did_sid)).phonenumber == first.phonenumber
            True
        """
        return await self._execute(EXTERNAL_DIDS.get(external_did_sid, ExternalDid), options)

    async def update(
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
        """Change fields of a number; None clears one, and what is left out stays as it is.

        Doing it twice is the same as once, so after a failure it is tried again like a read.

        Args:
            external_did_sid: The number's SID.
            callback_url: Where CarrierX is to post the number's messages: an absolute http or https URL. It goes before
                the account's own.
            name: Your name for it.
            string_key_1: Your own mark.
            string_key_2: Another mark of yours.
            attributes: Your own data. Give all of it: whether CarrierX keeps what is left out of it is not known.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The number as it is now.

        Raises:
            InvalidArgumentError: There is nothing to change, or a value can't be one. Nothing was sent.
            NotFoundError: There is no such number in this account.
            APIError: CarrierX refused it.
            TransportError: No answer came; the change may have been made.
            ResponseError: The answer can't be read; the change was made.

        Scopes: `phonenumber.manage` or `phonenumber.update` (assumed: CarrierX documents them for DID groups).
        Source: CarrierX's page on updating an external DID. Assumed: that null clears a field, and that these
            can be changed, but for `attributes`, which its sample changes.

        Example:
            >>> first = (await client.external_dids.list(limit=1))[0]
            >>> (await client.external_dids.update(first.external_did_sid, name="Front desk")).name
            'Front desk'
        """
        fields = {
            "callback_url": callback_url,
            "name": name,
            "string_key_1": string_key_1,
            "string_key_2": string_key_2,
            "attributes": attributes,
        }
        return await self._execute(update_call(EXTERNAL_DIDS, external_did_sid, ExternalDid, fields), options)

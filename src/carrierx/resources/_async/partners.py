"""Accounts: their balance, and the URL that their messages are posted to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.partners import changing_sms_callback, list_call, page_calls, partner_call, sms_callback_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Unpack

    from carrierx.models.filters import Filter
    from carrierx.models.page import Page
    from carrierx.models.partner import Partner
    from carrierx.options import CallOptions

__all__ = ["AsyncPartners"]


class AsyncPartners(AsyncResource):
    """Read accounts and set their callback: `client.partners`, CarrierX's `/partners`."""

    async def get(self, partner_sid: str, **options: Unpack[CallOptions]) -> Partner:
        """Read an account.

        Args:
            partner_sid: The account's SID; every message has yours as `partner_sid`.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The account, with its balance and limits in USD.

        Raises:
            NotFoundError: There is no such account, or you may not read it.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `partners.manage` or `partners.read`.
        Source: CarrierX's page on a partner by SID.

        Example:
            >>> account = await client.partners.get(message.partner_sid)
            >>> account.partner_sid == message.partner_sid
            True
        """
        return await self._execute(partner_call(partner_sid), options)

    async def list(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[Partner]:
        """Read one page of your account and those below it.

        Args:
            filter: The accounts to return: `where("status").eq("active")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `date_created`, `date_created desc`.
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

        Scopes: `partners.manage` or `partners.read` (assumed: they are those of reading one partner).
        Source: CarrierX's page on getting partners. It's assumed that your own account is among them.

        Example:
            >>> account = (await client.partners.list(limit=1))[0]
            >>> account.partner_sid == message.partner_sid
            True
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
    ) -> AsyncIterator[Partner]:
        """Iterate over your account and those below it. Each page is fetched when it is needed.

        Args:
            filter: The accounts to return: `where("status").eq("active")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `date_created`, `date_created desc`.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the accounts.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or its next page is on another host.

        Scopes: `partners.manage` or `partners.read` (assumed: they are those of reading one partner).
        Source: CarrierX's page on getting partners. It's assumed that your own account is among them.

        Example:
            >>> message.partner_sid in [account.partner_sid async for account in client.partners.iterate()]
            True
        """
        return self._iterate(page_calls(filter, order, page_size, max_items), max_items, options)

    async def sms_callback(self, partner_sid: str, **options: Unpack[CallOptions]) -> str | None:
        """Read the URL that CarrierX posts the messages of an account to.

        Args:
            partner_sid: The account's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The URL, or None. A number's own `callback_url` takes precedence.

        Raises:
            NotFoundError: There is no such account, or you may not read it.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read, or doesn't include the callbacks.

        Scopes: `partners.manage` or `partners.read`.
        Source: CarrierX's pages on a partner and on callbacks.

        Example:
            >>> changed = await client.partners.set_sms_callback(message.partner_sid, None)
            >>> await client.partners.sms_callback(message.partner_sid) is None
            True
        """
        return sms_callback_of(await self._execute(partner_call(partner_sid), options))

    async def set_sms_callback(self, partner_sid: str, url: str | None, **options: Unpack[CallOptions]) -> Partner:
        """Set the URL that CarrierX posts the messages of an account to.

        It isn't known whether CarrierX keeps the other callbacks if only one is written. So the client reads all of
        them and writes them back with this one changed. A change that somebody else makes in between is lost.

        Args:
            partner_sid: The account's SID.
            url: An absolute http or https URL, or None to remove it.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each request; see `CallOptions`.

        Returns:
            The updated account.

        Raises:
            InvalidArgumentError: The URL is invalid. Nothing was sent.
            NotFoundError: There is no such account, or you may not read it.
            APIError: CarrierX refused the request.
            TransportError: No response arrived; the change may have been made. You can safely set it again.
            ResponseError: A response can't be read; or it doesn't include the callbacks, and nothing was changed.

        Scopes: `partners.manage`, or `partners.read` and `partners.update` (the latter is assumed).
        Source: CarrierX's pages on updating a partner and on callbacks.

        Example:
            >>> account = await client.partners.set_sms_callback(message.partner_sid, "https://example.com/sms")
            >>> account.callbacks["sms"]
            'https://example.com/sms'
        """
        return await self._follow(changing_sms_callback(partner_sid, url), options)

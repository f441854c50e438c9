"""DID groups: phone numbers that share a callback URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.did_groups import create_call, get_call, list_call, page_calls, update_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Unpack

    from carrierx.models.did_group import DidGroup
    from carrierx.models.filters import Filter
    from carrierx.models.page import Page
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven

__all__ = ["AsyncDidGroups"]


class AsyncDidGroups(AsyncResource):
    """Read, create and change groups of numbers: `client.did_groups`, CarrierX's `/phonenumber/did_groups`.

    To put a number into a group, use `dids.update(did_sid, did_group_sid=...)`.
    """

    async def list(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[DidGroup]:
        """Read one page of your groups.

        Args:
            filter: The groups to return: `where("name").eq("Support")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `name`, `name desc`, `shuffle`.
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
        Source: CarrierX's page on getting DID groups.

        Example:
            >>> len(await client.did_groups.list(limit=1))
            1
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
    ) -> AsyncIterator[DidGroup]:
        """Iterate over your groups. Each page is fetched when it is needed.

        Args:
            filter: The groups to return: `where("name").eq("Support")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `name`, `name desc`.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the groups.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or its next page is on another host.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on getting DID groups.

        Example:
            >>> groups = [group.did_group_sid async for group in client.did_groups.iterate(max_items=5)]
            >>> len(groups) <= 5
            True
        """
        return self._iterate(page_calls(filter, order, page_size, max_items), max_items, options)

    async def get(self, did_group_sid: str, **options: Unpack[CallOptions]) -> DidGroup:
        """Read one of your groups.

        Args:
            did_group_sid: The group's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The group.

        Raises:
            NotFoundError: There is no such group in this account.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `phonenumber.manage` or `phonenumber.read` (assumed: they are those of the list).
        Source: assumed from the update, which has the same path, and from the reads of CarrierX's other objects.

        Example:
            >>> first = (await client.did_groups.list(limit=1))[0]
            >>> (await client.did_groups.get(first.did_group_sid)).did_group_sid == first.did_group_sid
            True
        """
        return await self._execute(get_call(did_group_sid), options)

    async def create(
        self, *, name: str | None = None, callback_url: str | None = None, **options: Unpack[CallOptions]
    ) -> DidGroup:
        """Create a group. It has no numbers at first.

        The request is repeated only if the previous attempt provably didn't reach CarrierX, or if CarrierX answered it
        with 429.

        Args:
            name: Your name for it; CarrierX's default is `N/A`.
            callback_url: The absolute http or https URL that CarrierX posts the messages of its numbers to. A number's
                own URL takes precedence over it, and it takes precedence over the account's.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The group, with its `did_group_sid`.

        Raises:
            InvalidArgumentError: An argument is invalid. Nothing was sent.
            UnconfirmedSendError: The group might exist: look through your groups before you try again.
            APIError: CarrierX refused it. It was not created.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `phonenumber.manage` or `phonenumber.create`.
        Source: CarrierX's page on creating a DID group.

        Example:
            >>> group = await client.did_groups.create(name="Support", callback_url="https://example.com/sms")
            >>> group.name, group.callback_url
            ('Support', 'https://example.com/sms')
        """
        return await self._execute(create_call({"name": name, "callback_url": callback_url}), options)

    async def update(
        self,
        did_group_sid: str,
        *,
        name: str | NotGiven | None = NOT_GIVEN,
        callback_url: str | NotGiven | None = NOT_GIVEN,
        **options: Unpack[CallOptions],
    ) -> DidGroup:
        """Change fields of a group. None clears a field; a field that you leave out keeps its value.

        Repeating it changes nothing more, so it is retried after a failure, as a read is.

        Args:
            did_group_sid: The group's SID.
            name: Your name for it.
            callback_url: The absolute http or https URL that CarrierX posts the messages of its numbers to.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The updated group.

        Raises:
            InvalidArgumentError: There is nothing to change, or a value is invalid. Nothing was sent.
            NotFoundError: There is no such group in this account.
            APIError: CarrierX refused the request.
            TransportError: No response arrived; the change may have been made.
            ResponseError: The response can't be read; the change was made.

        Scopes: `phonenumber.manage` or `phonenumber.update`.
        Source: CarrierX's page on updating a DID group. It's assumed that null clears a field.

        Example:
            >>> group = await client.did_groups.create()
            >>> (await client.did_groups.update(group.did_group_sid, name="Support")).name
            'Support'
        """
        fields = {"name": name, "callback_url": callback_url}
        return await self._execute(update_call(did_group_sid, fields), options)

"""Your phone numbers at CarrierX: read, change, rent and release them, and enable messaging on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carrierx.models.did import Did
from carrierx.models.page import Page
from carrierx.resources._async.base import AsyncResource
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.dids import (
    AVAILABLE_DIDS,
    DIDS,
    becoming_enabled,
    can_text,
    can_text_now,
    disable_call,
    enable_call,
    enablement_call,
    release_call,
    rent_call,
    update_call,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.filters import Filter
    from carrierx.models.messaging_enablement import MessagingEnablement, MessagingKind
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven
    from carrierx.resources.dids import NumberList

__all__ = ["AsyncDids", "AsyncNumberMessaging"]


class AsyncNumberMessaging(AsyncResource):
    """Enable, disable and read messaging on a number: shared by `client.dids` and `client.external_dids`."""

    _numbers: ClassVar[NumberList]

    async def get_messaging(self, did_sid: str, **options: Unpack[CallOptions]) -> MessagingEnablement:
        """Read whether messaging is enabled on a number.

        Args:
            did_sid: The number's SID; of an external DID its `external_did_sid`.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The state of messaging on the number.

        Raises:
            NotFoundError: There is no such number, or it can't do messaging at all.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's pages on messaging information for DIDs and external DIDs.

        Example:
            >>> did = (await client.dids.list(limit=1))[0]
            >>> (await client.dids.get_messaging(did.did_sid)).did_sid == did.did_sid
            True
        """
        return await self._execute(enablement_call(self._numbers, did_sid), options)

    async def enable_messaging(
        self,
        did_sid: str,
        *,
        type: MessagingKind = "a2p",  # noqa: A002 - the API's name
        campaign_sid: str | None = None,
        p2p_nnid: str | None = None,
        force: bool = False,
        **options: Unpack[CallOptions],
    ) -> MessagingEnablement:
        """Request that messaging be enabled on a number. CarrierX charges a monthly fee for it.

        The fee is USD 0.03 per number, according to CarrierX's page, and covers the full month, whatever the day. So
        the request is repeated only if the previous attempt provably didn't reach CarrierX, or if CarrierX answered it
        with 429. Enabling takes seconds, sometimes minutes: see `wait_until_enabled`.

        Args:
            did_sid: The number's SID; of an external DID its `external_did_sid`.
            type: `a2p`, or `p2p`, which CarrierX's support must allow first.
            campaign_sid: The 10DLC campaign that the number sends for; only with `a2p`.
            p2p_nnid: The NetNumber ID; only with `p2p`.
            force: Change the type, campaign or NetNumber ID of a number that is already enabled, in one step.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The state of messaging on the number, usually `in_progress`.

        Raises:
            InvalidArgumentError: Arguments conflict. Nothing was sent.
            UnconfirmedSendError: The change might have been made: check with `get_messaging`.
            NotFoundError: There is no such number, or it can't do messaging at all.
            APIError: CarrierX refused the request.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `phonenumber.manage` or `phonenumber.create`; one version of CarrierX's page asks for both.
        Source: CarrierX's pages on enabling messaging for DIDs and external DIDs.

        Example:
            >>> did = (await client.dids.list(limit=1))[0]
            >>> (await client.dids.enable_messaging(did.did_sid)).enabled
            True
        """
        call = enable_call(self._numbers, did_sid, type, campaign_sid, p2p_nnid, force)
        return await self._execute(call, options)

    async def disable_messaging(self, did_sid: str, **options: Unpack[CallOptions]) -> MessagingEnablement:
        """Disable messaging on a number: it can no longer send or receive messages.

        Args:
            did_sid: The number's SID; of an external DID its `external_did_sid`.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The state of messaging on the number.

        Raises:
            UnconfirmedSendError: The change might have been made: check with `get_messaging`.
            NotFoundError: There is no such number, or it can't do messaging at all.
            APIError: CarrierX refused the request.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `phonenumber.manage` or `phonenumber.create`; one version of CarrierX's page asks for both.
        Source: CarrierX's pages on disabling messaging for DIDs and external DIDs.

        Example:
            >>> did = (await client.dids.list(limit=1))[0]
            >>> (await client.dids.disable_messaging(did.did_sid)).enabled
            False
        """
        return await self._execute(disable_call(self._numbers, did_sid), options)

    async def wait_until_enabled(
        self, did_sid: str, *, within: float = 300.0, **options: Unpack[CallOptions]
    ) -> MessagingEnablement:
        """Poll a number until messaging is enabled on it.

        Args:
            did_sid: The number's SID; of an external DID its `external_did_sid`.
            within: The most seconds to wait.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each read; see `CallOptions`.

        Returns:
            The state of messaging on the number: `enabled`.

        Raises:
            EnablementFailedError: CarrierX couldn't enable messaging. This is raised immediately.
            WaitTimeoutError: It is not enabled yet. Its `did_sid` is the number's SID.
            InvalidArgumentError: The time is out of range.
            NotFoundError: There is no such number, or it can't do messaging at all.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's pages on messaging enablement, which name the statuses.

        Example:
            >>> did = (await client.dids.list(limit=1))[0]
            >>> asked = await client.dids.enable_messaging(did.did_sid)
            >>> (await client.dids.wait_until_enabled(did.did_sid, within=300)).status
            EnablementStatus('enabled')
        """
        call = enablement_call(self._numbers, did_sid)
        return await self._follow(becoming_enabled(call, within, self._context.config.clock), options)


class AsyncDids(AsyncNumberMessaging):
    """Read, change and rent your numbers: `client.dids`, CarrierX's `/phonenumber/dids`."""

    _numbers = DIDS

    async def list(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        trunk_group_sid: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Page[Did]:
        """Read one page of your own numbers.

        Args:
            filter: The numbers to return: `where("phonenumber").like("1516%")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `phonenumber`, `phonenumber desc`, `shuffle`.
            limit: The most items on the page, 1 to 1000.
            offset: The number of items to skip.
            trunk_group_sid: Only numbers of this trunk group.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `partners.manage` or `partners.read` according to CarrierX's page, which might mean
            `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on getting DIDs.

        Example:
            >>> page = await client.dids.list(limit=5)
            >>> len(page) <= 5
            True
        """
        call = DIDS.page(Page[Did], filter, order, limit, offset, trunk_group_sid=trunk_group_sid)
        return await self._execute(call, options)

    def iterate(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        trunk_group_sid: str | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Did]:
        """Iterate over your own numbers. Each page is fetched when it is needed.

        Args:
            filter: The numbers to return: `where("phonenumber").like("1516%")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `phonenumber`, `phonenumber desc`.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all.
            trunk_group_sid: Only numbers of this trunk group.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the numbers.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or its next page is on another host.

        Scopes: `partners.manage` or `partners.read` according to CarrierX's page, which might mean
            `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on getting DIDs.

        Example:
            >>> sids = [number.did_sid async for number in client.dids.iterate(max_items=5)]
            >>> len(sids) <= 5
            True
        """
        call = DIDS.pages(Page[Did], filter, order, page_size, max_items, trunk_group_sid=trunk_group_sid)
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
    ) -> AsyncIterator[Did]:
        """Iterate over your own numbers that can send SMS. Each page is fetched when it is needed.

        CarrierX documents no filter for single capabilities, so the client reads all numbers and picks from them.

        Args:
            active: True for numbers that can send now; False to include those on which you must enable messaging first.
            filter: The numbers to return: `where("phonenumber").like("1516%")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `phonenumber`, `phonenumber desc`.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the numbers.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or its next page is on another host.

        Scopes: `partners.manage` or `partners.read` according to CarrierX's page, which might mean
            `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on getting DIDs; the bits are on its page on the object.

        Example:
            >>> from carrierx.models.did import Capability
            >>> all([number.can(Capability.SEND_SMS) async for number in client.dids.textable()])
            True
        """
        call = DIDS.pages(Page[Did], filter, order, page_size, max_items)
        return self._iterate(call, max_items, options, can_text_now if active else can_text)

    async def get(self, did_sid: str, **options: Unpack[CallOptions]) -> Did:
        """Read one of your own numbers.

        Args:
            did_sid: The number's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The number.

        Raises:
            NotFoundError: There is no such number in this account.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `partners.manage` or `partners.read` according to CarrierX's page, which might mean
            `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on a DID by SID.

        Example:
            >>> first = (await client.dids.list(limit=1))[0]
            >>> (await client.dids.get(first.did_sid)).phonenumber == first.phonenumber
            True
        """
        return await self._execute(DIDS.get(did_sid, Did), options)

    async def update(
        self,
        did_sid: str,
        *,
        callback_url: str | NotGiven | None = NOT_GIVEN,
        name: str | NotGiven | None = NOT_GIVEN,
        string_key_1: str | NotGiven | None = NOT_GIVEN,
        string_key_2: str | NotGiven | None = NOT_GIVEN,
        attributes: Mapping[str, JsonValue] | NotGiven | None = NOT_GIVEN,
        trunk_group_sid: str | NotGiven | None = NOT_GIVEN,
        did_group_sid: str | NotGiven | None = NOT_GIVEN,
        **options: Unpack[CallOptions],
    ) -> Did:
        """Change fields of a number. None clears a field; a field that you leave out keeps its value.

        Repeating it changes nothing more, so it is retried after a failure, as a read is.

        Args:
            did_sid: The number's SID.
            callback_url: The absolute http or https URL that CarrierX posts the number's messages to. It takes
                precedence over the account's.
            name: Your name for it.
            string_key_1: A text of your own.
            string_key_2: Another text of your own.
            attributes: Your own data. Pass all of it: it isn't known whether CarrierX keeps what you leave out.
            trunk_group_sid: The trunk group that its calls go to.
            did_group_sid: The group that it belongs to; see `client.did_groups`.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The updated number.

        Raises:
            InvalidArgumentError: There is nothing to change, or a value is invalid. Nothing was sent.
            NotFoundError: There is no such number in this account.
            APIError: CarrierX refused the request.
            TransportError: No response arrived; the change may have been made.
            ResponseError: The response can't be read; the change was made.

        Scopes: `phonenumber.manage` or `phonenumber.update` (assumed: CarrierX documents them for DID groups).
        Source: CarrierX's page on updating a DID. It's assumed that null clears a field, and that these fields
            can be changed. Its sample changes `attributes`, and its guide to callbacks `callback_url`.

        Example:
            >>> first = (await client.dids.list(limit=1))[0]
            >>> (await client.dids.update(first.did_sid, name="Front desk")).name
            'Front desk'
        """
        fields = {
            "callback_url": callback_url,
            "name": name,
            "string_key_1": string_key_1,
            "string_key_2": string_key_2,
            "attributes": attributes,
            "trunk_group_sid": trunk_group_sid,
            "did_group_sid": did_group_sid,
        }
        return await self._execute(update_call(DIDS, did_sid, Did, fields), options)

    async def available(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[Did]:
        """Read one page of numbers that are free to rent.

        Args:
            filter: The numbers to return: `where("phonenumber").like("1516%")`, or a filter in CarrierX's own syntax,
                such as `phonenumber nearby latlng:40.7,-73.6`.
            order: The field to sort by: `phonenumber`, `price desc`, `shuffle`.
            limit: The most items on the page, 1 to 1000.
            offset: The number of items to skip.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page. Its `total` is None, according to CarrierX's sample.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on browsing available DIDs.

        Example:
            >>> page = await client.dids.available(limit=5)
            >>> len(page) <= 5
            True
        """
        return await self._execute(AVAILABLE_DIDS.page(Page[Did], filter, order, limit, offset), options)

    def iterate_available(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Did]:
        """Iterate over numbers that are free to rent. Each page is fetched when it is needed.

        There can be very many: use a filter or `max_items`.

        Args:
            filter: The numbers to return: `where("phonenumber").like("1516%")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `phonenumber`, `price desc`.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the numbers.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or its next page is on another host.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on browsing available DIDs.

        Example:
            >>> prices = [did.price async for did in client.dids.iterate_available(max_items=3)]
            >>> len(prices) <= 3
            True
        """
        return self._iterate(AVAILABLE_DIDS.pages(Page[Did], filter, order, page_size, max_items), max_items, options)

    async def get_available(self, did_sid: str, **options: Unpack[CallOptions]) -> Did:
        """Read one number that is free to rent.

        Args:
            did_sid: The number's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The number.

        Raises:
            NotFoundError: There is no such number, or it has been rented.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's page on an available DID by SID.

        Example:
            >>> free = (await client.dids.available(limit=1))[0]
            >>> (await client.dids.get_available(free.did_sid)).phonenumber == free.phonenumber
            True
        """
        return await self._execute(AVAILABLE_DIDS.get(did_sid, Did), options)

    async def rent(
        self,
        phonenumber: str | None = None,
        *,
        callback_url: str | None = None,
        trunk_group_sid: str | None = None,
        confirm: bool = False,
        **options: Unpack[CallOptions],
    ) -> Did:
        """Rent a number. It costs money until you give it back: see the `price` of an available number.

        The request is repeated only if the previous attempt provably didn't reach CarrierX, or if CarrierX answered it
        with 429. To text from the number, enable messaging on it next, for another fee.

        Args:
            phonenumber: The number to rent, with its country code. By default, CarrierX takes the first free one.
            callback_url: The absolute http or https URL that CarrierX posts the number's messages to.
            trunk_group_sid: The trunk group that its calls go to; CarrierX says that calls need one.
            confirm: Must be True, so that you don't rent by mistake.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The number, with its `did_sid`.

        Raises:
            InvalidArgumentError: You didn't confirm, or an argument is invalid. Nothing was sent.
            UnconfirmedSendError: The number might be rented: look through your numbers before you try again.
            APIError: CarrierX refused it. It was not rented.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `phonenumber.manage` or `phonenumber.create`.
        Source: CarrierX's page on renting a DID.

        Example:
            >>> free = (await client.dids.available(limit=1))[0]
            >>> (await client.dids.rent(free.phonenumber, confirm=True)).status
            DidStatus('assigned')
        """
        call = rent_call(phonenumber, callback_url, trunk_group_sid, confirm, self._default_region)
        return await self._execute(call, options)

    async def release(self, did_sid: str, *, confirm: bool = False, **options: Unpack[CallOptions]) -> None:
        """Give a number back. It can no longer text, and you can't rent it again: only CarrierX's support recovers it.

        Its `status` changes from `assigned` to `aging`. The request is repeated only if the previous attempt provably
        didn't reach CarrierX, or if CarrierX answered it with 429.

        Args:
            did_sid: The number's SID.
            confirm: Must be True, so that you don't release by mistake.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            Nothing.

        Raises:
            InvalidArgumentError: You didn't confirm. Nothing was sent.
            UnconfirmedSendError: The number might be released: read its `status` before you try again.
            NotFoundError: There is no such number in this account.
            APIError: CarrierX refused it. It was not released.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `phonenumber.manage` or `phonenumber.delete`.
        Source: CarrierX's page on releasing a DID.

        Example:
            >>> free = (await client.dids.available(limit=1))[0]
            >>> did = await client.dids.rent(free.phonenumber, confirm=True)
            >>> await client.dids.release(did.did_sid, confirm=True)
            >>> (await client.dids.get(did.did_sid)).status
            DidStatus('aging')
        """
        await self._execute(release_call(did_sid, confirm), options)

"""Your phone numbers at CarrierX: read and change them, choose those that can text."""

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
    """Messaging on a number: `client.dids` and `client.external_dids` share it."""

    _numbers: ClassVar[NumberList]

    async def get_messaging(self, did_sid: str, **options: Unpack[CallOptions]) -> MessagingEnablement:
        """Read whether messaging is enabled on a number.

        Args:
            did_sid: The number's SID; of an external DID its `external_did_sid`.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            How it stands.

        Raises:
            NotFoundError: There is no such number, or it is able to do no messaging at all.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

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
        """Ask for messaging to be enabled on a number. CarrierX charges a monthly fee for it.

        The fee (USD 0.03 a number, by CarrierX's page) is charged for the whole month at once, whatever the day. So the
        request is made again only if the attempt before was proven not to have reached CarrierX, or was answered with
        429. Enabling takes seconds, at times minutes: see `wait_until_enabled`.

        Args:
            did_sid: The number's SID; of an external DID its `external_did_sid`.
            type: `a2p`, or `p2p`, which CarrierX's support has to allow first.
            campaign_sid: The 10DLC campaign that the number is to send for; with `a2p` only.
            p2p_nnid: The NetNumber id; with `p2p` only.
            force: Change type, campaign or NetNumber id of a number that is enabled already, in one step.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            How it stands: `in_progress`, as a rule.

        Raises:
            InvalidArgumentError: Arguments don't go together. Nothing was sent.
            UnconfirmedSendError: It may have been done: see by `get_messaging`.
            NotFoundError: There is no such number, or it is able to do no messaging at all.
            APIError: CarrierX refused it.
            TransportError: It was proven not to have reached CarrierX.

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
            How it stands.

        Raises:
            UnconfirmedSendError: It may have been done: see by `get_messaging`.
            NotFoundError: There is no such number, or it is able to do no messaging at all.
            APIError: CarrierX refused it.
            TransportError: It was proven not to have reached CarrierX.

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
        """Read again and again until messaging is enabled on a number.

        Args:
            did_sid: The number's SID; of an external DID its `external_did_sid`.
            within: Seconds to wait at most.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each read; see `CallOptions`.

        Returns:
            How it stands: `enabled`.

        Raises:
            EnablementFailedError: CarrierX could not enable it; this comes at once.
            WaitTimeoutError: It is not enabled yet. Its `did_sid` is the number's SID.
            InvalidArgumentError: The time is none.
            NotFoundError: There is no such number, or it is able to do no messaging at all.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read.

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
    """CarrierX's `/phonenumber/dids`, async: `client.dids`."""

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
            filter: Which ones: `where("phonenumber").like("1516%")`, or CarrierX's grammar as a text.
            order: By what: `phonenumber`, `phonenumber desc`, `shuffle`.
            limit: How many, 1 to 1000.
            offset: How many to skip.
            trunk_group_sid: Only numbers of this trunk group.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `partners.manage` or `partners.read` by CarrierX's page, which may mean `phonenumber.manage` or
        `phonenumber.read`.
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
        """Go through your own numbers page by page; each page is fetched when it is needed.

        Args:
            filter: Which ones: `where("phonenumber").like("1516%")`, or CarrierX's grammar as a text.
            order: By what: `phonenumber`, `phonenumber desc`.
            page_size: How many to fetch at once, 1 to 1000.
            max_items: How many at most; None for all.
            trunk_group_sid: Only numbers of this trunk group.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the numbers.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read, or leads to another host.

        Scopes: `partners.manage` or `partners.read` by CarrierX's page, which may mean `phonenumber.manage` or
        `phonenumber.read`.
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
        """Go through your own numbers that can send SMS; each page is fetched when it is needed.

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

        Scopes: `partners.manage` or `partners.read` by CarrierX's page, which may mean `phonenumber.manage` or
        `phonenumber.read`.
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
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `partners.manage` or `partners.read` by CarrierX's page, which may mean `phonenumber.manage` or
        `phonenumber.read`.
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
        **options: Unpack[CallOptions],
    ) -> Did:
        """Change fields of a number; None clears one, and what is left out stays as it is.

        Doing it twice is the same as once, so after a failure it is tried again like a read.

        Args:
            did_sid: The number's SID.
            callback_url: Where CarrierX is to post the number's messages: an absolute http or https URL. It goes before
                the account's own.
            name: Your name for it.
            string_key_1: Your own mark.
            string_key_2: Another mark of yours.
            attributes: Your own data. Give all of it: whether CarrierX keeps what is left out of it is not known.
            trunk_group_sid: The trunk group that its calls go to.
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
        Source: CarrierX's page on updating a DID. Assumed: that null clears a field, and that these can be changed, but
            for `attributes`, which its sample changes, and `callback_url`, which its guide to callbacks does.

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
            filter: Which ones: `where("phonenumber").like("1516%")`, or CarrierX's grammar as a text, such as
                `phonenumber nearby latlng:40.7,-73.6`.
            order: By what: `phonenumber`, `price desc`, `shuffle`.
            limit: How many, 1 to 1000.
            offset: How many to skip.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page. `total` is None here, by CarrierX's sample.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

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
        """Go through numbers that are free to rent page by page; each page is fetched when it is needed.

        There can be very many: give a filter or `max_items`.

        Args:
            filter: Which ones: `where("phonenumber").like("1516%")`, or CarrierX's grammar as a text.
            order: By what: `phonenumber`, `price desc`.
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
            NotFoundError: There is no such number, or it is rented by now.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

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
        """Rent a number. It costs money until it is given back: see the `price` of an available one.

        The request is made again only if the attempt before was proven not to have reached CarrierX, or was answered
        with 429. To text from the number, enable messaging on it next, which costs a further fee.

        Args:
            phonenumber: Which one, with its country code; without it CarrierX takes the first that is free.
            callback_url: Where CarrierX is to post the number's messages: an absolute http or https URL.
            trunk_group_sid: The trunk group that its calls go to; CarrierX says that calls need one.
            confirm: Has to be True, so that nobody rents by mistake.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The number, with its `did_sid`.

        Raises:
            InvalidArgumentError: It was not confirmed, or an argument can't be one. Nothing was sent.
            UnconfirmedSendError: It may be rented: look through your numbers before you try again.
            APIError: CarrierX refused it. It was not rented.
            TransportError: It was proven not to have reached CarrierX.

        Scopes: `phonenumber.manage` or `phonenumber.create`.
        Source: CarrierX's page on renting a DID.

        Example:
            >>> free = (await client.dids.available(limit=1))[0]
            >>> (await client.dids.rent(free.phonenumber, confirm=True)).status
            DidStatus('assigned')
        """
        return await self._execute(rent_call(phonenumber, callback_url, trunk_group_sid, confirm), options)

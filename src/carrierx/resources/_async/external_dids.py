"""External numbers: those of other providers that CarrierX carries messages for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.models.did import ExternalDid
from carrierx.models.page import Page
from carrierx.resources._async.base import AsyncResource
from carrierx.resources._async.dids import AsyncNumberMessaging
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.dids import (
    EXTERNAL_DIDS,
    can_text,
    can_text_now,
    delete_external_call,
    register_call,
    update_call,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.did import Capability
    from carrierx.models.filters import Filter
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven

__all__ = ["AsyncExternalDids"]


class AsyncExternalDids(AsyncNumberMessaging, AsyncResource):
    """Register, read, change and delete external numbers: `client.external_dids`.

    CarrierX's path is `/phonenumber/external_dids`.
    """

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
            filter: The numbers to return: `where("phonenumber").like("1516%")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `phonenumber`, `phonenumber desc`, `shuffle`.
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
        """Iterate over your external numbers. Each page is fetched when it is needed.

        Args:
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
        """Iterate over your external numbers that can send SMS. Each page is fetched when it is needed.

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
            TransportError: No response arrived.
            ResponseError: The response can't be read.

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
        """Change fields of a number. None clears a field; a field that you leave out keeps its value.

        Repeating it changes nothing more, so it is retried after a failure, as a read is.

        Args:
            external_did_sid: The number's SID.
            callback_url: The absolute http or https URL that CarrierX posts the number's messages to. It takes
                precedence over the account's.
            name: Your name for it.
            string_key_1: A text of your own.
            string_key_2: Another text of your own.
            attributes: Your own data. Pass all of it: it isn't known whether CarrierX keeps what you leave out.
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
        Source: CarrierX's page on updating an external DID. It's assumed that null clears a field, and that these
            fields can be changed. Its sample changes `attributes`.

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

    async def register(
        self,
        phonenumber: str,
        *,
        capabilities: Capability | int,
        callback_url: str | None = None,
        underlying_carrier_sid: str | None = None,
        name: str | None = None,
        string_key_1: str | None = None,
        string_key_2: str | None = None,
        attributes: Mapping[str, JsonValue] | None = None,
        **options: Unpack[CallOptions],
    ) -> ExternalDid:
        """Register a number that you rent from another provider, to text from it through CarrierX.

        CarrierX's support must allow it for your account first. CarrierX says that the number is available for
        messaging immediately. The request is repeated only if the previous attempt provably didn't reach CarrierX, or
        if CarrierX answered it with 429.

        Args:
            phonenumber: The number, with its country code.
            capabilities: What the number and its provider support: `Capability.RECEIVE_SMS | Capability.SEND_SMS`, for
                example. You can't change it later, and voice isn't possible.
            callback_url: The absolute http or https URL that CarrierX posts the number's messages to.
            underlying_carrier_sid: The SID of its provider. CarrierX doesn't say whether it is required; its sample
                contains it.
            name: Your name for it.
            string_key_1: A text of your own.
            string_key_2: Another text of your own.
            attributes: Your own data.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The number, with its `external_did_sid`.

        Raises:
            InvalidArgumentError: An argument is invalid. Nothing was sent.
            UnconfirmedSendError: The number might be registered: look through your numbers before you try again.
            APIError: CarrierX refused it. It was not registered.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `phonenumber.manage` or `phonenumber.create` (assumed: they are those of renting a DID).
        Source: CarrierX's page on registering an external DID. It's assumed that `name`, the keys and `attributes` can
            be given. Its sample has the other arguments.

        Example:
            >>> from carrierx.models.did import Capability
            >>> both = Capability.RECEIVE_SMS | Capability.SEND_SMS
            >>> (await client.external_dids.register("46700987654", capabilities=both)).country_code
            'SWE'
        """
        fields = {
            "callback_url": callback_url,
            "underlying_carrier_sid": underlying_carrier_sid,
            "name": name,
            "string_key_1": string_key_1,
            "string_key_2": string_key_2,
            "attributes": attributes,
        }
        call = register_call(phonenumber, capabilities, fields, self._default_region)
        return await self._execute(call, options)

    async def delete(self, external_did_sid: str, **options: Unpack[CallOptions]) -> None:
        """Delete a number from your account: it can no longer text through CarrierX. You can register it again.

        Args:
            external_did_sid: The number's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            Nothing.

        Raises:
            NotFoundError: There is no such number in this account. If `attempts` has more than one entry, the first
                attempt might have deleted it and lost the response.
            APIError: CarrierX refused the request.
            TransportError: No response arrived; the number may have been deleted.

        Scopes: `phonenumber.manage` or `phonenumber.delete`.
        Source: CarrierX's page on deleting an external DID. It's assumed that the path has an underscore, as on the
            other pages: this one writes `external-dids`.

        Example:
            >>> number = await client.external_dids.register("12059051026", capabilities=3)
            >>> await client.external_dids.delete(number.external_did_sid)
        """
        await self._execute(delete_external_call(external_did_sid), options)

"""Your phone numbers at CarrierX: read and change them, choose those that can text."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from carrierx.models.did import Did
from carrierx.models.page import Page
from carrierx.resources.arguments import NOT_GIVEN
from carrierx.resources.context import SyncResource
from carrierx.resources.dids_calls import DIDS, texts, update_call
from carrierx.resources.dids_messaging import NumberMessaging
from carrierx.resources.dids_rental import DidRental

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.filters import Filter
    from carrierx.options import CallOptions
    from carrierx.resources.arguments import NotGiven

__all__ = ["Dids"]


class Dids(DidRental, NumberMessaging, SyncResource):
    """CarrierX's `/phonenumber/dids`: `client.dids`."""

    _numbers = DIDS

    def list(
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
            >>> page = client.dids.list(limit=5)
            >>> len(page) <= 5
            True
        """
        return self._execute(
            DIDS.page(Page[Did], filter, order, limit, offset, trunk_group_sid=trunk_group_sid), options
        )

    def iterate(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        trunk_group_sid: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Iterator[Did]:
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
            >>> sids = [number.did_sid for number in client.dids.iterate(max_items=5)]
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
    ) -> Iterator[Did]:
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
            >>> all(number.can(Capability.SEND_SMS) for number in client.dids.textable())
            True
        """
        call = DIDS.pages(Page[Did], filter, order, page_size, max_items)
        return islice((found for found in self._iterate(call, None, options) if texts(found, active=active)), max_items)

    def get(self, did_sid: str, **options: Unpack[CallOptions]) -> Did:
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
            >>> first = client.dids.list(limit=1)[0]
            >>> client.dids.get(first.did_sid).phonenumber == first.phonenumber
            True
        """
        return self._execute(DIDS.get(did_sid, Did), options)

    def update(
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
            >>> first = client.dids.list(limit=1)[0]
            >>> client.dids.update(first.did_sid, name="Front desk").name
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
        return self._execute(update_call(DIDS, did_sid, Did, fields), options)

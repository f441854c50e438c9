"""Numbers to rent: look through those that are free, and rent one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.models.did import Did
from carrierx.models.page import Page
from carrierx.resources.context import SyncResource
from carrierx.resources.dids_calls import AVAILABLE_DIDS, rent_call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Unpack

    from carrierx.models.filters import Filter
    from carrierx.options import CallOptions

__all__ = ["DidRental"]


class DidRental(SyncResource):
    """What `client.dids` can do about numbers that nobody has rented yet."""

    def available(
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
            >>> page = client.dids.available(limit=5)
            >>> len(page) <= 5
            True
        """
        return self._execute(AVAILABLE_DIDS.page(Page[Did], filter, order, limit, offset), options)

    def iterate_available(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Iterator[Did]:
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
            >>> prices = [did.price for did in client.dids.iterate_available(max_items=3)]
            >>> len(prices) <= 3
            True
        """
        return self._iterate(AVAILABLE_DIDS.pages(Page[Did], filter, order, page_size, max_items), max_items, options)

    def get_available(self, did_sid: str, **options: Unpack[CallOptions]) -> Did:
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
            >>> free = client.dids.available(limit=1)[0]
            >>> client.dids.get_available(free.did_sid).phonenumber == free.phonenumber
            True
        """
        return self._execute(AVAILABLE_DIDS.get(did_sid, Did), options)

    def rent(
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
            >>> free = client.dids.available(limit=1)[0]
            >>> client.dids.rent(free.phonenumber, confirm=True).status
            DidStatus('assigned')
        """
        return self._execute(rent_call(phonenumber, callback_url, trunk_group_sid, confirm), options)

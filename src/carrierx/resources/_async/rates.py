"""What your SMS cost, by country and network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.models.page import Page
from carrierx.models.rate import Rate, RatePage
from carrierx.resources._async.base import AsyncResource
from carrierx.resources.rates import outbound_call, outbound_pages, rating_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Literal, Unpack

    from carrierx.models.filters import Filter
    from carrierx.models.rate import SubType
    from carrierx.models.rating import Rating
    from carrierx.options import CallOptions

__all__ = ["AsyncRates", "AsyncRatings"]


class AsyncRates(AsyncResource):
    """CarrierX's `/sms/rates`, async: `client.rates`."""

    async def outbound(
        self,
        sub_type: SubType,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> RatePage:
        """Read one page of what the SMS cost that you send.

        Args:
            sub_type: What kind of number sends: `toll` (an ordinary one), `toll_free` or `short_code`.
            filter: Which ones: `where("country_code").eq("CZE")`, or CarrierX's grammar as a text.
            order: By what: `country_code`, `price desc`, `shuffle`.
            limit: How many, 1 to 1000.
            offset: How many to skip.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page, with the price list that it comes from. Prices are in USD a segment.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `sms.manage` or `sms.read`.
        Source: CarrierX's page on SMS rates.

        Example:
            >>> page = await client.rates.outbound("toll", limit=5)
            >>> len(page) <= 5
            True
        """
        return await self._execute(outbound_call(sub_type, RatePage, filter, order, limit, offset), options)

    def iterate_outbound(
        self,
        sub_type: SubType,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Rate]:
        """Go through what the SMS cost that you send page by page; each page is fetched when it is needed.

        Args:
            sub_type: What kind of number sends: `toll` (an ordinary one), `toll_free` or `short_code`.
            filter: Which ones: `where("country_code").eq("CZE")`, or CarrierX's grammar as a text.
            order: By what: `country_code`, `price desc`.
            page_size: How many to fetch at once, 1 to 1000.
            max_items: How many at most; None for all, of which CarrierX's sample counts 1,778.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the rates. Prices are in USD a segment.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read, or leads to another host.

        Scopes: `sms.manage` or `sms.read`.
        Source: CarrierX's page on SMS rates.

        Example:
            >>> prices = [rate.price async for rate in client.rates.iterate_outbound("toll", max_items=3)]
            >>> len(prices) <= 3
            True
        """
        return self._iterate(
            outbound_pages(sub_type, Page[Rate], filter, order, page_size, max_items), max_items, options
        )


class AsyncRatings(AsyncResource):
    """CarrierX's `/rating`, async: `client.ratings`. It sends nothing."""

    async def sms(
        self,
        sub_type: SubType,
        *,
        to: str,
        direction: Literal["inbound", "outbound"] = "outbound",
        partner_sid: str | None = None,
        message_segments: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Rating:
        """Ask what an SMS costs.

        Args:
            sub_type: What kind of number sends: `toll` (an ordinary one), `toll_free` or `short_code`.
            to: The recipient, with the country code.
            direction: `outbound` to send to that number, `inbound` to receive from it.
            partner_sid: The account to reckon for, if it is another one.
            message_segments: How many segments the text has, 1 or more; CarrierX shows this in its sample only.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The price, in USD.

        Raises:
            InvalidArgumentError: An argument can't be one. Nothing was sent.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `rating.manage` or `rating.read`.
        Source: CarrierX's page on the rate of an SMS.

        Example:
            >>> rating = await client.ratings.sms("toll", to="15162065574", message_segments=1)
            >>> rating.price > 0
            True
        """
        call = rating_call("sms", sub_type, to, direction, partner_sid, message_segments)
        return await self._execute(call, options)

    async def mms(
        self,
        sub_type: SubType,
        *,
        to: str,
        direction: Literal["inbound", "outbound"] = "outbound",
        partner_sid: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Rating:
        """Ask what an MMS costs. It is always one segment.

        Args:
            sub_type: What kind of number sends: `toll` (an ordinary one), `toll_free` or `short_code`.
            to: The recipient, with the country code.
            direction: `outbound` to send to that number, `inbound` to receive from it.
            partner_sid: The account to reckon for, if it is another one.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The price, in USD.

        Raises:
            InvalidArgumentError: An argument can't be one. Nothing was sent.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `rating.manage` or `rating.read`.
        Source: CarrierX's page on the rate of an MMS.

        Example:
            >>> (await client.ratings.mms("toll", to="15162065574")).segments
            1
        """
        return await self._execute(rating_call("mms", sub_type, to, direction, partner_sid), options)

"""Prices: rate lists by country and network, and the rating of one message."""

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
    """Read the prices of your SMS: `client.rates`, CarrierX's `/sms/rates`."""

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
        """Read one page of the prices of the SMS that you send.

        Args:
            sub_type: The kind of number that sends: `toll` (an ordinary number), `toll_free` or `short_code`.
            filter: The rates to return: `where("country_code").eq("CZE")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `country_code`, `price desc`, `shuffle`.
            limit: The most items on the page, 1 to 1000.
            offset: The number of items to skip.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page, with the price list that it comes from. Prices are in USD per segment.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

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
        """Iterate over the prices of the SMS that you send. Each page is fetched when it is needed.

        Args:
            sub_type: The kind of number that sends: `toll` (an ordinary number), `toll_free` or `short_code`.
            filter: The rates to return: `where("country_code").eq("CZE")`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `country_code`, `price desc`.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all. CarrierX's sample has 1,778.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the rates. Prices are in USD per segment.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or its next page is on another host.

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
    """Ask for the price of one message: `client.ratings`, CarrierX's `/rating`. It sends no message."""

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
        """Ask for the price of an SMS.

        Args:
            sub_type: The kind of number that sends: `toll` (an ordinary number), `toll_free` or `short_code`.
            to: The recipient, with the country code.
            direction: `outbound` to send to that number, `inbound` to receive from it.
            partner_sid: The account to calculate for; by default your own.
            message_segments: The number of segments, 1 or more. Only CarrierX's sample shows this.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The price, in USD.

        Raises:
            InvalidArgumentError: An argument is invalid. Nothing was sent.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `rating.manage` or `rating.read`.
        Source: CarrierX's page on the rate of an SMS.

        Example:
            >>> rating = await client.ratings.sms("toll", to="15162065574", message_segments=1)
            >>> rating.price > 0
            True
        """
        call = rating_call(
            "sms", sub_type, to, direction, partner_sid, message_segments, default_region=self._default_region
        )
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
        """Ask for the price of an MMS, which is always one segment.

        Args:
            sub_type: The kind of number that sends: `toll` (an ordinary number), `toll_free` or `short_code`.
            to: The recipient, with the country code.
            direction: `outbound` to send to that number, `inbound` to receive from it.
            partner_sid: The account to calculate for; by default your own.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The price, in USD.

        Raises:
            InvalidArgumentError: An argument is invalid. Nothing was sent.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `rating.manage` or `rating.read`.
        Source: CarrierX's page on the rate of an MMS.

        Example:
            >>> (await client.ratings.mms("toll", to="15162065574")).segments
            1
        """
        call = rating_call("mms", sub_type, to, direction, partner_sid, default_region=self._default_region)
        return await self._execute(call, options)

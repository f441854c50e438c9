"""What one message to one number costs, by CarrierX's own reckoning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources.context import SyncResource
from carrierx.resources.rates_calls import rating_call

if TYPE_CHECKING:
    from typing import Literal, Unpack

    from carrierx.models.rate import SubType
    from carrierx.models.rating import Rating
    from carrierx.options import CallOptions

__all__ = ["Ratings"]


class Ratings(SyncResource):
    """CarrierX's `/rating`: `client.ratings`. It sends nothing."""

    def sms(
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
            >>> rating = client.ratings.sms("toll", to="15162065574", message_segments=1)
            >>> rating.price > 0
            True
        """
        call = rating_call("sms", sub_type, to, direction, partner_sid, message_segments)
        return self._execute(call, options)

    def mms(
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
            >>> client.ratings.mms("toll", to="15162065574").segments
            1
        """
        return self._execute(rating_call("mms", sub_type, to, direction, partner_sid), options)

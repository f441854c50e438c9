"""Accounts: what is left to spend, and where messages are posted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.partners import changing_sms_callback, partner_call, sms_callback_of

if TYPE_CHECKING:
    from typing import Unpack

    from carrierx.models.partner import Partner
    from carrierx.options import CallOptions

__all__ = ["AsyncPartners"]


class AsyncPartners(AsyncResource):
    """CarrierX's `/partners`, async: `client.partners`."""

    async def get(self, partner_sid: str, **options: Unpack[CallOptions]) -> Partner:
        """Read an account.

        Args:
            partner_sid: The account's SID; yours stands in every message as `partner_sid`.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The account, with its balance and limits in USD.

        Raises:
            NotFoundError: There is no such account, or not for you.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `partners.manage` or `partners.read`.
        Source: CarrierX's page on a partner by SID.

        Example:
            >>> account = await client.partners.get(message.partner_sid)
            >>> account.partner_sid == message.partner_sid
            True
        """
        return await self._execute(partner_call(partner_sid), options)

    async def sms_callback(self, partner_sid: str, **options: Unpack[CallOptions]) -> str | None:
        """Read where CarrierX posts the messages of an account.

        Args:
            partner_sid: The account's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The URL, or None. A number's own `callback_url` goes before it.

        Raises:
            NotFoundError: There is no such account, or not for you.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read, or does not hold the callbacks.

        Scopes: `partners.manage` or `partners.read`.
        Source: CarrierX's pages on a partner and on callbacks.

        Example:
            >>> changed = await client.partners.set_sms_callback(message.partner_sid, None)
            >>> await client.partners.sms_callback(message.partner_sid) is None
            True
        """
        return sms_callback_of(await self._execute(partner_call(partner_sid), options))

    async def set_sms_callback(self, partner_sid: str, url: str | None, **options: Unpack[CallOptions]) -> Partner:
        """Set where CarrierX posts the messages of an account.

        Whether a change of one callback keeps the others is not known here. So all of them are read first, and all
        written, with this one changed: what somebody else changes in between is lost.

        Args:
            partner_sid: The account's SID.
            url: An absolute http or https URL; None takes it away, by writing null.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each of both; see `CallOptions`.

        Returns:
            The account as it is now.

        Raises:
            InvalidArgumentError: The URL can't be one. Nothing was sent.
            NotFoundError: There is no such account, or not for you.
            APIError: CarrierX refused it.
            TransportError: No answer came; the change may have been made. Setting it again does no harm.
            ResponseError: An answer can't be read, or does not hold the callbacks: then nothing was changed.

        Scopes: `partners.manage`, or `partners.read` and `partners.update` (the latter is assumed).
        Source: CarrierX's pages on updating a partner and on callbacks.

        Example:
            >>> account = await client.partners.set_sms_callback(message.partner_sid, "https://example.com/sms")
            >>> account.callbacks["sms"]
            'https://example.com/sms'
        """
        return await self._follow(changing_sms_callback(partner_sid, url), options)

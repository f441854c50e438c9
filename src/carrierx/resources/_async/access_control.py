"""Access control: which lists let the account's messages through or stop them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.access_control import effective_sms_acls_call

if TYPE_CHECKING:
    from typing import Literal, Unpack

    from carrierx.models.access_control import EffectiveAcls
    from carrierx.models.page import Page
    from carrierx.options import CallOptions

__all__ = ["AsyncAccessControl"]


class AsyncAccessControl(AsyncResource):
    """Read which access control lists apply: `client.access_control`, CarrierX's `/accesscontrol`."""

    async def effective_sms_acls(
        self,
        *,
        direction: Literal["any", "inbound", "outbound", "undirected"] | None = None,
        partner_sid: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Page[EffectiveAcls]:
        """Read the access control lists that CarrierX applies to an account's messages, in their order.

        A list can reject messages by their numbers or their text. CarrierX doesn't document what the sender of a
        rejected message sees.

        Args:
            direction: The direction of the lists to return; None for all.
            partner_sid: The SID of the account; None for your own.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The layers, each with its lists, beginning with the topmost one. It is always the complete list.

        Raises:
            InvalidArgumentError: An argument is invalid. Nothing was sent.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `accesscontrol.manage` or `accesscontrol.read`.
        Source: CarrierX's page on getting effective ACLs for SMS.

        Example:
            >>> [layer] = await client.access_control.effective_sms_acls(direction="outbound")
            >>> layer.effective_acls[0].sms_action_true
            AclAction('accept')
        """
        return await self._execute(effective_sms_acls_call(direction, partner_sid), options)

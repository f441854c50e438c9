"""The async twin of `dids_messaging`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.dids_calls import disable_call, enable_call, enablement_call
from carrierx.resources.dids_messaging import NumberMessaging
from carrierx.resources.dids_plans import becoming_enabled

if TYPE_CHECKING:
    from typing import Unpack

    from carrierx.models.messaging_enablement import MessagingEnablement, MessagingKind
    from carrierx.options import CallOptions
    from carrierx.resources.dids_calls import NumberList

__all__ = ["AsyncNumberMessaging"]


@twin_of(NumberMessaging)
class AsyncNumberMessaging(AsyncResource):
    """What `client.dids` and `client.external_dids` can do about messaging, async."""

    _numbers: ClassVar[NumberList]

    async def get_messaging(  # noqa: D102 - shared with the twin
        self, did_sid: str, **options: Unpack[CallOptions]
    ) -> MessagingEnablement:
        return await self._execute(enablement_call(self._numbers, did_sid), options)

    async def enable_messaging(  # noqa: D102
        self,
        did_sid: str,
        *,
        type: MessagingKind = "a2p",  # noqa: A002 - the API's name
        campaign_sid: str | None = None,
        p2p_nnid: str | None = None,
        force: bool = False,
        **options: Unpack[CallOptions],
    ) -> MessagingEnablement:
        call = enable_call(self._numbers, did_sid, type, campaign_sid, p2p_nnid, force)
        return await self._execute(call, options)

    async def disable_messaging(  # noqa: D102
        self, did_sid: str, **options: Unpack[CallOptions]
    ) -> MessagingEnablement:
        return await self._execute(disable_call(self._numbers, did_sid), options)

    async def wait_until_enabled(  # noqa: D102
        self, did_sid: str, *, within: float = 300.0, **options: Unpack[CallOptions]
    ) -> MessagingEnablement:
        call = enablement_call(self._numbers, did_sid)
        return await self._follow(becoming_enabled(call, within, self._context.config.clock), options)

"""The async twin of `verification`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.verification import Verification
from carrierx.resources.verification_calls import code_call

if TYPE_CHECKING:
    from typing import Unpack

    from carrierx.models.verification import CodeType, VerificationCode
    from carrierx.options import CallOptions

__all__ = ["AsyncVerification"]


@twin_of(Verification)
class AsyncVerification(AsyncResource):
    """CarrierX's `/verification/sms`, async: `client.verification`."""

    async def send_code(  # noqa: D102 - shared with the twin
        self,
        *,
        from_: str,
        to: str,
        message: str | None = None,
        code_length: int | None = None,
        code_type: CodeType | None = None,
        did_group_sid: str | None = None,
        allow_short_code: bool | None = None,
        **options: Unpack[CallOptions],
    ) -> VerificationCode:
        call = code_call(
            self._context.message_settings,
            from_=from_,
            to=to,
            message=message,
            code_length=code_length,
            code_type=code_type,
            did_group_sid=did_group_sid,
            allow_short_code=allow_short_code,
        )
        return await self._execute(call, options)

"""Text a code to a person, so that they can prove to have the phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.verification import code_call

if TYPE_CHECKING:
    from typing import Unpack

    from carrierx.models.verification import CodeType, VerificationCode
    from carrierx.options import CallOptions

__all__ = ["AsyncVerification"]


class AsyncVerification(AsyncResource):
    """CarrierX's `/verification/sms`, async: `client.verification`."""

    async def send_code(
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
        """Text a code that CarrierX makes up, once. Comparing it with what the person enters is up to you.

        It sends a real text, which costs money. The request is made again only if the attempt before was proven not to
        have reached CarrierX, or was answered with 429. With a client of your own (`http_client=`) nothing but 429
        proves that, since all that counts stands in the query and CarrierX could act on it without the body.

        Args:
            from_: The sender: a DID of yours with messaging enabled.
            to: The recipient, with the country code.
            message: The text before the code, at most 1600 characters; by default `Your verification code is`.
            code_length: How many characters the code has, 1 or more. CarrierX documents neither default nor limit.
            code_type: What it is made of: `numeric`, `alphabetical`, `alphanumeric`, the last two also with `_lower` or
                `_upper`.
            did_group_sid: The DID group, whose short code may send.
            allow_short_code: Whether it may; CarrierX's default is yes.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The code, hidden until `code.get_secret_value()`, and the text's `message_sid`.

        Raises:
            InvalidMessageError: Numbers or text break rules; all of them are in `broken_rules`. Nothing was sent.
            InvalidArgumentError: Another argument can't be one. Nothing was sent.
            UnconfirmedSendError: It may be out there, with a code that you don't know, and can't be looked up. Send
                another only if the person asks for it.
            APIError: CarrierX refused it. It was not sent.
            TransportError: It was proven not to have reached CarrierX.

        Scopes: `verification.manage` or `verification.create`; messaging must be enabled on the DID.
        Source: CarrierX's page on verification by SMS; the limit of 1600 characters is ours. The body is an empty
            object, as CarrierX's page on requests asks of every POST; the sample on verification has none.

        Example:
            >>> sent = await client.verification.send_code(from_="15162065575", to="15162065574", code_length=4)
            >>> sent.code
            SecretStr('**********')
            >>> len(sent.code.get_secret_value())
            4
        """
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

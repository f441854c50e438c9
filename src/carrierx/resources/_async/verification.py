"""Text a code to a person, to verify their phone number."""

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
    """Send verification codes: `client.verification`, CarrierX's `/verification/sms`."""

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
        """Text a code that CarrierX generates, once. You compare it with the code that the person enters.

        This sends a real text, which costs money. The request is repeated only if the previous attempt provably didn't
        reach CarrierX, or if CarrierX answered it with 429. With an HTTP client of your own (`http_client=`), only a
        429 proves that: CarrierX could act on the query, which has all the data, without the body.

        Args:
            from_: The sender: one of your DIDs with messaging enabled.
            to: The recipient, with the country code.
            message: The text before the code, at most 1600 characters; by default `Your verification code is`.
            code_length: The length of the code, 1 or more. CarrierX documents neither a default nor a limit.
            code_type: The characters of the code: `numeric`, `alphabetical` or `alphanumeric`, the last two also with
                `_lower` or `_upper`.
            did_group_sid: The DID group whose short code can send.
            allow_short_code: True to let the short code send. CarrierX's default is True.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The code, which `code.get_secret_value()` shows, and the `message_sid` of the text.

        Raises:
            InvalidMessageError: The numbers or the text break rules; `broken_rules` lists all. Nothing was sent.
            InvalidArgumentError: Another argument is invalid. Nothing was sent.
            UnconfirmedSendError: The text might have been sent, with a code that you don't know and can't look up. Send
                another one only if the person asks for it.
            APIError: CarrierX refused it. It was not sent.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `verification.manage` or `verification.create`; messaging must be enabled on the DID.
        Source: CarrierX's page on verification by SMS; the limit of 1600 characters is ours. The body is an empty
            object, as CarrierX's page on requests demands for every POST; the sample for verification has none.

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

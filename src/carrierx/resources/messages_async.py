"""The async twin of `messages`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.message_calls import get_call, list_call, page_calls, send_call, split
from carrierx.resources.message_plans import reconciling, waiting
from carrierx.resources.messages import Messages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence
    from datetime import datetime
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.models.filters import Filter
    from carrierx.models.message import Message
    from carrierx.models.page import Page
    from carrierx.models.send_request import SendMessageRequest
    from carrierx.options import CallOptions

__all__ = ["AsyncMessages"]


@twin_of(Messages)
class AsyncMessages(AsyncResource):
    """CarrierX's `/sms/messages`, async: `client.messages`."""

    @overload
    async def send(
        self,
        request: SendMessageRequest,
        /,
        *,
        reference: str | None = None,
        extra_body: Mapping[str, JsonValue] | None = None,
        **options: Unpack[CallOptions],
    ) -> Message: ...
    @overload
    async def send(
        self,
        request: None = None,
        /,
        *,
        from_: str,
        to: str,
        message: str | None = None,
        media_urls: Sequence[str] | None = None,
        group_recipients: Sequence[str] | None = None,
        user_data: str | None = None,
        type: str | None = None,
        reference: str | None = None,
        extra_body: Mapping[str, JsonValue] | None = None,
        **options: Unpack[CallOptions],
    ) -> Message: ...
    async def send(  # noqa: D102 - shared with the twin
        self,
        request: SendMessageRequest | None = None,
        /,
        *,
        reference: str | None = None,
        extra_body: Mapping[str, JsonValue] | None = None,
        **given: object,
    ) -> Message:
        fields, options = split(given)
        settings = self._context.message_settings
        call = send_call(request, fields, reference, extra_body, settings)
        message = await self._execute(call, options)
        if call.reference is not None:
            settings.proof.accepted_reference = call.reference
        return message

    async def get(self, message_sid: str, **options: Unpack[CallOptions]) -> Message:  # noqa: D102
        return await self._execute(get_call(message_sid), options)

    async def list(  # noqa: D102
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[Message]:
        return await self._execute(list_call(filter, order, limit, offset), options)

    def iterate(  # noqa: D102
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Message]:
        return self._iterate(page_calls(filter, order, page_size, max_items), max_items, options)

    async def wait(  # noqa: D102
        self,
        message_sid: str,
        *,
        until: str | Collection[str] = ("delivered",),
        within: float = 60.0,
        **options: Unpack[CallOptions],
    ) -> Message:
        return await self._follow(waiting(message_sid, until, within, self._context.config.clock), options)

    async def reconcile(  # noqa: D102
        self,
        reference: str,
        *,
        sent_after: datetime | None = None,
        settle: float = 10.0,
        **options: Unpack[CallOptions],
    ) -> Message | None:
        proof = self._context.message_settings.proof
        return await self._follow(reconciling(reference, sent_after, settle, proof), options)

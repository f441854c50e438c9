"""The async twin of `messages`: the same methods, the same docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.media_gate import checked_mode
from carrierx.resources.message_calls import get_call, list_call, lookup_call, page_calls, prepare_send, split
from carrierx.resources.message_plans import waiting
from carrierx.resources.messages import Messages
from carrierx.resources.reconciling import reconciling
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.event_hub import EventHub
    from carrierx.models.filters import Filter
    from carrierx.models.message import Message
    from carrierx.models.page import Page
    from carrierx.models.send_request import SendMessageRequest
    from carrierx.options import CallOptions, ClientConfig
    from carrierx.resources.media_gate import MediaCheckMode
    from carrierx.resources.message_calls import PreparedSend
    from carrierx.resources.send_batch_async import AsyncSendBatch
    from carrierx.resources.send_rate import SendRate

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
        media_check: MediaCheckMode | None = None,
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
        media_check: MediaCheckMode | None = None,
        **options: Unpack[CallOptions],
    ) -> Message: ...
    async def send(  # noqa: D102 - shared with the twin
        self,
        request: SendMessageRequest | None = None,
        /,
        *,
        reference: str | None = None,
        extra_body: Mapping[str, JsonValue] | None = None,
        media_check: MediaCheckMode | None = None,
        **given: object,
    ) -> Message:
        fields, options = split(given)
        prepared = prepare_send(request, fields, reference, extra_body, self._context.message_settings)
        if prepared.media_urls or media_check is not None:
            await self._check_media(prepared, media_check)
        return await self._post(prepared, options, self._context.events)

    async def _check_media(self, prepared: PreparedSend, media_check: MediaCheckMode | None) -> None:
        settings = self._context.message_settings
        mode = settings.media_check if media_check is None else checked_mode(media_check)
        limit, reference = settings.limits.max_media_bytes, prepared.call.reference
        await self._context.media.pass_through(prepared.media_urls, limit, mode, reference)

    async def _post(
        self, prepared: PreparedSend, options: CallOptions, events: EventHub, config: ClientConfig | None = None
    ) -> Message:
        call, context, settings = prepared.call, self._context, self._context.message_settings
        message = (await context.execute(call, options, events, config)).parsed
        settings.accepted(call.reference)
        if None not in (prepared.counted_segments, message.message_segments) and (
            prepared.counted_segments != message.message_segments
        ):
            from carrierx.events import (
                SegmentsDiffer,  # loads with the first client; a twentieth of the package's import
            )

            events.emit(SegmentsDiffer(message.message_sid, prepared.counted_segments, message.message_segments))
        return message

    def send_many(  # noqa: D102
        self,
        requests: Iterable[SendMessageRequest | Mapping[str, object]]
        | AsyncIterable[SendMessageRequest | Mapping[str, object]],
        *,
        concurrency: int = 10,
        rate: float | SendRate | None = None,
        media_check: MediaCheckMode | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncSendBatch:
        from carrierx.resources.send_batch_async import AsyncSendBatch
        from carrierx.resources.send_many import BatchPlan

        context, settings = self._context, self._context.message_settings
        plan = BatchPlan.checked(concurrency, rate, options, context.config)
        events = plan.listening(context.events)
        if media_check is not None:
            checked_mode(media_check)

        @clears_locals
        async def check(request: SendMessageRequest) -> PreparedSend:
            prepared = prepare_send(request, {}, None, None, settings)
            await self._check_media(prepared, media_check)
            return prepared

        @clears_locals
        async def post(request: SendMessageRequest, prepared: PreparedSend) -> tuple[Message, str | None]:
            config = plan.config_for(request, context.config)
            return await self._post(prepared, options, events, config), prepared.call.reference

        return AsyncSendBatch(requests, plan, settings.limits, context.config.clock, check, post)

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
        plan = reconciling(reference, sent_after, settle, proof, lookup_call, lambda message: message.date_created)
        return await self._follow(plan, options)

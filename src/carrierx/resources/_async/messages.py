"""Messages: send them, read them, wait for one, and find out whether an unconfirmed send happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from carrierx.errors import InvalidArgumentError, InvalidMessageError, NetworkBlockedError
from carrierx.events import MessageRefused
from carrierx.media_check import media_sizes_fit
from carrierx.resources._async.base import AsyncResource
from carrierx.resources.messages import (
    POSITIONAL_TEXT,
    check_list_options,
    checked_media_check,
    get_call,
    list_call,
    lookup_call,
    messages_filter,
    page_calls,
    prepare_send,
    refuse_large_media,
    split,
    waiting,
)
from carrierx.resources.reconcile import reconciling
from carrierx.sending.async_batch import AsyncSendBatch
from carrierx.sending.plan import BatchPlan
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
    from datetime import datetime
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.event_hub import EventHub
    from carrierx.models.filters import Filter
    from carrierx.models.message import Message
    from carrierx.models.page import Page
    from carrierx.models.send_request import SendMessageRequest
    from carrierx.options import CallOptions, ClientConfig
    from carrierx.resources.messages import MediaCheckMode, PreparedSend
    from carrierx.sending.rate import SendRate
    from carrierx.sending.requests import AsyncRequests

__all__ = ["AsyncMessages"]


class AsyncMessages(AsyncResource):
    """Send, read and follow messages: `client.messages`, CarrierX's `/sms/messages`."""

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
    @overload
    async def send(
        self,
        request: None = None,
        /,
        *,
        group_recipients: Sequence[str],
        from_: str | None = None,
        to: str | None = None,
        message: str | None = None,
        media_urls: Sequence[str] | None = None,
        user_data: str | None = None,
        type: str | None = None,
        reference: str | None = None,
        extra_body: Mapping[str, JsonValue] | None = None,
        media_check: MediaCheckMode | None = None,
        **options: Unpack[CallOptions],
    ) -> Message: ...
    async def send(
        self,
        request: SendMessageRequest | None = None,
        /,
        *positional: object,
        from_: str | None = None,
        to: str | None = None,
        message: str | None = None,
        media_urls: Sequence[str] | None = None,
        group_recipients: Sequence[str] | None = None,
        user_data: str | None = None,
        type: str | None = None,  # noqa: A002 - the API's name
        reference: str | None = None,
        extra_body: Mapping[str, JsonValue] | None = None,
        media_check: MediaCheckMode | None = None,
        **options: Unpack[CallOptions],
    ) -> Message:
        """Send one SMS or MMS, once.

        The message is checked before anything is sent. It's sent again only if the previous attempt provably didn't
        reach CarrierX, or if CarrierX answered it with 429. A real text costs money, reaches a person and can't be
        taken back.

        Args:
            request: A message that you built and checked before, instead of the keywords from `from_` to `type`.
            from_: The sender: one of your DIDs with messaging enabled, or a short code.
            to: The recipient, with the country code: `15162065574` or `+1 516-206-5574`.
            message: The text, at most 1600 characters. Required unless there are `media_urls`.
            media_urls: At most 10 absolute http or https URLs of media, which CarrierX fetches. They make it an MMS.
            group_recipients: The other recipients of a group MMS: at most 10 numbers, with `from_` and `to`. The
                client's `message_limits` decide whether a group needs these two.
            user_data: Your own data, which CarrierX returns with the message.
            type: `sms` or `mms`, to have it checked. It follows from the other fields.
            reference: A short unique text that travels in `user_data`. `reconcile` finds the message by it later.
            extra_body: More fields for the body, in case CarrierX adds some that this version doesn't know.
            media_check: What to do if the media are larger than 3 MB in total: `error`, `warn` or `off`. None uses the
                client's setting. Measuring takes at most 5 seconds, which `total_timeout` doesn't include.
            *positional: Not allowed: the fields of a message are keywords.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The message as CarrierX accepted it, with its `message_sid`. Its status is usually `queued`.

        Raises:
            InvalidMessageError: The message breaks rules; `broken_rules` lists all of them. Nothing was sent.
            InvalidArgumentError: Arguments conflict, or an option is unknown. Nothing was sent.
            ConfigurationError: The client can't send, in this process or at all. Nothing was sent.
            UnconfirmedSendError: The text might have been sent. Don't send it again: look up its `reference`.
            APIError: CarrierX refused it with 400, 401, 403, 404, 409, 413, 415, 422 or 429. It was not sent.
            TransportError: The request provably didn't reach CarrierX.

        Scopes: `sms.manage` or `sms.create`; messaging must be enabled on the DID.
        Source: CarrierX's page on sending; the limit of 1600 characters is documented for MMS and ours for SMS.

        Example:
            >>> message = await client.messages.send(from_="15162065575", to="15162065574", message="Hello")
            >>> message.status
            MessageStatus('queued')
        """
        if positional:
            raise InvalidArgumentError(POSITIONAL_TEXT)
        fields: dict[str, object] = {
            "from_": from_,
            "to": to,
            "message": message,
            "media_urls": media_urls,
            "group_recipients": group_recipients,
            "user_data": user_data,
            "type": type,
        }
        if options:
            other_fields, options = split(options)
            fields.update(other_fields)
        prepared = self._prepare(request, fields, reference, extra_body)
        if prepared.media_urls or media_check is not None:
            await self._check_media(prepared, media_check)
        return await self._post(prepared, options, self._context.events)

    def _prepare(
        self,
        request: SendMessageRequest | None,
        fields: Mapping[str, object],
        reference: str | None,
        extra_body: Mapping[str, JsonValue] | None,
    ) -> PreparedSend:
        try:
            return prepare_send(request, fields, reference, extra_body, self._context.message_settings)
        except InvalidMessageError as error:
            self._context.events.emit(MessageRefused.because(error))
            raise

    async def _check_media(self, prepared: PreparedSend, media_check: MediaCheckMode | None) -> None:
        settings = self._context.message_settings
        mode = settings.media_check if media_check is None else checked_media_check(media_check)
        limit, reference = settings.limits.max_media_bytes, prepared.call.reference
        if not prepared.media_urls or limit is None or mode == "off":
            return
        try:
            report = await self._context.media_checker.check(prepared.media_urls, limit)
        except NetworkBlockedError as error:
            error.reference = reference
            raise
        try:
            refuse_large_media(tuple(media_sizes_fit(report)), mode, reference)
        except InvalidMessageError as error:
            self._context.events.emit(MessageRefused.because(error))
            raise

    async def _post(
        self, prepared: PreparedSend, options: CallOptions, events: EventHub, config: ClientConfig | None = None
    ) -> Message:
        call, context, settings = prepared.call, self._context, self._context.message_settings
        message = (await context.execute(call, options, events, config)).parsed
        settings.accepted(call.reference)
        return message

    def send_many(
        self,
        requests: AsyncRequests,
        *,
        concurrency: int = 10,
        rate: float | SendRate | None = None,
        media_check: MediaCheckMode | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncSendBatch:
        """Send many messages concurrently, and return the result of each as it finishes.

        The batch is a context manager and an iterator over results. Memory doesn't grow with the number of messages.
        A refused message is a result, not an exception. If your iterable raises, you get its exception after the
        results of all messages before it. If you leave the block early, the batch takes no more messages, waits for
        those that are being sent, and keeps their results in `unread`.

        Args:
            requests: The messages, as `SendMessageRequest`s or mappings of their fields; an iterable or, for the async
                client, an async iterable. Taken one by one as they are needed. The sync client takes them in worker
                threads, so don't give it an object that is bound to its thread, such as an SQLite cursor.
            concurrency: The number of sends at the same time, 1 or more. Sends beyond `max_connections` wait.
            rate: Messages per second, or a `SendRate` with limits for segments and for each sending number. Sends and
                retries are evenly spaced, and slower after a 429. With or without a rate, a 429 with `Retry-After`
                holds the batch for that time.
            media_check: As for `send`.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each send; see `CallOptions`.

        Returns:
            The batch. Enter it in an `async with` block: a batch that you never enter sends nothing, and warns.

        Raises:
            InvalidArgumentError: An argument is out of range. Nothing was sent.

        Scopes: `sms.manage` or `sms.create`; messaging must be enabled on the DID.
        Source: CarrierX has no operation for many messages, so each is a request of its own.

        Example:
            >>> texts = ({"from": "15162065575", "to": "15162065574", "message": f"Hello {n}"} for n in range(3))
            >>> async with client.messages.send_many(texts, concurrency=2) as batch:
            ...     sorted([(result.index, result.ok) async for result in batch])
            [(0, True), (1, True), (2, True)]
        """
        context, settings = self._context, self._context.message_settings
        plan = BatchPlan.checked(concurrency, rate, options, context.config)
        events = plan.listening(context.events)
        if media_check is not None:
            checked_media_check(media_check)

        @clears_locals
        async def prepare(request: SendMessageRequest) -> Callable[[], Awaitable[tuple[Message, str | None]]]:
            prepared = self._prepare(request, {}, None, None)
            await self._check_media(prepared, media_check)

            @clears_locals
            async def post() -> tuple[Message, str | None]:
                config = plan.config_for(request, context.config)
                return await self._post(prepared, options, events, config), prepared.call.reference

            return post

        @clears_locals
        def parse(fields: Mapping[str, object]) -> SendMessageRequest:
            try:
                return settings.parse(fields)
            except InvalidMessageError as error:
                self._context.events.emit(MessageRefused.because(error))
                raise

        return AsyncSendBatch(requests, plan, parse, context.config.clock, prepare)

    async def get(self, message_sid: str, **options: Unpack[CallOptions]) -> Message:
        """Read one message, to see its current status.

        Args:
            message_sid: The message's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The message with its current status.

        Raises:
            NotFoundError: There is no such message.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `sms.manage` or `sms.read` (assumed: CarrierX documents none for this operation).
        Source: CarrierX's quick start, on the status of a message.

        Example:
            >>> (await client.messages.get(message.message_sid)).message_sid == message.message_sid
            True
        """
        return await self._execute(get_call(message_sid), options)

    async def list(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        from_: str | None = None,
        to: str | None = None,
        status: str | None = None,
        sent_after: datetime | None = None,
        sent_before: datetime | None = None,
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[Message]:
        """Read one page of messages.

        Args:
            filter: The messages to return: `where("status").eq("queued")`, or a filter in CarrierX's own syntax.
            from_: Only messages from this sender.
            to: Only messages to this recipient.
            status: Only messages with this status, such as `delivered`.
            sent_after: Only messages created at this time or later. It needs a time zone.
            sent_before: Only messages created before this time. It needs a time zone.
            order: The field to sort by: `date_created`, `date_created desc`, `shuffle`.
            limit: The most items on the page, 1 to 1000.
            offset: The number of items to skip.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page. Its `total` might be None.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `sms.manage` or `sms.read` (assumed).
        Source: assumed from CarrierX's own Python client and its pages on pagination and filtering. The cursors `after`
            and `before` are documented for detail records, and not for messages: see `detail_records`.

        Example:
            >>> page = await client.messages.list(to="15162065574", status="queued", limit=50)
            >>> len(page) <= 50
            True
        """
        check_list_options(options)
        chosen = messages_filter(
            filter,
            from_=from_,
            to=to,
            status=status,
            sent_after=sent_after,
            sent_before=sent_before,
            default_region=self._default_region,
        )
        return await self._execute(list_call(chosen, order, limit, offset), options)

    def iterate(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        from_: str | None = None,
        to: str | None = None,
        status: str | None = None,
        sent_after: datetime | None = None,
        sent_before: datetime | None = None,
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Message]:
        """Iterate over messages. Each page is fetched when it is needed.

        Pages are fetched by offset. New messages can shift them, so sort by `date_created`.

        Args:
            filter: The messages to return: `where("status").eq("queued")`, or a filter in CarrierX's own syntax.
            from_: Only messages from this sender.
            to: Only messages to this recipient.
            status: Only messages with this status, such as `delivered`.
            sent_after: Only messages created at this time or later. It needs a time zone.
            sent_before: Only messages created before this time. It needs a time zone.
            order: The field to sort by: `date_created`, `date_created desc`.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the messages.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or its next page is on another host.

        Scopes: `sms.manage` or `sms.read` (assumed).
        Source: assumed from CarrierX's own Python client and its page on pagination.

        Example:
            >>> sids = [found.message_sid async for found in client.messages.iterate(order="date_created", max_items=5)]
            >>> len(sids) <= 5
            True
        """
        check_list_options(options, iterating=True)
        chosen = messages_filter(
            filter,
            from_=from_,
            to=to,
            status=status,
            sent_after=sent_after,
            sent_before=sent_before,
            default_region=self._default_region,
        )
        return self._iterate(page_calls(chosen, order, page_size, max_items), max_items, options)

    async def wait(
        self,
        message_sid: str,
        *,
        until: str | Collection[str] = ("delivered",),
        within: float = 60.0,
        **options: Unpack[CallOptions],
    ) -> Message:
        """Poll a message until it reaches a status.

        CarrierX doesn't document which statuses mean failure, so none ends the wait early unless you name it.

        Args:
            message_sid: The message's SID.
            until: The status to wait for, or several.
            within: The most seconds to wait.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each read; see `CallOptions`.

        Returns:
            The message with that status.

        Raises:
            WaitTimeoutError: The message hasn't reached the status yet. It may still do so.
            NotFoundError: There is no such message.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read.

        Scopes: `sms.manage` or `sms.read` (assumed).
        Source: CarrierX's quick start, on the status of a message.

        Example:
            >>> (await client.messages.wait(message.message_sid, until={"sent", "delivered"}, within=30)).status
            MessageStatus('delivered')
        """
        return await self._follow(waiting(message_sid, until, within, self._context.config.clock), options)

    async def reconcile(
        self,
        reference: str,
        *,
        sent_after: datetime | None = None,
        settle: float = 10.0,
        **options: Unpack[CallOptions],
    ) -> Message | None:
        """Find out whether an unconfirmed send happened, by looking up its reference.

        It looks immediately and, if it finds nothing, twice more with `settle` seconds before each. The answer is right
        if CarrierX makes an accepted message visible within the settle time.

        Args:
            reference: The reference that the send carried: `error.reference`.
            sent_after: A time before the send, with a time zone. A message more than five minutes older isn't it.
            settle: The seconds after which an accepted message is assumed to be visible. CarrierX documents none.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each request; see `CallOptions`.

        Returns:
            The message, or None if it wasn't sent.

        Raises:
            ReconcileError: Nothing was found, but that proves nothing, because this client hasn't yet found an accepted
                message by its reference. Or CarrierX ignored the filter. Or every message with the reference is older
                than `sent_after`: the reference was used before, or the clocks differ.
            InvalidArgumentError: The reference can't be one that a send carried.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read.

        Scopes: `sms.manage` or `sms.read` (assumed).
        Source: assumed. CarrierX documents neither that `user_data` can be filtered nor when a message is visible.

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> sent = await client.messages.send(
            ...     from_="15162065575", to="15162065574", message="Hi", reference="order-17"
            ... )
            >>> found = await client.messages.reconcile("order-17", sent_after=datetime.now(UTC) - timedelta(minutes=1))
            >>> found.message_sid == sent.message_sid
            True
        """
        proof = self._context.message_settings.proof
        plan = reconciling(reference, sent_after, settle, proof, lookup_call, lambda message: message.date_created)
        return await self._follow(plan, options)

"""Messages: send them, read them, wait for one, and find out whether an unconfirmed send happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from carrierx.errors import NetworkBlockedError
from carrierx.events import SegmentsDiffer
from carrierx.media_check import media_sizes_fit
from carrierx.resources._async.base import AsyncResource
from carrierx.resources.messages import (
    checked_media_check,
    get_call,
    list_call,
    lookup_call,
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
    async def send(
        self,
        request: SendMessageRequest | None = None,
        /,
        *,
        reference: str | None = None,
        extra_body: Mapping[str, JsonValue] | None = None,
        media_check: MediaCheckMode | None = None,
        **given: object,
    ) -> Message:
        """Send one SMS or MMS, once.

        The message is checked before a byte leaves. It is posted again only if the attempt before was proven not to
        have reached CarrierX, or was answered with 429. A real text costs money, reaches a person and can't be taken
        back.

        Args:
            request: A message checked beforehand, instead of the keywords from `from_` to `type`.
            from_: The sender: a DID of yours with messaging enabled, or a short code.
            to: The recipient, with the country code: `15162065574` or `+1 516-206-5574`.
            message: The text, at most 1600 characters; needed unless there are `media_urls`.
            media_urls: At most 10 absolute http or https URLs of media that CarrierX fetches; makes it an MMS.
            group_recipients: The numbers of a group MMS; with `from_` and `to` at most 10.
            user_data: Your own data, which CarrierX gives back with the message.
            type: `sms` or `mms`, if you want it checked: it follows from the fields.
            reference: A short unique mark, carried in `user_data`, by which `reconcile` finds the message later.
            extra_body: Further fields for the body, for what CarrierX adds after this version.
            media_check: What happens if the media are larger than 3 MB together: `error`, `warn` or `off`; None for
                the client's own. At most 5 seconds go into measuring, besides `total_timeout`.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.
            **given: The fields and options as they were given.

        Returns:
            The message as CarrierX took it, with `message_sid`; its status is `queued` as a rule.

        Raises:
            InvalidMessageError: It breaks rules; all of them are in `broken_rules`. Nothing was sent.
            InvalidArgumentError: Arguments don't go together, or an option is unknown. Nothing was sent.
            ConfigurationError: The client can't send, here or at all. Nothing was sent.
            UnconfirmedSendError: It may be out there. Never just send it again: look `reference` up.
            APIError: CarrierX refused it: 400, 401, 403, 404, 409, 413, 415, 422, 429. It was not sent.
            TransportError: It was proven not to have reached CarrierX.

        Scopes: `sms.manage` or `sms.create`; messaging must be enabled on the DID.
        Source: CarrierX's page on sending; the limit of 1600 characters is documented for MMS and ours for SMS.

        Example:
            >>> message = await client.messages.send(from_="15162065575", to="15162065574", message="Hello")
            >>> message.status
            MessageStatus('queued')
        """
        fields, options = split(given)
        prepared = prepare_send(request, fields, reference, extra_body, self._context.message_settings)
        if prepared.media_urls or media_check is not None:
            await self._check_media(prepared, media_check)
        return await self._post(prepared, options, self._context.events)

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
        refuse_large_media(tuple(media_sizes_fit(report)), mode, reference)

    async def _post(
        self, prepared: PreparedSend, options: CallOptions, events: EventHub, config: ClientConfig | None = None
    ) -> Message:
        call, context, settings = prepared.call, self._context, self._context.message_settings
        message = (await context.execute(call, options, events, config)).parsed
        settings.accepted(call.reference)
        if None not in (prepared.counted_segments, message.message_segments) and (
            prepared.counted_segments != message.message_segments
        ):
            events.emit(SegmentsDiffer(message.message_sid, prepared.counted_segments, message.message_segments))
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
        """Send many messages, several at once, and hand over what became of each as it finishes.

        A context manager, and an iterator over results. Memory does not grow with the number of messages. A message
        that is refused is a result, not an exception. If the iterable raises, its exception comes after the results of
        all that it gave. Leaving the block early takes no further requests, waits for those on their way, and keeps
        their results in `unread`.

        Args:
            requests: The messages, as `SendMessageRequest`s or mappings of their fields; an iterable or, for the async
                client, an async iterable. Taken one by one as they are needed. The sync client takes them in worker
                threads, so don't give it an object that is bound to its thread, such as an SQLite cursor.
            concurrency: How many at once, 1 or more; more than the client's `max_connections` only wait.
            rate: Messages a second, or a `SendRate` with segments and limits for each sending number; evenly spaced,
                further attempts included, and slower after a 429. With or without it, a `Retry-After` of a 429 holds
                the whole batch. Media are measured before a message's turn.
            media_check: As for `send`.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each send; see `CallOptions`.

        Returns:
            The batch, to be entered by `with`. A batch that is never entered sends nothing and warns.

        Raises:
            InvalidArgumentError: An argument is out of its range. Nothing was sent.

        Scopes: `sms.manage` or `sms.create`; messaging must be enabled on the DID.
        Source: CarrierX has no operation for many messages; each is sent by itself.

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
            prepared = prepare_send(request, {}, None, None, settings)
            await self._check_media(prepared, media_check)

            @clears_locals
            async def post() -> tuple[Message, str | None]:
                config = plan.config_for(request, context.config)
                return await self._post(prepared, options, events, config), prepared.call.reference

            return post

        return AsyncSendBatch(requests, plan, settings.limits, context.config.clock, prepare)

    async def get(self, message_sid: str, **options: Unpack[CallOptions]) -> Message:
        """Read one message, to see how far it has come.

        Args:
            message_sid: The message's SID.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The message as it stands.

        Raises:
            NotFoundError: There is no such message.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

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
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        **options: Unpack[CallOptions],
    ) -> Page[Message]:
        """Read one page of messages.

        Args:
            filter: Which ones: `where("status").eq("queued")`, or CarrierX's grammar as a text.
            order: By what: `date_created`, `date_created desc`, `shuffle`.
            limit: How many, 1 to 1000.
            offset: How many to skip.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page. `total` may be None.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `sms.manage` or `sms.read` (assumed).
        Source: assumed from CarrierX's own Python client and its pages on pagination and filtering. The cursors `after`
            and `before` are documented for detail records, and not for messages: see `detail_records`.

        Example:
            >>> page = await client.messages.list(filter=where("status").eq("queued"), limit=50)
            >>> len(page) <= 50
            True
        """
        return await self._execute(list_call(filter, order, limit, offset), options)

    def iterate(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[Message]:
        """Go through messages page by page; each page is fetched when it is needed.

        Pages are counted by offset. Messages that come in meanwhile can shift them, so order by `date_created`.

        Args:
            filter: Which ones: `where("status").eq("queued")`, or CarrierX's grammar as a text.
            order: By what: `date_created`, `date_created desc`.
            page_size: How many to fetch at once, 1 to 1000.
            max_items: How many at most; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the messages.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read, or leads to another host.

        Scopes: `sms.manage` or `sms.read` (assumed).
        Source: assumed from CarrierX's own Python client and its page on pagination.

        Example:
            >>> sids = [found.message_sid async for found in client.messages.iterate(order="date_created", max_items=5)]
            >>> len(sids) <= 5
            True
        """
        return self._iterate(page_calls(filter, order, page_size, max_items), max_items, options)

    async def wait(
        self,
        message_sid: str,
        *,
        until: str | Collection[str] = ("delivered",),
        within: float = 60.0,
        **options: Unpack[CallOptions],
    ) -> Message:
        """Read a message again and again until it has a status.

        CarrierX does not document the values that mean failure, so none ends the wait early unless you name it.

        Args:
            message_sid: The message's SID.
            until: The status, or several of which one will do.
            within: Seconds to wait at most.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each read; see `CallOptions`.

        Returns:
            The message with that status.

        Raises:
            WaitTimeoutError: It does not have the status yet. That says nothing against the message.
            NotFoundError: There is no such message.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read.

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
        """Learn whether an unconfirmed send happened, by looking its reference up.

        It looks at once, and, as long as it finds nothing, again after `settle` seconds and once more after that. No
        duplicate and no loss as long as an accepted message becomes visible within the settle time.

        Args:
            reference: The reference that the send carried: `error.reference`.
            sent_after: A moment before the send, with a zone. What is older by more than five minutes isn't it.
            settle: Seconds after which an accepted message is taken to be visible. CarrierX documents no time.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each look; see `CallOptions`.

        Returns:
            The message, or None if it was not sent.

        Raises:
            ReconcileError: It found nothing, and it is not known that such a look-up works: this client has not yet
                found an accepted send by its reference. Or CarrierX did not apply the filter. Or all that carries the
                reference is older than `sent_after`: it was used before, or the clocks differ.
            InvalidArgumentError: The reference is none: what was not on the wire can't be found.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read.

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

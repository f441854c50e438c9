"""Sending messages: one, or many."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from carrierx.resources.context import SyncResource
from carrierx.resources.media_gate import checked_mode
from carrierx.resources.message_calls import prepare_send, split
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Unpack

    from pydantic import JsonValue

    from carrierx.event_hub import EventHub
    from carrierx.models.message import Message
    from carrierx.models.send_request import SendMessageRequest
    from carrierx.options import CallOptions, ClientConfig
    from carrierx.resources.media_gate import MediaCheckMode
    from carrierx.resources.message_calls import PreparedSend
    from carrierx.resources.send_batch import SendBatch
    from carrierx.resources.send_rate import SendRate

__all__ = ["Sending"]


class Sending(SyncResource):
    """The sending half of `client.messages`."""

    @overload
    def send(
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
    def send(
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
    def send(
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
            >>> message = client.messages.send(from_="15162065575", to="15162065574", message="Hello")
            >>> message.status
            MessageStatus('queued')
        """
        fields, options = split(given)
        prepared = prepare_send(request, fields, reference, extra_body, self._context.message_settings)
        if prepared.media_urls or media_check is not None:
            self._check_media(prepared, media_check)
        return self._post(prepared, options, self._context.events)

    def _check_media(self, prepared: PreparedSend, media_check: MediaCheckMode | None) -> None:
        settings = self._context.message_settings
        mode = settings.media_check if media_check is None else checked_mode(media_check)
        limit, reference = settings.limits.max_media_bytes, prepared.call.reference
        self._context.media.pass_through(prepared.media_urls, limit, mode, reference)

    def _post(
        self, prepared: PreparedSend, options: CallOptions, events: EventHub, config: ClientConfig | None = None
    ) -> Message:
        call, context, settings = prepared.call, self._context, self._context.message_settings
        message = context.execute(call, options, events, config).parsed
        settings.accepted(call.reference)
        if None not in (prepared.counted_segments, message.message_segments) and (
            prepared.counted_segments != message.message_segments
        ):
            from carrierx.events import (
                SegmentsDiffer,  # loads with the first client; a twentieth of the package's import
            )

            events.emit(SegmentsDiffer(message.message_sid, prepared.counted_segments, message.message_segments))
        return message

    def send_many(
        self,
        requests: Iterable[SendMessageRequest | Mapping[str, object]],
        *,
        concurrency: int = 10,
        rate: float | SendRate | None = None,
        media_check: MediaCheckMode | None = None,
        **options: Unpack[CallOptions],
    ) -> SendBatch:
        """Send many messages, several at once, and hand over what became of each as it finishes.

        A context manager, and an iterator over results. Memory does not grow with the number of messages. A message
        that is refused is a result, not an exception. If the iterable raises, its exception comes after the results of
        all that it gave. Leaving the block early takes no further requests, waits for those on their way, and keeps
        their results in `unread`.

        Args:
            requests: What to send: `SendMessageRequest`s, or mappings of their fields. Taken one by one as needed; by
                the worker threads in turn, so what is bound to the thread that made it, as an SQLite cursor is by
                default, can't be gone through here. (The async client takes them in its own thread.)
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
            >>> with client.messages.send_many(texts, concurrency=2) as batch:
            ...     sorted((result.index, result.ok) for result in batch)
            [(0, True), (1, True), (2, True)]
        """
        from carrierx.resources.send_batch import SendBatch
        from carrierx.resources.send_many import BatchPlan

        context, settings = self._context, self._context.message_settings
        plan = BatchPlan.checked(concurrency, rate, options, context.config)
        events = plan.listening(context.events)
        if media_check is not None:
            checked_mode(media_check)

        @clears_locals
        def check(request: SendMessageRequest) -> PreparedSend:
            prepared = prepare_send(request, {}, None, None, settings)
            self._check_media(prepared, media_check)
            return prepared

        @clears_locals
        def post(request: SendMessageRequest, prepared: PreparedSend) -> tuple[Message, str | None]:
            config = plan.config_for(request, context.config)
            return self._post(prepared, options, events, config), prepared.call.reference

        return SendBatch(requests, plan, settings.limits, context.config.clock, check, post)

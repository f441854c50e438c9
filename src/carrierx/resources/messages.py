"""Messages: send one, read one, list them, wait for one, and learn whether an unconfirmed send happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.resources.message_calls import get_call, list_call, lookup_call, page_calls
from carrierx.resources.message_plans import waiting
from carrierx.resources.reconciling import reconciling
from carrierx.resources.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime
    from typing import Unpack

    from carrierx.models.filters import Filter
    from carrierx.models.message import Message
    from carrierx.models.page import Page
    from carrierx.options import CallOptions

__all__ = ["Messages"]


class Messages(Sending):
    """CarrierX's `/sms/messages`: `client.messages`."""

    def get(self, message_sid: str, **options: Unpack[CallOptions]) -> Message:
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
            >>> client.messages.get(message.message_sid).message_sid == message.message_sid
            True
        """
        return self._execute(get_call(message_sid), options)

    def list(
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
            >>> page = client.messages.list(filter=where("status").eq("queued"), limit=50)
            >>> len(page) <= 50
            True
        """
        return self._execute(list_call(filter, order, limit, offset), options)

    def iterate(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Iterator[Message]:
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
            >>> sids = [message.message_sid for message in client.messages.iterate(order="date_created", max_items=5)]
            >>> len(sids) <= 5
            True
        """
        return self._iterate(page_calls(filter, order, page_size, max_items), max_items, options)

    def wait(
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
            >>> client.messages.wait(message.message_sid, until={"sent", "delivered"}, within=30).status
            MessageStatus('delivered')
        """
        return self._follow(waiting(message_sid, until, within, self._context.config.clock), options)

    def reconcile(
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
            >>> sent = client.messages.send(from_="15162065575", to="15162065574", message="Hi", reference="order-17")
            >>> found = client.messages.reconcile("order-17", sent_after=datetime.now(UTC) - timedelta(minutes=1))
            >>> found.message_sid == sent.message_sid
            True
        """
        proof = self._context.message_settings.proof
        plan = reconciling(reference, sent_after, settle, proof, lookup_call, lambda message: message.date_created)
        return self._follow(plan, options)

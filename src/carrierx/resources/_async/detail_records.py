"""Detail records: read one, list them, go through them all, and export each once."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

from carrierx.resources._async.base import AsyncResource
from carrierx.resources.detail_records import (
    get_call,
    list_call,
    lookup_call,
    next_page_call,
    page_calls,
)
from carrierx.resources.reconcile import reconciling
from carrierx.resources.record_export import RecordExport

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator
    from datetime import datetime
    from typing import Unpack

    from carrierx.models.detail_record import DetailRecord
    from carrierx.models.filters import Filter
    from carrierx.models.page import Page
    from carrierx.options import CallOptions
    from carrierx.resources.record_export import ExportFormat, ExportResult
    from carrierx.transport.call import Call

__all__ = ["AsyncDetailRecords"]


class AsyncDetailRecords(AsyncResource):
    """CarrierX's `/sms/message_drs`, async: `client.detail_records`."""

    async def get(self, dr_sid: str, **options: Unpack[CallOptions]) -> DetailRecord:
        """Read one record.

        Args:
            dr_sid: The record's SID. It is not known to be the message's own.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The record.

        Raises:
            NotFoundError: There is no such record.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `sms.manage` or `sms.read`; for sub-partners' records `sms.read_descendant` besides.
        Source: CarrierX's page on getting a message detail record by SID.

        Example:
            >>> record = (await client.detail_records.list(limit=1))[0]
            >>> (await client.detail_records.get(record.dr_sid)).dr_sid == record.dr_sid
            True
        """
        return await self._execute(get_call(dr_sid), options)

    async def list(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        limit: int = 10,
        offset: int = 0,
        after: str | None = None,
        before: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Page[DetailRecord]:
        """Read one page of records, of messages sent and received.

        Args:
            filter: Which ones: `where("date_stop").ge(moment)`, or CarrierX's grammar as a text.
            order: By what: `date_insert`, `date_insert desc`. With `after` or `before` CarrierX takes few others.
            limit: How many, 1 to 1000.
            offset: How many to skip; not with `after` or `before`.
            after: The SID of the record that the page is to follow.
            before: The SID of the record that the page is to precede.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page. Its `total` is None, as a rule, and its `pagination` may lack `next` where more records follow.

        Raises:
            InvalidArgumentError: An argument is out of its range, or two don't go together.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `sms.manage` or `sms.read`; for sub-partners' records `sms.read_descendant` besides.
        Source: CarrierX's pages on getting message detail records and on pagination.

        Example:
            >>> records = await client.detail_records.list(filter=where("direction").eq("outbound"), limit=1)
            >>> records[0].direction
            Direction('outbound')
        """
        return await self._execute(list_call(filter, order, limit, offset, after, before), options)

    def iterate(
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        after: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[DetailRecord]:
        """Go through records page by page, each page following the last record of the one before.

        Records that come in meanwhile shift nothing.

        Args:
            filter: Which ones: `where("date_stop").ge(moment)`, or CarrierX's grammar as a text.
            order: By what: `date_insert`, `date_insert desc`. With `after`, which every page but the first has,
                CarrierX takes few others.
            after: The SID of the record to begin after.
            page_size: How many to fetch at once, 1 to 1000.
            max_items: How many at most; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the records.

        Raises:
            InvalidArgumentError: An argument is out of its range.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read, or does not go on after the record that it should.

        Scopes: `sms.manage` or `sms.read`; for sub-partners' records `sms.read_descendant` besides.
        Source: CarrierX's pages on getting message detail records and on pagination; its own tools page like this.

        Example:
            >>> sids = [each.dr_sid async for each in client.detail_records.iterate(order="date_insert", max_items=5)]
            >>> len(sids) == len(set(sids)) <= 5
            True
        """
        return self._records(page_calls(filter, order, after, page_size, max_items), max_items, options)

    async def reconcile(
        self,
        reference: str,
        *,
        sent_after: datetime | None = None,
        settle: float = 60.0,
        **options: Unpack[CallOptions],
    ) -> DetailRecord | None:
        """Learn whether an unconfirmed send happened, by looking its reference up in the detail records.

        It looks at once, and, as long as it finds nothing, again after `settle` seconds and once more after that. A
        record comes later than the message itself, so `messages.reconcile` is the quicker way; this one serves where
        messages can't be looked up. No duplicate and no loss as long as the record of an accepted message becomes
        visible within the settle time.

        Args:
            reference: The reference that the send carried: `error.reference`.
            sent_after: A moment before the send, with a zone. It tells the send's record from an older one with the
                same reference.
            settle: Seconds after which an accepted message is taken to have its record. CarrierX documents no time.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each look; see `CallOptions`.

        Returns:
            The record, or None if it was not sent.

        Raises:
            ReconcileError: It found nothing, and it is not known that such a look-up works: this client has not yet
                found an accepted send's record by its reference. Or CarrierX did not apply the filter. Or all that it
                found is older than `sent_after` by more than five minutes: the reference was used before, or the
                clocks differ.
            InvalidArgumentError: The reference is none: what was not on the wire can't be found.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read.

        Scopes: `sms.manage` or `sms.read`; for sub-partners' records `sms.read_descendant` besides.
        Source: assumed. CarrierX documents neither that `user_data` can be filtered nor when a record is visible.

        Example:
            >>> sent = await client.messages.send(
            ...     from_="15162065575", to="15162065574", message="Hi", reference="order-18"
            ... )
            >>> (await client.detail_records.reconcile("order-18", settle=0)).user_data
            'order-18'
        """
        proof = self._context.message_settings.record_proof
        plan = reconciling(reference, sent_after, settle, proof, lookup_call, lambda record: record.date_start)
        return await self._follow(plan, options)

    async def export(
        self,
        path: str | os.PathLike[str],
        *,
        format: ExportFormat | None = None,  # noqa: A002 - what it is called
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        page_size: int = 1000,
        min_age: float = 0.0,
        **options: Unpack[CallOptions],
    ) -> ExportResult:
        """Append the records that are new since the last time to a file. None is left out and none is written twice.

        How far it has come stands in a small file beside the output, with `.cursor` added to its name: move, copy and
        delete the two together. Wherever a run is stopped, by an error, a signal or a power cut, the next one goes on
        where the output was complete. While a run goes on, the end of the output may be one that will not stay.

        Each record is written as it stands when it is exported; what CarrierX changes in it later, such as its status,
        is not written again. `min_age` lets records settle first.

        In a CSV the columns are the fields of `DetailRecord`; lists and objects are written as JSON, and a text that
        begins with `=`, `+`, `-`, `@`, a tab or a line end gets an apostrophe before it, or a spreadsheet would run it
        as a formula. Fields that this version does not know stand in JSON Lines only.

        Args:
            path: The output: a new file, or one that an export began. A new one is made readable by you alone.
            format: `jsonl` (JSON Lines) or `csv`. Without it the path's ending decides: `.jsonl`, `.ndjson` or `.csv`.
            filter: Which records. It must be the same every time.
            page_size: How many to fetch, and to write, at once; 1 to 1000.
            min_age: Seconds that a record must have been in CarrierX's database, 0 to a year. 3600 leaves records of
                the last hour for the next time.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            How many records were written now, how many the output holds, and the SID of the last one.

        Raises:
            InvalidArgumentError: An argument is out of its range, or the file was begun in another way.
            ExportError: Another export is writing the file, it does not fit its cursor, or the record that the
                cursor stands at is gone from CarrierX; the text says what to do.
            OSError: A file can't be written. The next run goes on where this one stood.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read, or repeats a record; nothing of it was written.

        Scopes: `sms.manage` or `sms.read`; for sub-partners' records `sms.read_descendant` besides.
        Source: CarrierX's page on getting message detail records: `after` goes with an order by `date_insert`. That a
            record never comes to stand before one that was listed already is assumed.

        Example:
            >>> import tempfile
            >>> folder = tempfile.TemporaryDirectory()
            >>> first = await client.detail_records.export(f"{folder.name}/records.jsonl")
            >>> (await client.detail_records.export(f"{folder.name}/records.jsonl")).records
            0
            >>> folder.cleanup()
        """
        export = RecordExport(path, format, filter, page_size, min_age, self._context.config.clock)
        try:
            call: Call[Page[DetailRecord]] | None = await to_thread(export.begin)
            while call is not None:
                with export.explaining_refusals():
                    page = await self._execute(call, options)
                    missing = export.missing_record_call(page)
                    if missing is not None:
                        await self._execute(missing, options)
                call = await to_thread(export.take, call, page)
            return export.result()
        finally:
            export.close()

    async def _records(
        self, first: Call[Page[DetailRecord]], max_items: int | None, options: CallOptions
    ) -> AsyncIterator[DetailRecord]:
        call: Call[Page[DetailRecord]] | None = first
        left = max_items
        while call is not None and left != 0:
            page = await self._execute(call, options)
            following = next_page_call(call, page)
            for record in page.items[:left]:
                yield record
            left = None if left is None else max(0, left - len(page))
            call = following

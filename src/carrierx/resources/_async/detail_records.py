"""Detail records of messages: read, list, iterate, reconcile and export them."""

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
    """Read and export detail records: `client.detail_records`, CarrierX's `/sms/message_drs`."""

    async def get(self, dr_sid: str, **options: Unpack[CallOptions]) -> DetailRecord:
        """Read one record.

        Args:
            dr_sid: The record's SID, which isn't known to be the message's.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The record.

        Raises:
            NotFoundError: There is no such record.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `sms.manage` or `sms.read`; for sub-partners' records also `sms.read_descendant`.
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
        """Read one page of records of sent and received messages.

        Args:
            filter: The records to return: `where("date_stop").ge(moment)`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `date_insert`, `date_insert desc`. CarrierX accepts few others with `after`
                or `before`.
            limit: The most items on the page, 1 to 1000.
            offset: The number of items to skip; not with `after` or `before`.
            after: The SID of the record that comes just before the page.
            before: The SID of the record that comes just after the page.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            The page. Its `total` is usually None, and its `pagination` can lack `next` although more records follow.

        Raises:
            InvalidArgumentError: An argument is out of range, or two conflict.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: The response can't be read.

        Scopes: `sms.manage` or `sms.read`; for sub-partners' records also `sms.read_descendant`.
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
        """Iterate over records. Each page is fetched when it is needed.

        Each page starts after the last record of the previous page, so new records shift nothing.

        Args:
            filter: The records to return: `where("date_stop").ge(moment)`, or a filter in CarrierX's own syntax.
            order: The field to sort by: `date_insert`, `date_insert desc`. CarrierX accepts few others with `after`,
                which every page except the first needs.
            after: The SID of the record to start after.
            page_size: The number of items to fetch in each request, 1 to 1000.
            max_items: The most items to return; None for all.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            An iterator over the records.

        Raises:
            InvalidArgumentError: An argument is out of range.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or doesn't continue after the last record.

        Scopes: `sms.manage` or `sms.read`; for sub-partners' records also `sms.read_descendant`.
        Source: CarrierX's pages on getting message detail records and on pagination; CarrierX's own tools do the same.

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
        """Find out whether an unconfirmed send happened, by looking up its reference in the detail records.

        It looks immediately and, if it finds nothing, twice more with `settle` seconds before each. A record appears
        later than its message, so `messages.reconcile` is faster; use this one if messages can't be looked up. The
        answer is right if CarrierX makes the record of an accepted message visible within the settle time.

        Args:
            reference: The reference that the send carried: `error.reference`.
            sent_after: A time before the send, with a time zone. It tells the send's record from an older one with
                the same reference.
            settle: The seconds after which an accepted message is assumed to have its record. CarrierX documents none.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each request; see `CallOptions`.

        Returns:
            The record, or None if the message wasn't sent.

        Raises:
            ReconcileError: Nothing was found, but that proves nothing, because this client hasn't yet found the record
                of an accepted message by its reference. Or CarrierX ignored the filter. Or every record with the
                reference is more than five minutes older than `sent_after`: the reference was used before, or the
                clocks differ.
            InvalidArgumentError: The reference can't be one that a send carried.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read.

        Scopes: `sms.manage` or `sms.read`; for sub-partners' records also `sms.read_descendant`.
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
        """Append the records that are new since the last export to a file, each exactly once.

        The export keeps its position in a small file next to the output, with `.cursor` added to the name. Move, copy
        and delete the two together. If an error, a signal or a power cut stops an export, the next one continues
        after the last complete record. During an export, the end of the output isn't final.

        Each record is written with its values at that time. If CarrierX changes a record later, for example its
        status, the export doesn't write it again. Use `min_age` to let records settle first.

        The columns of a CSV file are the fields of `DetailRecord`. Lists and objects are written as JSON. A text that
        begins with `=`, `+`, `-`, `@`, a tab or a line break gets an apostrophe in front, because a spreadsheet would
        run it as a formula. Only JSON Lines include fields that this version doesn't know.

        Args:
            path: The output: a new file, or one from an earlier export. Only you can read a new file.
            format: `jsonl` (JSON Lines) or `csv`. The default depends on the extension: `.jsonl`, `.ndjson` or `.csv`.
            filter: The records to export. It must be the same every time.
            page_size: The number of records to fetch and write in one step, 1 to 1000.
            min_age: The seconds that a record must have been in CarrierX's database, from 0 to a year. With 3600, the
                records of the last hour are left for the next export.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each page; see `CallOptions`.

        Returns:
            The number of records written now, the number in the output, and the SID of the last one.

        Raises:
            InvalidArgumentError: An argument is out of range, or the file was started with another format or filter.
            ExportError: Another export is writing the file, the file doesn't match its cursor, or the last record
                is gone from CarrierX. The message says what to do.
            OSError: A file can't be written. The next export continues where this one stopped.
            APIError: CarrierX refused the request.
            TransportError: No response arrived.
            ResponseError: A response can't be read, or repeats a record. Nothing of it was written.

        Scopes: `sms.manage` or `sms.read`; for sub-partners' records also `sms.read_descendant`.
        Source: CarrierX's page on getting message detail records: `after` works with an order by `date_insert`. It's
            assumed that no new record is ever inserted before one that was listed.

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

"""The async twin of `detail_records`: the same methods, the same docstrings."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

from carrierx.resources.context import AsyncResource, twin_of
from carrierx.resources.detail_records import DetailRecords
from carrierx.resources.detail_records_calls import get_call, list_call, lookup_call, next_page_call, page_calls
from carrierx.resources.reconciling import reconciling
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
    from carrierx.resources.record_export import ExportResult
    from carrierx.resources.record_export_format import ExportFormat
    from carrierx.transport.call import Call

__all__ = ["AsyncDetailRecords"]


@twin_of(DetailRecords)
class AsyncDetailRecords(AsyncResource):
    """CarrierX's `/sms/message_drs`, async: `client.detail_records`."""

    async def get(self, dr_sid: str, **options: Unpack[CallOptions]) -> DetailRecord:  # noqa: D102 - of the twin
        return await self._execute(get_call(dr_sid), options)

    async def list(  # noqa: D102
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
        return await self._execute(list_call(filter, order, limit, offset, after, before), options)

    def iterate(  # noqa: D102
        self,
        *,
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        order: str | None = None,
        after: str | None = None,
        page_size: int = 100,
        max_items: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncIterator[DetailRecord]:
        return self._records(page_calls(filter, order, after, page_size, max_items), max_items, options)

    async def reconcile(  # noqa: D102
        self,
        reference: str,
        *,
        sent_after: datetime | None = None,
        settle: float = 60.0,
        **options: Unpack[CallOptions],
    ) -> DetailRecord | None:
        proof = self._context.message_settings.record_proof
        plan = reconciling(reference, sent_after, settle, proof, lookup_call, lambda record: record.date_start)
        return await self._follow(plan, options)

    async def export(  # noqa: D102
        self,
        path: str | os.PathLike[str],
        *,
        format: ExportFormat | None = None,  # noqa: A002 - what it is called
        filter: str | Filter | None = None,  # noqa: A002 - the API's name
        page_size: int = 1000,
        min_age: float = 0.0,
        **options: Unpack[CallOptions],
    ) -> ExportResult:
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
        self, first: Call[Page[DetailRecord]], most: int | None, options: CallOptions
    ) -> AsyncIterator[DetailRecord]:
        call: Call[Page[DetailRecord]] | None = first
        left = most
        while call is not None and left != 0:
            page = await self._execute(call, options)
            following = next_page_call(call, page)
            for record in page.items[:left]:
                yield record
            left = None if left is None else max(0, left - len(page))
            call = following

"""An incremental export of detail records: each once, wherever it is stopped.

Records are appended to the output and brought to the disk; only then the cursor beside it is replaced, in one step. The
cursor notes how many bytes of the output count. An export that goes on cuts off what stands after them, and asks
CarrierX for what comes after the last record that counts.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, cast

from carrierx.errors import APIError, ExportError, InvalidArgumentError, ResponseError
from carrierx.options import check_seconds
from carrierx.resources.detail_records_calls import get_call, next_page_call, page_calls
from carrierx.resources.record_export_cursor import ExportCursor
from carrierx.resources.record_export_file import ExportFile
from carrierx.resources.record_export_format import COLUMNS, checked_format, csv_header, csv_rows, json_lines

if TYPE_CHECKING:
    from carrierx.models.detail_record import DetailRecord
    from carrierx.models.page import Page
    from carrierx.options import Clock
    from carrierx.transport.call import Call

__all__ = ["ExportResult", "RecordExport"]

ORDER = "date_insert"
"""New records come last by it. CarrierX's page names it as one that a list with `after` can be sorted by."""

LONGEST_MIN_AGE = 366 * 86_400
"""Seconds; a year."""

_CURSOR_REFUSED = (400, 404, 422)
_ENDED = "The export was ended before this step."


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export did.

    Attributes:
        path: Its output.
        records: How many records it wrote now.
        total_records: How many the output holds.
        cursor: The SID of the last one; None if there is none yet.
    """

    path: str
    records: int
    total_records: int
    cursor: str | None


class RecordExport:
    """One run of an export: gives the calls, takes the pages. Its methods may run in several threads in turn.

    Args:
        path: The output. The cursor stands beside it, with `.cursor` added to the name.
        format: `jsonl` or `csv`; None to go by the path.
        filter: Which records.
        page_size: How many to fetch and write at once.
        min_age: Seconds that a record must have been in CarrierX's database.
        clock: The client's clock.

    Raises:
        InvalidArgumentError: An argument can't be one.
    """

    def __init__(
        self,
        path: object,
        format: object,  # noqa: A002
        filter: object,  # noqa: A002
        page_size: object,
        min_age: object,
        clock: Clock,
    ) -> None:
        if not isinstance(path, str | os.PathLike):
            raise InvalidArgumentError(f"path must be a path, not {type(path).__name__}.")
        self._path = os.path.realpath(os.fsdecode(cast("str | os.PathLike[str]", path)))
        self._format = checked_format(format, self._path)
        check_seconds("min_age", min_age, InvalidArgumentError, zero_allowed=True)
        if cast("float", min_age) > LONGEST_MIN_AGE:
            raise InvalidArgumentError(f"min_age must be at most a year: {LONGEST_MIN_AGE} seconds.")
        self._min_age = timedelta(seconds=cast("float", min_age))
        self._clock = clock
        self._first_call = page_calls(filter, ORDER, None, page_size, None)
        digest = None if filter is None else hashlib.sha256(str(filter).encode()).hexdigest()
        columns = COLUMNS if self._format == "csv" else ()
        self._cursor = ExportCursor(format=self._format, columns=columns, filter=digest)
        self._records_before = 0
        self._output: ExportFile | None = None
        self._lock = threading.Lock()
        self._closed = False

    def begin(self) -> Call[Page[DetailRecord]]:
        """Open and lock the output, find out where it stands, and give the call for the next page.

        Raises:
            InvalidArgumentError: The output is not this export's: of another format or filter, or without a cursor.
            ExportError: Another export is writing it, or output and cursor don't fit together.
            OSError: A file can't be opened or written.
        """
        with self._lock:
            if self._closed:
                raise ExportError(_ENDED)
            self._output = ExportFile(self._path)
            self._cursor = self._found_cursor(self._output.size())
            self._records_before = self._cursor.records
            self._output.cut_to(self._cursor.size)
            call, after = self._first_call, self._cursor.after
            return call if after is None else replace(call, query=[*call.query, ("after", after)])

    def missing_record_call(self, page: Page[DetailRecord]) -> Call[DetailRecord] | None:
        """Give the call that tells whether the cursor's record still exists, if a page makes it doubtful.

        What CarrierX answers to a cursor whose record is gone is not documented. An empty list would read as "nothing
        new", for ever.
        """
        return get_call(self._cursor.after) if self._cursor.after is not None and not page.items else None

    def take(self, call: Call[Page[DetailRecord]], page: Page[DetailRecord]) -> Call[Page[DetailRecord]] | None:
        """Write a page, and give the call for the next one; None after the last.

        Raises:
            ResponseError: The page holds a record that is written already, or one twice. Nothing of it was written.
            OSError: A file can't be written. The next run goes on where this one stood.
        """
        with self._lock:
            if self._output is None:
                raise ExportError(_ENDED)
            self._check_new(page)
            following = next_page_call(call, page)
            latest = self._clock.now() - self._min_age
            ripe = list(takewhile(lambda record: record.date_insert is None or record.date_insert <= latest, page))
            self._append(self._output, ripe)
            return following if len(ripe) == len(page) else None

    def result(self) -> ExportResult:
        """Tell what was done."""
        cursor = self._cursor
        return ExportResult(self._path, cursor.records - self._records_before, cursor.records, cursor.after)

    def close(self) -> None:
        """Close the output, once a write that goes on in another thread is done."""
        with self._lock:
            self._closed = True
            if self._output is not None:
                self._output.close()
                self._output = None

    @contextmanager
    def explaining_refusals(self) -> Generator[None]:
        """Say what to do when CarrierX refuses the cursor.

        Raises:
            ExportError: The record that the export stands at is gone, as it seems.
        """
        try:
            yield
        except APIError as error:
            if self._cursor.after is None or error.status_code not in _CURSOR_REFUSED:
                raise
            raise ExportError(
                f"CarrierX does not go on after the record {self._cursor.after}, the last one in {self._path!r}: it "
                f"answered {error.status_code}, {error.message}. The record may have been deleted. Nothing was "
                "written, and nothing of the file is lost. Export what follows into a new file, with the filter "
                f"date_insert ge {self._cursor.date_insert or '<time of the last record>'}, and leave out the records "
                "of that same moment that the old file holds."
            ) from error

    def _found_cursor(self, size: int) -> ExportCursor:
        path = self._cursor_path
        found = ExportCursor.read(path)
        if found is None:
            if size:
                raise InvalidArgumentError(
                    f"{self._path!r} is not empty, and no export's cursor stands beside it: nothing was changed. Give "
                    "the path of a new file."
                )
            self._cursor.write(path)
            return self._cursor
        if (found.format, found.filter) != (self._cursor.format, self._cursor.filter):
            raise InvalidArgumentError(
                f"{self._path!r} was begun with another format or filter: records would be left out or stand there "
                "twice. Give the ones from before, or a new file."
            )
        if size < found.size:
            raise ExportError(
                f"{self._path!r} has {size} bytes, but {found.size} were written: it was cut or replaced. Nothing was "
                "changed. Put it back, or export into a new file."
            )
        return found

    @property
    def _cursor_path(self) -> str:
        return f"{self._path}.cursor"

    def _check_new(self, page: Page[DetailRecord]) -> None:
        sids = {record.dr_sid for record in page}
        if len(sids) < len(page) or not sids.isdisjoint((self._cursor.first, self._cursor.after)):
            raise ResponseError(
                "CarrierX listed a record that is in the file already, so it did not go on after the last one. Nothing "
                "of this page was written."
            )

    def _append(self, output: ExportFile, records: list[DetailRecord]) -> None:
        cursor = self._cursor
        if cursor.format == "csv":
            content = csv_rows(records, cursor.columns)
            content = content if cursor.size else csv_header(cursor.columns) + content
        else:
            content = json_lines(records)
        if not content:
            return
        output.append_at(cursor.size, content)
        changes: dict[str, object] = {"size": cursor.size + len(content), "records": cursor.records + len(records)}
        if records:
            last = records[-1]
            moment = last.to_dict().get("date_insert")
            changes |= {"first": cursor.first or records[0].dr_sid, "after": last.dr_sid}
            changes["date_insert"] = moment if isinstance(moment, str) else None
        advanced = cursor.model_copy(update=changes)
        advanced.write(self._cursor_path)
        self._cursor = advanced

"""An incremental export of detail records, each exactly once, even if an export is interrupted.

An export appends records to the output and syncs it to the disk. Then it replaces the cursor file atomically. The
cursor records how many bytes of the output are complete. The next export truncates the output to that size, and asks
CarrierX for the records after the last complete one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import stat
import sys
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from carrierx.errors import APIError, ExportError, InvalidArgumentError, ResponseError
from carrierx.models.detail_record import DetailRecord
from carrierx.options import check_seconds
from carrierx.resources.detail_records import get_call, next_page_call, page_calls

if TYPE_CHECKING:
    from pydantic import JsonValue

    from carrierx.models.detail_record import DetailRecord
    from carrierx.models.page import Page
    from carrierx.options import Clock
    from carrierx.transport.call import Call

__all__ = [
    "COLUMNS",
    "ExportCursor",
    "ExportFile",
    "ExportFormat",
    "ExportResult",
    "RecordExport",
    "checked_format",
    "csv_cell",
    "csv_header",
    "csv_rows",
    "json_lines",
]


ExportFormat: TypeAlias = Literal["jsonl", "csv"]

COLUMNS = tuple(field.serialization_alias or name for name, field in DetailRecord.model_fields.items())
"""The columns of a new CSV file. A file that was started with others keeps them."""

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ENDINGS: dict[str, ExportFormat] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def checked_format(given: object, path: str) -> ExportFormat:
    """Choose the format: the given one, or else by the file's extension.

    Raises:
        InvalidArgumentError: It is unknown, or the extension is.
    """
    if given is not None:
        if given == "jsonl":
            return "jsonl"
        if given == "csv":
            return "csv"
        raise InvalidArgumentError('format must be "jsonl" or "csv".')
    for ending, known in _ENDINGS.items():
        if path.lower().endswith(ending):
            return known
    raise InvalidArgumentError('The file\'s extension is neither .jsonl nor .csv: pass format="jsonl" or format="csv".')


def json_lines(records: Iterable[DetailRecord]) -> bytes:
    """Write records as CarrierX sent them, with unknown fields, one per line."""
    return b"".join(record.to_json().encode() + b"\n" for record in records)


def csv_header(columns: Sequence[str]) -> bytes:
    """Write the header line."""
    return _csv_lines([columns])


def csv_rows(records: Iterable[DetailRecord], columns: Sequence[str]) -> bytes:
    """Write records, one per row, without the fields that have no column."""
    written = (record.to_dict() for record in records)
    return _csv_lines([csv_cell(record.get(column)) for column in columns] for record in written)


def _csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def csv_cell(value: JsonValue) -> str:
    """Write a value as a cell: a text unchanged, null as empty, lists and objects as JSON.

    A text that looks like a formula gets an apostrophe in front. Otherwise the sender of a message, or of its
    `user_data`, could run a formula on the computer that opens the file in a spreadsheet.

    Example:
        >>> csv_cell("=1+1"), csv_cell(-1), csv_cell(["a"]), csv_cell(None)
        ("'=1+1", '-1', '["a"]', '')
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"'{value}" if value.startswith(_BEGINS_FORMULA) else value


PRIVATE = 0o600
"""The mode of new files: only their owner can read them, because they contain numbers and texts."""


class ExportCursor(BaseModel):
    """The position of an export. The output is complete up to `size`; the rest is discarded.

    Attributes:
        version: The version of the cursor file.
        format: The format of the output.
        columns: The columns of a CSV file.
        filter: A digest of the filter, because the filter itself can contain numbers.
        first: The SID of the first record in the output.
        after: The SID of the last one.
        date_insert: The time of the last one, as CarrierX sent it.
        size: The complete bytes of the output.
        records: The number of records in them.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: Literal[1] = 1
    format: Literal["jsonl", "csv"]
    columns: tuple[str, ...] = ()
    filter: str | None = None
    first: str | None = None
    after: str | None = None
    date_insert: str | None = None
    size: int = 0
    records: int = 0

    @classmethod
    def read(cls, path: str) -> ExportCursor | None:
        """Read the cursor; None if there is none.

        Raises:
            ExportError: The file isn't the cursor of an export.
        """
        try:
            with open(path, "rb") as file:
                text = file.read()
        except FileNotFoundError:
            return None
        try:
            cursor = cls.model_validate_json(text)
        except ValidationError:
            cursor = None
        if cursor is None or cursor.size < 0 or (cursor.records > 0) != (cursor.after is not None):
            raise ExportError(
                f"The export's cursor {path!r} can't be read, so the position of the export is unknown. Nothing was "
                "changed. Restore the cursor together with its output from a backup, or export into a new file."
            )
        return cursor

    def write(self, path: str) -> None:
        """Replace the cursor atomically. It is on the disk when this returns."""
        temporary = f"{path}.new"
        text = json.dumps(self.model_dump(), separators=(",", ":")).encode()
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, PRIVATE)
        try:
            write_all(descriptor, text)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
        _sync_folder_of(path)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all bytes; the system can write fewer at a time."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


_BINARY: int = getattr(os, "O_BINARY", 0)


def _sync_folder_of(path: str) -> None:
    if os.name == "nt":  # pragma: no cover - Windows opens no folders
        return
    descriptor = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_BEYOND_EVERY_END = 2**62


class ExportFile:
    """An output, open and locked until `close`. The system releases the lock when the process ends.

    Args:
        path: The path of the file, which is created if it is missing.

    Raises:
        InvalidArgumentError: It isn't a regular file.
        ExportError: Another export is writing it.
        OSError: It can't be opened.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), PRIVATE)
        try:
            self._claim()
        except BaseException:
            os.close(self._descriptor)
            raise

    def size(self) -> int:
        """Return the current size in bytes."""
        return os.fstat(self._descriptor).st_size

    def cut_to(self, size: int) -> None:
        """Truncate the file to `size`: the rest comes from an interrupted write."""
        if self.size() > size:
            os.ftruncate(self._descriptor, size)

    def append_at(self, size: int, content: bytes) -> None:
        """Write at `size`. The bytes are on the disk when this returns."""
        os.lseek(self._descriptor, size, os.SEEK_SET)
        write_all(self._descriptor, content)
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close it and release the lock."""
        os.close(self._descriptor)

    def _claim(self) -> None:
        found = os.fstat(self._descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise InvalidArgumentError("An export needs a regular file, which it can append to and truncate.")
        # Another file might have replaced it before it was locked.
        if not _lock(self._descriptor) or not os.path.samestat(found, os.stat(self._path)):
            raise ExportError(
                f"Another export is writing {self._path!r}. Wait until it ends: two exports would write records twice."
            )


if sys.platform == "win32":  # pragma: no cover - elsewhere there is flock
    import msvcrt

    def _lock(descriptor: int) -> bool:
        os.lseek(descriptor, _BEYOND_EVERY_END, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


ORDER = "date_insert"
"""New records come last in this order, which CarrierX's page allows with `after`."""

LONGEST_MIN_AGE = 366 * 86_400
"""Seconds; a year."""

_CURSOR_REFUSED = (400, 404, 422)
_ENDED = "The export was closed before this step."


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The result of an export.

    Attributes:
        path: The output.
        records: The number of records written now.
        total_records: The number of records in the output.
        cursor: The SID of the last one; None if there is none yet.
    """

    path: str
    records: int
    total_records: int
    cursor: str | None


class RecordExport:
    """One export: it gives the calls and writes the pages. Its methods can run in different threads.

    Args:
        path: The output. The cursor file is next to it, with `.cursor` added to the name.
        format: `jsonl` or `csv`; None to use the extension of the path.
        filter: The records to export.
        page_size: The number of records to fetch and write in one step.
        min_age: The seconds that a record must have been in CarrierX's database.
        clock: The client's clock.

    Raises:
        InvalidArgumentError: An argument is invalid.
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
        """Open and lock the output, find its position, and return the call for the next page.

        Raises:
            InvalidArgumentError: The output has another format or filter, or no cursor.
            ExportError: Another export is writing it, or the output and its cursor don't match.
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
        """Return the call that checks that the cursor's record still exists, if the page is empty.

        CarrierX doesn't document its response to a cursor whose record is gone. If it is an empty list, an export would
        find nothing new forever.
        """
        return get_call(self._cursor.after) if self._cursor.after is not None and not page.items else None

    def take(self, call: Call[Page[DetailRecord]], page: Page[DetailRecord]) -> Call[Page[DetailRecord]] | None:
        """Write a page, and return the call for the next one; None after the last.

        Raises:
            ResponseError: The page contains a record that is already written, or one twice. Nothing of it was written.
            OSError: A file can't be written. The next export continues where this one stopped.
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
        """Return the result."""
        cursor = self._cursor
        return ExportResult(self._path, cursor.records - self._records_before, cursor.records, cursor.after)

    def close(self) -> None:
        """Close the output, after any write in another thread."""
        with self._lock:
            self._closed = True
            if self._output is not None:
                self._output.close()
                self._output = None

    @contextmanager
    def explaining_refusals(self) -> Generator[None]:
        """Explain what to do if CarrierX refuses the cursor.

        Raises:
            ExportError: The last record of the export seems to be gone from CarrierX.
        """
        try:
            yield
        except APIError as error:
            if self._cursor.after is None or error.status_code not in _CURSOR_REFUSED:
                raise
            raise ExportError(
                f"CarrierX doesn't continue after the record {self._cursor.after}, the last one in {self._path!r}: it "
                f"answered {error.status_code}, {error.message}. The record might have been deleted. Nothing was "
                "written, and the file is unchanged. Export the following records into a new file, with the filter "
                f"date_insert ge {self._cursor.date_insert or '<time of the last record>'}, and remove the records "
                "of that same time that are also in the old file."
            ) from error

    def _found_cursor(self, size: int) -> ExportCursor:
        path = self._cursor_path
        found = ExportCursor.read(path)
        if found is None:
            if size:
                raise InvalidArgumentError(
                    f"{self._path!r} is not empty and has no cursor of an export next to it. Nothing was changed. "
                    "Pass the path of a new file."
                )
            self._cursor.write(path)
            return self._cursor
        if (found.format, found.filter) != (self._cursor.format, self._cursor.filter):
            raise InvalidArgumentError(
                f"{self._path!r} was started with another format or filter: records would be missing or duplicated. "
                "Use the same format and filter, or a new file."
            )
        if size < found.size:
            raise ExportError(
                f"{self._path!r} has {size} bytes, but {found.size} were written: it was truncated or replaced. "
                "Nothing was changed. Restore it, or export into a new file."
            )
        return found

    @property
    def _cursor_path(self) -> str:
        return f"{self._path}.cursor"

    def _check_new(self, page: Page[DetailRecord]) -> None:
        sids = {record.dr_sid for record in page}
        if len(sids) < len(page) or not sids.isdisjoint((self._cursor.first, self._cursor.after)):
            raise ResponseError(
                "CarrierX listed a record that is already in the file, so it didn't continue after the last one. "
                "Nothing of this page was written."
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

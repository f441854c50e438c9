"""An incremental export of detail records: each once, wherever it is stopped.

Records are appended to the output and brought to the disk; only then the cursor beside it is replaced, in one step. The
cursor notes how many bytes of the output count. An export that goes on cuts off what stands after them, and asks
CarrierX for what comes after the last record that counts.
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
"""The columns of a new CSV file. A file that was begun with others keeps its own."""

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ENDINGS: dict[str, ExportFormat] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def checked_format(given: object, path: str) -> ExportFormat:
    """Choose the format: the one given, else by the ending of the file's name.

    Raises:
        InvalidArgumentError: It is none, or the ending does not tell.
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
    raise InvalidArgumentError('The file\'s name ends in neither .jsonl nor .csv: give format="jsonl" or format="csv".')


def json_lines(records: Iterable[DetailRecord]) -> bytes:
    """Write records as CarrierX sent them, unknown fields too, one in a line."""
    return b"".join(record.to_json().encode() + b"\n" for record in records)


def csv_header(columns: Sequence[str]) -> bytes:
    """Write the line of the columns' names."""
    return _csv_lines([columns])


def csv_rows(records: Iterable[DetailRecord], columns: Sequence[str]) -> bytes:
    """Write records, one in a row; a field that has no column is left out."""
    written = (record.to_dict() for record in records)
    return _csv_lines([csv_cell(record.get(column)) for column in columns] for record in written)


def _csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def csv_cell(value: JsonValue) -> str:
    """Write a value for a cell: texts as they are, null as nothing, lists and objects as JSON.

    A text that a spreadsheet would take for a formula gets an apostrophe before it: whoever sends you a message, or
    sets `user_data`, could otherwise run one on the machine where the file is opened.

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
"""Who may read new files: their owner. They hold numbers and texts of people."""


class ExportCursor(BaseModel):
    """Where an export stands. Everything in the output up to `size` is complete, and nothing after it counts.

    Attributes:
        version: The version of this file's own form.
        format: What the output is written as.
        columns: The columns of a CSV.
        filter: A digest of the filter: the filter itself may hold numbers.
        first: The SID of the first record in the output.
        after: The SID of the last one.
        date_insert: When the last one came into CarrierX's database.
        size: Bytes of the output that count.
        records: How many records they hold.
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
            ExportError: The file is no cursor of an export.
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
                f"The export's cursor {path!r} can't be read, so it is not known where the export stands. Nothing was "
                "changed. Put the cursor back from a backup together with its output, or export into a new file."
            )
        return cursor

    def write(self, path: str) -> None:
        """Replace the cursor in one step that a crash can't halve, and that is on the disk when this returns."""
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
    """Write all bytes; the system may take fewer at a time."""
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
    """An output that is open and locked till `close`. The system lifts the lock when the process ends, however it does.

    Args:
        path: Where it is; it is made if it is missing.

    Raises:
        InvalidArgumentError: It is no regular file.
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
        """Its size now, in bytes."""
        return os.fstat(self._descriptor).st_size

    def cut_to(self, size: int) -> None:
        """Take off what stands after `size`: the end of a write that was broken off."""
        if self.size() > size:
            os.ftruncate(self._descriptor, size)

    def append_at(self, size: int, content: bytes) -> None:
        """Write from `size` on; the bytes are on the disk when this returns."""
        os.lseek(self._descriptor, size, os.SEEK_SET)
        write_all(self._descriptor, content)
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close it, which lifts the lock."""
        os.close(self._descriptor)

    def _claim(self) -> None:
        found = os.fstat(self._descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise InvalidArgumentError("An export needs a regular file, which it can append to and cut.")
        # Another file may have been put in its place before it was locked.
        if not _lock(self._descriptor) or not os.path.samestat(found, os.stat(self._path)):
            raise ExportError(
                f"Another export is writing {self._path!r}. Wait for its end; two at once would write records twice."
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

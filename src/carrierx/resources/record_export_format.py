"""Detail records as lines of a file: JSON Lines or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from carrierx.errors import InvalidArgumentError
from carrierx.models.detail_record import DetailRecord

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["COLUMNS", "ExportFormat", "checked_format", "csv_cell", "csv_header", "csv_rows", "json_lines"]

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

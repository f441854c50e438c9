"""How far an export has come: a small file beside its output, replaced as a whole or not at all."""

from __future__ import annotations

import json
import os
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from carrierx.errors import ExportError

__all__ = ["ExportCursor", "write_all"]

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

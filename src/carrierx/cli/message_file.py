"""Files of messages: CSV with a header, or JSON Lines, from a path or standard input."""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final, cast

import typer

from carrierx.cli.failures import CommandError
from carrierx.cli.line_numbers import ALL_LINES, LineNumbers
from carrierx.cli.output import Line, Prose
from carrierx.cli.wording import explained_rule

if TYPE_CHECKING:
    from carrierx.cli.session import Session
    from carrierx.errors import BrokenRule
    from carrierx.models.send_request import SendMessageRequest

__all__ = [
    "DefaultSender",
    "FileFormat",
    "FormatOption",
    "InvalidRow",
    "MessageFile",
    "MessagePath",
    "Row",
    "refusal_of",
]

MessagePath = Annotated[
    str, typer.Argument(metavar="FILE|-", help="The messages, as CSV or JSON Lines; - for standard input.")
]
DefaultSender = Annotated[
    str | None, typer.Option("--from", metavar="NUMBER", help="The sender of messages that don't name one.")
]

_COLUMNS: Final = {
    "from": "from",
    "to": "to",
    "message": "message",
    "text": "message",
    "media_urls": "media_urls",
    "group_recipients": "group_recipients",
    "reference": "reference",
}
_LISTS: Final = frozenset({"media_urls", "group_recipients"})
_KNOWN: Final = "from, to, message, media_urls, group_recipients and reference"
_COLUMN_LIKE: Final = re.compile(r"(?!.*\d{5})[A-Za-z_][\w -]{0,29}")
_SHOWN_ROWS: Final = 20


class FileFormat(Enum):
    """Format of a file of messages."""

    CSV = "csv"
    JSONL = "jsonl"


FormatOption = Annotated[
    FileFormat | None,
    typer.Option("--format", help="The format. Default: by the file's extension; JSON Lines for standard input."),
]


@dataclass(frozen=True, slots=True)
class Row:
    """A message of a file.

    Attributes:
        line: Its line in the file, from 1.
        request: The checked message, with its reference as `user_data`.
        reference: Its reference.
        has_own_reference: Whether the file names the reference.
    """

    line: int
    request: SendMessageRequest
    reference: str
    has_own_reference: bool


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """A line of a file that is no valid message.

    Attributes:
        line: The line, from 1.
        rules: The broken rules.
    """

    line: int
    rules: tuple[BrokenRule, ...]


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file of messages, which can be read several times.

    Attributes:
        name: Its name, for errors and commands.
        file_format: Its format.
        sender: The sender of messages that don't name one.
        lines: The lines to read.
    """

    name: str
    file_format: FileFormat
    sender: str | None
    lines: LineNumbers
    _path: Path | None = field(repr=False)
    _content: bytes = field(repr=False)

    @classmethod
    def opened(
        cls,
        session: Session,
        name: str,
        file_format: FileFormat | None,
        sender: str | None,
        lines: LineNumbers = ALL_LINES,
    ) -> MessageFile:
        """Find the file. Standard input and pipes are read into memory, because they can be read only once.

        Raises:
            CommandError: It can't be read, or its format is unknown.
        """
        if name == "-":
            session.claim_stdin("FILE -")
            return cls(name, file_format or FileFormat.JSONL, sender, lines, None, sys.stdin.buffer.read())
        path = Path(name)
        chosen = file_format or _FORMATS.get(path.suffix.lower())
        try:
            if path.is_dir():
                raise CommandError(f"{name} is a folder. Give a file.")
            if path.is_file():
                path.open("rb").close()  # so that a file that can't be read is told before anything else
                content = b""
            else:
                content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{name} can't be read: {error.strerror or error}.") from error
        if chosen is None:
            raise CommandError(
                f"The format of {name} is unknown: it ends neither in .csv nor in .jsonl. Give --format."
            )
        return cls(name, chosen, sender, lines, path if path.is_file() else None, content)

    def is_same_as(self, path: Path) -> bool:
        """Tell whether a path leads to this file, which would be lost if it were written to."""
        return self._path is not None and path.exists() and self._path.samefile(path)

    def rows(self) -> Iterator[Row | InvalidRow]:
        """Read the messages, one at a time.

        Raises:
            CommandError: The file isn't UTF-8, or its header is wrong.
        """
        opened = io.BytesIO(self._content) if self._path is None else self._path.open("rb")
        with opened as binary, io.TextIOWrapper(cast("IO[bytes]", binary), encoding="utf-8-sig", newline="") as text:
            fields = self._csv(text) if self.file_format is FileFormat.CSV else self._json_lines(text)
            try:
                for line, given in fields:
                    if line in self.lines:
                        yield given if isinstance(given, InvalidRow) else self._checked(line, given)
            except UnicodeDecodeError as error:
                raise CommandError(f"{self.name} is not UTF-8. Save it as UTF-8.") from error

    def _json_lines(self, text: IO[str]) -> Iterator[tuple[int, Mapping[str, object] | InvalidRow]]:
        for number, line in enumerate(text, 1):
            if not line.strip():
                continue
            try:
                value: object = json.loads(line, object_pairs_hook=_unique_fields)
            except _RepeatedFieldError:
                yield number, _invalid(number, "A field occurs twice. Write each field once.")
                continue
            except (ValueError, RecursionError):
                yield number, _invalid(number, "It is not valid JSON. Write one object on each line.")
                continue
            if isinstance(value, dict):
                yield number, cast("Mapping[str, object]", value)
            else:
                yield number, _invalid(number, "It is not a JSON object with the fields of a message.")

    def _csv(self, text: IO[str]) -> Iterator[tuple[int, Mapping[str, object] | InvalidRow]]:
        reader = csv.reader(text, strict=True)
        columns: list[str] | None = None
        last = 0
        try:
            for cells in reader:
                number, last = last + 1, reader.line_num  # a quoted text can span lines
                if not any(cell.strip() for cell in cells):
                    continue
                if columns is None:
                    columns = self._columns(cells)
                elif len(cells) != len(columns):
                    yield number, _invalid(number, f"It has {len(cells)} columns, and the header has {len(columns)}.")
                else:
                    yield number, _fields(dict(zip(columns, cells, strict=True)))
        except csv.Error as error:
            raise CommandError(f"{self.name}, line {reader.line_num}: it is not well-formed CSV: {error}.") from error
        if columns is None:
            raise CommandError(f"{self.name} is empty. Its first line must name the columns: {_KNOWN}.")

    def _columns(self, cells: list[str]) -> list[str]:
        columns = list[str]()
        for cell in cells:
            name = _COLUMNS.get(cell.strip().lower())
            if name is None:
                shown = f" {cell.strip()!r}" if _COLUMN_LIKE.fullmatch(cell.strip()) else ""
                raise CommandError(
                    f"{self.name}: the first line must name columns, and there is no column{shown}. Known: {_KNOWN}."
                )
            if name in columns:
                raise CommandError(f"{self.name}: two columns are named {name}.")
            columns.append(name)
        return columns

    def _checked(self, line: int, given: Mapping[str, object]) -> Row | InvalidRow:
        from carrierx.errors import BrokenRule, InvalidArgumentError, InvalidMessageError
        from carrierx.models.send_request import SendMessageRequest
        from carrierx.resources.reconcile import checked_reference

        fields = dict(given)
        reference = fields.pop("reference", None)
        if not any(fields.get(name) for name in ("from", "from_", "from_did")):
            fields["from"] = self.sender
        mark, problems = secrets.token_hex(13), tuple[BrokenRule, ...]()
        if reference is not None:
            try:
                mark = checked_reference(reference)
            except InvalidArgumentError as error:
                problems = (BrokenRule("reference", "reference_invalid", str(error)),)
        try:
            request = SendMessageRequest.parse({**fields, "user_data": mark})
        except InvalidMessageError as error:
            problems += error.broken_rules
        else:
            if not problems:
                return Row(line, request, mark, reference is not None)
        return InvalidRow(line, problems)


_FORMATS: Final = {".csv": FileFormat.CSV, ".jsonl": FileFormat.JSONL, ".ndjson": FileFormat.JSONL}


class _RepeatedFieldError(Exception):
    """A JSON object has a field twice. Python would silently take the last one."""


def _unique_fields(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _RepeatedFieldError
    return fields


def _fields(cells: Mapping[str, str]) -> dict[str, object]:
    """Return the fields of a row. An empty cell is a missing field; a list is separated by spaces."""
    return {
        name: value.split() if name in _LISTS else value if name == "message" else value.strip()
        for name, value in cells.items()
        if value.strip()
    }


def _invalid(line: int, explanation: str) -> InvalidRow:
    from carrierx.errors import BrokenRule

    return InvalidRow(line, (BrokenRule("(line)", "unreadable", explanation),))


def refusal_of(invalid: list[InvalidRow], count: int, name: str) -> CommandError:
    """Return the error for a file with invalid messages.

    Args:
        invalid: The first of them.
        count: The number of invalid messages.
        name: The name of the file.
    """
    from carrierx.cli.failures import rule_document

    lines: list[Line] = [
        Prose(f"line {row.line}: {_field(rule)}{explained_rule(rule, in_file=True)}")
        for row in invalid[:_SHOWN_ROWS]
        for rule in row.rules
    ]
    if count > _SHOWN_ROWS:
        lines.append(Prose(f"... and {count - _SHOWN_ROWS} more."))
    documents = {str(row.line): [rule_document(rule, in_file=True) for rule in row.rules] for row in invalid}
    text = f"{count} message{'' if count == 1 else 's'} of {name} {'is' if count == 1 else 'are'} invalid."
    return CommandError(text, *lines, details={"lines": documents})


def _field(rule: BrokenRule) -> str:
    return "" if rule.field == "(line)" else f"{rule.field}: "

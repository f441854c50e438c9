"""`carrierx records`: list and export detail records, by which CarrierX bills."""

from __future__ import annotations

from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import typer

from carrierx.cli.failures import CommandError
from carrierx.cli.help import CommandGroup, Leaf
from carrierx.cli.options import FilterText, Full, Limit, Order
from carrierx.cli.output import Fact
from carrierx.cli.session import Session, command

__all__ = ["app"]

app: Final = typer.Typer(cls=CommandGroup, help="List and export detail records.", no_args_is_help=True)


class ExportFormat(Enum):
    """Format of an export."""

    JSONL = "jsonl"
    CSV = "csv"


@app.command("list", cls=Leaf)
@command
def list_records(
    session: Session,
    filter_: FilterText = None,
    order: Order = "date_insert desc",
    limit: Limit = 20,
    full: Full = False,
) -> None:
    """List detail records, the newest first."""
    from carrierx.cli.documents import RecordList
    from carrierx.cli.show import listed, record_entry

    with session.client() as client:
        found = client.detail_records.iterate(
            filter=filter_, order=order, page_size=min(limit + 1, 1000), max_items=limit + 1
        )
        records = list(islice(found, limit + 1))
    has_more, shown = len(records) > limit, records[:limit]
    session.show(
        RecordList(items=tuple(shown), has_more=has_more).to_json(),
        listed([record_entry(each, full=full) for each in shown], has_more=has_more, what="detail records"),
    )


@app.command("export", cls=Leaf)
@command
def export_records(
    session: Session,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", readable=False, help="A .jsonl or .csv file: new, or of an earlier export."),
    ],
    format_: Annotated[
        ExportFormat | None, typer.Option("--format", help="The format. Default: by the file's extension.")
    ] = None,
    filter_: FilterText = None,
    min_age: Annotated[
        float,
        typer.Option("--min-age", metavar="SECONDS", help="Leave younger records for the next export."),
    ] = 0,
    page_size: Annotated[
        int, typer.Option("--page-size", metavar="COUNT", min=1, max=1000, help="The records in one step.")
    ] = 1000,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file and start again from the first record.")
    ] = False,
) -> None:
    """Append new records to a file, each exactly once.

    The position is kept in a small file next to it. An export that was interrupted goes on where it stopped.
    """
    _check_place(file, force=force)
    from carrierx.cli.documents import Export

    with session.client() as client:
        if force and file.exists():
            # The old file goes only if CarrierX answers: it may have refused the token or the filter.
            client.detail_records.list(filter=filter_, limit=1)
        if force:
            for path in (file, _cursor_of(file)):
                path.unlink(missing_ok=True)
        session.note("Exporting. Ctrl-C stops it, and the next export goes on from there.")
        result = client.detail_records.export(
            file,
            format=None if format_ is None else format_.value,
            filter=filter_,
            page_size=page_size,
            min_age=min_age,
        )
    document = Export(file=str(file), records=result.records, total=result.total_records, last=result.cursor)
    lines = [
        Fact("new records", str(result.records)),
        Fact("in the file", str(result.total_records)),
        Fact("file", str(file)),
        *([Fact("last", result.cursor)] if result.cursor is not None else []),
    ]
    session.show_done("The records were exported", document.to_json(), lines)


def _cursor_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.cursor")


def _check_place(file: Path, *, force: bool) -> None:
    if file.is_dir():
        raise CommandError(f"{file} is a folder. Give a file.")
    if not file.parent.is_dir():
        raise CommandError(f"The folder {file.parent} does not exist.")
    if file.exists() and file.stat().st_size and not _cursor_of(file).exists() and not force:
        raise CommandError(
            f"{file} exists and is not the file of an export. Give another file, or replace it with --force."
        )

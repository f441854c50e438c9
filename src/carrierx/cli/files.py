"""`carrierx files`: upload, read and delete the media of MMS."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from carrierx.cli.failures import CommandError, Effect
from carrierx.cli.help import CommandGroup, Leaf
from carrierx.cli.new_file import check_new_file, open_new_binary_file
from carrierx.cli.options import Confirmed, Force
from carrierx.cli.output import Command, Fact, Line, Prose, terminal
from carrierx.cli.session import Session, command

if TYPE_CHECKING:
    from carrierx.events import UploadProgress
    from carrierx.models.file import File

__all__ = ["app"]

app: Final = typer.Typer(cls=CommandGroup, help="Upload, read and delete the media of MMS.", no_args_is_help=True)

FileSid = Annotated[str, typer.Argument(metavar="FILE_SID", help="The file's SID, as upload prints it.")]
_LARGE: Final = 1_000_000


@app.command("upload", cls=Leaf)
@command
def upload_file(
    session: Session,
    path: Annotated[str, typer.Argument(metavar="FILE|-", help="The file; - for standard input.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Its name at CarrierX. Default: its own name.")
    ] = None,
    content_type: Annotated[
        str | None, typer.Option("--content-type", metavar="TYPE", help="Its media type, for a name without extension.")
    ] = None,
    container_sid: Annotated[
        str | None, typer.Option("--container-sid", metavar="SID", help="The container. Default: the first one.")
    ] = None,
) -> None:
    """Store a file at CarrierX.

    Prints its public link, for --media-url.
    """
    session.effect = Effect(
        "Not uploaded.", "UNCONFIRMED: the file may be stored; another upload would store a second one."
    )
    if path != "-" and Path(path).is_dir():
        raise CommandError(f"{path} is a folder. Give a file.")
    if path == "-":
        session.claim_stdin("FILE -")
        content = sys.stdin.buffer.read()
        source: bytes | Path = content
        size = len(content)
    else:
        source, size = Path(path), Path(path).stat().st_size
    with session.client() as client, _progress(session, size) as on_progress:
        file = client.files.upload(
            source,
            name=name,
            content_type=content_type,
            container_sid=container_sid,
            on_progress=on_progress,
        )
    lines: list[Line] = [Fact("file_sid", file.file_sid)]
    if file.publish_uri:
        lines += [Prose("Its public link, for --media-url:"), Fact("publish_uri", file.publish_uri)]
    session.show_done("The file was uploaded", file.to_dict(), lines)


@contextmanager
def _progress(session: Session, size: int) -> Generator[Callable[[UploadProgress], None]]:
    console = terminal(stderr=True)
    if size < _LARGE or session.json or session.options.quiet or not console.is_terminal:
        yield lambda _event: session.note_progress()
        return
    from rich.progress import BarColumn, DownloadColumn, Progress

    with Progress(BarColumn(bar_width=None), DownloadColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=size)

        def show(event: UploadProgress) -> None:
            session.note_progress()
            progress.update(task, completed=event.bytes_sent)

        yield show


@app.command("get", cls=Leaf)
@command
def get_file(
    session: Session,
    file_sid: FileSid,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", readable=False, help="Also download it to this new file."),
    ] = None,
    force: Force = False,
) -> None:
    """Read the description of a file, and download it if you want."""
    if output is not None:
        check_new_file(output, "--output", force=force)
    with session.client() as client:
        file = client.files.get(file_sid)
        if output is not None:
            content = client.files.download(file_sid)
            with open_new_binary_file(output, "--output", force=force) as opened:
                opened.write(content)
    session.show(file.to_dict(), _described(file, output))


def _described(file: File, output: Path | None) -> list[Line]:
    from carrierx.cli.show import object_facts

    lines = object_facts(file, full=True)
    return lines if output is None else [*lines, Fact("output", str(output))]


@app.command("delete", cls=Leaf)
@command
def delete_file(session: Session, file_sid: FileSid, yes: Confirmed = False) -> None:
    """Delete a file permanently. An MMS that is being delivered might still need it."""
    from carrierx.cli.documents import Deletion

    session.effect = Effect(
        "Not deleted.",
        "UNCONFIRMED: the file may be deleted.",
        advice=(Prose("Look whether it's still there:"), Command("carrierx", "files", "get", file_sid)),
    )
    session.confirm("Delete the file permanently?", yes=yes, what_instead="Nothing was deleted.")
    with session.client() as client:
        client.files.delete(file_sid)
    session.show_done(
        "The file was deleted", Deletion(file_sid=file_sid, deleted=True).to_json(), [Prose("The file was deleted.")]
    )

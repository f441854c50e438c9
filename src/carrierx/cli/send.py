"""`carrierx send`: one message, from the command line."""

from __future__ import annotations

import os
import secrets
from typing import Annotated

import typer

from carrierx.cli.output import ExitCode, complain
from carrierx.cli.send_check import checked_request, refuse_several
from carrierx.cli.send_report import SendWatch, errors_told, show_dry_run, show_receipt

__all__ = ["send"]

_HOW_TO_LOG_IN = (
    "There is no token: set the environment variable CARRIERX_TOKEN. You can create tokens in the CarrierX portal "
    "under Account > Security Tokens. To try without an account, run carrierx demo or carrierx emulator."
)


def send(
    context: typer.Context,
    from_: Annotated[
        str, typer.Option("--from", metavar="NUMBER", help="The sender: one of your numbers, or a short code.")
    ],
    to: Annotated[list[str], typer.Option("--to", metavar="NUMBER", help="The recipient, with the country code.")],
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="The text, in quotes. Required unless there are media.")
    ] = None,
    media_url: Annotated[
        list[str] | None,
        typer.Option("--media-url", metavar="URL", help="A picture or other media. Makes it an MMS. Repeatable."),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="NUMBER", help="Another recipient. Makes it a group MMS. Repeatable."),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", metavar="REFERENCE", help="Your own short, unique reference. Default: random."),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", metavar="URL", help="The API's URL. Default: CARRIERX_BASE_URL, or CarrierX's."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the message, show what would be sent, and send nothing.")
    ] = False,
) -> None:
    """Send one SMS or MMS."""
    refuse_several("--to", to, "For a group MMS with several recipients, use --group.")
    refuse_several("TEXT", [text, *context.args], "Put the text in quotes.")
    # Made here and not by the client, so that we know it however the send ends.
    mark = secrets.token_hex(13) if reference is None else reference
    watch = SendWatch()
    with errors_told(watch, mark):
        request = checked_request(from_, to[0], text, media_url, group)
        if dry_run:
            show_dry_run(request, reference, base_url)
            return
        if "CARRIERX_TOKEN" not in os.environ:
            complain("Not sent.", _HOW_TO_LOG_IN)
            raise typer.Exit(ExitCode.INVALID)
        # Imported here because `--help` doesn't need the HTTP library.
        from carrierx.client import CarrierXClient

        with CarrierXClient(base_url=base_url, on_event=watch) as client:
            message = client.messages.send(request, reference=mark)
    show_receipt(message, mark)

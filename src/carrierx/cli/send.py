"""`carrierx send`: one message, from the command line."""

from __future__ import annotations

import os
import secrets
import warnings
from typing import TYPE_CHECKING, Annotated

import typer

from carrierx.cli.output import ExitCode, complain
from carrierx.cli.send_report import SendWatch, errors_told, show_dry_run, show_receipt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from carrierx.models.send_request import SendMessageRequest

__all__ = ["send"]

_NO_TOKEN = (
    "There is no token: set the environment variable CARRIERX_TOKEN. Tokens are made in the CarrierX portal under "
    "Account > Security Tokens."
)


def send(
    from_: Annotated[
        str, typer.Option("--from", metavar="NUMBER", help="The sender: a number of yours, or a short code.")
    ],
    to: Annotated[
        list[str], typer.Option("--to", metavar="NUMBER", help="The recipient, with the country code; once.")
    ],
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]", help="The text, in quotes; needed without --media-url.")
    ] = None,
    media_url: Annotated[
        list[str] | None,
        typer.Option("--media-url", metavar="URL", help="A picture or other media; makes it an MMS. Up to 10 times."),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="NUMBER", help="A further recipient; makes it a group MMS. Repeatable."),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", metavar="MARK", help="Your own short unique mark; otherwise one is made."),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", metavar="URL", help="Where the API is; else CARRIERX_BASE_URL, else CarrierX."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the message, show what would be sent, and send nothing.")
    ] = False,
) -> None:
    """Send one SMS or MMS."""
    recipient, words = _only_one("--to", to), _only_one("TEXT", text or [])
    if recipient is None:
        raise typer.BadParameter("give the recipient's number", param_hint="--to")
    fields: dict[str, object] = {
        "from": from_,
        "to": recipient,
        "message": words,
        "media_urls": media_url or None,
        "group_recipients": group or None,
    }
    # Made here and not by the client, so that it is known however the send ends.
    mark = secrets.token_hex(13) if reference is None else reference
    watch = SendWatch()
    with errors_told(watch, mark):
        request = _checked(fields)
        if dry_run:
            show_dry_run(request, reference, base_url)
            return
        if "CARRIERX_TOKEN" not in os.environ:
            complain("Not sent.", _NO_TOKEN)
            raise typer.Exit(ExitCode.INVALID)
        # Here, since `--help` and a dry run have no need of the HTTP library.
        from carrierx.client import CarrierXClient

        with CarrierXClient(base_url=base_url, on_event=watch) as client:
            message = client.messages.send(request, reference=mark)
    show_receipt(message, mark)


def _only_one(name: str, values: Sequence[str]) -> str | None:
    # Without this the last one would win in silence, and a text without quotes would lose all words but one.
    if len(values) > 1:
        hint = "For several recipients of one MMS use --group." if name == "--to" else "Put the text in quotes."
        complain("Not sent.", f"{name} takes one value and got {len(values)}. {hint}")
        raise typer.Exit(ExitCode.INVALID)
    return values[0] if values else None


def _checked(fields: dict[str, object]) -> SendMessageRequest:
    from carrierx.models.numbers import AmbiguousNumberWarning
    from carrierx.models.send_request import SendMessageRequest

    with warnings.catch_warnings():
        # A warning comes too late for somebody who types a command, so it is made an error below.
        warnings.simplefilter("ignore", AmbiguousNumberWarning)
        request = SendMessageRequest.parse(fields)
    ambiguous = list(_ambiguous(fields, request))
    if ambiguous:
        complain("Not sent: it is not clear which number is meant.", *ambiguous)
        raise typer.Exit(ExitCode.INVALID)
    return request


def _ambiguous(fields: dict[str, object], request: SendMessageRequest) -> Iterator[str]:
    from carrierx.models.numbers import is_ambiguous

    given = [("from", fields["from"], request.from_), ("to", fields["to"], request.to)]
    group = fields["group_recipients"]
    if isinstance(group, list):
        given += [
            (f"group_recipients[{position}]", text, request.group_recipients[position])
            for position, text in enumerate(group)
        ]
    for name, text, number in given:
        if is_ambiguous(str(text), number):
            yield (
                f"{name}: It has ten digits and no +. Write a US number with its leading 1, and another country's with "
                "a + before the country code."
            )

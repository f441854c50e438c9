"""`carrierx send`: one message, from the command line."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from carrierx.cli.failures import SENDING, CommandError
from carrierx.cli.messages import Until
from carrierx.cli.options import PriceFile, Within, check_waits
from carrierx.cli.output import Fact, Line, OutputError, Prose, write_lines
from carrierx.cli.session import Session, command, text_from
from carrierx.cli.signals import deferring

if TYPE_CHECKING:
    from carrierx.client import CarrierXClient
    from carrierx.models.message import Message
    from carrierx.models.send_request import SendMessageRequest

__all__ = ["send"]


@command
def send(
    session: Session,
    context: typer.Context,
    from_: Annotated[
        str, typer.Option("--from", metavar="NUMBER", help="The sender: one of your numbers, or a short code.")
    ],
    to: Annotated[list[str], typer.Option("--to", metavar="NUMBER", help="The recipient, with the country code.")],
    text: Annotated[
        str | None,
        typer.Argument(metavar="TEXT|-", help="The text, in quotes, or - for standard input. Optional with media."),
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
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it's delivered.")] = False,
    until: Until = None,
    within: Within = 60,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the message, show its segments and price, and send nothing.")
    ] = False,
    prices: PriceFile = None,
) -> None:
    """Send one SMS or MMS."""
    session.effect = SENDING
    _refuse_several("--to", to, "For a group MMS with several recipients, use --group.")
    _refuse_several("TEXT", [text, *context.args], "Put the text in quotes.")
    if (until or prices is not None) and not (wait if until else dry_run):
        raise CommandError(
            "--until goes with --wait." if until else "--prices goes with --dry-run.", heading="Not sent."
        )
    check_waits(within=within)
    text = text_from(session, text)
    if dry_run:
        from carrierx.cli.dry_run import show_dry_run

        request = _checked_request(from_, to[0], text, media_url, group)
        show_dry_run(session, request, reference, prices)
        return
    # Made here and not by the client, so that we know it however the send ends.
    session.reference = secrets.token_hex(13) if reference is None else reference
    request = _checked_request(from_, to[0], text, media_url, group)
    with session.client() as client:
        message = client.messages.send(request, reference=session.reference)
        if not wait:
            _show_receipt(session, message, session.reference)
            return
        _wait(session, client, message, session.reference, until or ["delivered"], within)


def _refuse_several(name: str, values: Sequence[object], hint: str) -> None:
    """Refuse an option that was given more than once.

    Otherwise the last one would win silently, and a text without quotes would lose all words but one.
    """
    if len(values) > 1:
        raise CommandError(f"{name} accepts one value but got {len(values)}. {hint}")


def _checked_request(
    from_: str, to: str, text: str | None, media_urls: Sequence[str] | None, group: Sequence[str] | None
) -> SendMessageRequest:
    from carrierx.models.send_request import SendMessageRequest

    return SendMessageRequest.parse(
        {"from": from_, "to": to, "message": text, "media_urls": media_urls, "group_recipients": list(group or ())}
    )


def _wait(
    session: Session, client: CarrierXClient, message: Message, reference: str, until: Sequence[str], within: float
) -> None:
    """Wait for a status. Whatever happens, the receipt is printed, because the message was accepted."""
    session.accepted = True
    if session.json:
        session.effect = None  # the receipt comes at the end
    else:
        _show_receipt(session, message, reference)
    session.note(f"Waiting until it's {' or '.join(until)}, at most {within:g} s ...")
    try:
        message = client.messages.wait(message.message_sid, until=until, within=within)
    finally:
        if session.json:
            _show_receipt(session, message, reference)
    if not session.json:
        write_lines([Fact("status", str(message.status))])


def _show_receipt(session: Session, message: Message, reference: str) -> None:
    from carrierx.cli.documents import Receipt

    facts: list[Line] = [
        Fact("message_sid", message.message_sid),
        Fact("status", str(message.status)),
        Fact("reference", reference),
    ]
    document = Receipt(outcome="accepted", reference=reference, message=message).to_json()
    with deferring():
        session.effect = None
        try:
            session.show(document, [Prose("Accepted for sending."), *facts])
        except OutputError as error:
            # The message was sent. If we failed now, the user might send it again.
            text = f"The message was sent, but the receipt can't be written: {error}."
            write_lines([Prose(text), *facts], stderr=True)

"""`carrierx messages`: list, read, watch and reconcile messages."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final

import typer

from carrierx.cli.exit_codes import ExitCode
from carrierx.cli.failures import CommandError
from carrierx.cli.help import CommandGroup, Leaf
from carrierx.cli.options import FilterText, Full, Limit, Order, check_waits, checked_time
from carrierx.cli.output import Line, Prose
from carrierx.cli.session import Session, command

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from carrierx.client import CarrierXClient
    from carrierx.models.detail_record import DetailRecord
    from carrierx.models.message import Message

__all__ = ["Until", "app", "follow"]

_NEWEST: Final = 100
"""The messages that a look at the account's newest ones reads."""

app: Final = typer.Typer(cls=CommandGroup, help="List, read, watch and reconcile messages.", no_args_is_help=True)

MessageSid = Annotated[str, typer.Argument(metavar="MESSAGE_SID", help="The message's SID, as send prints it.")]
Interval = Annotated[float, typer.Option("--interval", metavar="SECONDS", help="The seconds between two looks.")]
Until = Annotated[
    list[str] | None,
    typer.Option("--until", metavar="STATUS", help="The status to wait for. Repeatable. Default: delivered."),
]


@app.command("list", cls=Leaf)
@command
def list_messages(
    session: Session,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="NUMBER", help="Only messages from this sender.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="NUMBER", help="Only messages to this recipient.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="STATUS", help="Only messages with this status.")
    ] = None,
    sent_after: Annotated[
        str | None, typer.Option("--sent-after", metavar="TIME", help="Only messages created at this time or later.")
    ] = None,
    sent_before: Annotated[
        str | None, typer.Option("--sent-before", metavar="TIME", help="Only messages created before this time.")
    ] = None,
    filter_: FilterText = None,
    order: Order = "date_created desc",
    limit: Limit = 20,
    full: Full = False,
) -> None:
    """List messages, the newest first."""
    after, before = checked_time(sent_after), checked_time(sent_before)
    from carrierx.cli.documents import MessageList
    from carrierx.cli.show import listed, message_entry

    with session.client() as client:
        found = client.messages.iterate(
            filter=filter_,
            from_=from_,
            to=to,
            status=status,
            sent_after=after,
            sent_before=before,
            order=order,
            page_size=min(limit + 1, 1000),
            max_items=limit + 1,
        )
        messages = list(found)
    has_more, shown = len(messages) > limit, messages[:limit]
    session.show(
        MessageList(items=tuple(shown), has_more=has_more).to_json(),
        listed([message_entry(each, full=full) for each in shown], has_more=has_more, what="messages"),
    )


@app.command("get", cls=Leaf)
@command
def get_message(session: Session, message_sid: MessageSid, full: Full = False) -> None:
    """Read one message."""
    from carrierx.cli.show import object_facts

    with session.client() as client:
        message = client.messages.get(message_sid)
    session.show(message.to_dict(), object_facts(message, full=full))


@app.command("watch", cls=Leaf)
@command
def watch_messages(
    session: Session,
    message_sid: Annotated[
        str | None,
        typer.Argument(metavar="[MESSAGE_SID]", help="The message. Default: all new messages of the account."),
    ] = None,
    until: Until = None,
    within: Annotated[
        float | None,
        typer.Option(
            "--within",
            metavar="SECONDS",
            help="The most seconds to watch. Default: 300, or no limit for all.",
        ),
    ] = None,
    interval: Interval = 2,
    full: Full = False,
) -> None:
    """Follow a message, or all new ones.

    With a MESSAGE_SID, it ends when the message is delivered. Without one, it ends at Ctrl-C.
    """
    check_waits(within=within, interval=interval)
    if message_sid is None:
        if until:
            raise typer.BadParameter("it needs a MESSAGE_SID", param_hint="--until")
        with session.client() as client:
            session.note("Watching for new messages. Press Ctrl-C to stop.")
            _watch_account(session, client, within, interval, full=full)
        return
    with session.client() as client:
        follow(session, client, message_sid, until or ["delivered"], within or 300, interval, full=full)


def follow(
    session: Session,
    client: CarrierXClient,
    message_sid: str,
    until: Collection[str],
    within: float,
    interval: float,
    *,
    full: bool = False,
) -> None:
    """Show each status of a message until it has one of the wanted ones.

    Raises:
        WaitTimeoutError: It hasn't yet.
    """
    from carrierx.errors import WaitTimeoutError

    end = time.monotonic() + within
    shown: str | None = None
    while True:
        message = client.messages.get(message_sid)
        status = str(message.status or "none")
        if status != shown:
            _show_status(session, message, full=full)
            shown = status
        if status in until:
            return
        left = end - time.monotonic()
        if left <= 0:
            raise WaitTimeoutError(
                f"After {within:g} s the message has the status {status}, not yet {' or '.join(sorted(until))}. It may "
                "still get there.",
                message_sid=message.message_sid,
                status=status,
            )
        time.sleep(min(interval, left))


def _show_status(session: Session, message: Message, *, full: bool) -> None:
    from carrierx.cli.show import message_entry

    session.show_item(message.to_dict(), [message_entry(message, full=full)])


def _watch_account(
    session: Session, client: CarrierXClient, within: float | None, interval: float, *, full: bool
) -> None:
    end = None if within is None else time.monotonic() + within
    seen = {message.message_sid: message.status for message in _newest(client)}
    while end is None or time.monotonic() < end:
        time.sleep(interval if end is None else max(0.0, min(interval, end - time.monotonic())))
        for message in reversed(list(_newest(client))):
            if message.message_sid not in seen or seen[message.message_sid] != message.status:
                seen[message.message_sid] = message.status
                _show_status(session, message, full=full)


def _newest(client: CarrierXClient) -> Iterator[Message]:
    return islice(client.messages.list(order="date_created desc", limit=_NEWEST), _NEWEST)


@app.command("reconcile", cls=Leaf)
@command
def reconcile_message(
    session: Session,
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="The reference that the send printed.")],
    sent_after: Annotated[
        str | None,
        typer.Option("--sent-after", metavar="TIME", help="A time before the send: leave out older ones."),
    ] = None,
    settle: Annotated[
        float | None,
        typer.Option(
            "--settle",
            metavar="SECONDS",
            help="How long an accepted message may stay invisible. Default: 10, or 60 with --records.",
        ),
    ] = None,
    known: Annotated[
        str | None,
        typer.Option(
            "--known", metavar="REFERENCE", help="A reference that must be found: it proves that lookups work."
        ),
    ] = None,
    records: Annotated[bool, typer.Option("--records", help="Look in the detail records instead.")] = False,
    full: Full = False,
) -> None:
    """Find out whether an unconfirmed message was sent.

    Without --known, only a message that is found proves anything: CarrierX doesn't document these lookups.
    """
    after = checked_time(sent_after)
    with session.client() as client:
        if known is not None and _look_up(client, known, None, 0, records=records) is None:
            raise CommandError(
                "--known was not found, so finding nothing would prove nothing. Give the reference of a message that "
                "CarrierX accepted.",
                code=ExitCode.UNCONFIRMED,
            )
        wait = settle if settle is not None else 60 if records else 10
        session.note(f"Looking for the reference, up to {2 * wait:g} s ...")
        found = _look_up(client, reference, after, wait, records=records)
    _show_reconciled(session, reference, found, full=full)


def _look_up(
    client: CarrierXClient, reference: str, after: datetime | None, settle: float, *, records: bool
) -> Message | DetailRecord | None:
    resource = client.detail_records if records else client.messages
    return resource.reconcile(reference, sent_after=after, settle=settle)


def _show_reconciled(session: Session, reference: str, found: Message | DetailRecord | None, *, full: bool) -> None:
    from carrierx.cli.documents import Reconciliation
    from carrierx.cli.show import object_facts
    from carrierx.models.message import Message

    document = Reconciliation(
        reference=reference,
        outcome="not_sent" if found is None else "accepted",
        safe_to_resend=found is None,
        message=found if isinstance(found, Message) else None,
        record=None if isinstance(found, Message) else found,
    )
    lines: list[Line] = [Prose("It was not sent. You can send it again.")]
    if found is not None:
        lines = [Prose("It was sent: CarrierX accepted it. Don't send it again."), *object_facts(found, full=full)]
    session.show(document.to_json(), lines)

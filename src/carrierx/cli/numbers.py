"""`carrierx numbers`: your numbers, numbers to rent, and messaging on a number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from carrierx.cli.exit_codes import ExitCode
from carrierx.cli.failures import CommandError, Effect
from carrierx.cli.help import CommandGroup, Leaf
from carrierx.cli.options import Confirmed, FilterText, Full, Limit, Order, Within, check_waits
from carrierx.cli.output import Command, Prose
from carrierx.cli.session import Session, command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from carrierx.client import CarrierXClient
    from carrierx.models.did import Did
    from carrierx.models.filters import Filter
    from carrierx.models.messaging_enablement import MessagingEnablement

__all__ = ["app", "find_number"]

_NUMBER: Final = re.compile(r"\+?[\d\s().-]{7,}")
_PREFIX: Final = re.compile(r"\+?(?P<digits>\d{1,15})")
_LOOK: Final = Command("carrierx", "numbers", "list")

app: Final = typer.Typer(cls=CommandGroup, help="List, rent and enable phone numbers.", no_args_is_help=True)

NumberOrSid = Annotated[str, typer.Argument(metavar="NUMBER|DID_SID", help="One of your numbers, or its SID.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until messaging is enabled.")]


@app.command("list", cls=Leaf)
@command
def list_numbers(
    session: Session,
    textable: Annotated[bool, typer.Option("--textable", help="Only numbers that can send SMS now.")] = False,
    filter_: FilterText = None,
    order: Order = None,
    limit: Limit = 20,
    full: Full = False,
) -> None:
    """List your numbers."""
    with session.client() as client:
        read = client.dids.textable if textable else client.dids.iterate
        numbers = read(filter=filter_, order=order, page_size=min(limit + 1, 1000), max_items=limit + 1)
        _show_list(session, numbers, limit, full=full, what="numbers")


@app.command("get", cls=Leaf)
@command
def get_number(session: Session, number: NumberOrSid, full: Full = False) -> None:
    """Read one of your numbers."""
    from carrierx.cli.documents import without_secrets
    from carrierx.cli.show import object_facts

    with session.client() as client:
        did = find_number(client, number)
    session.show(without_secrets(did.to_dict()), object_facts(did, full=full))


@app.command("search", cls=Leaf)
@command
def search_numbers(
    session: Session,
    prefix: Annotated[
        str | None, typer.Argument(metavar="PREFIX", help="The first digits, from the country code on: 1516.")
    ] = None,
    filter_: FilterText = None,
    order: Order = None,
    limit: Limit = 20,
) -> None:
    """Search for numbers to rent. They are shown completely, because nobody has them."""
    from carrierx.models.filters import where

    chosen: str | Filter | None = filter_
    if prefix is not None:
        digits = _PREFIX.fullmatch(prefix)
        if digits is None or filter_ is not None:
            raise CommandError("Give the first digits of the numbers, such as 1516, or --filter.")
        chosen = where("phonenumber").like(f"{digits['digits']}%")
    with session.client() as client:
        found = client.dids.iterate_available(
            filter=chosen, order=order, page_size=min(limit + 1, 1000), max_items=limit + 1
        )
        _show_list(session, found, limit, full=True, what="numbers to rent")


@app.command("rent", cls=Leaf)
@command
def rent_number(
    session: Session,
    number: Annotated[
        str | None, typer.Argument(metavar="NUMBER", help="The number to rent. Default: the first free one.")
    ] = None,
    callback_url: Annotated[
        str | None, typer.Option("--callback-url", metavar="URL", help="Where CarrierX posts the number's messages.")
    ] = None,
    yes: Confirmed = False,
) -> None:
    """Rent a number. It costs money until you give it back."""
    from carrierx.cli.documents import without_secrets
    from carrierx.cli.show import object_facts

    session.effect = Effect(
        "Not rented.",
        "UNCONFIRMED: the number may be rented; do not rent it again.",
        advice=(Prose("First look through your numbers:"), _LOOK),
    )
    session.confirm(
        "Rent the number? It costs money until you give it back." if number else "Rent the first free number?",
        yes=yes,
        what_instead="Nothing was rented.",
    )
    with session.client() as client:
        did = client.dids.rent(number, callback_url=callback_url, confirm=True)
    enable = Command("carrierx", "numbers", "enable", did.did_sid)
    lines = [*object_facts(did, full=True), Prose("To text from it, enable messaging:"), enable]
    session.show_done("The number was rented", without_secrets(did.to_dict()), lines)


@app.command("enable", cls=Leaf)
@command
def enable_number(
    session: Session,
    number: NumberOrSid,
    kind: Annotated[
        str, typer.Option("--type", metavar="a2p|p2p", help="a2p, or p2p, which CarrierX's support must allow first.")
    ] = "a2p",
    campaign_sid: Annotated[
        str | None, typer.Option("--campaign-sid", metavar="SID", help="The 10DLC campaign; for a2p.")
    ] = None,
    p2p_nnid: Annotated[str | None, typer.Option("--p2p-nnid", metavar="ID", help="The NetNumber ID; for p2p.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Change the type, campaign or ID of a number that is enabled.")
    ] = False,
    wait: Wait = False,
    within: Within = 300,
    yes: Confirmed = False,
) -> None:
    """Enable messaging on a number. CarrierX charges a monthly fee for it."""
    chosen: Literal["a2p", "p2p"] = "p2p" if kind == "p2p" else "a2p"
    if kind != chosen:
        raise CommandError("--type must be a2p or p2p.")
    session.effect = _change_of("enabled")
    check_waits(within=within)
    session.confirm(
        "Enable messaging? CarrierX charges a monthly fee for the number.", yes=yes, what_instead="Nothing was changed."
    )
    with session.client() as client:
        sid = _sid_of(client, number)
        state = client.dids.enable_messaging(
            sid, type=chosen, campaign_sid=campaign_sid, p2p_nnid=p2p_nnid, force=force
        )
        if not wait:
            _show_state(session, state)
            return
        session.effect, session.accepted = None, True
        session.note(f"Waiting until it's enabled, at most {within:g} s ...")
        state = client.dids.wait_until_enabled(sid, within=within)
    _show_state(session, state)


@app.command("disable", cls=Leaf)
@command
def disable_number(session: Session, number: NumberOrSid) -> None:
    """Disable messaging on a number.

    The number can no longer send or receive messages.
    """
    session.effect = _change_of("disabled")
    with session.client() as client:
        state = client.dids.disable_messaging(_sid_of(client, number))
    _show_state(session, state)


def _change_of(done: str) -> Effect:
    return Effect(
        f"Not {done}.",
        f"UNCONFIRMED: messaging may be {done}.",
        advice=(Prose("Look at the number:"), _LOOK),
    )


def _show_state(session: Session, state: MessagingEnablement) -> None:
    from carrierx.cli.show import object_facts

    session.show_done("The request was accepted", state.to_dict(), object_facts(state))


def _show_list(session: Session, found: Iterable[Did], limit: int, *, full: bool, what: str) -> None:
    from carrierx.cli.documents import NumberList, without_secrets
    from carrierx.cli.show import listed, number_entry

    numbers = list(found)
    has_more, shown = len(numbers) > limit, numbers[:limit]
    session.show(
        without_secrets(NumberList(items=tuple(shown), has_more=has_more).to_json()),
        listed([number_entry(each, full=full) for each in shown], has_more=has_more, what=what),
    )


def find_number(client: CarrierXClient, number_or_sid: str) -> Did:
    """Find one of the account's numbers by its digits or its SID.

    Raises:
        CommandError: The account has no such number.
    """
    from carrierx.models.filters import where
    from carrierx.models.phone_number import PhoneNumber

    if not _NUMBER.fullmatch(number_or_sid):
        return client.dids.get(number_or_sid)
    digits = PhoneNumber(number_or_sid).wire
    for did in client.dids.list(filter=where("phonenumber").eq(digits), limit=1):
        return did
    raise CommandError("The account has no such number. Look through your numbers:", _LOOK, code=ExitCode.REFUSED)


def _sid_of(client: CarrierXClient, number_or_sid: str) -> str:
    return find_number(client, number_or_sid).did_sid if _NUMBER.fullmatch(number_or_sid) else number_or_sid

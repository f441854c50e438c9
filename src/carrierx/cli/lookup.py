"""`carrierx lookup`: what CarrierX knows about a number."""

from __future__ import annotations

from typing import Annotated

import typer

from carrierx.cli.options import Full
from carrierx.cli.session import Session, command

__all__ = ["lookup"]


@command
def lookup(
    session: Session,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The number, with its country code.")],
    carrier: Annotated[bool, typer.Option("--carrier", help="Ask for the company that serves it.")] = False,
    cnam: Annotated[bool, typer.Option("--cnam", help="Ask for the caller's name.")] = False,
    lrn: Annotated[bool, typer.Option("--lrn", help="Ask for the location routing number.")] = False,
    country_code: Annotated[
        str | None, typer.Option("--country-code", metavar="CODE", help="The country, as three letters: USA.")
    ] = None,
    full: Full = False,
) -> None:
    """Look up any phone number. CarrierX doesn't say whether it charges for this."""
    from carrierx.cli.show import object_facts

    with session.client() as client:
        found = client.lookup.get(number, carrier=carrier, cnam=cnam, lrn=lrn, country_code=country_code)
    session.show(found.to_dict(), object_facts(found, full=full))

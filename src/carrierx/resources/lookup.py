"""The call that looks a number up."""

from __future__ import annotations

import re

from carrierx.errors import InvalidArgumentError
from carrierx.models.lookup import NumberLookup
from carrierx.options import check_count
from carrierx.resources.arguments import checked_number, checked_switch, checked_text, quoted
from carrierx.transport.call import Call

__all__ = ["lookup_call"]


_COUNTRY = re.compile(r"[A-Z]{3}")
_DETAILS_HINT = "For details it also needs lookup.dids.allow_carrier, lookup.dids.allow_cnam or lookup.dids.allow_lrn."


def lookup_call(
    phonenumber: object,
    *,
    carrier: object,
    cnam: object,
    lrn: object,
    hlr: object,
    country_code: object,
    cnam_ttl: object,
    guess: object,
    default_region: str | None,
) -> Call[NumberLookup]:
    """Turn a number, and what is asked about it, into the call that looks it up.

    Raises:
        InvalidArgumentError: An argument can't be one.
    """
    number = checked_number("phonenumber", phonenumber, default_region, may_lack_country=country_code is not None)
    asked = {"carrier": carrier, "cnam": cnam, "lrn": lrn, "hlr": hlr}
    query = [(name, "true") for name, value in asked.items() if checked_switch(name, value)]
    if country_code is not None:
        if not isinstance(country_code, str) or not _COUNTRY.fullmatch(country_code):
            raise InvalidArgumentError("country_code must be three capital letters of ISO 3166-1: USA, CAN, CZE.")
        query.append(("country_code", country_code))
    if cnam_ttl is not None:
        check_count("cnam_ttl", cnam_ttl, InvalidArgumentError)
        query.append(("cnam_ttl", str(cnam_ttl)))
    if guess is not None:
        query.append(("guess", checked_text("guess", guess)))
    return Call(
        "GET",
        f"/lookup/dids/{quoted(number)}",
        NumberLookup,
        query=query,
        scopes=("lookup.dids.read",),
        scope_hint=_DETAILS_HINT,
        operation="lookup.get",
        path_template="/lookup/dids/{phonenumber}",
    )

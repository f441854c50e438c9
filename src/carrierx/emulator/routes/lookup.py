"""Lookup of a phone number.

Source: the page about it. All characters except digits are removed from the number, as documented, so
`+1(562) 349-90-00` is 15623499000. Assumptions: an invalid number gets a 400; `cnam` and `lrn` are strings, since the
samples have only null; `country_code` USA or CAN completes a number of ten digits; otherwise it, `hlr`, `cnam_ttl` and
`guess` are checked but have no effect. The carriers are the emulator's own.
"""

from __future__ import annotations

import re
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.rate_list import RATES
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import bad_request, forbidden
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, json_response
from carrierx.emulator.openapi.parameters import LOOKUP
from carrierx.emulator.rules.numbers import NumberPlace, is_number, place_of

_DETAILS: Final = ("carrier", "cnam", "lrn")
_PARAMETERS: Final = (*_DETAILS, "hlr", "cnam_ttl", "country_code", "guess")
_NOT_A_DIGIT: Final = re.compile(r"[^0-9]+")
_NATIONAL_DIGITS: Final = 10
_COUNTRY: Final = re.compile(r"[A-Z]{3}")


def _look_up(_: Account, routed: RoutedRequest) -> EmulatorResponse:
    parameters = routed.parameters(_PARAMETERS)
    wanted = [name for name in _DETAILS if parameters.flag(name)]
    parameters.flag("hlr")
    parameters.whole_number("cnam_ttl", 0)
    country = parameters.text("country_code") or ""
    if country and not _COUNTRY.fullmatch(country):
        raise bad_request("must be an ISO 3166-1 alpha-3 code", "country_code")
    for name in wanted:
        if f"lookup.dids.allow_{name}" not in routed.scopes:
            raise forbidden([f"lookup.dids.allow_{name}"])
    number = _NOT_A_DIGIT.sub("", routed.path_parameters["phonenumber"])
    if not is_number(number):
        raise bad_request("must be a phone number", "phonenumber")
    if country in ("USA", "CAN") and len(number) == _NATIONAL_DIGITS:
        number = f"1{number}"
    place = place_of(number)
    known = {"carrier": _carrier(number, place), "cnam": "CARRIERX EMULATOR", "lrn": number}
    return json_response(
        200,
        {
            "country_code": place.country_code,
            "details": {name: known[name] if name in wanted else None for name in _DETAILS},
            "e164_format": f"+{number}",
            "in_country_format": place.in_country_format,
            "international_format": place.international_format,
            "phonenumber": number,
            "state": place.state,
        },
    )


def _carrier(number: str, place: NumberPlace) -> JSONObject | None:
    networks = [rate for rate in RATES if rate.country_code == place.country_code]
    if not networks:
        return None
    network = networks[int(number) % len(networks)]
    name = (network.network or network.country_name).upper()
    return {"mcc": str(network.mcc), "mnc": str(network.mnc), "name": name, "type": "mobile"}


ROUTES: Final = (
    Route(
        "GET",
        f"{BASE_PATH}/lookup/dids/{{phonenumber}}",
        ("lookup.dids.read",),
        _look_up,
        Operation("lookup.get", "Look up a number", "Lookup", parameters=LOOKUP),
    ),
)
"""The operations of this module."""

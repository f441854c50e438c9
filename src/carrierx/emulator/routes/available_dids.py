"""Numbers that can be rented.

Left out: the documented filter `nearby`, since the emulator knows no locations. It is refused like any
unknown operator.
"""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import unknown_sid
from carrierx.emulator.http.types import EmulatorResponse, json_response
from carrierx.emulator.openapi.parameters import LIST
from carrierx.emulator.routes.dids import DID_ATTRIBUTES, available_dids
from carrierx.emulator.store.listing import LIST_PARAMETERS, page_answer, read_list_query

_SCOPES: Final = ("phonenumber.manage", "phonenumber.read")


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request = routed.request
    query = read_list_query(routed.parameters(LIST_PARAMETERS), DID_ATTRIBUTES)
    dids = available_dids(account)
    return json_response(200, page_answer(request, query, dids, show_total=False, link_next=account.config.link_next))


def _get(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    for did in available_dids(account):
        if did["did_sid"] == routed.path_parameters["did_sid"]:
            return json_response(200, did)
    raise unknown_sid()


_PATH: Final = f"{BASE_PATH}/phonenumber/available_dids"

ROUTES: Final = (
    Route(
        "GET",
        _PATH,
        _SCOPES,
        _list,
        Operation("dids.available", "List numbers that can be rented", "AvailableDidList", parameters=LIST),
    ),
    Route(
        "GET",
        f"{_PATH}/{{did_sid}}",
        _SCOPES,
        _get,
        Operation("dids.get_available", "Read a number that can be rented", "AvailableDid"),
    ),
)
"""The operations of this module."""

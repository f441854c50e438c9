"""Short codes: list, read and change them. Only CarrierX's support creates one.

Source: the pages about short codes. Assumptions: the attributes that the object's page doesn't mark as read-only can be
set; the scopes of a change are those of DID groups; PUT resets fields that a body leaves out to their defaults;
`with_related` has no effect.
"""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, json_response
from carrierx.emulator.openapi.parameters import LIST, WITH_RELATED
from carrierx.emulator.rules.patching import Setting, any_object, patched, text, text_or_null, url_or_null
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, page_answer, read_list_query

_READ_SCOPES: Final = ("phonenumber.manage", "phonenumber.read")
_CHANGE_SCOPES: Final = ("phonenumber.manage", "phonenumber.update")

_ATTRIBUTES: Final = Attributes.of(
    texts=(
        "callback_url country_code did_group_sid locality lrn_sid name partner_sid short_code short_code_sid state"
        " string_key_1 string_key_2"
    )
)
_SETTINGS: Final = {
    "attributes": Setting(any_object, {}),
    "callback_url": Setting(url_or_null),
    "did_group_sid": Setting(text_or_null),
    "name": Setting(text, "N/A"),
    "string_key_1": Setting(text_or_null),
    "string_key_2": Setting(text_or_null),
}


def _view(account: Account, short_code: JSONObject) -> JSONObject:
    return {**short_code, "partner_sid": account.config.partner_sid}


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request, config = routed.request, account.config
    parameters = routed.parameters((*LIST_PARAMETERS, "with_related"))
    parameters.flag("with_related")
    query = read_list_query(parameters, _ATTRIBUTES, ("with_related",))
    short_codes = [_view(account, short_code) for short_code in account.short_codes.all()]
    return json_response(
        200, page_answer(request, query, short_codes, show_total=config.show_total, link_next=config.link_next)
    )


def _get(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters(("with_related",)).flag("with_related")
    short_code = account.short_codes.find(routed.path_parameters["short_code_sid"])
    if short_code is None:
        raise unknown_sid()
    return json_response(200, _view(account, short_code))


def _change(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    body, replace = read_json_object(routed.request), routed.request.method == "PUT"

    def change(current: JSONObject) -> JSONObject:
        wanted = patched(_view(account, current), body, _SETTINGS, "a short code", replace=replace)
        return {name: wanted[name] for name in current}

    changed = account.short_codes.update(routed.path_parameters["short_code_sid"], change)
    if changed is None:
        raise unknown_sid()
    return json_response(200, _view(account, changed))


_PATH: Final = f"{BASE_PATH}/phonenumber/short_codes"

ROUTES: Final = (
    Route(
        "GET",
        _PATH,
        _READ_SCOPES,
        _list,
        Operation("short_codes.list", "List short codes", "ShortCodeList", parameters=(*LIST, WITH_RELATED)),
    ),
    Route(
        "GET",
        f"{_PATH}/{{short_code_sid}}",
        _READ_SCOPES,
        _get,
        Operation("short_codes.get", "Read a short code", "ShortCode", parameters=(WITH_RELATED,)),
    ),
    Route(
        "PATCH",
        f"{_PATH}/{{short_code_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation("short_codes.update", "Change a short code", "ShortCode", "ChangedShortCode"),
    ),
    Route(
        "PUT",
        f"{_PATH}/{{short_code_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation("short_codes.replace", "Replace the settings of a short code", "ShortCode", "ChangedShortCode"),
    ),
)
"""The operations of this module."""

"""Groups of numbers: list, create, read and change them.

Source: the pages about DID groups. Assumptions: `callback_url` must be a URL or null; PUT resets fields that a body
leaves out to their defaults; `with_related` has no effect.
"""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, json_response
from carrierx.emulator.openapi.parameters import LIST, WITH_RELATED
from carrierx.emulator.rules.patching import Setting, patched, text, url_or_null
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, page_answer, read_list_query
from carrierx.emulator.store.new_objects import new_did_group

_READ_SCOPES: Final = ("phonenumber.manage", "phonenumber.read")
_CREATE_SCOPES: Final = ("phonenumber.manage", "phonenumber.create")
_CHANGE_SCOPES: Final = ("phonenumber.manage", "phonenumber.update")

_ATTRIBUTES: Final = Attributes.of(texts="callback_url did_group_sid name partner_sid")
_SETTINGS: Final = {"callback_url": Setting(url_or_null), "name": Setting(text, "N/A")}


def _view(account: Account, group: JSONObject) -> JSONObject:
    return {**group, "partner_sid": account.config.partner_sid}


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request, config = routed.request, account.config
    parameters = routed.parameters((*LIST_PARAMETERS, "with_related"))
    parameters.flag("with_related")
    query = read_list_query(parameters, _ATTRIBUTES, ("with_related",))
    groups = [_view(account, group) for group in account.did_groups.all()]
    return json_response(
        200, page_answer(request, query, groups, show_total=config.show_total, link_next=config.link_next)
    )


def _create(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    sid = account.new_sid()
    group = patched(new_did_group(sid), read_json_object(routed.request), _SETTINGS, "a DID group")
    account.did_groups.add(sid, group)
    return json_response(200, _view(account, group))


def _get(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters(("with_related",)).flag("with_related")
    group = account.did_groups.find(routed.path_parameters["did_group_sid"])
    if group is None:
        raise unknown_sid()
    return json_response(200, _view(account, group))


def _change(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    body, replace = read_json_object(routed.request), routed.request.method == "PUT"

    def change(current: JSONObject) -> JSONObject:
        wanted = patched(_view(account, current), body, _SETTINGS, "a DID group", replace=replace)
        return {name: wanted[name] for name in current}

    changed = account.did_groups.update(routed.path_parameters["did_group_sid"], change)
    if changed is None:
        raise unknown_sid()
    return json_response(200, _view(account, changed))


_PATH: Final = f"{BASE_PATH}/phonenumber/did_groups"

ROUTES: Final = (
    Route(
        "GET",
        _PATH,
        _READ_SCOPES,
        _list,
        Operation("did_groups.list", "List groups of numbers", "DidGroupList", parameters=(*LIST, WITH_RELATED)),
    ),
    Route(
        "POST",
        _PATH,
        _CREATE_SCOPES,
        _create,
        Operation("did_groups.create", "Create a group of numbers", "DidGroup", "ChangedDidGroup"),
    ),
    Route(
        "GET",
        f"{_PATH}/{{did_group_sid}}",
        _READ_SCOPES,
        _get,
        Operation("did_groups.get", "Read a group of numbers", "DidGroup", parameters=(WITH_RELATED,)),
    ),
    Route(
        "PATCH",
        f"{_PATH}/{{did_group_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation("did_groups.update", "Change a group of numbers", "DidGroup", "ChangedDidGroup"),
    ),
    Route(
        "PUT",
        f"{_PATH}/{{did_group_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation("did_groups.replace", "Replace the settings of a group of numbers", "DidGroup", "ChangedDidGroup"),
    ),
)
"""The operations of this module."""

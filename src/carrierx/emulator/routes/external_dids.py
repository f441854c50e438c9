"""Numbers of other providers: list, read and change them.

Source: the pages about external DIDs. `capabilities` can't change, and all of them are active until
messaging is disabled. Left out:
registering a number, which CarrierX's support must prepare.
"""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import JSONObject, Response, json_response
from carrierx.emulator.openapi.parameters import LIST, WITH_RELATED
from carrierx.emulator.rules.enablement import DISABLED, status_of
from carrierx.emulator.rules.patching import Setting, any_object, patched, text, text_or_null, url_or_null
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, page_answer, read_list_query

_READ_SCOPES: Final = ("phonenumber.manage", "phonenumber.read")
_CHANGE_SCOPES: Final = ("phonenumber.manage", "phonenumber.update")

_ATTRIBUTES: Final = Attributes.of(
    texts=(
        "callback_url campaign_sid classification_sid country_code external_did_sid in_country_format"
        " international_format locality lrn_sid name partner_sid phonenumber state status string_key_1 string_key_2"
        " underlying_carrier_sid"
    ),
    numbers="active_capabilities capabilities id",
)
_SETTINGS: Final = {
    "attributes": Setting(any_object, {}),
    "callback_url": Setting(url_or_null),
    "name": Setting(text, "N/A"),
    "string_key_1": Setting(text_or_null),
    "string_key_2": Setting(text_or_null),
}


def _view(account: Account, did: JSONObject) -> JSONObject:
    known = account.did_messaging.find(str(did["external_did_sid"]))
    state = DISABLED if known is None else known
    active = known is None or status_of(known, account.now(), account.config.enabling_takes) == "enabled"
    return {
        **did,
        "active_capabilities": did["capabilities"] if active else 0,
        "campaign_sid": state["campaign_sid"],
        "partner_sid": account.config.partner_sid,
    }


def _list(account: Account, routed: RoutedRequest) -> Response:
    request, config = routed.request, account.config
    parameters = routed.parameters((*LIST_PARAMETERS, "with_related"))
    parameters.flag("with_related")
    query = read_list_query(parameters, _ATTRIBUTES, ("with_related",))
    dids = [_view(account, did) for did in account.external_dids.all()]
    return json_response(
        200, page_answer(request, query, dids, show_total=config.show_total, link_next=config.link_next)
    )


def _get(account: Account, routed: RoutedRequest) -> Response:
    routed.parameters(("with_related",)).flag("with_related")
    did = account.external_dids.find(routed.path_parameters["external_did_sid"])
    if did is None:
        raise unknown_sid()
    return json_response(200, _view(account, did))


def _change(account: Account, routed: RoutedRequest) -> Response:
    routed.parameters()
    sid = routed.path_parameters["external_did_sid"]
    did = account.external_dids.find(sid)
    if did is None:
        raise unknown_sid()
    body, replace = read_json_object(routed.request), routed.request.method == "PUT"
    shown = _view(account, did)

    def change(current: JSONObject | None) -> JSONObject:
        wanted = patched({**shown, **(current or {})}, body, _SETTINGS, "an external DID", replace=replace)
        return {name: wanted[name] for name in did}

    return json_response(200, _view(account, account.external_dids.change(sid, change)))


_PATH: Final = f"{BASE_PATH}/phonenumber/external_dids"

ROUTES: Final = (
    Route(
        "GET",
        _PATH,
        _READ_SCOPES,
        _list,
        Operation(
            "external_dids.list", "List numbers of other providers", "ExternalDidList", parameters=(*LIST, WITH_RELATED)
        ),
    ),
    Route(
        "GET",
        f"{_PATH}/{{external_did_sid}}",
        _READ_SCOPES,
        _get,
        Operation("external_dids.get", "Read a number of another provider", "ExternalDid", parameters=(WITH_RELATED,)),
    ),
    Route(
        "PATCH",
        f"{_PATH}/{{external_did_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation("external_dids.update", "Change a number of another provider", "ExternalDid", "ChangedExternalDid"),
    ),
    Route(
        "PUT",
        f"{_PATH}/{{external_did_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation(
            "external_dids.replace",
            "Replace the settings of a number of another provider",
            "ExternalDid",
            "ChangedExternalDid",
        ),
    ),
)
"""The operations of this module."""

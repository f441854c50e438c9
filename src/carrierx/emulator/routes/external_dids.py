"""Numbers of other providers: register, list, read, change and delete them.

Source: the pages about external DIDs. `capabilities` can't change, and all of them are active until messaging is
disabled. A list shows fewer attributes than a single number, and a new number has no `id`, as in the samples.
Assumptions: the number and its capabilities are required; a number that the account already has, or that can be rented
from CarrierX, is refused with 409; any provider is accepted; the path of the deletion has an underscore, although its
page writes a hyphen.
"""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import ErrorEntry, conflict, invalid_object, unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, json_response
from carrierx.emulator.openapi.parameters import LIST, WITH_RELATED
from carrierx.emulator.rules.enablement import DISABLED, status_of
from carrierx.emulator.rules.numbers import is_number
from carrierx.emulator.rules.patching import Setting, any_object, patched, text, text_or_null, url_or_null
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, page_answer, read_list_query
from carrierx.emulator.store.new_objects import MESSAGING, new_external_did
from carrierx.emulator.store.seed_data import AVAILABLE_DIDS

_READ_SCOPES: Final = ("phonenumber.manage", "phonenumber.read")
_CREATE_SCOPES: Final = ("phonenumber.manage", "phonenumber.create")
_DELETE_SCOPES: Final = ("phonenumber.manage", "phonenumber.delete")
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


def _number(value: object) -> str | None:
    return None if isinstance(value, str) and is_number(value) else "must be a phone number in E.164 digits"


def _capabilities(value: object) -> str | None:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MESSAGING and not value & ~MESSAGING
    return None if known else "must be a sum of some of 1, 2, 8 and 16"


_NEW_SETTINGS: Final = {
    **_SETTINGS,
    "capabilities": Setting(_capabilities),
    "phonenumber": Setting(_number),
    "underlying_carrier_sid": Setting(text_or_null),
}


def _view(account: Account, did: JSONObject) -> JSONObject:
    return {
        **_listed(account, did),
        "lata": None,
        "ocn": None,
        "ocn_block": None,
        "provider_sid": "319ddc05-657f-4867-ba99-5ec70bf1096f",
    }


def _listed(account: Account, did: JSONObject) -> JSONObject:
    known = account.did_messaging.find(str(did["external_did_sid"]))
    state = DISABLED if known is None else known
    active = known is None or status_of(known, account.now(), account.config.enabling_takes) == "enabled"
    return {
        **did,
        "active_capabilities": did["capabilities"] if active else 0,
        "campaign_sid": state["campaign_sid"],
        "partner_sid": account.config.partner_sid,
    }


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request, config = routed.request, account.config
    parameters = routed.parameters((*LIST_PARAMETERS, "with_related"))
    parameters.flag("with_related")
    query = read_list_query(parameters, _ATTRIBUTES, ("with_related",))
    dids = [_listed(account, did) for did in account.external_dids.all()]
    return json_response(
        200, page_answer(request, query, dids, show_total=config.show_total, link_next=config.link_next)
    )


def _register(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    wanted = patched({}, read_json_object(routed.request), _NEW_SETTINGS, "an external DID")
    missing = [ErrorEntry(name, "is required") for name in ("phonenumber", "capabilities") if name not in wanted]
    if missing:
        raise invalid_object(missing)
    phonenumber, sid = str(wanted["phonenumber"]), account.new_sid()
    known = conflict("the account already has this number", "phonenumber")
    if account.dids.find_by("phonenumber", phonenumber):
        raise known
    if any(did["phonenumber"] == phonenumber for did in AVAILABLE_DIDS.values()):
        raise conflict("the number belongs to CarrierX: rent it instead", "phonenumber")
    new = new_external_did(sid, phonenumber, int(str(wanted["capabilities"])), None) | wanted
    if not account.external_dids.add(sid, new, unique="phonenumber"):
        raise known
    shown = _view(account, new)
    return json_response(200, {name: value for name, value in shown.items() if name != "id"})


def _delete(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    sid = routed.path_parameters["external_did_sid"]
    if not account.external_dids.remove(sid):
        raise unknown_sid()
    account.did_messaging.remove(sid)
    return EmulatorResponse(204)


def _get(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters(("with_related",)).flag("with_related")
    did = account.external_dids.find(routed.path_parameters["external_did_sid"])
    if did is None:
        raise unknown_sid()
    return json_response(200, _view(account, did))


def _change(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    sid = routed.path_parameters["external_did_sid"]
    did = account.external_dids.find(sid)
    if did is None:
        raise unknown_sid()
    body, replace = read_json_object(routed.request), routed.request.method == "PUT"
    shown = _view(account, did)

    def change(current: JSONObject) -> JSONObject:
        wanted = patched({**shown, **current}, body, _SETTINGS, "an external DID", replace=replace)
        return {name: wanted[name] for name in current}

    changed = account.external_dids.update(sid, change)
    if changed is None:
        raise unknown_sid()
    return json_response(200, _view(account, changed))


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
        "POST",
        _PATH,
        _CREATE_SCOPES,
        _register,
        Operation(
            "external_dids.register",
            "Register a number of another provider",
            "ExternalDid",
            "NewExternalDid",
            errors=(409,),
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
    Route(
        "DELETE",
        f"{_PATH}/{{external_did_sid}}",
        _DELETE_SCOPES,
        _delete,
        Operation("external_dids.delete", "Delete a number of another provider", None, success=204),
    ),
)
"""The operations of this module."""

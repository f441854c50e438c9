"""Messaging on a number: enable it, disable it, read its state."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import ErrorEntry, conflict, invalid_object, unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, json_response
from carrierx.emulator.openapi.parameters import FORCE
from carrierx.emulator.rules.enablement import DISABLED, changed_state, enablement_object
from carrierx.emulator.store.new_objects import MESSAGING, is_released
from carrierx.emulator.store.object_table import ObjectTable

_CHANGE_SCOPES: Final = ("phonenumber.create", "phonenumber.manage")
_READ_SCOPES: Final = ("phonenumber.manage", "phonenumber.read")


def _change_did(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    did_sid = routed.path_parameters["did_sid"]
    if account.external_dids.find(did_sid) is not None:
        raise invalid_object([ErrorEntry(None, "messaging on an external DID can't be changed here")])
    return json_response(200, _shown(account, did_sid, _changed(account, routed, account.dids, did_sid)))


def _get_did(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    did_sid = routed.path_parameters["did_sid"]
    _refuse_without_messaging(account.dids.find(did_sid))
    return json_response(200, _shown(account, did_sid, account.did_messaging.find(did_sid) or DISABLED))


def _change_external_did(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    sid = routed.path_parameters["external_did_sid"]
    state = _changed(account, routed, account.external_dids, sid)
    return json_response(200, enablement_object(sid, state, account.now(), account.config.enabling_takes))


def _get_external_did(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    sid = routed.path_parameters["external_did_sid"]
    _refuse_without_messaging(account.external_dids.find(sid))
    state = account.did_messaging.find(sid) or DISABLED
    return json_response(200, enablement_object(sid, state, account.now(), account.config.enabling_takes))


def _refuse_without_messaging(did: JSONObject | None) -> None:
    if did is None or not int(str(did["capabilities"])) & MESSAGING:
        raise unknown_sid()


def _changed(account: Account, routed: RoutedRequest, dids: ObjectTable, sid: str) -> JSONObject:
    _refuse_unusable(dids.find(sid))
    force = routed.parameters(("force",)).flag("force")
    body, now = read_json_object(routed.request), account.now()

    def change(did: JSONObject, state: JSONObject | None) -> JSONObject:
        _refuse_unusable(did)
        return changed_state(DISABLED if state is None else state, body, now, force=force)

    changed = account.did_messaging.set_for(dids, sid, change)
    if changed is None:
        raise unknown_sid()
    return changed


def _refuse_unusable(did: JSONObject | None) -> None:
    _refuse_without_messaging(did)
    if did is not None and is_released(did):
        raise conflict("the number is released")


def _shown(account: Account, did_sid: str, state: JSONObject) -> JSONObject:
    """Return the enablement object of a rented DID. Only the samples of external DIDs have a `p2p_nnid` of null."""
    shown = enablement_object(did_sid, state, account.now(), account.config.enabling_takes)
    return {name: value for name, value in shown.items() if name != "p2p_nnid" or value is not None}


_DID: Final = f"{BASE_PATH}/phonenumber/dids/{{did_sid}}/messaging"
_EXTERNAL_DID: Final = f"{BASE_PATH}/phonenumber/external_dids/{{external_did_sid}}/messaging"

ROUTES: Final = (
    Route(
        "GET",
        _DID,
        _READ_SCOPES,
        _get_did,
        Operation("dids.get_messaging", "Read the messaging state of a number", "Enablement"),
    ),
    Route(
        "POST",
        _DID,
        _CHANGE_SCOPES,
        _change_did,
        Operation(
            "dids.enable_messaging",
            "Enable or disable messaging on a number",
            "Enablement",
            "NewEnablement",
            (FORCE,),
            (409,),
        ),
    ),
    Route(
        "GET",
        _EXTERNAL_DID,
        _READ_SCOPES,
        _get_external_did,
        Operation(
            "external_dids.get_messaging", "Read the messaging state of a number of another provider", "Enablement"
        ),
    ),
    Route(
        "POST",
        _EXTERNAL_DID,
        _CHANGE_SCOPES,
        _change_external_did,
        Operation(
            "external_dids.enable_messaging",
            "Enable or disable messaging on a number of another provider",
            "Enablement",
            "NewEnablement",
            (FORCE,),
            (409,),
        ),
    ),
)
"""The operations of this module."""

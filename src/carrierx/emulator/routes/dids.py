"""Rented numbers: list, read, change, rent and release them.

Assumptions: one DID can be read by its SID; a number that can't be rented is refused with 422; a request for any number
gets a 404 when none is left; PUT resets fields that a body leaves out to their defaults; `with_related` has no effect.
A released number stays in the list, without messaging and without active capabilities, and can't be released again
(409) or enabled again (409); it ages forever.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import ErrorEntry, conflict, invalid_object, unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, json_response
from carrierx.emulator.openapi.parameters import LIST, TRUNK_GROUP, WITH_RELATED
from carrierx.emulator.rules.enablement import DISABLED, status_of
from carrierx.emulator.rules.fields import FieldReader
from carrierx.emulator.rules.patching import Setting, any_array, any_object, patched, text, text_or_null, url_or_null
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, page_answer, read_list_query
from carrierx.emulator.store.new_objects import AGING, VOICE, is_released
from carrierx.emulator.store.seed_data import AVAILABLE_DIDS

# The page of the list names the partners' scopes, which looks like a mistake, so either is enough.
_LIST_SCOPES: Final = ("phonenumber.manage", "phonenumber.read", "partners.manage", "partners.read")
_READ_SCOPES: Final = ("phonenumber.manage", "phonenumber.read")
_CHANGE_SCOPES: Final = ("phonenumber.manage", "phonenumber.update")
_RENT_SCOPES: Final = ("phonenumber.manage", "phonenumber.create")
_RELEASE_SCOPES: Final = ("phonenumber.manage", "phonenumber.delete")

DID_ATTRIBUTES: Final = Attributes.of(
    texts=(
        "callback_url campaign_sid classification_sid country_code did_group_sid did_sid in_country_format"
        " international_format lata locality lrn_sid name ocn partner_sid phonenumber porting_pin state status"
        " string_key_1 string_key_2 trunk_group_sid"
    ),
    numbers="active_capabilities capabilities price",
)
"""The attributes that DIDs can be filtered on and ordered by."""

_SETTINGS: Final = {
    "attributes": Setting(any_object, {}),
    "callback_url": Setting(url_or_null),
    "did_group_sid": Setting(text_or_null),
    "name": Setting(text, "N/A"),
    "porting_pin": Setting(text_or_null),
    "string_key_1": Setting(text_or_null),
    "string_key_2": Setting(text_or_null),
    "transformations": Setting(any_array, []),
    "trunk_group_sid": Setting(text_or_null),
}


def did_view(account: Account, did: JSONObject, now: datetime) -> JSONObject:
    """Return a rented DID as the API shows it."""
    state = account.did_messaging.find(str(did["did_sid"])) or DISABLED
    enabled = status_of(state, now, account.config.enabling_takes) == "enabled"
    capabilities = int(str(did["capabilities"]))
    active = capabilities if enabled else capabilities & VOICE
    return {
        **did,
        "active_capabilities": 0 if is_released(did) else active,
        "campaign_sid": state["campaign_sid"],
        "partner_sid": account.config.partner_sid,
        "status": did.get("status", "assigned"),
    }


def available_dids(account: Account) -> list[JSONObject]:
    """Return the DIDs that can be rented, as the API shows them."""
    rented = {str(did["did_sid"]) for did in account.dids.all()}
    shown: JSONObject = {"campaign_sid": None, "partner_sid": None, "status": "available"}
    return [
        {**did, **shown, "active_capabilities": int(str(did["capabilities"])) & VOICE}
        for sid, did in AVAILABLE_DIDS.items()
        if sid not in rented
    ]


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request, config, now = routed.request, account.config, account.now()
    parameters = routed.parameters((*LIST_PARAMETERS, "trunk_group_sid", "with_related"))
    parameters.flag("with_related")
    trunk_group_sid = parameters.text("trunk_group_sid")
    query = read_list_query(parameters, DID_ATTRIBUTES, ("trunk_group_sid", "with_related"))
    dids = [did_view(account, did, now) for did in account.dids.all()]
    chosen = [did for did in dids if trunk_group_sid is None or did["trunk_group_sid"] == trunk_group_sid]
    return json_response(
        200, page_answer(request, query, chosen, show_total=config.show_total, link_next=config.link_next)
    )


def _get(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters(("with_related",)).flag("with_related")
    did = account.dids.find(routed.path_parameters["did_sid"])
    if did is None:
        raise unknown_sid()
    return json_response(200, did_view(account, did, account.now()))


def _change(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    did_sid = routed.path_parameters["did_sid"]
    did = account.dids.find(did_sid)
    if did is None:
        raise unknown_sid()
    body, now = read_json_object(routed.request), account.now()
    replace = routed.request.method == "PUT"
    shown = did_view(account, did, now)

    def change(current: JSONObject) -> JSONObject:
        wanted = patched({**shown, **current}, body, _SETTINGS, "a DID", replace=replace)
        return {name: wanted[name] for name in current}

    changed = account.dids.update(did_sid, change)
    if changed is None:
        raise unknown_sid()
    return json_response(200, did_view(account, changed, now))


def _rent(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    body = read_json_object(routed.request)
    reader = FieldReader(body)
    reader.refuse_unknown({"phonenumber", "callback_url", "trunk_group_sid"}, "the renting of a DID")
    number = reader.text("phonenumber")
    if reader.errors:
        raise invalid_object(reader.errors)
    settings = {name: value for name, value in body.items() if name != "phonenumber"}
    for sid, did in AVAILABLE_DIDS.items():
        rented = patched(did, settings, _SETTINGS, "a DID")
        if (number.value is None or did["phonenumber"] == number.value) and account.dids.add(sid, rented):
            return json_response(200, did_view(account, rented, account.now()))
    if number.given:
        raise invalid_object([ErrorEntry("phonenumber", "can't be rented")])
    raise unknown_sid()


def _release(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    did_sid = routed.path_parameters["did_sid"]

    def release(did: JSONObject) -> JSONObject:
        if is_released(did):
            raise conflict("the number is released already")
        return {**did, "status": AGING}

    if account.dids.update(did_sid, release) is None:
        raise unknown_sid()
    account.did_messaging.set_for(account.dids, did_sid, lambda _did, _state: dict(DISABLED))
    return EmulatorResponse(204)


_PATH: Final = f"{BASE_PATH}/phonenumber/dids"

ROUTES: Final = (
    Route(
        "GET",
        _PATH,
        _LIST_SCOPES,
        _list,
        Operation("dids.list", "List rented numbers", "DidList", parameters=(*LIST, WITH_RELATED, TRUNK_GROUP)),
    ),
    Route("POST", _PATH, _RENT_SCOPES, _rent, Operation("dids.rent", "Rent a number", "Did", "NewDid", errors=(404,))),
    Route(
        "GET",
        f"{_PATH}/{{did_sid}}",
        _READ_SCOPES,
        _get,
        Operation("dids.get", "Read a rented number", "Did", parameters=(WITH_RELATED,)),
    ),
    Route(
        "PATCH",
        f"{_PATH}/{{did_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation("dids.update", "Change a rented number", "Did", "ChangedDid"),
    ),
    Route(
        "PUT",
        f"{_PATH}/{{did_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation("dids.replace", "Replace the settings of a rented number", "Did", "ChangedDid"),
    ),
    Route(
        "DELETE",
        f"{_PATH}/{{did_sid}}",
        _RELEASE_SCOPES,
        _release,
        Operation("dids.release", "Release a rented number", None, errors=(409,), success=204),
    ),
)
"""The operations of this module."""

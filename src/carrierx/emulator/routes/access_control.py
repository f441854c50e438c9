"""The access control lists that apply to messages.

Source: the page about effective ACLs for SMS. Assumptions: the only layer has the lists that the account's parent
assigned to it; without any, or with none of the wanted direction, there is no layer; `limit` is the number of layers,
as in the sample, or 1; another partner's SID is refused with 404. The lists have no effect on messages here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import unknown_sid
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, JSONValue, json_response
from carrierx.emulator.openapi.parameters import ACL_DIRECTIONS, EFFECTIVE_ACLS
from carrierx.emulator.store.seed_data import PARTNER_KEY

_SCOPES: Final = ("accesscontrol.manage", "accesscontrol.read")


def _effective_sms(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    parameters = routed.parameters(("direction", "partner_sid"))
    wanted = parameters.text("direction") and parameters.one_of("direction", ACL_DIRECTIONS, "")
    if parameters.text("partner_sid") not in {None, account.config.partner_sid}:
        raise unknown_sid()
    partner = account.partners.find(PARTNER_KEY) or {}
    assigned = cast("Sequence[Mapping[str, JSONValue]]", partner.get("parent_assigned_acls", ()))
    acls = [dict(acl) for acl in assigned if wanted in (None, acl["direction"])]
    layers: list[JSONObject] = [{"effective_acls": acls, "layer": 1}] if acls else []
    answer: JSONObject = {
        "count": len(layers),
        "has_more": False,
        "items": layers,
        "limit": max(1, len(layers)),
        "offset": 0,
        "pagination": {},
        "total": len(layers),
    }
    return json_response(200, answer)


ROUTES: Final = (
    Route(
        "GET",
        f"{BASE_PATH}/accesscontrol/effective_acl/sms",
        _SCOPES,
        _effective_sms,
        Operation(
            "access_control.effective_sms_acls",
            "List the access control lists that apply to messages",
            "EffectiveAclsList",
            parameters=EFFECTIVE_ACLS,
            errors=(404,),
        ),
    ),
)
"""The operations of this module."""

"""The account itself: list it, read it, change it, set the URLs for callbacks.

Assumptions: the list has only this account, since it has none below it; `callbacks` is replaced completely; its types
are those that the documentation names; money, limits and scopes are read-only; sending doesn't change the balance.
"""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, json_response
from carrierx.emulator.openapi.parameters import LIST
from carrierx.emulator.rules.patching import Setting, any_object, callback_urls, patched, text, text_or_null
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, page_answer, read_list_query
from carrierx.emulator.store.seed_data import PARTNER_KEY

_READ_SCOPES: Final = ("partners.manage", "partners.read")
_CHANGE_SCOPES: Final = ("partners.manage", "partners.update")

_ATTRIBUTES: Final = Attributes.of(
    texts=(
        "address1 address2 billing_email city company_name country_code display_id login name owner_email parent_sid"
        " partner_sid payment_type phonenumber state status tech_email zip"
    ),
    numbers="balance charge_at daily_spending_limit daily_spent_amount prepay_amount spending_limit",
    times="date_created",
)

_SETTINGS: Final = {
    "address1": Setting(text_or_null),
    "address2": Setting(text_or_null),
    "attributes": Setting(any_object, {}),
    "billing_email": Setting(text_or_null),
    "callbacks": Setting(callback_urls, {}),
    "city": Setting(text_or_null),
    "company_name": Setting(text_or_null),
    "name": Setting(text, "N/A"),
    "owner_email": Setting(text_or_null),
    "phonenumber": Setting(text_or_null),
    "state": Setting(text_or_null),
    "tech_email": Setting(text_or_null),
    "zip": Setting(text_or_null),
}


def _view(account: Account, partner: JSONObject | None) -> JSONObject:
    return {**(partner or {}), "partner_sid": account.config.partner_sid}


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request, config = routed.request, account.config
    query = read_list_query(routed.parameters(LIST_PARAMETERS), _ATTRIBUTES)
    partners = [_view(account, account.partners.find(PARTNER_KEY))]
    return json_response(
        200, page_answer(request, query, partners, show_total=config.show_total, link_next=config.link_next)
    )


def _refuse_others(account: Account, routed: RoutedRequest) -> None:
    routed.parameters()
    if routed.path_parameters["partner_sid"] != account.config.partner_sid:
        raise unknown_sid()


def _get(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    _refuse_others(account, routed)
    return json_response(200, _view(account, account.partners.find(PARTNER_KEY)))


def _change(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    _refuse_others(account, routed)
    body, replace = read_json_object(routed.request), routed.request.method == "PUT"
    partner = account.partners.update(
        PARTNER_KEY, lambda current: patched(_view(account, current), body, _SETTINGS, "a partner", replace=replace)
    )
    return json_response(200, _view(account, partner))


_PATH: Final = f"{BASE_PATH}/partners/{{partner_sid}}"

ROUTES: Final = (
    Route(
        "GET",
        f"{BASE_PATH}/partners",
        _READ_SCOPES,
        _list,
        Operation("partners.list", "List accounts", "PartnerList", parameters=LIST),
    ),
    Route("GET", _PATH, _READ_SCOPES, _get, Operation("partners.get", "Read the account", "Partner")),
    Route(
        "PATCH",
        _PATH,
        _CHANGE_SCOPES,
        _change,
        Operation("partners.set_sms_callback", "Change the account", "Partner", "ChangedPartner"),
    ),
    Route(
        "PUT",
        _PATH,
        _CHANGE_SCOPES,
        _change,
        Operation("partners.replace", "Replace the settings of the account", "Partner", "ChangedPartner"),
    ),
)
"""The operations of this module."""

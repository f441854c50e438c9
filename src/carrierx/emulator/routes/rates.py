"""The list of SMS prices by country and network."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.rate_list import RATES, Rate
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import unknown_resource
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, json_response
from carrierx.emulator.openapi.parameters import LIST
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, page_answer, read_list_query

SUB_TYPES: Final = ("short_code", "toll", "toll_free")
"""The kinds of senders that have rates. Source: the pages about rates and rating."""

_ATTRIBUTES: Final = Attributes.of(texts="country_code country_name network operator", numbers="mcc mnc price")


def known_sub_type(routed: RoutedRequest) -> str:
    """Return the kind of sender in a path.

    Raises:
        RefusedRequestError: 404, when there is no such kind. CarrierX doesn't document its status for this.
    """
    sub_type = routed.path_parameters["sub_type"]
    if sub_type not in SUB_TYPES:
        raise unknown_resource()
    return sub_type


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    sub_type = known_sub_type(routed)
    request, config = routed.request, account.config
    query = read_list_query(routed.parameters(LIST_PARAMETERS), _ATTRIBUTES)
    # According to the send page, a short code can only send to the United States.
    rates = [rate for rate in RATES if sub_type != "short_code" or rate.country_code == "USA"]
    items = [_item(account, rate) for rate in rates]
    answer = page_answer(request, query, items, show_total=config.show_total, link_next=config.link_next)
    answer |= {
        "active": "yes",
        "effective_date": "2023-10-20T00:00:00.000Z",
        "partner_sid": config.partner_sid,
        "rates_plan": {"name": "sms_retail_rates-2023-10-20", "rates_plan_sid": "832d7042-2f40-4a5a-b508-ff4d2a988d7a"},
    }
    return json_response(200, answer)


def _item(account: Account, rate: Rate) -> JSONObject:
    price = account.config.prices.sms_segment if rate.price is None else rate.price
    return {
        "country_code": rate.country_code,
        "country_name": rate.country_name,
        "mcc": rate.mcc,
        "mnc": rate.mnc,
        "network": rate.network,
        "operator": None,
        "price": f"{price:f}",
    }


ROUTES: Final = (
    Route(
        "GET",
        f"{BASE_PATH}/sms/rates/outbound/{{sub_type}}",
        ("sms.manage", "sms.read"),
        _list,
        Operation("rates.outbound", "List rates", "RateList", parameters=LIST),
    ),
)
"""The operations of this module."""

"""SMS Detail Records: read one, list them by page or by cursor."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.detail_records import Appearance, appearances, record_of, records_of
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import unknown_sid
from carrierx.emulator.http.types import Response, json_response
from carrierx.emulator.openapi.parameters import CURSOR, LIST
from carrierx.emulator.store.cursors import CURSOR_PARAMETERS, Cursor, cursor_answer, read_cursor
from carrierx.emulator.store.filters import Attributes, wanted_texts
from carrierx.emulator.store.listing import LIST_PARAMETERS, list_answer, page_answer, read_list_query
from carrierx.emulator.store.message_table import dr_sid_of

_SCOPES: Final = ("sms.manage", "sms.read")

_ATTRIBUTES: Final = Attributes.of(
    texts=(
        "a2p_campaign direction dr_sid message number_billing number_dst number_external number_src p2p_nnid"
        " partner_sid provider registration_type status type user_data vendor_error_code version"
    ),
    numbers=(
        "delay_sent mcc mcc_mnc_price mcc_mnc_rate message_segments mnc passthrough_price passthrough_rate price rate"
    ),
    times="date_changed date_insert date_sent date_start date_stop",
)

_SELECTED: Final = {
    "direction": "direction",
    "message": "message",
    "number_dst": "to",
    "number_src": "from",
    "type": "type",
    "user_data": "user_data",
}


def _list(account: Account, routed: RoutedRequest) -> Response:
    request, link_next = routed.request, account.config.link_next
    parameters = routed.parameters((*LIST_PARAMETERS, *CURSOR_PARAMETERS))
    query = read_list_query(parameters, _ATTRIBUTES)
    cursor = read_cursor(parameters, query)
    now = account.now()
    # The cursor can be a record that doesn't meet the conditions.
    wanted = wanted_texts(query.conditions, _SELECTED) if cursor is None else {}
    there = [] if wanted is None else appearances(account, account.messages.with_fields(wanted), now)
    if query.order is not None or query.conditions:
        records = records_of(account, there, now)
    elif cursor is None:
        page = records_of(account, there[query.offset : query.offset + query.limit], now)
        return json_response(200, list_answer(request, query, page, len(there), show_total=False, link_next=link_next))
    else:
        records = records_of(account, _around(cursor, query.limit, there), now)
    if cursor is None:
        return json_response(200, page_answer(request, query, records, show_total=False, link_next=link_next))
    return json_response(200, cursor_answer(request, query, cursor, records, "dr_sid", link_next=link_next))


def _around(cursor: Cursor, limit: int, there: list[Appearance]) -> list[Appearance]:
    """Return the records for a list without conditions: the cursor's own, a page, and one more."""
    found = (place for place, appearance in enumerate(there) if dr_sid_of(appearance.stored.message_sid) == cursor.sid)
    place = next(found, None)
    if place is None:
        return []
    if cursor.direction == "after":
        return there[place : place + limit + 2]
    return there[max(0, place - limit - 1) : place + 1]


def _get(account: Account, routed: RoutedRequest) -> Response:
    routed.parameters()
    record = record_of(account, routed.path_parameters["dr_sid"], account.now())
    if record is None:
        raise unknown_sid()
    return json_response(200, record)


_PATH: Final = f"{BASE_PATH}/sms/message_drs"

ROUTES: Final = (
    Route(
        "GET",
        _PATH,
        _SCOPES,
        _list,
        Operation(
            "detail_records.list", "List detail records", "DetailRecordList", parameters=(*LIST, *CURSOR), errors=(404,)
        ),
    ),
    Route(
        "GET",
        f"{_PATH}/{{dr_sid}}",
        _SCOPES,
        _get,
        Operation("detail_records.get", "Read a detail record", "DetailRecord"),
    ),
)
"""The operations of this module."""

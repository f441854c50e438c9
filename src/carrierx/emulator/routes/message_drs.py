"""SMS Detail Records: read one, list them by page or by cursor."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.detail_records import (
    RECORD_ORDER,
    record_columns,
    record_of,
    record_with_sid,
    visible_records,
)
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import unknown_sid
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, Request, json_response
from carrierx.emulator.openapi.parameters import CURSOR, LIST
from carrierx.emulator.store.cursors import CURSOR_PARAMETERS, cursor_answer, read_cursor
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, ListQuery, list_answer, page_answer, read_list_query
from carrierx.emulator.store.message_table import StoredMessage
from carrierx.emulator.store.selection import Selection, select

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


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request, link_next = routed.request, account.config.link_next
    parameters = routed.parameters((*LIST_PARAMETERS, *CURSOR_PARAMETERS))
    query = read_list_query(parameters, _ATTRIBUTES)
    cursor = read_cursor(parameters, query)
    now = account.now()
    is_random = query.order is not None and query.order.attribute is None
    order = None if is_random else query.order
    translated = select(query.conditions, order, record_columns(account.config), RECORD_ORDER)
    if translated is None or (is_random and translated[1]):
        return _every_record(account, request, query, now)
    selection, rest = translated
    selection = visible_records(account, selection, now)

    def also(stored: StoredMessage) -> bool:
        record = record_of(account, stored)
        return all(condition.holds_for(record) for condition in rest)

    def records(chosen: Selection, offset: int, limit: int) -> list[JSONObject]:
        found = account.messages.chosen(chosen, offset=offset, limit=limit, also=also if rest else None)
        return [record_of(account, stored) for stored in found]

    if cursor is None:
        # One more shows whether there is another page; nothing says how many records there are.
        if is_random:
            number = account.messages.number_up_to(selection, query.offset + query.limit + 1)
            some = account.messages.shuffled(selection, max(0, number - query.offset))
            page = [record_of(account, stored) for stored in some]
        else:
            page = records(selection, query.offset, query.limit + 1)
        total = query.offset + len(page) if page else 0
        body = list_answer(request, query, page[: query.limit], total, show_total=False, link_next=link_next)
        return json_response(200, body)
    at = record_with_sid(account, cursor.sid, now)
    if at is None:
        raise unknown_sid()
    forwards = cursor.direction == "after"
    beyond = account.messages.beyond(selection, at, forwards=forwards)
    page = records(beyond, 0, query.limit + 1)
    has_more, page = len(page) > query.limit, page[: query.limit]
    if not forwards:
        page.reverse()
    return json_response(200, cursor_answer(request, query, cursor, page, "dr_sid", has_more, link_next=link_next))


def _every_record(account: Account, request: Request, query: ListQuery, now: datetime) -> EmulatorResponse:
    """Return a page of a list in an order that the database doesn't know. Such a list has no cursor."""
    found = account.messages.chosen(visible_records(account, Selection(RECORD_ORDER), now))
    records = [record_of(account, stored) for stored in found]
    link_next = account.config.link_next
    return json_response(200, page_answer(request, query, records, show_total=False, link_next=link_next))


def _get(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    stored = record_with_sid(account, routed.path_parameters["dr_sid"], account.now())
    if stored is None:
        raise unknown_sid()
    return json_response(200, record_of(account, stored))


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

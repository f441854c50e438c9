"""Messages: send one, read one, list them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.calculated_columns import country_code_column, price_column
from carrierx.emulator.core.config import EmulatorConfig
from carrierx.emulator.core.lifecycle import QUEUED
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.core.send_rules import send_rules
from carrierx.emulator.http.errors import unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import EmulatorResponse, json_response
from carrierx.emulator.openapi.parameters import LIST
from carrierx.emulator.rules.fields import LEGACY_NAMES
from carrierx.emulator.rules.messages import check_send
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, arrange, list_answer, read_list_query
from carrierx.emulator.store.selection import Column, Comparison, Constant, Selection, select
from carrierx.emulator.timestamps import to_milliseconds

_SEND_SCOPES: Final = ("sms.manage", "sms.create")
# The documentation names no scopes for reading a message; these are those of detail records.
_READ_SCOPES: Final = ("sms.manage", "sms.read")

_ATTRIBUTES: Final = Attributes.of(
    texts="direction from message message_sid partner_sid status to type user_data",
    numbers="mcc message_segments mnc price",
    times="date_changed date_created date_status_changed",
    old_names={old: current for current, old in LEGACY_NAMES.items()},
)

_ORDER: Final = ("sequence",)
# A message is queued from the start, so its status has no time of change.
_CHANGE_OF_STATUS: Final = "CASE status WHEN 'queued' THEN NULL ELSE changed_at_milliseconds END"
_COLUMNS: Final[Mapping[str, Column | Constant]] = {
    "date_changed": Column("changed_at_milliseconds", 1000),
    "date_created": Column("accepted_at_milliseconds", 1000),
    "date_status_changed": Column(_CHANGE_OF_STATUS, 1000, base="changed_at_milliseconds"),
    "direction": Column("direction"),
    "from": Column("from_number"),
    "mcc": country_code_column(),
    "message": Column("message"),
    "message_segments": Column("segments", 1),
    "message_sid": Column("message_sid"),
    "mnc": Constant(None),
    "status": Column("status"),
    "to": Column("to_number"),
    "type": Column("kind"),
    "user_data": Column("user_data"),
}


def _send(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request = routed.request
    routed.parameters()
    send = check_send(read_json_object(request), send_rules(account))
    stored = account.store_message(send)
    return json_response(200, account.shown_object(stored, QUEUED))


def _get(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    stored, now = account.messages.find(routed.path_parameters["message_sid"]), account.now()
    if stored is None or not account.is_visible(stored.accepted_at, now):
        raise unknown_sid()
    return json_response(200, account.shown_message(stored))


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request = routed.request
    query = read_list_query(routed.parameters(LIST_PARAMETERS), _ATTRIBUTES)
    until = account.visible_until(account.now())
    is_random = query.order is not None and query.order.attribute is None
    translated = select(query.conditions, None if is_random else query.order, _columns(account.config), _ORDER)
    selection, rest = (Selection(_ORDER), query.conditions) if translated is None else translated
    if until is not None:
        selection = selection.compared(Comparison("accepted_at_milliseconds", "<=", to_milliseconds(until)))
    if translated is None or rest:
        known = account.messages.chosen(selection)
        by_sid = {stored.message_sid: stored for stored in known}
        left = replace(query, conditions=rest, order=query.order if translated is None or is_random else None)
        found = arrange([account.current_message(stored) for stored in known], left)
        total = len(found)
        page = [by_sid[str(item["message_sid"])] for item in found[query.offset : query.offset + query.limit]]
    else:
        total = account.messages.count(selection)
        limit = max(0, min(query.limit, total - query.offset))
        if not limit:
            page = []
        elif is_random:
            page = account.messages.shuffled(selection, limit)
        else:
            page = account.messages.chosen(selection, offset=query.offset, limit=limit)
    items = [account.shown_message(stored) for stored in page]
    config = account.config
    answer = list_answer(request, query, items, total, show_total=config.show_total, link_next=config.link_next)
    return json_response(200, answer)


def _columns(config: EmulatorConfig) -> dict[str, Column | Constant]:
    columns = {**_COLUMNS, "partner_sid": Constant(config.partner_sid)}
    price = price_column(config.prices)
    return columns if price is None else {**columns, "price": price}


_PATH: Final = f"{BASE_PATH}/sms/messages"

ROUTES: Final = (
    Route(
        "POST",
        _PATH,
        _SEND_SCOPES,
        _send,
        Operation("messages.send", "Send a message", "Message", "NewMessage"),
        is_quick=True,
    ),
    Route(
        "GET", _PATH, _READ_SCOPES, _list, Operation("messages.list", "List messages", "MessageList", parameters=LIST)
    ),
    Route(
        "GET", f"{_PATH}/{{message_sid}}", _READ_SCOPES, _get, Operation("messages.get", "Read a message", "Message")
    ),
)
"""The operations of this module."""

"""Messages: send one, read one, list them."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.lifecycle import QUEUED
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.core.send_rules import send_rules
from carrierx.emulator.http.errors import unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import Response, json_response
from carrierx.emulator.openapi.parameters import LIST
from carrierx.emulator.rules.fields import LEGACY_NAMES
from carrierx.emulator.rules.messages import check_send
from carrierx.emulator.store.filters import Attributes, wanted_texts
from carrierx.emulator.store.listing import LIST_PARAMETERS, arrange, list_answer, read_list_query
from carrierx.emulator.store.message_table import FIXED_FIELDS

_SEND_SCOPES: Final = ("sms.manage", "sms.create")
# The documentation names no scopes for reading a message; these are those of detail records.
_READ_SCOPES: Final = ("sms.manage", "sms.read")

_ATTRIBUTES: Final = Attributes.of(
    texts="direction from message message_sid partner_sid status to type user_data",
    numbers="mcc message_segments mnc price",
    times="date_changed date_created date_status_changed",
    old_names={old: current for current, old in LEGACY_NAMES.items()},
)

_SELECTED: Final = {name: name for name in FIXED_FIELDS}


def _send(account: Account, routed: RoutedRequest) -> Response:
    request = routed.request
    routed.parameters()
    send = check_send(read_json_object(request), send_rules(account))
    stored = account.store_message(send)
    return json_response(200, account.shown_object(stored, QUEUED))


def _get(account: Account, routed: RoutedRequest) -> Response:
    routed.parameters()
    stored, now = account.messages.find(routed.path_parameters["message_sid"]), account.now()
    if stored is None or not account.is_visible(stored.accepted_at, now):
        raise unknown_sid()
    return json_response(200, account.shown_message(stored, now))


def _list(account: Account, routed: RoutedRequest) -> Response:
    request = routed.request
    query = read_list_query(routed.parameters(LIST_PARAMETERS), _ATTRIBUTES)
    now = account.now()
    until = account.visible_until(now)
    order = query.order
    if not query.conditions and (order is None or order.attribute == "date_created"):
        total = account.messages.count(until)
        page = account.messages.page(query.offset, query.limit, until, None if order is None else order.direction)
    else:
        wanted = wanted_texts(query.conditions, _SELECTED)
        known = [] if wanted is None else account.messages.with_fields(wanted)
        by_sid = {stored.message_sid: stored for stored in known if until is None or stored.accepted_at <= until}
        found = arrange([account.message_at(stored, now) for stored in by_sid.values()], query)
        total = len(found)
        page = [by_sid[str(item["message_sid"])] for item in found[query.offset : query.offset + query.limit]]
    items = [account.shown_message(stored, now) for stored in page]
    config = account.config
    answer = list_answer(request, query, items, total, show_total=config.show_total, link_next=config.link_next)
    return json_response(200, answer)


_PATH: Final = f"{BASE_PATH}/sms/messages"

ROUTES: Final = (
    Route("POST", _PATH, _SEND_SCOPES, _send, Operation("messages.send", "Send a message", "Message", "NewMessage")),
    Route(
        "GET", _PATH, _READ_SCOPES, _list, Operation("messages.list", "List messages", "MessageList", parameters=LIST)
    ),
    Route(
        "GET", f"{_PATH}/{{message_sid}}", _READ_SCOPES, _get, Operation("messages.get", "Read a message", "Message")
    ),
)
"""The operations of this module."""

"""Messages in the control API: receive one, list and match them, and everything about one of them."""

from __future__ import annotations

import json
from typing import Final, cast

from carrierx.emulator.control.arguments import Fields, refused
from carrierx.emulator.control.paging import read_before, read_limit
from carrierx.emulator.control.raw import raw_exchange
from carrierx.emulator.control.routing import ControlRequest, NotYetError
from carrierx.emulator.core.lifecycle import STATUSES, StageName
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.errors import RefusedRequestError, bad_request, conflict, unknown_sid
from carrierx.emulator.http.query_parameters import Parameters
from carrierx.emulator.http.types import JSONObject, json_response
from carrierx.emulator.store.message_table import Criteria

LIST_PARAMETERS: Final = (
    "direction",
    "from",
    "to",
    "status",
    "contains",
    "limit",
    "before",
    "count",
    "wait",
)
"""Query parameters of the list."""

RECEIVE_FIELDS: Final = ("from", "to", "message", "media_urls", "group_recipients")
"""Fields of a message to receive."""

MAX_WAIT: Final = 30
"""The longest time to wait for messages, in seconds."""

_DIRECTIONS: Final = ("outbound", "inbound")
_DIGITS: Final = "0123456789"
_MAX_COUNT: Final = 10**9


def receive(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Receive a message, and return its SMS object."""
    asked.parameters()
    fields = Fields(asked.request, RECEIVE_FIELDS)
    try:
        return emulator.receive(
            from_=fields.needed_text("from"),
            to=fields.needed_text("to"),
            message=fields.text("message") or None,
            media_urls=fields.texts("media_urls"),
            group_recipients=fields.texts("group_recipients"),
        )
    except ValueError as error:
        name, _, text = str(error).partition(" ")
        field = name.rstrip("_")
        if field in RECEIVE_FIELDS:
            raise refused(text, field) from error
        raise refused(str(error)) from error


def list_messages(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return the latest messages that match.

    Raises:
        NotYetError: There are none, or not as many as there must be.
    """
    parameters = asked.parameters(LIST_PARAMETERS)
    direction = parameters.text("direction") and parameters.one_of("direction", _DIRECTIONS, "")
    status = read_status(parameters)
    wanted = parameters.whole_number("count", -1, maximum=_MAX_COUNT)
    wait = read_wait(parameters)
    criteria = Criteria(
        direction=direction,
        from_number=_digits(parameters, "from"),
        to_number=_digits(parameters, "to"),
        status=status,
        contains=parameters.text("contains") or "",
    )
    with emulator.in_use():
        found = emulator.inbox.latest(criteria, before=read_before(parameters), limit=read_limit(parameters))
    count = cast("int", found["count"])
    if wanted >= 0 and count != wanted:
        there = "1 message matches" if count == 1 else f"{count} messages match"
        told = cast("JSONObject", json.loads(conflict(f"{there}, not {wanted}", "count").response.body))
        raise NotYetError(json_response(409, told | found))
    if wanted < 0 and count == 0 and wait:
        raise NotYetError(json_response(200, found))
    return found


def details(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return everything about a message."""
    asked.parameters()
    message_sid = asked.path_parameters["message_sid"]
    with emulator.in_use():
        found = emulator.inbox.message(message_sid)
        logged = emulator.request_log.of_message(message_sid)
    if found is None:
        raise unknown_sid()
    raw: JSONObject = {"request": None, "response": None} if logged is None else raw_exchange(logged)
    return found | {"raw": raw}


def read_wait(parameters: Parameters) -> float:
    """Return how long to wait for messages, in seconds.

    Raises:
        RefusedRequestError: 400, when it isn't a number from 0 to `MAX_WAIT`.
    """
    text = parameters.text("wait")
    if text is None:
        return 0
    try:
        seconds = float(text) if text.isascii() and "_" not in text else -1
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= MAX_WAIT:
        raise bad_request(f"must be a number of seconds from 0 to {MAX_WAIT}", "wait")
    return seconds


def wait_of(query: str) -> float:
    """Return how long a request for messages waits, in seconds; 0 if its query is invalid."""
    try:
        return read_wait(Parameters(query, LIST_PARAMETERS))
    except RefusedRequestError:
        return 0


def read_status(parameters: Parameters) -> StageName | None:
    """Return the parameter `status`; None if it is absent.

    Raises:
        RefusedRequestError: 400, when it is no status.
    """
    if parameters.text("status") is None:
        return None
    return cast("StageName", parameters.one_of("status", STATUSES, ""))


def _digits(parameters: Parameters, name: str) -> str | None:
    text = parameters.text(name)
    if text is None:
        return None
    digits = "".join(character for character in text if character in _DIGITS)
    if not digits or any(character.isalpha() for character in text):
        raise bad_request("must be a phone number or a short code", name)
    return digits

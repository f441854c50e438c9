"""Callbacks in the control API."""

from __future__ import annotations

from typing import Final, cast

from carrierx.emulator.control.arguments import MAX_SEQUENCE
from carrierx.emulator.control.paging import read_before, read_limit
from carrierx.emulator.control.routing import ControlRequest
from carrierx.emulator.core.inbox import callback_object
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.errors import ErrorEntry, RefusedRequestError
from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.store.callback_queue import CallbackState

STATES: Final = ("due", "accepted", "given_up")
"""The states of a callback."""


def list_callbacks(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return the latest callbacks."""
    parameters = asked.parameters(("message_sid", "state", "limit", "before"))
    state = None if parameters.text("state") is None else parameters.one_of("state", STATES, "")
    limit = read_limit(parameters)
    with emulator.in_use() as account:
        found = account.callbacks.latest(
            before=read_before(parameters),
            limit=limit + 1,
            message_sid=parameters.text("message_sid"),
            state=cast("CallbackState | None", state),
        )
    return {"items": [callback_object(callback) for callback in found[:limit]], "more": len(found) > limit}


def retry_callback(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Make a callback due now, and return it."""
    asked.parameters()
    number = read_number(asked)
    with emulator.in_use() as account:
        found = None if number is None else account.callbacks.retry_now(number)
    if found is None:
        raise RefusedRequestError(404, "Not Found", [ErrorEntry(None, "there is no callback with this number")])
    return callback_object(found)


def read_number(asked: ControlRequest) -> int | None:
    """Return the number in a path; None if it is none."""
    text = asked.path_parameters["number"]
    is_number = text.isascii() and text.isdigit() and len(text) < len(str(MAX_SEQUENCE))
    return int(text) if is_number else None

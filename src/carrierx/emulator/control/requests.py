"""The log of requests in the control API."""

from __future__ import annotations

from carrierx.emulator.control.callbacks import read_number
from carrierx.emulator.control.paging import read_before, read_limit
from carrierx.emulator.control.raw import raw_exchange
from carrierx.emulator.control.routing import ControlRequest
from carrierx.emulator.core.request_log import MAX_REQUESTS, LoggedRequest
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.errors import ErrorEntry, RefusedRequestError
from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.timestamps import format_time


def list_requests(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return the latest requests."""
    parameters = asked.parameters(("problems", "limit", "before"))
    limit = read_limit(parameters)
    found = emulator.request_log.latest(
        before=read_before(parameters), limit=limit + 1, problems=parameters.flag("problems")
    )
    return {"items": [request_object(logged) for logged in found[:limit]], "more": len(found) > limit}


def show_request(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return a request with everything that went over the wire."""
    asked.parameters()
    number = read_number(asked)
    logged = None if number is None else emulator.request_log.find(number)
    if logged is None:
        text = f"the log has no request with this number; it keeps the latest {MAX_REQUESTS}"
        raise RefusedRequestError(404, "Not Found", [ErrorEntry(None, text)])
    return request_object(logged) | raw_exchange(logged)


def request_object(logged: LoggedRequest) -> JSONObject:
    """Return a request without its headers and its body."""
    fault = logged.fault
    return {
        "number": logged.number,
        "at": format_time(logged.at),
        "method": logged.request.method,
        "path": logged.request.path,
        "status": logged.response.status,
        "delivery": logged.delivery,
        "fault": None if fault is None else {"id": fault.id, "kind": fault.kind, "text": fault.text},
        "problem": logged.problem,
        "message_sid": logged.message_sid,
    }

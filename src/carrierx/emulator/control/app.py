"""HTTP endpoints of the control API.

Its requests are not requests to the emulated API. They don't appear in the log, and faults don't affect them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from carrierx.emulator.control.auth import SAFE_HEADERS, ControlAuth
from carrierx.emulator.control.messages import wait_of
from carrierx.emulator.control.operations import CONTROL_ROUTES, HEALTH_PATH, MESSAGES_PATH
from carrierx.emulator.control.routing import CONTROL_PATH, ControlRequest, NotYetError
from carrierx.emulator.core.routing import RouteTable
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.http.errors import ErrorEntry, RefusedRequestError, body_too_large
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, Request, json_response

MAX_BODY_BYTES: Final = 1_048_576
"""Maximum size in bytes of a request's body."""

_NO_STORE: Final = (("cache-control", "no-store"),)
_TABLE: Final = RouteTable(CONTROL_ROUTES)


class ControlApp:
    """Handles the requests of the control API.

    Args:
        emulator: Emulator to control.
        auth: Access control.
    """

    def __init__(self, emulator: Emulator, auth: ControlAuth) -> None:
        self._emulator = emulator
        self._auth = auth

    def owns(self, path: str) -> bool:
        """Tell whether a path belongs to the control API."""
        return path.startswith(CONTROL_PATH)

    def is_open(self, request: Request) -> bool:
        """Tell whether a request needs no password, and may use any host name."""
        return request.path == HEALTH_PATH

    def wait_of(self, request: Request) -> float:
        """Return how many seconds a request waits until its messages are there."""
        return wait_of(request.query) if request.method in {"GET", "HEAD"} and request.path == MESSAGES_PATH else 0

    def handle(self, request: Request) -> EmulatorResponse:
        """Handle a request, without waiting for messages."""
        return cast("EmulatorResponse", self.attempt(request, is_last=True))  # the last attempt always has a response

    def attempt(self, request: Request, *, is_last: bool) -> EmulatorResponse | None:
        """Handle a request, or return None if its messages are not there yet.

        Args:
            request: Request.
            is_last: True to return what is there instead.
        """
        response = None if self.is_open(request) else self._auth.refuse(request)
        if response is None:
            try:
                response = self._answer(request)
            except NotYetError as error:
                if not is_last:
                    return None
                response = error.response
        if response.status >= 400:
            response = _explained(response)
        return replace(response, headers=response.headers + _NO_STORE + SAFE_HEADERS)

    def refuse_host(self) -> EmulatorResponse:
        """Return the error for a request that may come from a website, by DNS rebinding."""
        response = _explained(self._auth.refuse_host())
        return replace(response, headers=response.headers + SAFE_HEADERS)

    def _answer(self, request: Request) -> EmulatorResponse:
        try:
            # Health checks of containers often use HEAD. The server leaves out the body.
            method = "GET" if request.method == "HEAD" else request.method
            route, arguments = _TABLE.find(method, request.path)
            if len(request.body) > MAX_BODY_BYTES:
                raise body_too_large(MAX_BODY_BYTES)
            return json_response(200, route.handler(self._emulator, ControlRequest(request, arguments)))
        except RefusedRequestError as error:
            return error.response
        except EmulatorError as error:
            return RefusedRequestError(503, "Service Unavailable", [ErrorEntry(None, str(error))]).response
        except UnicodeEncodeError:
            entry = ErrorEntry(None, "a text contains a lone surrogate")
            return RefusedRequestError(422, "Object validation error", [entry]).response


def _explained(response: EmulatorResponse) -> EmulatorResponse:
    """Return an error whose `message` says what is wrong, since a page and curl show this first."""
    content = cast("JSONObject", json.loads(response.body))
    entries = cast("Sequence[JSONObject]", content["errors"])
    texts = [f"{entry['field'] or ''} {entry['message']}".strip() for entry in entries]
    message = "; ".join(texts) or content["message"]
    return replace(response, body=json_response(response.status, content | {"message": message}).body)

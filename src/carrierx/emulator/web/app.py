"""HTTP endpoints of the inbox.

The page is at `/`, and everything else that belongs to it is under `/inbox/`. Requests of the page are not requests to
the emulated API. They don't appear in `requests_seen`, and faults don't affect them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, cast
from urllib.parse import parse_qs

from carrierx.emulator.core.file_objects import PUBLIC_PATH
from carrierx.emulator.core.inbox import END
from carrierx.emulator.core.routing import BASE_PATH
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.credentials import DEMO_TOKEN
from carrierx.emulator.http.hosts import OWN_NAMES
from carrierx.emulator.http.types import JSONObject, JSONValue, Request, Response, json_response
from carrierx.emulator.store.conversation_table import Pair
from carrierx.emulator.web.assets import FILE_POLICY, SAFE_HEADERS, asset_response
from carrierx.emulator.web.auth import InboxAuth
from carrierx.emulator.web.controls import Controls
from carrierx.emulator.web.errors import BAD_REQUEST, FORBIDDEN, NOT_FOUND, InboxError, error_response
from carrierx.emulator.web.raw import raw_request, raw_response

INBOX_PATH: Final = "/inbox/"
"""Path prefix of everything that belongs to the page."""

MAX_BODY_BYTES: Final = 65_536
"""Maximum size in bytes of a body that the page's endpoints accept."""

_NO_STORE: Final = (("cache-control", "no-store"),)


class InboxApp:
    """Handles the requests of the inbox.

    Args:
        emulator: Emulator whose messages are shown.
        auth: Access control.
    """

    def __init__(self, emulator: Emulator, auth: InboxAuth) -> None:
        self._emulator = emulator
        self._auth = auth
        self._controls = controls = Controls(emulator)
        self._answers: Mapping[tuple[str, str], Callable[[Request], JSONObject]] = {
            ("GET", "about"): self._about,
            ("GET", "conversations"): self._conversations,
            ("GET", "messages"): self._messages,
            ("GET", "raw"): self._raw,
            ("GET", "faults"): lambda _: controls.faults(),
            ("POST", "changes"): self._changes,
            ("POST", "receive"): lambda request: controls.receive(_json_object(request)),
            ("POST", "fault-on"): lambda request: controls.add_fault(_json_object(request)),
            ("POST", "fault-off"): lambda request: controls.remove_fault(_json_object(request)),
            ("POST", "clock"): lambda request: controls.turn_clock(_json_object(request)),
        }

    def owns(self, path: str) -> bool:
        """Tell whether a path belongs to the inbox."""
        return path == "/" or path.startswith(INBOX_PATH)

    def handle(self, request: Request) -> Response:
        """Handle a request to the inbox."""
        response = self._auth.refuse(request) or self._answer(request)
        return replace(response, headers=response.headers + SAFE_HEADERS)

    def refuse_host(self) -> Response:
        """Return the error for a request that may come from a website, by DNS rebinding."""
        message = (
            f"without a password, the inbox is served only under the names {OWN_NAMES}: use one, or set a password"
        )
        refusal = error_response(FORBIDDEN, message)
        return replace(refusal, headers=refusal.headers + SAFE_HEADERS)

    def _answer(self, request: Request) -> Response:
        name = request.path.removeprefix(INBOX_PATH).removeprefix("/")
        methods = sorted(method for method, known in self._answers if known == name)
        if not methods:
            asset = asset_response(request, name)
            if asset is None:
                return error_response(NOT_FOUND, "the inbox has nothing at this path")
            methods = ["GET", "HEAD"]
            if request.method in methods:
                return asset
        answer = self._answers.get((request.method, name))
        if answer is None:
            allowed = ", ".join(methods)
            return error_response(405, f"this path of the inbox accepts only {allowed}", (("allow", allowed),))
        if len(request.body) > MAX_BODY_BYTES:
            return error_response(413, f"the body of a request to the inbox must have at most {MAX_BODY_BYTES} bytes")
        try:
            return json_response(200, answer(request), _NO_STORE)
        except InboxError as error:
            return error.response
        except UnicodeEncodeError:
            return error_response(BAD_REQUEST, "a text contains a lone surrogate")

    def _about(self, _: Request) -> JSONObject:
        """Return the values that a new user needs to send a first message."""
        credentials = self._emulator.config.credentials
        demo = any(credential.scheme == "bearer" and credential.secret == DEMO_TOKEN for credential in credentials)
        return {"base_path": BASE_PATH, "token": DEMO_TOKEN if demo else None}

    def _conversations(self, request: Request) -> JSONObject:
        before, digits = _argument(request, "before"), _argument(request, "digits")
        return self._emulator.inbox.conversations(before=_place(before), digits=digits)

    def _messages(self, request: Request) -> JSONObject:
        pair = Pair(_argument(request, "ours"), _argument(request, "theirs"))
        return self._emulator.inbox.messages(pair, before=_place(_argument(request, "before")))

    def _changes(self, request: Request) -> JSONObject:
        asked = _json_object(request)
        after, watched = asked.get("after"), asked.get("watched", {})
        if not isinstance(after, int) or not 0 <= after <= END or not isinstance(watched, Mapping):
            raise InboxError("after must be a sequence number, 0 or more, and watched must be an object")
        news = self._emulator.inbox.changes(after, {sid: str(status) for sid, status in watched.items()})
        return news | {"controls": self._controls.summary()}

    def _raw(self, request: Request) -> JSONObject:
        message_sid = _argument(request, "message_sid")
        message = self._emulator.inbox.message(message_sid)
        if message is None:
            raise InboxError("this message doesn't exist", NOT_FOUND)
        recorded = self._emulator.recent_sends.find(message_sid)
        return message | {
            "request": None if recorded is None else raw_request(recorded.request),
            "response": None if recorded is None else raw_response(recorded.response),
        }


def sandboxed(request: Request, response: Response) -> Response:
    """Return a response that is safe in a browser: a published file must not act as part of the inbox's page."""
    if not request.path.startswith(f"{PUBLIC_PATH}/"):
        return response
    return replace(response, headers=(*response.headers, ("content-security-policy", FILE_POLICY)))


def _argument(request: Request, name: str) -> str:
    values = parse_qs(request.query, keep_blank_values=True).get(name, [""])
    return values[-1]


def _place(text: str) -> int:
    if not text:
        return END
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(END))) or int(text) > END:
        raise InboxError("before must be a sequence number")
    return int(text)


def _json_object(request: Request) -> Mapping[str, JSONValue]:
    try:
        content: object = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise InboxError("the body must be JSON") from error
    if not isinstance(content, dict):
        raise InboxError("the body must be a JSON object")
    return cast("dict[str, JSONValue]", content)

"""Raw requests and responses for people to read, without credentials."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from carrierx.emulator.core.request_log import LoggedRequest
from carrierx.emulator.http.types import EmulatorResponse, Headers, JSONObject, JSONValue, Request

MAX_BODY_CHARACTERS: Final = 20_000
"""Maximum number of characters of a body to show."""

_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
_SECRET_WORDS: Final = (
    *("auth", "credential", "jwt", "key", "passwd", "password", "secret", "session", "signature", "token"),
)
_PUBLIC_HEADERS: Final = frozenset({"www-authenticate"})
_HIDDEN: Final = "(not shown)"

# The fields of OAuth's requests and responses, in a query or a form, and in JSON.
_HIDDEN_FIELDS: Final = "access_token|refresh_token|client_secret|password|token"
_IN_A_FORM: Final = re.compile(rf"(?:(?<=^)|(?<=[&?]))({_HIDDEN_FIELDS})=[^&]*", re.IGNORECASE)
_IN_JSON: Final = re.compile(rf'"({_HIDDEN_FIELDS})"(\s*:\s*)"(?:[^"\\]|\\.)*"?', re.DOTALL)
_FORM_TYPE: Final = "application/x-www-form-urlencoded"


def raw_exchange(logged: LoggedRequest) -> JSONObject:
    """Return a logged request and its response as they went over the wire.

    The response is null if it was lost, and has only the part of its body that was sent if it was cut off. `made` is
    the response that the emulator made, if it is another one.
    """
    sent, cut_after = logged.response, logged.response.delivery.cut_after
    if cut_after is not None:
        sent = replace(sent, body=sent.body[:cut_after])
    missing = logged.body_bytes - len(logged.response.body)
    exchange: JSONObject = {
        "request": raw_request(logged.request),
        "response": None if sent.delivery.lost else raw_response(sent, missing if cut_after is None else 0),
    }
    return exchange if logged.made is None else exchange | {"made": raw_response(logged.made)}


def raw_request(request: Request) -> JSONObject:
    """Return a request without its credentials."""
    query = _IN_A_FORM.sub(rf"\1={_HIDDEN}", request.query)
    target = f"{request.path}?{query}" if query else request.path
    return {
        "line": f"{request.method} {target}",
        "headers": _shown_headers(request.headers),
        "body": _shown_body(request.body, is_form=_is_form(request)),
    }


def raw_response(response: EmulatorResponse, missing: int = 0) -> JSONObject:
    """Return a response.

    Args:
        response: Response.
        missing: Number of bytes of the body that are no longer known.
    """
    return {
        "line": str(response.status),
        "headers": _shown_headers(response.headers),
        "body": _shown_body(response.body, missing),
    }


def _shown_headers(headers: Headers) -> list[JSONValue]:
    # Custom headers may contain secrets, too. Recognize them by their names.
    return [[name, _HIDDEN if _is_secret(name.lower()) else value] for name, value in headers]


def _is_secret(name: str) -> bool:
    return name in _SECRET_HEADERS or (name not in _PUBLIC_HEADERS and any(word in name for word in _SECRET_WORDS))


def _is_form(request: Request) -> bool:
    return any(_FORM_TYPE in value.lower() for value in request.header_values("content-type"))


def _shown_body(body: bytes, missing: int = 0, *, is_form: bool = False) -> str:
    text = body.decode("utf-8", "replace")
    text = _IN_A_FORM.sub(rf"\1={_HIDDEN}", text) if is_form else _IN_JSON.sub(rf'"\1"\2"{_HIDDEN}"', text)
    left = max(0, len(text) - MAX_BODY_CHARACTERS) + missing
    return text if left == 0 else f"{text[:MAX_BODY_CHARACTERS]}\n… {left} more characters"

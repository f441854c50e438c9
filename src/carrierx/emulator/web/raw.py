"""Raw requests and responses for people to read, without credentials."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.http.types import Headers, JSONObject, JSONValue, Request, Response

MAX_BODY_CHARACTERS: Final = 20_000
"""Maximum number of characters of a body to show."""

_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
_HIDDEN: Final = "(not shown)"


def raw_request(request: Request) -> JSONObject:
    """Return a request without its credentials."""
    target = f"{request.path}?{request.query}" if request.query else request.path
    return {
        "line": f"{request.method} {target}",
        "headers": _shown_headers(request.headers),
        "body": _shown_body(request.body),
    }


def raw_response(response: Response) -> JSONObject:
    """Return a response."""
    return {
        "line": str(response.status),
        "headers": _shown_headers(response.headers),
        "body": _shown_body(response.body),
    }


def _shown_headers(headers: Headers) -> list[JSONValue]:
    # Custom headers may contain secrets, too. Recognize them by their names.
    return [[name, _HIDDEN if _is_secret(name.lower()) else value] for name, value in headers]


def _is_secret(name: str) -> bool:
    return name in _SECRET_HEADERS or any(word in name for word in ("token", "secret", "key", "auth", "password"))


def _shown_body(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    if len(text) <= MAX_BODY_CHARACTERS:
        return text
    return f"{text[:MAX_BODY_CHARACTERS]}\n… {len(text) - MAX_BODY_CHARACTERS} more characters"

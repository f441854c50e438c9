"""Requests from web pages of another origin (CORS).

Source: "The API allows CORS", says the page about responses; how is not documented. The emulator's token is public, so
only pages of this machine can use it by default: otherwise, any website that you visit could read your messages.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from carrierx.emulator.http.types import Headers, Request, Response

ANY_ORIGIN: Final = "*"
"""Stands for the pages of every origin."""

_METHODS: Final = "GET, POST, PUT, PATCH, DELETE"
_USUAL_HEADERS: Final = "authorization, content-type"
_HEADER_NAMES: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(\s*,\s*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
_MAX_AGE: Final = "600"


def preflight_response(request: Request, origins: Collection[str]) -> Response | None:
    """Return the response to a preflight request; None for any other request.

    Args:
        request: The request.
        origins: The origins that are allowed in addition to those of this machine; `ANY_ORIGIN` for all.
    """
    if request.method != "OPTIONS" or not request.header_values("access-control-request-method"):
        return None
    allowed = _allowed_origin(request, origins)
    if allowed is None:
        return Response(403, (("vary", "Origin"),))
    wanted = ",".join(request.header_values("access-control-request-headers"))
    headers: Headers = (
        ("access-control-allow-origin", allowed),
        ("access-control-allow-methods", _METHODS),
        ("access-control-allow-headers", wanted if _HEADER_NAMES.fullmatch(wanted) else _USUAL_HEADERS),
        ("access-control-max-age", _MAX_AGE),
        ("vary", "Origin"),
    )
    return Response(204, headers)


def with_cors_headers(request: Request, response: Response, origins: Collection[str]) -> Response:
    """Return a response with the headers that let a page of an allowed origin read it.

    Args:
        request: The request.
        response: The response.
        origins: As in `preflight_response`.
    """
    allowed = _allowed_origin(request, origins)
    if allowed is None:
        return response
    headers: Headers = (
        ("access-control-allow-origin", allowed),
        ("access-control-expose-headers", "*"),
        ("vary", "Origin"),
    )
    return replace(response, headers=response.headers + headers)


def _allowed_origin(request: Request, origins: Collection[str]) -> str | None:
    values = request.header_values("origin")
    if len(values) != 1:
        return None
    [origin] = values
    return origin if ANY_ORIGIN in origins or origin in origins or _is_local(origin) else None


def _is_local(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
    except ValueError:
        return False
    names = {"localhost", "127.0.0.1", "::1"}
    return parts.scheme in {"http", "https"} and (host in names or host.endswith(".localhost"))

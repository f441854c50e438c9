"""Requests from web pages of another origin (CORS).

Source: "The API allows CORS", says the page about responses; how is not documented. The emulator's token is public, so
only pages of this machine can use it by default: otherwise, any website that you visit could read your messages.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, cast

from carrierx.emulator.http.hosts import is_loopback_name
from carrierx.emulator.http.types import EmulatorResponse, Headers, Request

ANY_ORIGIN: Final = "*"
"""Stands for the pages of every origin."""

_METHODS: Final = "GET, POST, PUT, PATCH, DELETE"
_USUAL_HEADERS: Final = "authorization, content-type"
_HEADER_NAMES: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(\s*,\s*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
_MAX_AGE: Final = "600"
_VARY: Final = ("vary", "Origin")

# As browsers write an origin: in lower case, without a slash at the end.
_ORIGIN: Final = re.compile(r"([a-z][a-z0-9+.-]*)://(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?", re.ASCII)
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


def check_origins(origins: object) -> None:
    """Raise an error for origins that can't be allowed.

    Args:
        origins: A set or a sequence of origins, each as browsers send it; `ANY_ORIGIN` stands for all.

    Raises:
        ValueError: It is something else, such as a single string, or one of the origins is not a full origin.
    """
    given = cast("Collection[object]", origins) if isinstance(origins, (frozenset, set, list, tuple)) else [None]
    texts = [origin for origin in given if isinstance(origin, str)]
    if len(texts) < len(given):
        raise ValueError("cors_origins must be a set of strings, such as {'https://app.example'}")
    for origin in texts:
        problem = origin_problem(origin)
        if problem is not None:
            raise ValueError(f"cors_origins: {problem}")


def origin_problem(origin: str) -> str | None:
    """Return why an origin can't be allowed; None if it can be."""
    if origin == ANY_ORIGIN:
        return None
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        return (
            f"{origin!r} is not an origin: write scheme://host[:port] in lower case, without a path or a slash at the"
            f" end, or {ANY_ORIGIN} for all origins"
        )
    scheme, port = found.groups()
    if port is not None and port == _DEFAULT_PORTS.get(scheme):
        return f"{origin!r} has the default port of {scheme}, which browsers leave out: leave it out, too"
    return None


def preflight_response(request: Request, origins: Collection[str]) -> EmulatorResponse | None:
    """Return the response to a preflight request; None for any other request.

    Args:
        request: The request.
        origins: The origins that are allowed in addition to those of this machine; `ANY_ORIGIN` for all.
    """
    if request.method != "OPTIONS" or not request.header_values("access-control-request-method"):
        return None
    allowed = _allowed_origin(request, origins)
    if allowed is None:
        return EmulatorResponse(403, (_VARY,))
    wanted = ",".join(request.header_values("access-control-request-headers"))
    headers: Headers = (
        ("access-control-allow-origin", allowed),
        ("access-control-allow-methods", _METHODS),
        ("access-control-allow-headers", wanted if _HEADER_NAMES.fullmatch(wanted) else _USUAL_HEADERS),
        ("access-control-max-age", _MAX_AGE),
        _VARY,
    )
    return EmulatorResponse(204, headers)


def with_cors_headers(request: Request, response: EmulatorResponse, origins: Collection[str]) -> EmulatorResponse:
    """Return a response with the headers that let a page of an allowed origin read it.

    Args:
        request: The request.
        response: The response.
        origins: As in `preflight_response`.
    """
    allowed = _allowed_origin(request, origins)
    headers: Headers = (_VARY,)  # also without an Origin: a cache must not use this response for another page
    if allowed is not None:
        headers = (("access-control-allow-origin", allowed), ("access-control-expose-headers", "*"), _VARY)
    return EmulatorResponse(response.status, response.headers + headers, response.body, response.delivery)


def _allowed_origin(request: Request, origins: Collection[str]) -> str | None:
    values = request.header_values("origin")
    if len(values) != 1:
        return None
    [origin] = values
    return origin if ANY_ORIGIN in origins or origin in origins or _is_local(origin) else None


def _is_local(origin: str) -> bool:
    scheme, separator, host = origin.partition("://")
    return scheme in {"http", "https"} and bool(separator) and is_loopback_name(host)

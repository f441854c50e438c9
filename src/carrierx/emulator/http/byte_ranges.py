"""Responses with a file or a range of its bytes. Source: RFC 9110, section 14."""

from __future__ import annotations

import re
from typing import Final

from carrierx.emulator.http.errors import unsatisfiable_range
from carrierx.emulator.http.types import EmulatorResponse, Headers, Request

_RANGE: Final = re.compile(r"bytes\s*=\s*([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


def file_response(request: Request, data: bytes, content_type: str) -> EmulatorResponse:
    """Return the response with a file, with the requested range of it, or with its headers only.

    A request for several ranges gets the complete file, as the RFC allows. So does a request with `If-Range`, since
    files have no validator to compare with.

    Args:
        request: The request, a GET or a HEAD.
        data: The file's bytes.
        content_type: The file's content type.

    Raises:
        RefusedRequestError: 416, when the file has none of the bytes.
    """
    # A browser must not treat an uploaded file as a page of this host.
    headers: Headers = (
        ("content-type", content_type),
        ("accept-ranges", "bytes"),
        ("x-content-type-options", "nosniff"),
    )
    size = len(data)
    if request.method == "HEAD":
        return EmulatorResponse(200, (*headers, ("content-length", str(size))))
    wanted = _wanted(request, size)
    if wanted is None:
        return EmulatorResponse(200, headers, data)
    first, last = wanted
    return EmulatorResponse(206, (*headers, ("content-range", f"bytes {first}-{last}/{size}")), data[first : last + 1])


def _wanted(request: Request, size: int) -> tuple[int, int] | None:
    values = request.header_values("range")
    found = _RANGE.fullmatch(values[0].strip()) if len(values) == 1 else None
    if found is None or request.header_values("if-range"):
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        if int(last) == 0 or size == 0:
            raise unsatisfiable_range(size)
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise unsatisfiable_range(size)
    return int(first), min(int(last or size), size - 1)

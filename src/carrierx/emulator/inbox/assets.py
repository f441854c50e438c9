"""The page itself: its files, and the headers that keep it to itself."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from carrierx.emulator.http_types import Headers, Request, Response

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types"
)
"""What the page may load and do: only what comes from this emulator, no inline script, no text taken for markup."""

FILE_POLICY: Final = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
"""What a published file may do when it is opened: as it comes from anybody, run nothing and be nobody's."""

SAFE_HEADERS: Final[Headers] = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
)
"""What every answer of the inbox carries."""

_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_PAGE: Final = "page.html"


@cache
def _assets() -> dict[str, tuple[bytes, Headers]]:
    found: dict[str, tuple[bytes, Headers]] = {}
    for file in files("carrierx.emulator.inbox").joinpath("static").iterdir():
        kind = _TYPES.get(file.name.rpartition(".")[2])
        if kind is not None:
            content = file.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
            policy: Headers = (("content-security-policy", PAGE_POLICY),) if file.name == _PAGE else ()
            found[file.name] = content, (("content-type", kind), ("cache-control", "no-cache"), ("etag", tag), *policy)
    return found


def asset_response(request: Request, name: str) -> Response | None:
    """Return a file of the page, or None if it has no such file.

    Args:
        request: The request; a browser that has the file already is told so.
        name: The file's name; empty for the page.
    """
    found = _assets().get(name or _PAGE)
    if found is None:
        return None
    content, headers = found
    if dict(headers)["etag"] in request.header_values("if-none-match"):
        return Response(304, headers)
    return Response(200, headers, content)

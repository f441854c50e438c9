"""Files of the page, and the headers that isolate it from other pages."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from carrierx.emulator.http.types import EmulatorResponse, Headers, Request

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types"
)
"""Content security policy of the page: load only from this emulator, no inline scripts, no text parsed as markup."""

FILE_POLICY: Final = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
"""Content security policy of a published file. It may come from anybody, so it runs no script and has no origin."""

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
    for file in files("carrierx.emulator.web").joinpath("static").iterdir():
        kind = _TYPES.get(file.name.rpartition(".")[2])
        if kind is not None:
            content = file.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
            policy: Headers = (("content-security-policy", PAGE_POLICY),) if file.name == _PAGE else ()
            found[file.name] = content, (("content-type", kind), ("cache-control", "no-cache"), ("etag", tag), *policy)
    return found


def asset_response(request: Request, name: str) -> EmulatorResponse | None:
    """Return a file of the page, or None if there is no such file.

    Args:
        request: Request; if the browser already has the file, the response is 304.
        name: Name of the file; empty for the page itself.
    """
    found = _assets().get(name or _PAGE)
    if found is None:
        return None
    content, headers = found
    if dict(headers)["etag"] in request.header_values("if-none-match"):
        return EmulatorResponse(304, headers)
    return EmulatorResponse(200, headers, content)

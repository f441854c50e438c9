"""HTTP endpoints of the inbox's page.

The page is at `/`, and its files are under `/inbox/`. Everything that it shows and does goes through the control API.
Its requests are not requests to the emulated API. They don't appear in `request_log`, and faults don't affect them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from carrierx.emulator.control.auth import SAFE_HEADERS, ControlAuth
from carrierx.emulator.core.file_objects import PUBLIC_PATH
from carrierx.emulator.http.errors import unknown_resource, wrong_method
from carrierx.emulator.http.types import EmulatorResponse, Request
from carrierx.emulator.web.assets import FILE_POLICY, asset_response

INBOX_PATH: Final = "/inbox/"
"""Path prefix of the page's files."""

MAX_BODY_BYTES: Final = 0
"""Maximum size in bytes of a body: a request for a file has none."""

_METHODS: Final = ("GET", "HEAD")


class InboxApp:
    """Handles the requests for the page and its files.

    Args:
        auth: Access control.
    """

    def __init__(self, auth: ControlAuth) -> None:
        self._auth = auth

    def owns(self, path: str) -> bool:
        """Tell whether a path belongs to the inbox."""
        return path == "/" or path.startswith(INBOX_PATH)

    def handle(self, request: Request) -> EmulatorResponse:
        """Handle a request to the inbox."""
        response = self._auth.refuse(request) or _file_response(request)
        return replace(response, headers=response.headers + SAFE_HEADERS)

    def refuse_host(self) -> EmulatorResponse:
        """Return the error for a request that may come from a website, by DNS rebinding."""
        refusal = self._auth.refuse_host()
        return replace(refusal, headers=refusal.headers + SAFE_HEADERS)


def sandboxed(request: Request, response: EmulatorResponse) -> EmulatorResponse:
    """Return a response that is safe in a browser: a published file must not act as part of the inbox's page."""
    if not request.path.startswith(f"{PUBLIC_PATH}/"):
        return response
    return replace(response, headers=(*response.headers, ("content-security-policy", FILE_POLICY)))


def _file_response(request: Request) -> EmulatorResponse:
    found = asset_response(request, request.path.removeprefix(INBOX_PATH).removeprefix("/"))
    if found is None:
        return unknown_resource().response
    return found if request.method in _METHODS else wrong_method(_METHODS).response

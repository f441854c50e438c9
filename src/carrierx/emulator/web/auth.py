"""Access control of the inbox.

On this machine no password is needed, so a foreign web page must not get in through the browser by posting a form to
us. `server/app.py` refuses a page whose host name resolves to the loopback address (DNS rebinding). From other
machines, the password is required.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from typing import Final

from carrierx.emulator.http.hosts import requested_host
from carrierx.emulator.http.types import Request, Response
from carrierx.emulator.web.errors import error_response

CHALLENGE: Final = 'Basic realm="carrierx emulator", charset="UTF-8"'
"""Header value that makes a browser ask for the password."""

MIN_PASSWORD_LENGTH: Final = 8
"""Minimum length of a password."""

_PASSWORD_SHAPE: Final = re.compile(r"[\x21-\x7e]+")


def check_password(password: str) -> None:
    """Raise an error for a password that is too weak.

    Args:
        password: At least `MIN_PASSWORD_LENGTH` visible ASCII characters. It also replaces the demo token, which
            everybody knows, as the API's token.

    Raises:
        ValueError: The password is too short or has other characters. The error does not contain it.
    """
    if len(password) < MIN_PASSWORD_LENGTH:
        raise ValueError(
            f"a password must have at least {MIN_PASSWORD_LENGTH} characters; this one has {len(password)}"
        )
    if not _PASSWORD_SHAPE.fullmatch(password):
        raise ValueError("a password must consist of visible ASCII characters, without spaces")


class InboxAuth:
    """Checks whether requests to the inbox are allowed.

    Args:
        password: Required password; None on a loopback address, which only this machine can reach.
    """

    def __init__(self, password: str | None = None) -> None:
        self._password = None if password is None else password.encode("utf-8", "surrogatepass")

    def refuse(self, request: Request) -> Response | None:
        """Return the error for a request that is not allowed, or None."""
        refused = self._refuse_stranger(request)
        if refused is None and request.method not in {"GET", "HEAD"}:
            return _refuse_foreign_page(request)
        return refused

    def _refuse_stranger(self, request: Request) -> Response | None:
        if self._password is None:
            return None
        given = _given_password(request)
        if given is not None and hmac.compare_digest(given, self._password):
            return None
        return error_response(401, "the inbox needs its password", (("www-authenticate", CHALLENGE),))


def _refuse_foreign_page(request: Request) -> Response | None:
    """Return the error for a change that another web page may have triggered in this browser.

    A page can't post JSON to another origin without a preflight request, which we never allow. A browser says which
    page sent a request, in `Sec-Fetch-Site` and `Origin`. At least one of them is required, and both must be right.
    """
    content_types = request.header_values("content-type")
    if [value.partition(";")[0].strip().lower() for value in content_types] != ["application/json"]:
        return error_response(415, "changes must be JSON with content-type: application/json")
    sites, origins = request.header_values("sec-fetch-site"), request.header_values("origin")
    own_site = all(site == "same-origin" for site in sites)
    own_origin = all(_is_own_origin(origin, requested_host(request)) for origin in origins)
    if (sites or origins) and own_site and own_origin:
        return None
    return error_response(403, "only the inbox's own page may make changes: the Origin must be the requested host")


def _is_own_origin(origin: str, host: str) -> bool:
    scheme, separator, rest = origin.partition("://")
    return scheme in {"http", "https"} and bool(separator) and rest != "" and rest.lower() == host.lower()


def _given_password(request: Request) -> bytes | None:
    values = request.header_values("authorization")
    scheme, _, parameter = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    if scheme.lower() != "basic":
        return None
    try:
        secret = base64.b64decode(parameter.strip().encode("utf-8", "surrogatepass"), validate=True)
    except binascii.Error:
        return None
    _, separator, password = secret.partition(b":")  # any user name
    return password if separator else None

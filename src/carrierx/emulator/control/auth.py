"""Access control of the inbox and the control API.

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

from carrierx.emulator.http.errors import ErrorEntry, RefusedRequestError
from carrierx.emulator.http.hosts import OWN_NAMES, requested_host
from carrierx.emulator.http.types import EmulatorResponse, Headers, Request

CHALLENGE: Final = 'Basic realm="carrierx emulator", charset="UTF-8"'
"""Header value that makes a browser ask for the password."""

SAFE_HEADERS: Final[Headers] = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
)
"""Headers of every response of the inbox and the control API."""

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


class ControlAuth:
    """Checks whether requests to the inbox and to the control API are allowed.

    Args:
        password: Required password; None on a loopback address, which only this machine can reach.
    """

    def __init__(self, password: str | None = None) -> None:
        self._password = None if password is None else password.encode("utf-8", "surrogatepass")

    def refuse(self, request: Request) -> EmulatorResponse | None:
        """Return the error for a request that is not allowed, or None."""
        refused = self._refuse_stranger(request)
        if refused is None and request.method not in {"GET", "HEAD"}:
            return _refuse_foreign_page(request)
        return refused

    def refuse_host(self) -> EmulatorResponse:
        """Return the error for a request that may come from a website, by DNS rebinding."""
        return _refusal(
            403,
            "Forbidden",
            f"without a password, the inbox and the control API answer only under the names {OWN_NAMES}: use one of"
            " them, or set a password (--password)",
        )

    def _refuse_stranger(self, request: Request) -> EmulatorResponse | None:
        if self._password is None:
            return None
        given = _given_password(request)
        if given is not None and hmac.compare_digest(given, self._password):
            return None
        return _refusal(
            401,
            "Unauthorized",
            "the inbox and the control API need the emulator's password, with any user name (curl -u :PASSWORD)",
            (("www-authenticate", CHALLENGE),),
        )


def _refusal(status: int, message: str, text: str, headers: Headers = ()) -> EmulatorResponse:
    return RefusedRequestError(status, message, [ErrorEntry(None, text)], headers).response


def _refuse_foreign_page(request: Request) -> EmulatorResponse | None:
    """Return the error for a change that another web page may have triggered in this browser.

    A browser says which page sent a change, in `Sec-Fetch-Site` or `Origin`; what is there must be right. A program,
    such as curl, sends neither. In addition, a page can't post JSON to another origin without a preflight request,
    which we never allow.
    """
    sites, origins = request.header_values("sec-fetch-site"), request.header_values("origin")
    own_site = all(site == "same-origin" for site in sites)
    own_origin = all(_is_own_origin(origin, requested_host(request)) for origin in origins)
    if not (own_site and own_origin):
        return _refusal(
            403, "Forbidden", "a browser may make changes only from the inbox's own page, whose Origin is this host"
        )
    content_types = request.header_values("content-type")
    if request.body and [value.partition(";")[0].strip().lower() for value in content_types] != ["application/json"]:
        return _refusal(
            415,
            "Unsupported media type",
            "the Content-Type of a body must be application/json (with curl, add -H 'content-type: application/json')",
        )
    return None


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

"""Who may see the inbox, and who may change something by it.

On this machine nobody needs a password, so that a foreign web page must not get in through the browser: neither by a
host name of its own that leads to the loopback address (DNS rebinding), nor by posting a form to us. From another
machine everybody needs the password.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from carrierx.emulator.http_types import Request, Response
from carrierx.emulator.inbox.http_errors import FORBIDDEN, error_response

CHALLENGE: Final = 'Basic realm="carrierx emulator", charset="UTF-8"'
"""What asks a browser for the password."""

LEAST_PASSWORD: Final = 8
"""How many characters a password has at least."""

_PASSWORD_SHAPE: Final = re.compile(r"[\x21-\x7e]+")


def check_password(password: str) -> None:
    """Refuse a password that would not protect.

    Args:
        password: Visible ASCII characters, at least `LEAST_PASSWORD`: it is the API's token as well, where the demo
            token, which everybody knows, will not do.

    Raises:
        ValueError: It is too short, or has other characters. The error does not repeat it.
    """
    if len(password) < LEAST_PASSWORD:
        raise ValueError(f"a password has at least {LEAST_PASSWORD} characters, this one has {len(password)}")
    if not _PASSWORD_SHAPE.fullmatch(password):
        raise ValueError("a password consists of visible ASCII characters, without spaces")


class InboxAuth:
    """Lets requests to the inbox pass, or refuses them.

    Args:
        password: What everybody has to give; None on a loopback address, where only this machine can ask.
    """

    def __init__(self, password: str | None = None) -> None:
        self._password = None if password is None else password.encode("utf-8", "surrogatepass")

    def refuse(self, request: Request) -> Response | None:
        """Return why a request may not pass, or None if it may."""
        refused = self._refuse_stranger(request)
        if refused is None and request.method not in {"GET", "HEAD"}:
            return _refuse_foreign_page(request)
        return refused

    def _refuse_stranger(self, request: Request) -> Response | None:
        if self._password is not None:
            given = _given_password(request)
            if given is not None and hmac.compare_digest(given, self._password):
                return None
            return error_response(401, "the inbox needs its password", (("www-authenticate", CHALLENGE),))
        if is_loopback_name(_host(request)):
            return None
        return error_response(FORBIDDEN, "the inbox is served only under the names localhost, 127.0.0.1 and [::1]")


def is_loopback_name(host: str) -> bool:
    """Tell whether the value of a Host header, with or without a port, names this machine by its loopback address."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if name == "localhost" or name.endswith(".localhost"):
            return True
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _host(request: Request) -> str:
    hosts = request.header_values("host")
    return hosts[0] if len(hosts) == 1 else ""


def _refuse_foreign_page(request: Request) -> Response | None:
    """Refuse a change that another web page may have made this browser ask for.

    A page can't post JSON elsewhere without asking first, which we never allow; and a browser says truly whose page it
    is, in `Sec-Fetch-Site` and in `Origin`. One of the two must be there, and those that are there must agree.
    """
    content_types = request.header_values("content-type")
    if [value.partition(";")[0].strip().lower() for value in content_types] != ["application/json"]:
        return error_response(415, "a change is asked for in JSON: content-type: application/json")
    sites, origins = request.header_values("sec-fetch-site"), request.header_values("origin")
    own_site = all(site == "same-origin" for site in sites)
    own_origin = all(_is_own_origin(origin, _host(request)) for origin in origins)
    if (sites or origins) and own_site and own_origin:
        return None
    return error_response(
        403, "a change is taken from the inbox's own page alone: its Origin has to be the host that is asked"
    )


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
    _, separator, password = secret.partition(b":")  # whatever the user's name is
    return password if separator else None

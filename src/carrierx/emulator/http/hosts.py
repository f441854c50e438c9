"""Host names in requests: whether a name leads to this machine, whatever DNS says.

A website can let a host name of its own resolve to a loopback address (DNS rebinding). A browser then treats the
emulator as a part of that website, whose scripts may read every response. The name in the Host header shows that.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final

from carrierx.emulator.http.types import Request

OWN_NAMES: Final = "localhost, 127.0.0.1 and [::1]"
"""The names of this machine, for error messages."""

_HOST: Final = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]*)?", re.ASCII | re.IGNORECASE)


def is_loopback_name(host: str) -> bool:
    """Return whether a host, with or without a port, is a name of this machine's loopback address."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    bracketed, name = found.group(1), (found.group(2) or "").lower()
    if bracketed is None and (name == "localhost" or name.endswith(".localhost")):
        return True
    try:
        address = ipaddress.IPv4Address(name) if bracketed is None else ipaddress.IPv6Address(bracketed)
    except ValueError:
        return False
    return address.is_loopback


def requested_host(request: Request) -> str:
    """Return the Host header of a request; an empty string if it has none or several."""
    hosts = request.header_values("host")
    return hosts[0] if len(hosts) == 1 else ""


def is_own_host(request: Request, server: str) -> bool:
    """Return whether a request names this machine, or comes from a client in the same process.

    Args:
        request: The request.
        server: The `server` of its ASGI scope. A real server gives the address of its socket. A client in the same
            process, which no website can control, gives the name in its URL.
    """
    return _is_own(requested_host(request), server)


@lru_cache
def _is_own(host: str, server: str) -> bool:
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    return is_loopback_name(host) or (found.group(2) == server != "" and not _is_address(server))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

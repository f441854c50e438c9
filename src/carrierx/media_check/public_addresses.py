"""Check that the addresses of a host are public, which prevents server-side request forgery.

A media URL may come from a stranger. Fetching it must not give access to the network of this machine.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, TypeAlias

from carrierx.network_guard import blocked_error, is_blocked

if TYPE_CHECKING:
    from carrierx.errors import NetworkBlockedError

__all__ = ["AddressGuard", "InsideAddressError", "Resolver", "blocked_media_error", "is_public", "resolve"]

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""Function that returns the IP addresses of a host, for a port. It raises `OSError` if there are none."""

# Special-purpose networks that not every version of Python counts as private.
_SPECIAL_V4 = (
    IPv4Network("100.64.0.0/10"),  # carrier-grade NAT
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv4Network("168.63.129.16/32"),  # Azure's platform address, which is reachable only from inside its machines
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = (
    IPv6Network("2001::/23"),  # protocol assignments, including Teredo
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4, which embeds IPv4 addresses and is deprecated
    IPv6Network("3fff::/20"),  # documentation
)
_NAT64 = IPv6Network("64:ff9b::/96")


class InsideAddressError(Exception):
    """A host has an address that is not public."""


def blocked_media_error(host: str) -> NetworkBlockedError:
    """Return the error for media on a host that a test run may not connect to."""
    return blocked_error(
        "The size of the media could not be checked, so the message was not sent",
        host,
        'Turn off the check in tests: media_check="off".',
    )


def is_public(address: str) -> bool:
    """Tell whether an IP address, and any IPv4 address embedded in it, belongs to the public internet.

    Args:
        address: IPv4 or IPv6 address in its usual notation.

    Returns:
        True if it is public. Text that isn't an IP address is not public.

    Example:
        >>> is_public("93.184.216.34"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1")
        (True, False, False)
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(parsed) if isinstance(parsed, IPv4Address) else _is_public_v6(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _SPECIAL_V4)
    )


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    embedded = address.ipv4_mapped or (IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None)
    if embedded is not None:
        return _is_public_v4(embedded)
    return (
        address in _GLOBAL_V6
        and address.is_global
        and not address.is_multicast
        and not any(address in network for network in _SPECIAL_V6)
    )


def resolve(host: str, port: int) -> list[str]:
    """Look up the addresses of a host with the system's resolver.

    Raises:
        OSError: The host has no address.
    """
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _literal(host: str) -> str | None:
    """Parse a host that is an IP address, including forms that only the system's resolver accepts."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        # For example 2130706433, 0x7f.1 and 017700000001, which all mean 127.0.0.1.
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


class AddressGuard:
    """Looks up hosts and accepts only addresses that a check may connect to.

    Args:
        resolver: Returns the addresses of a host.
        allow_private: True to accept every address.
    """

    def __init__(self, resolver: Resolver, *, allow_private: bool) -> None:
        self._resolver = resolver
        self._allow_private = allow_private

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, each once.

        Raises:
            NetworkBlockedError: A test run may not connect to the host. Nothing was looked up.
            InsideAddressError: One of the addresses is not public. Then the others are suspicious and not used either.
            OSError: The host has no address.
        """
        literal = _literal(host)
        if literal is not None and not self._accepts(literal):
            raise InsideAddressError
        if is_blocked(literal or host):
            raise blocked_media_error(host)
        found = list(dict.fromkeys([literal] if literal else self._resolver(host, port)))
        if not found:
            raise OSError("the name has no address")
        if not all(map(self._accepts, found)):
            raise InsideAddressError
        return found

    def _accepts(self, address: str) -> bool:
        return self._allow_private or is_public(address)

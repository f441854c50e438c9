"""Keeps a test run away from real hosts: the pytest plugin switches it on, and every exchange asks it.

An environment variable carries it into the processes that a test run starts. It is read when such a process imports
this module, and not for each message: that takes most of a microsecond, and a test that clears its environment must not
switch the guard off.

The plugin imports this module in every test run of every user, so it loads nothing until the guard is on and asked.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from carrierx.errors import NetworkBlockedError

__all__ = [
    "VARIABLE",
    "allow_also",
    "allow_every_host",
    "blocked_error",
    "is_blocked",
    "is_guarded",
    "restore",
    "state",
]

VARIABLE: Final = "CARRIERX_TEST_ALLOWED_HOSTS"
"""The hosts that are allowed, separated by commas. The guard is off without it."""

# Always on the list, although it goes without saying: on Windows there are no empty variables.
_FIRST: Final = "localhost"

_WAYS_OUT: Final = (
    "To allow the host, add it to carrierx_allow_hosts in pytest's configuration, mark the test with "
    "@pytest.mark.carrierx_allow_network, or run pytest with --carrierx-allow-network."
)

_allowed: str | None = os.environ.get(VARIABLE)


def state() -> str | None:
    """Give what `restore` takes: the value of the variable, or None while the guard is off."""
    return _allowed


def restore(value: str | None) -> None:
    """Put the guard back into an earlier state, here and for the processes that are started from now on."""
    global _allowed
    _allowed = value
    if value is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = value


def allow_every_host() -> None:
    """Switch the guard off."""
    restore(None)


def allow_also(hosts: Iterable[str]) -> None:
    """Switch the guard on, or keep it on, with more hosts allowed."""
    known = (_allowed or _FIRST).split(",")
    restore(",".join([*known, *(host for host in hosts if host not in known)]))


def is_guarded() -> bool:
    """Tell whether the guard is on."""
    return _allowed is not None


def is_blocked(host: str) -> bool:
    """Tell whether a request to a host must not go out."""
    return _allowed is not None and _is_refused(host, _allowed)


def blocked_error(what: str, host: str, instead: str, reference: str | None = None) -> NetworkBlockedError:
    """Make the error for a request that must not go out.

    Args:
        what: The beginning of its text, which says what did not happen.
        host: The host.
        instead: What to do in a test instead, as a sentence.
        reference: The reference of the message, if it has one.
    """
    from carrierx.errors import NetworkBlockedError

    text = f"{what}: a test run may not talk to {host}. {instead} {_WAYS_OUT}"
    return NetworkBlockedError(text, host=host, reference=reference)


def _is_refused(host: str, allowed: str) -> bool:
    from carrierx.addresses import is_loopback

    asked = _canonical(host)
    return not is_loopback(asked) and asked not in map(_canonical, allowed.split(","))


def _canonical(host: str) -> str:
    """Write a host without brackets, port and last dot, an international one in its own letters."""
    from ipaddress import ip_address
    from unicodedata import normalize

    host = host.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return ip_address(host).compressed
    except ValueError:
        labels = host.lower().rstrip(".").split(".")
        return normalize("NFKC", ".".join(map(_in_letters, labels))).lower()


def _in_letters(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label

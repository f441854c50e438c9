"""The network guard keeps a test run from connecting to real hosts. The pytest plugin switches it on.

An environment variable passes its state to processes that a test run starts. The variable is read when such a process
imports this module, and not for each request: reading it costs most of a microsecond, and a test that clears its
environment must not switch the guard off.

The plugin imports this module in every test run of every user. So it imports other modules only when it needs them.
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
"""The allowed hosts, separated by commas. Without it, the guard is off."""

# Always allowed. It is listed because a variable on Windows can't be empty.
_FIRST: Final = "localhost"

_WAYS_OUT: Final = (
    "To allow the host, add it to carrierx_allow_hosts in pytest's configuration, mark the test with "
    "@pytest.mark.carrierx_allow_network, or run pytest with --carrierx-allow-network."
)

_allowed: str | None = os.environ.get(VARIABLE)


def state() -> str | None:
    """Return the guard's state for `restore`: the value of the variable, or None while the guard is off."""
    return _allowed


def restore(value: str | None) -> None:
    """Restore an earlier state of the guard, also for processes that are started from now on."""
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
    """Return whether the guard is on."""
    return _allowed is not None


def is_blocked(host: str) -> bool:
    """Return whether requests to a host are refused."""
    return _allowed is not None and _is_refused(host, _allowed)


def blocked_error(what: str, host: str, instead: str, reference: str | None = None) -> NetworkBlockedError:
    """Make the error for a refused request.

    Args:
        what: The beginning of its text: what did not happen.
        host: The host.
        instead: A sentence on what to do in a test instead.
        reference: The reference of the message, if it has one.
    """
    from carrierx.errors import NetworkBlockedError

    text = f"{what}: a test run may not connect to {host}. {instead} {_WAYS_OUT}"
    return NetworkBlockedError(text, host=host, reference=reference)


def _is_refused(host: str, allowed: str) -> bool:
    from carrierx.addresses import is_loopback

    asked = _canonical(host)
    return not is_loopback(asked) and asked not in map(_canonical, allowed.split(","))


def _canonical(host: str) -> str:
    """Normalize a host: without brackets, port and final dot, and with international names in Unicode."""
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

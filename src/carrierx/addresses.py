"""Checks of base URLs and proxy URLs. A base URL is https, or http on this machine."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from carrierx.errors import ConfigurationError

__all__ = ["check_base_url", "check_proxy", "is_loopback"]

_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_NOT_IN_A_URL = re.compile(r"[^\x21-\x7e]|\\")


def is_loopback(host: str) -> bool:
    """Tell whether a host names this machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_base_url(base_url: object, *, allow_http: bool) -> str:
    """Check a base URL and remove its trailing slash. Errors don't repeat the URL, because it may hold a password.

    Raises:
        ConfigurationError: It is not an absolute https URL (or http on this machine) with a host and an optional path.
    """
    parts = _split("base_url", base_url)
    if parts.scheme not in ("http", "https"):
        raise ConfigurationError("base_url must be an absolute URL that starts with https://.")
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("base_url must hold no user name or password; use token= or basic_auth=.")
    if parts.query or parts.fragment or "?" in parts.geturl() or "#" in parts.geturl():
        raise ConfigurationError("base_url must hold no query and no fragment, only scheme, host and path.")
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise ConfigurationError(
            "base_url must start with https://, because http sends the token and the texts unencrypted. "
            "http is allowed for this machine (127.0.0.1, ::1, localhost), and elsewhere with allow_http=True."
        )
    return parts.geturl().rstrip("/")


def check_proxy(proxy: object, name: str = "proxy") -> None:
    """Check the URL of a proxy. Errors don't repeat it, because it may hold a password.

    Args:
        proxy: The URL.
        name: The name of the option, for errors.

    Raises:
        ConfigurationError: It is not an http, https or socks5 URL with a host.
    """
    parts = _split(name, proxy)
    if parts.scheme not in _PROXY_SCHEMES:
        raise ConfigurationError(f"{name} must be a URL that starts with one of {', '.join(_PROXY_SCHEMES)}.")


def _split(name: str, url: object) -> SplitResult:
    if not isinstance(url, str):
        raise ConfigurationError(f"{name} must be a string, not {type(url).__name__}.")
    if _NOT_IN_A_URL.search(url):
        raise ConfigurationError(f"{name} holds a space, a control character, a backslash or a non-ASCII character.")
    parts = _split_or_none(url)
    if parts is None:
        raise ConfigurationError(f"{name} is not a valid URL: its host or port can't be read.")
    if not parts.hostname:
        raise ConfigurationError(f"{name} must be an absolute URL with a host, such as https://host/path.")
    if "[" in parts.netloc and not _is_ip_address(parts.hostname):
        raise ConfigurationError(f"{name} has brackets around something that is not an IPv6 address.")
    return parts


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _split_or_none(url: str) -> SplitResult | None:
    # The error repeats a part of the URL, so it is neither raised nor chained.
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts

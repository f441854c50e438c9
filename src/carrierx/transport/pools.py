"""What the default pools are made with: the TLS context that a process shares, and the proxy."""

from __future__ import annotations

import os
import ssl
import threading
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from carrierx.addresses import check_proxy, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from carrierx.options import ClientConfig

__all__ = ["proxy_for", "tls_context_for"]


class _SharedContexts:
    """The process's TLS contexts, by the file of authorities."""

    def __init__(self) -> None:
        self._contexts: dict[str | None, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def renew_lock(self) -> None:
        self._lock = threading.Lock()

    def context(self, ca_file: str | None, build: Callable[[str | None], ssl.SSLContext]) -> ssl.SSLContext:
        with self._lock:
            if ca_file not in self._contexts:
                self._contexts[ca_file] = build(ca_file)
            return self._contexts[ca_file]


_shared = _SharedContexts()
if hasattr(os, "register_at_fork"):
    # The lock may be held by a thread that the child does not have.
    os.register_at_fork(after_in_child=_shared.renew_lock)


def tls_context_for(config: ClientConfig, build: Callable[[str | None], ssl.SSLContext]) -> ssl.SSLContext:
    """Give the process's TLS context, shared by sync and async: reading the authorities takes some 30 ms.

    Args:
        config: The client's configuration; a context of the user's own comes first.
        build: Makes a context for a file or folder of authorities, or for the usual ones.
    """
    return config.ssl_context or _shared.context(config.ca_file, build)


def proxy_for(config: ClientConfig) -> str | None:
    """Choose the proxy: the one given, else the environment's. This machine itself is reached without one.

    Raises:
        ConfigurationError: The environment's proxy is not a URL that can be used.
    """
    if config.proxy is not None or not config.trust_env:
        return config.proxy
    parts = urlsplit(config.base_url)
    host = parts.hostname or ""
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    check_proxy(proxy, "The environment's proxy (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY)")
    return proxy

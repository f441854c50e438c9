"""TLS and proxy: the TLS context, which a process shares, and the choice of the proxy."""

from __future__ import annotations

import os
import ssl
import urllib.request
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from carrierx.addresses import check_proxy, is_loopback
from carrierx.errors import ConfigurationError

if TYPE_CHECKING:
    from carrierx.options import ClientConfig

__all__ = ["ConnectionSettings", "connection_settings"]


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """The settings for a client's connections."""

    max_connections: int
    proxy: str | None = field(repr=False)  # it may hold a password
    tls_context: ssl.SSLContext | None


def connection_settings(config: ClientConfig) -> ConnectionSettings:
    """Choose the proxy and the TLS context.

    Raises:
        ConfigurationError: The environment's proxy or the certificate authorities can't be used.
    """
    proxy = _proxy_for(config)
    uses_tls = config.base_url.startswith("https:") or (proxy is not None and proxy.startswith("https:"))
    tls_context = (config.ssl_context or _context_for(config.ca_file)) if uses_tls else None
    return ConnectionSettings(config.max_connections, proxy, tls_context)


@cache  # once per process: reading the certificates takes some 30 ms
def _context_for(ca_file: str | None) -> ssl.SSLContext:
    folder = ca_file is not None and os.path.isdir(ca_file)
    try:
        if ca_file is None:
            return httpx.create_ssl_context()
        return ssl.create_default_context(cafile=None if folder else ca_file, capath=ca_file if folder else None)
    except (OSError, ssl.SSLError) as error:
        if ca_file is None:
            raise ConfigurationError(
                "The certificate authorities can't be read: check the environment variables SSL_CERT_FILE and "
                "SSL_CERT_DIR, or give ca_file=."
            ) from error
        raise ConfigurationError("ca_file contains no certificates in PEM format.") from error


def _proxy_for(config: ClientConfig) -> str | None:
    """Choose the proxy: the given one, or the environment's. Requests to this machine don't use a proxy.

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

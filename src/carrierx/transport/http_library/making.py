"""Making the default lines, and refusing injected clients of the wrong kind."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

import httpx

from carrierx.errors import ConfigurationError
from carrierx.transport.http_library.libraries import library_of
from carrierx.transport.http_library.own_lines import AsyncOwnLine, PoolSettings, SyncOwnLine
from carrierx.transport.pools import proxy_for, tls_context_for

if TYPE_CHECKING:
    from carrierx.options import ClientConfig
    from carrierx.transport.http_library.aiohttp_line import AiohttpLine

__all__ = ["check_injected", "make_aiohttp_line", "make_async_line", "make_sync_line"]


def _authorities(ca_file: str | None) -> ssl.SSLContext:
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
        raise ConfigurationError("ca_file holds no certificates in PEM form.") from error


def _settings(config: ClientConfig) -> PoolSettings:
    proxy = proxy_for(config)
    uses_tls = config.base_url.startswith("https:") or (proxy is not None and proxy.startswith("https:"))
    return PoolSettings(config.max_connections, proxy, tls_context_for(config, _authorities) if uses_tls else None)


def make_sync_line(config: ClientConfig) -> SyncOwnLine:
    """Make the default sync line, over watched connections."""
    return SyncOwnLine(config, _settings(config))


def make_async_line(config: ClientConfig) -> AsyncOwnLine:
    """Make the default async line, over watched connections."""
    return AsyncOwnLine(config, _settings(config))


def make_aiohttp_line(config: ClientConfig) -> AiohttpLine:
    """Make an async line over aiohttp, within the event loop that it is for.

    Raises:
        ConfigurationError: The extra `aiohttp` is not installed, or the proxy is one of SOCKS.
    """
    try:
        from carrierx.transport.http_library.aiohttp_line import AiohttpLine
    except ImportError as error:
        raise ConfigurationError('async_backend="aiohttp" needs the extra: pip install "carrierx[aiohttp]".') from error
    settings = _settings(config)
    if settings.proxy is not None and not settings.proxy.lower().startswith(("http:", "https:")):
        # It would take it for an HTTP proxy, and tell it the token.
        raise ConfigurationError('async_backend="aiohttp" knows http and https proxies only, and no SOCKS.')
    return AiohttpLine(config, settings)


def check_injected(client: object, *, asynchronous: bool) -> None:
    """Refuse an injected client of another kind.

    Raises:
        ConfigurationError: It is no client of httpx or httpx2, or not of the twin's kind.
    """
    library = library_of(client)
    wanted, other = ("AsyncClient", "Client") if asynchronous else ("Client", "AsyncClient")
    if not isinstance(client, getattr(library, wanted)):
        owner = "AsyncCarrierXClient" if asynchronous else "CarrierXClient"
        raise ConfigurationError(f"{owner} takes an {library.__name__}.{wanted}, not an {library.__name__}.{other}.")

"""Making the default lines, and refusing injected clients of the wrong kind."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

import httpx

from carrierx.errors import ConfigurationError
from carrierx.transport.http_library.client_lines import AsyncClientLine
from carrierx.transport.http_library.libraries import library_of
from carrierx.transport.http_library.own_lines import AsyncOwnLine, PoolSettings, SyncOwnLine
from carrierx.transport.pools import proxy_for, tls_context_for

if TYPE_CHECKING:
    from carrierx.options import ClientConfig

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
    return PoolSettings(
        config.max_connections, proxy, (lambda: tls_context_for(config, _authorities)) if uses_tls else None
    )


def make_sync_line(config: ClientConfig) -> SyncOwnLine:
    """Make the default sync line: one watched pool."""
    return SyncOwnLine(config, _settings(config))


def make_async_line(config: ClientConfig) -> AsyncOwnLine:
    """Make the default async line: several small watched pools."""
    settings = _settings(config)
    if settings.tls_context is not None:
        settings.tls_context()  # here, where authorities that can't be read are told as what they are
    return AsyncOwnLine(config, settings)


def make_aiohttp_line(config: ClientConfig) -> AsyncClientLine:
    """Make an async line over aiohttp. No evidence comes from its network, only from the body.

    Raises:
        ConfigurationError: The extra `aiohttp` is not installed.
    """
    try:
        import aiohttp
        from httpx_aiohttp import AiohttpTransport
    except ImportError as error:
        raise ConfigurationError('async_backend="aiohttp" needs the extra: pip install "carrierx[aiohttp]".') from error
    settings = _settings(config)
    tls: ssl.SSLContext | bool = settings.tls_context() if settings.tls_context is not None else True

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=settings.max_connections, keepalive_timeout=5.0, ssl=tls)
        return aiohttp.ClientSession(
            connector=connector, proxy=settings.proxy, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
        )

    return AsyncClientLine(AiohttpTransport(verify=tls, client=session), config)


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

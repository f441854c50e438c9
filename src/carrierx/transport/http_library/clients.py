"""Making HTTP clients, and telling which library an injected one is of."""

from __future__ import annotations

import os
import ssl
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import httpx

from carrierx.errors import ConfigurationError
from carrierx.transport.http_library.transports import PooledTransport, PoolSettings, SmallPoolsTransport
from carrierx.transport.pools import proxy_for, tls_context_for

if TYPE_CHECKING:
    from carrierx.options import ClientConfig

__all__ = ["check_injected", "library_of", "make_aiohttp_client", "make_async_client", "make_sync_client"]


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


def make_sync_client(config: ClientConfig) -> httpx.Client:
    """Make the default sync client: one watched pool."""
    return httpx.Client(transport=PooledTransport(_settings(config)), trust_env=False)


def make_async_client(config: ClientConfig) -> httpx.AsyncClient:
    """Make the default async client: several small watched pools."""
    settings = _settings(config)
    if settings.tls_context is not None:
        settings.tls_context()  # here, where authorities that can't be read are told as what they are
    return httpx.AsyncClient(transport=SmallPoolsTransport(settings), trust_env=False)


def make_aiohttp_client(config: ClientConfig) -> httpx.AsyncClient:
    """Make an async client over aiohttp. No evidence comes from its network, only from the body.

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

    return httpx.AsyncClient(transport=AiohttpTransport(verify=tls, client=session), trust_env=False)


def library_of(client: object) -> ModuleType:
    """Find the library that a client's class comes from: httpx or httpx2.

    Raises:
        ConfigurationError: It is neither's.
    """
    for base in type(client).__mro__:
        root = base.__module__.partition(".")[0]
        if root in ("httpx", "httpx2"):
            return sys.modules[root]
    raise ConfigurationError(
        f"http_client must be a client of httpx or httpx2, or a function that makes one, not {type(client).__name__}."
    )


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

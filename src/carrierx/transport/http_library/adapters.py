"""Makes the adapters that send attempts: over our own sessions, over injected clients, over aiohttp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from carrierx.errors import ConfigurationError
from carrierx.transport.http_library.httpx_adapter import AsyncHttpxAdapter, HttpxAdapter
from carrierx.transport.http_library.libraries import library_of
from carrierx.transport.http_library.sessions import AsyncSession, Session
from carrierx.transport.tls_and_proxy import connection_settings

if TYPE_CHECKING:
    import httpx

    from carrierx.options import ClientConfig
    from carrierx.transport.http_library.aiohttp_adapter import AiohttpAdapter

__all__ = ["default_adapter", "default_async_adapter", "injected_adapter", "injected_async_adapter"]


def default_adapter(config: ClientConfig) -> HttpxAdapter:
    """Make the adapter over a session of our own."""
    return HttpxAdapter(Session(connection_settings(config)), config)


def default_async_adapter(
    config: ClientConfig, backend: Literal["httpx", "aiohttp"]
) -> AsyncHttpxAdapter | AiohttpAdapter:
    """Make the adapter over a session of our own, within the event loop that it is for.

    Raises:
        ConfigurationError: The extra `aiohttp` is not installed, or the proxy is one of SOCKS.
    """
    settings = connection_settings(config)
    if backend == "httpx":
        return AsyncHttpxAdapter(AsyncSession(settings), config)
    from carrierx.transport.http_library.aiohttp_adapter import AiohttpAdapter

    if settings.proxy is not None and not settings.proxy.lower().startswith(("http:", "https:")):
        # It would take it for an HTTP proxy, and tell it the token.
        raise ConfigurationError('async_backend="aiohttp" works with http and https proxies only, not with SOCKS.')
    return AiohttpAdapter(config, settings)


def injected_adapter(client: httpx.Client, config: ClientConfig) -> HttpxAdapter:
    """Make the adapter over a client of the user's own.

    Raises:
        ConfigurationError: It is no sync client of httpx or httpx2.
    """
    _check_injected(client, "Client", "AsyncClient", "CarrierXClient")
    return HttpxAdapter(client, config)


def injected_async_adapter(client: httpx.AsyncClient, config: ClientConfig) -> AsyncHttpxAdapter:
    """Make the adapter over an async client of the user's own.

    Raises:
        ConfigurationError: It is no async client of httpx or httpx2.
    """
    _check_injected(client, "AsyncClient", "Client", "AsyncCarrierXClient")
    return AsyncHttpxAdapter(client, config)


def _check_injected(client: object, wanted: str, other: str, owner: str) -> None:
    library = library_of(client)
    if not isinstance(client, getattr(library, wanted)):
        raise ConfigurationError(f"{owner} takes an {library.__name__}.{wanted}, not an {library.__name__}.{other}.")

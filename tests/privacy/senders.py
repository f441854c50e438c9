"""Every way in which a client can reach a server: our own connections, aiohttp and two libraries' clients."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import httpx
import httpx2

from carrierx import AsyncCarrierXClient, CarrierXClient
from tests.privacy.secrets import SECRETS
from tests.support.client_factory import Driven

NOBODY_TRUSTED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Made once: a client that makes its own reads every authority of the system, which takes long."""

Hooks: TypeAlias = Mapping[str, list[Callable[..., object]]]

INJECTED_WAYS = ("httpx", "httpx async", "httpx2", "httpx2 async")
WAYS = ("own", "own async", "aiohttp async", *INJECTED_WAYS)
ASYNC_WAYS = tuple(way for way in WAYS if way.endswith("async"))


class Senders:
    """Makes clients that reach a server one way, and closes what it made."""

    def __init__(self, way: str, runner: asyncio.Runner) -> None:
        self.library, _, mode = way.partition(" ")
        self.is_async = mode == "async"
        self._runner = runner
        self._made: list[Any] = []

    def make(self, base_url: str, hooks: Hooks | None = None, **options: Any) -> Driven:
        """Make a client with the secret token."""
        if self.library == "aiohttp":
            options["async_backend"] = "aiohttp"
        if self.library in ("httpx", "httpx2"):
            options["http_client"] = self._http(hooks or {}, options.pop("verify", NOBODY_TRUSTED))
        elif "verify" in options:
            options["ssl_context"] = options.pop("verify")
        token = None if "basic_auth" in options else SECRETS.token
        given: dict[str, Any] = {"max_retries": 0, **options}
        made = (AsyncCarrierXClient if self.is_async else CarrierXClient)(token, base_url=base_url, **given)
        self._made.append(made)
        return Driven(made, self._runner.run if self.is_async else lambda result: result)

    def run(self, result: Any) -> Any:
        """Wait for what an async client's method returns."""
        return self._runner.run(result)

    def close(self) -> None:
        """Close the clients, injected ones too."""
        for made in reversed(self._made):
            if self.is_async:
                self._runner.run(made.aclose() if hasattr(made, "aclose") else made.close())
            else:
                made.close()

    def _http(self, hooks: Hooks, verify: Any) -> Any:
        module: Any = httpx if self.library == "httpx" else httpx2
        settings: dict[str, Any] = {"trust_env": False, "verify": verify, "event_hooks": dict(hooks)}
        http = module.AsyncClient(**settings) if self.is_async else module.Client(**settings)
        self._made.append(http)
        return http

"""What carries an upload over a real socket: our own transport, or an injected client of either library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import httpx2

from carrierx import RetryPolicy
from tests.support import behaviours as do
from tests.support.behaviours import UNBUFFERABLE
from tests.support.client_factory import ClientFactory, Driven
from tests.support.fault_server import FaultServer
from tests.support.samples import sampled

STORED = do.respond(201, sampled("file_upload_response"))
LARGE = UNBUFFERABLE // 2


def client_at(factory: ClientFactory, server: FaultServer, **options: Any) -> Driven:
    return factory.at(server.base_url, retry_policy=RetryPolicy(random=lambda: 0.0), **options)


Make = Callable[[ClientFactory, FaultServer], Driven]


def injected(library: Any) -> Make:
    def make(factory: ClientFactory, server: FaultServer) -> Driven:
        made = library.Client if factory.kind == "sync" else library.AsyncClient
        return factory.make(base_url=server.base_url, http_client=lambda: made())

    return make


CARRIERS: dict[str, Make] = {"own": client_at, "httpx": injected(httpx), "httpx2": injected(httpx2)}

"""Executes calls with an async HTTP client, on asyncio."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeVar

from carrierx.errors import CarrierXError, ConfigurationError
from carrierx.extras import needs_packages
from carrierx.tracebacks import hide_frames
from carrierx.transport.call_execution import CallExecution
from carrierx.transport.evidence import attempt_evidence
from carrierx.transport.httpx_adapter import AsyncHttpxAdapter
from carrierx.transport.httpx_session import AsyncSession
from carrierx.transport.library_errors import failure_kind, stripped
from carrierx.transport.outcome import FailureKind
from carrierx.transport.ownership import PerLoop
from carrierx.transport.retry import retry_async
from carrierx.transport.tls_and_proxy import connection_settings

if TYPE_CHECKING:
    import httpx

    from carrierx.credentials import Authorization, Credentials
    from carrierx.event_hub import EventHub
    from carrierx.options import CallSettings, ClientConfig
    from carrierx.transport.attempt_result import AttemptResult
    from carrierx.transport.call import Call, Response

__all__ = ["AsyncTransport"]

T = TypeVar("T")

# The first DNS lookup and anyio's first call would import these, and block the event loop meanwhile.
for _name in ("encodings.idna", "concurrent.futures.thread", "anyio._backends._asyncio"):
    importlib.import_module(_name)


class AsyncTransport:
    """Executes the calls of an async client and of all its copies.

    Args:
        config: The client's configuration.
        credentials: The client's credentials.
        http_client: The user's own async client of httpx or httpx2, or a function that makes one for each event loop.
        backend: The HTTP library to use if the user passes no client: `httpx`, or `aiohttp` (an extra).

    Attributes:
        uses_own_session: Whether the connections are ours, and not those of an HTTP client that the user passed in.

    Raises:
        ConfigurationError: The extra `aiohttp` is not installed, or `http_client` is of another kind.
    """

    def __init__(
        self,
        config: ClientConfig,
        credentials: Credentials,
        http_client: httpx.AsyncClient | Callable[[], httpx.AsyncClient] | None = None,
        backend: Literal["httpx", "aiohttp"] = "httpx",
    ) -> None:
        self._credentials = credentials
        self.uses_own_session: bool = http_client is None
        self._adapters = _adapters(config, http_client, backend)

    async def execute(
        self, call: Call[T], settings: CallSettings, config: ClientConfig, events: EventHub
    ) -> Response[T]:
        """Execute a call: make attempts, wait between them, and return the response or raise the error."""
        execution = CallExecution(call, settings, config, events)
        try:
            execution.begin()
            result = await self._authorized_attempt(execution)
            if result.can_retry and settings.max_retries:
                result = await retry_async(
                    execution, result, lambda: self._authorized_attempt(execution), config.clock.sleep_async
                )
            return execution.finish(result)
        except BaseException as error:
            execution.ended(error)
            raise

    async def close(self) -> None:
        """Close the running loop's HTTP client, once the requests in flight have ended."""
        await self._adapters.close()

    async def _authorized_attempt(self, execution: CallExecution[T]) -> AttemptResult[T]:
        try:
            authorization = await self._credentials.header_async()
            result = await self._attempt(execution, authorization)
            if result.status_code == 401 and self._credentials.refreshable and execution.wants_fresh_token():
                result = await self._attempt(execution, await self._credentials.refresh_async(authorization))
        except CarrierXError as error:
            return execution.failed_before_attempt(error)
        return result

    async def _attempt(self, execution: CallExecution[T], authorization: Authorization) -> AttemptResult[T]:
        adapter, in_flight, _ = await self._adapters.get()
        evidence = execution.begin_attempt(authorization, bound_network=False)
        token = attempt_evidence.set(evidence)
        deadline = asyncio.timeout(execution.time_left())
        in_flight.add(evidence, execution.longest_attempt)
        try:
            response = await adapter.send(execution, evidence, deadline)
        except Exception as failure:  # noqa: BLE001 - any exception needs an outcome
            if deadline.expired():
                return execution.failed(evidence, FailureKind.DEADLINE, None)
            return execution.failed(evidence, failure_kind(failure), stripped(failure))
        except BaseException as interrupt:
            execution.interrupted(evidence)
            hide_frames(interrupt)
            raise
        finally:
            in_flight.remove(evidence)
            attempt_evidence.reset(token)
        return execution.answered(evidence, response)


def _adapters(
    config: ClientConfig,
    given: httpx.AsyncClient | Callable[[], httpx.AsyncClient] | None,
    backend: Literal["httpx", "aiohttp"],
) -> PerLoop:
    if given is None and backend == "aiohttp":
        try:
            from carrierx.transport.aiohttp_adapter import AiohttpAdapter
        except ImportError as error:
            raise ConfigurationError(needs_packages('async_backend="aiohttp"', "aiohttp")) from error
        return PerLoop(lambda: AiohttpAdapter(config, connection_settings(config)))
    if given is None:
        return PerLoop(lambda: AsyncHttpxAdapter(AsyncSession(connection_settings(config)), config))
    if callable(given):
        make = given
        return PerLoop(lambda: AsyncHttpxAdapter(make(), config))
    return PerLoop(None, AsyncHttpxAdapter(given, config))

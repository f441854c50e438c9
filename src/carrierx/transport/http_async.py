"""Carrying calls with an async HTTP client, on asyncio. HTTP libraries and tenacity load when they are needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeVar

from carrierx.errors import CarrierXError
from carrierx.transport.evidence import attempt_evidence
from carrierx.transport.journey import Journey
from carrierx.transport.outcome import FailureKind
from carrierx.transport.ownership_async import AsyncOwner

if TYPE_CHECKING:
    import httpx

    from carrierx.credentials import Authorization, Credentials
    from carrierx.event_hub import EventHub
    from carrierx.options import CallSettings, ClientConfig
    from carrierx.transport.call import Call, Response
    from carrierx.transport.http_library.aiohttp_line import AiohttpLine
    from carrierx.transport.http_library.client_lines import AsyncClientLine
    from carrierx.transport.http_library.own_lines import AsyncOwnLine
    from carrierx.transport.verdict import Verdict

__all__ = ["AsyncTransport"]

T = TypeVar("T")


class AsyncTransport:
    """Carries the calls of an async client and of every copy of it.

    Args:
        config: How CarrierX is reached.
        credentials: Who calls.
        http_client: The user's own async client of httpx or httpx2, or a function that makes one an event loop.
        backend: What carries the requests if there is no client of the user's: `httpx`, or `aiohttp` by an extra.
    """

    def __init__(
        self,
        config: ClientConfig,
        credentials: Credentials,
        http_client: httpx.AsyncClient | Callable[[], httpx.AsyncClient] | None = None,
        backend: Literal["httpx", "aiohttp"] = "httpx",
    ) -> None:
        self._credentials = credentials
        self._owner = _make_owner(config, http_client, backend)

    async def execute(
        self, call: Call[T], settings: CallSettings, config: ClientConfig, events: EventHub
    ) -> Response[T]:
        """Carry a call: attempts, waits between them, and the answer or the error that comes of it."""
        journey = Journey(call, settings, config, events)
        verdict = await self._authorized_attempt(journey)
        if verdict.again and settings.max_retries:
            from carrierx.transport.retry import retry_async

            verdict = await retry_async(
                journey, verdict, lambda: self._authorized_attempt(journey), config.clock.sleep_async
            )
        return journey.finish(verdict)

    async def close(self) -> None:
        """Close what was made here for the running loop."""
        await self._owner.close()

    async def _authorized_attempt(self, journey: Journey[T]) -> Verdict[T]:
        try:
            authorization = await self._credentials.header_async()
            verdict = await self._attempt(journey, authorization)
            if verdict.status_code == 401 and self._credentials.refreshable and journey.wants_fresh_token():
                verdict = await self._attempt(journey, await self._credentials.refresh_async(authorization))
        except CarrierXError as error:
            return journey.unable(error)
        return verdict

    async def _attempt(self, journey: Journey[T], authorization: Authorization) -> Verdict[T]:
        line = await self._owner.client()
        evidence = journey.begin_attempt(authorization, bound_network=False)
        token = attempt_evidence.set(evidence)
        deadline = asyncio.timeout(journey.time_left())
        try:
            try:
                answer = await line.exchange(journey, evidence, deadline)
            except Exception as failure:  # noqa: BLE001 - whatever it is, the outcome must be judged
                if deadline.expired():
                    return journey.failed(evidence, FailureKind.DEADLINE, None)
                from carrierx.transport.http_library.failures import failure_kind, stripped

                return journey.failed(evidence, failure_kind(failure), stripped(failure))
        except BaseException:
            journey.interrupted(evidence)
            raise
        finally:
            attempt_evidence.reset(token)
        return journey.answered(evidence, answer)


def _make_owner(
    config: ClientConfig,
    given: httpx.AsyncClient | Callable[[], httpx.AsyncClient] | None,
    backend: Literal["httpx", "aiohttp"],
) -> AsyncOwner[AsyncOwnLine | AiohttpLine] | AsyncOwner[AsyncClientLine]:
    if given is None:

        def own() -> AsyncOwnLine | AiohttpLine:
            from carrierx.transport.http_library.making import make_aiohttp_line, make_async_line

            return make_aiohttp_line(config) if backend == "aiohttp" else make_async_line(config)

        return AsyncOwner(own)
    from carrierx.transport.http_library.client_lines import AsyncClientLine
    from carrierx.transport.http_library.making import check_injected

    if callable(given):
        make = given

        def checked() -> AsyncClientLine:
            client = make()
            check_injected(client, asynchronous=True)
            return AsyncClientLine(client, config)

        return AsyncOwner(checked)
    check_injected(given, asynchronous=True)
    return AsyncOwner(None, AsyncClientLine(given, config))

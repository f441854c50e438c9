"""Carrying calls with an async HTTP client, on asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeVar

from carrierx.errors import CarrierXError
from carrierx.transport.answer import Answer, AnswerBody, Defect
from carrierx.transport.evidence import Evidence, attempt_evidence
from carrierx.transport.http_library.answers import answer_cut, answer_in_memory, answer_of, note_keep_alive
from carrierx.transport.http_library.clients import (
    check_injected,
    library_of,
    make_aiohttp_client,
    make_async_client,
)
from carrierx.transport.http_library.failures import failure_kind, response_within, stripped
from carrierx.transport.http_library.log_filter import mask_library_logs
from carrierx.transport.http_library.requests import RequestBuilder
from carrierx.transport.journey import Journey
from carrierx.transport.outcome import FailureKind
from carrierx.transport.ownership import AsyncOwner
from carrierx.transport.retry import retry_async

if TYPE_CHECKING:
    import httpx

    from carrierx.credentials import Credentials
    from carrierx.events import EventHub
    from carrierx.options import CallSettings, ClientConfig
    from carrierx.transport.call import Call, Response
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
        self._config = config
        self._credentials = credentials
        self._builder: RequestBuilder | None = None
        self._make_default = make_aiohttp_client if backend == "aiohttp" else make_async_client
        self._owner = self._make_owner(http_client)

    def _make_owner(
        self, given: httpx.AsyncClient | Callable[[], httpx.AsyncClient] | None
    ) -> AsyncOwner[httpx.AsyncClient]:
        if given is None:
            make_default, config = self._make_default, self._config
            return AsyncOwner(lambda: make_default(config))
        if callable(given):
            make = given

            def checked() -> httpx.AsyncClient:
                client = make()
                check_injected(client, asynchronous=True)
                return client

            return AsyncOwner(checked)
        check_injected(given, asynchronous=True)
        return AsyncOwner(None, given)

    async def execute(
        self, call: Call[T], settings: CallSettings, config: ClientConfig, events: EventHub
    ) -> Response[T]:
        """Carry a call: attempts, waits between them, and the answer or the error that comes of it."""
        journey = Journey(call, settings, config, events)
        verdict = await self._authorized_attempt(journey)
        if verdict.again and settings.max_retries:
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

    async def _attempt(self, journey: Journey[T], authorization: str) -> Verdict[T]:
        client = await self._owner.client()
        evidence = journey.begin_attempt(authorization, bound_network=False)
        status: int | None = None
        request: httpx.Request | None = None
        token = attempt_evidence.set(evidence)
        deadline = asyncio.timeout(journey.time_left())
        try:
            try:
                request = self._request_builder(client).build(journey, evidence, authorization)
                async with deadline:
                    response = await client.send(request, stream=True, auth=None, follow_redirects=False)
            except Exception as failure:  # noqa: BLE001 - whatever it is, the outcome must be judged
                if deadline.expired():
                    return journey.failed(evidence, FailureKind.DEADLINE, None)
                refused = response_within(failure, request)
                if refused is None:
                    return journey.failed(evidence, failure_kind(failure), stripped(failure))
                status = refused.status_code
                answer = Answer(status, refused.headers, b"", Defect.CUT)
            else:
                status = response.status_code
                answer = await _read(response, evidence, journey)
        except BaseException:
            journey.interrupted(evidence, status)
            raise
        finally:
            attempt_evidence.reset(token)
        return journey.answered(evidence, answer)

    def _request_builder(self, client: httpx.AsyncClient) -> RequestBuilder:
        if self._builder is None:
            mask_library_logs(self._config.base_url)
            self._builder = RequestBuilder(self._config, library_of(client))
        return self._builder


async def _read(response: httpx.Response, evidence: Evidence, journey: Journey[T]) -> Answer:
    largest = journey.call.largest_answer
    in_memory = answer_in_memory(response, largest)
    if in_memory is not None:
        return in_memory
    note_keep_alive(response, evidence)
    body = AnswerBody(response.headers, largest)
    try:
        async with asyncio.timeout(journey.time_left()):
            async for chunk in response.aiter_raw():
                if not body.feed(chunk):
                    break
    except Exception as failure:  # noqa: BLE001 - the status is known, so the body can only be cut
        return answer_cut(response, body, failure)
    finally:
        await response.aclose()
    return answer_of(response, body)

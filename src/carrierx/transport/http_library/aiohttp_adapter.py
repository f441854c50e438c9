"""Sends attempts through a session of aiohttp: the fastest way with many requests in flight.

aiohttp writes a body in a task of its own and repeats some requests by itself, so the body is a payload of ours: it
notes when aiohttp begins to take it, and can be taken once. Nothing of a request goes out before that, headers
included: older aiohttps than we ask for sent them first, and so repeated what has no body.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

import aiohttp
import httpx
from yarl import URL

from carrierx.network_guard import is_blocked
from carrierx.transport.answer import Answer, AnswerBody, AnswerHeaders
from carrierx.transport.evidence import Evidence, OneShotBody, attempt_evidence
from carrierx.transport.http_library.aiohttp_failures import as_httpx_failure
from carrierx.transport.http_library.answers import answer_cut, answer_of
from carrierx.transport.http_library.network_refusal import refuse
from carrierx.transport.http_library.requests import PartsBuilder
from carrierx.transport.streamed_body import OneShotStream, StreamedBody

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.tracing import Trace

    from carrierx.options import ClientConfig
    from carrierx.transport.journey import Journey
    from carrierx.transport.tls_and_proxy import ConnectionSettings

__all__ = ["AiohttpAdapter"]

T = TypeVar("T")

_KEEP_ALIVE_SECONDS = 5.0
_NO_TYPE = ("Content-Type",)


class AiohttpAdapter:
    """Sends attempts through a session of aiohttp for one event loop. No evidence comes from its network.

    Args:
        config: How CarrierX is reached.
        settings: What the session's pool is made with. A proxy must be one of http or https.
    """

    def __init__(self, config: ClientConfig, settings: ConnectionSettings) -> None:
        # As the other adapters write it: percent signs, international host and all.
        self._builder = PartsBuilder(config, lambda text: URL(str(httpx.URL(text)), encoded=True))
        self._proxy = None if settings.proxy is None else URL(settings.proxy)
        self._open_sockets: WeakSet[socket.socket] = WeakSet()
        connector = _Connector(
            limit=settings.max_connections,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            socket_factory=self._make_socket,
            ssl=True if settings.tls_context is None else settings.tls_context,
        )
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )
        # aiohttp can wait for a free connection by itself, but then does not tell that from connecting.
        self._slots = asyncio.Semaphore(settings.max_connections)
        self._kept_timeouts: tuple[tuple[float, float], aiohttp.ClientTimeout] | None = None

    async def send(self, journey: Journey[T], evidence: Evidence, deadline: asyncio.Timeout) -> Answer:
        """Send one attempt, until its deadline, and take its answer in."""
        timeouts = self._builder.timeouts_of(journey)
        headers, body = None, None
        try:
            async with deadline:
                if self._slots.locked():
                    await self._wait_for_slot(timeouts[1])
                else:
                    await self._slots.acquire()
                try:
                    response = await self._sent(journey, evidence, timeouts)
                    evidence.status_code = response.status
                    headers = AnswerHeaders(response.raw_headers)
                    body = AnswerBody(headers, journey.call.largest_answer)
                    await _read(response, body)
                finally:
                    self._slots.release()
            return answer_of(response.status, headers, body)
        except Exception as failure:  # noqa: BLE001 - it is raised again unless the answer had begun
            ended = as_httpx_failure(failure)
        # Outside of the handler: aiohttp's exceptions hold the request, so ours must not have one as their context.
        try:
            if headers is None or body is None or evidence.status_code is None:
                raise ended
            return answer_cut(evidence.status_code, headers, body, ended)
        finally:
            del ended  # or this frame and the exception would hold each other

    async def aclose(self) -> None:
        """Close every connection."""
        await self._session.close()

    def close_sockets(self) -> None:
        """Close every socket, where the event loop that would have to close the connections is closed."""
        for one in list(self._open_sockets):
            one.close()

    def _make_socket(self, address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol = address[:3]
        made = socket.socket(family, kind, protocol)
        self._open_sockets.add(made)
        return made

    async def _wait_for_slot(self, patience: float) -> None:
        try:
            async with asyncio.timeout(patience):
                await self._slots.acquire()
        except TimeoutError as error:
            raise httpx.PoolTimeout("every connection is in use") from error

    def _sent(
        self, journey: Journey[T], evidence: Evidence, timeouts: tuple[float, float]
    ) -> Awaitable[aiohttp.ClientResponse]:
        body = journey.body
        # A call that must not be repeated has a payload even without a body: aiohttp may repeat what has none.
        has_payload = bool(body) or not journey.call.is_repeatable
        return self._session.request(
            journey.call.method,
            self._builder.url_of(journey),
            headers=self._builder.headers_of(journey, evidence.authorization),
            data=_Payload(body, evidence) if has_payload else None,
            skip_auto_headers=None if body else _NO_TYPE,
            allow_redirects=False,
            proxy=self._proxy,
            timeout=self._client_timeout(timeouts),
        )

    def _client_timeout(self, timeouts: tuple[float, float]) -> aiohttp.ClientTimeout:
        kept = self._kept_timeouts
        if kept is not None and kept[0] == timeouts:
            return kept[1]
        connect, timeout = timeouts
        made = aiohttp.ClientTimeout(total=None, connect=timeout, sock_connect=connect, sock_read=timeout)
        self._kept_timeouts = timeouts, made
        return made


async def _read(response: aiohttp.ClientResponse, body: AnswerBody) -> None:
    """Take the body in; a connection whose answer was not read to its end is closed."""
    content = response.content
    try:
        while not content.at_eof():
            if not body.feed(await content.readany()):
                break
    finally:
        if not response.closed:
            response.close()


class _Connector(aiohttp.TCPConnector):
    """aiohttp's connector, which each request asks for a connection: here a test run keeps it from the network."""

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.connector.Connection:
        """Give a connection, unless the request's host is one that a test run may not talk to."""
        host = req.url.host or ""
        evidence = attempt_evidence.get()
        if is_blocked(host) and evidence is not None:
            refuse(host, evidence)
        return await super().connect(req, traces, timeout)


class _Payload(aiohttp.Payload):
    """A body that aiohttp can take once, and that notes how far that went."""

    def __init__(self, body: StreamedBody | bytes, evidence: Evidence) -> None:
        super().__init__(None)
        self._body = OneShotStream(body, evidence) if isinstance(body, StreamedBody) else OneShotBody(body, evidence)
        self._evidence = evidence
        self._known_size = body.size if isinstance(body, StreamedBody) else len(body)

    @property
    def size(self) -> int | None:
        """Bytes in all; None if that is not known."""
        return self._known_size

    @property
    def consumed(self) -> bool:
        """Whether it was begun: then aiohttp must not try again."""
        return self._evidence.body_starts > 0

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002 - aiohttp's
        """Give nothing: a body that can be taken once is not there to be looked at."""
        raise TypeError("the body is not there to be looked at")

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Hand the body over, each part when the one before has gone as far as the network takes it."""
        if isinstance(self._body, OneShotBody):
            for part in self._body:
                await writer.write(part)
                await writer.drain()
        else:
            async for part in self._body:
                await writer.write(part)
                await writer.drain()

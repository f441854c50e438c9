"""Sends attempts through a session of aiohttp, the fastest library with many requests in flight.

aiohttp writes a body in a task of its own, and repeats some requests on its own. So the body is our own payload, which
records when aiohttp starts to read it and can be read only once. aiohttp sends no part of a request before that, not
even the headers. (Versions older than the one we require sent the headers first, and repeated requests without a body.)
"""

from __future__ import annotations

import asyncio
import select
import socket
from http.client import responses
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

import aiohttp
import httpx
from yarl import URL

from carrierx.errors import ConfigurationError
from carrierx.models.streamed_body import StreamedBody
from carrierx.network_guard import is_blocked
from carrierx.transport.evidence import Evidence, OneShotBody, OneShotStream, attempt_evidence
from carrierx.transport.library_errors import stripped
from carrierx.transport.raw_response import BodyReader, RawResponse
from carrierx.transport.request_builder import RequestBuilder

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.tracing import Trace

    from carrierx.options import ClientConfig
    from carrierx.transport.call_execution import CallExecution
    from carrierx.transport.tls_and_proxy import ConnectionSettings

__all__ = ["AiohttpAdapter"]

T = TypeVar("T")

_KEEP_ALIVE_SECONDS = 5.0
_NO_TYPE = ("Content-Type",)


class AiohttpAdapter:
    """Sends attempts through a session of aiohttp for one event loop. Its network provides no evidence.

    Args:
        config: The client's configuration.
        settings: The settings of its connections.

    Raises:
        ConfigurationError: The proxy is a SOCKS proxy.
    """

    def __init__(self, config: ClientConfig, settings: ConnectionSettings) -> None:
        if settings.proxy is not None and not settings.proxy.lower().startswith(("http:", "https:")):
            # aiohttp would treat it as an HTTP proxy and send it the token.
            raise ConfigurationError('async_backend="aiohttp" works with http and https proxies only, not with SOCKS.')
        # Encoded as the other adapters do: percent signs, international host and all.
        self._builder = RequestBuilder(config, lambda text: URL(str(httpx.URL(text)), encoded=True))
        self._proxy = None if settings.proxy is None else URL(settings.proxy)
        self._open_sockets: WeakSet[socket.socket] = WeakSet()
        connector = _Connector(
            limit=settings.max_connections,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            socket_factory=self._make_socket,
            ssl=True if settings.tls_context is None else settings.tls_context,
        )
        connector.used = WeakSet()
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )
        # aiohttp can wait for a free connection itself, but then it reports that wait as connecting.
        self._slots = asyncio.Semaphore(settings.max_connections)

    async def send(self, execution: CallExecution[T], evidence: Evidence, deadline: asyncio.Timeout) -> RawResponse:
        """Send one attempt and read its response, until the deadline."""
        timeouts = self._builder.timeouts_of(execution)
        headers, body = None, None
        try:
            async with deadline:
                if self._slots.locked():
                    await self._wait_for_slot(timeouts[1])
                else:
                    await self._slots.acquire()
                try:
                    response = await self._sent(execution, evidence, timeouts)
                    evidence.status_code = response.status
                    headers = httpx.Headers(list(response.raw_headers))
                    body = BodyReader(headers, execution.call.max_response_bytes)
                    await _read(response, body)
                finally:
                    self._slots.release()
            return body.response(response.status, headers)
        except Exception as failure:  # noqa: BLE001 - it is raised again unless the response had begun
            ended = as_httpx_failure(failure)
        # Outside of the handler: aiohttp's exceptions hold the request, so our errors must not have one as a context.
        try:
            if headers is None or body is None or evidence.status_code is None:
                raise ended
            return body.response(evidence.status_code, headers, stripped(ended))
        finally:
            del ended  # or this frame and the exception would keep each other alive

    async def aclose(self) -> None:
        """Close every connection."""
        await self._session.close()

    def close_sockets(self) -> None:
        """Close all sockets, after the event loop that would have to close the connections was closed."""
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
        self, execution: CallExecution[T], evidence: Evidence, timeouts: tuple[float, float]
    ) -> Awaitable[aiohttp.ClientResponse]:
        body, (connect, timeout) = execution.body, timeouts
        # A call that must not be repeated has a payload even without a body: aiohttp may repeat what has none.
        has_payload = bool(body) or not execution.call.is_repeatable
        return self._session.request(
            execution.call.method,
            self._builder.url_of(execution),
            headers=[
                (name.decode(), value.decode())
                for name, value in self._builder.headers_of(execution, evidence)
                if name != b"Transfer-Encoding"  # aiohttp's own
            ],
            data=_Payload(body, evidence) if has_payload else None,
            skip_auto_headers=None if body else _NO_TYPE,
            allow_redirects=False,
            proxy=self._proxy,
            timeout=aiohttp.ClientTimeout(total=None, connect=timeout, sock_connect=connect, sock_read=timeout),
        )


async def _read(response: aiohttp.ClientResponse, body: BodyReader) -> None:
    """Read the body. Close the connection if the response was not read completely."""
    content = response.content
    try:
        while not content.at_eof():
            if not body.feed(await content.readany()):
                break
    finally:
        if not response.closed:
            response.close()


def _has_bytes(connection: aiohttp.connector.Connection) -> bool:
    transport = connection.transport
    lent = transport.get_extra_info("socket") if transport is not None else None
    if lent is None or lent.fileno() < 0:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([lent.fileno()], [], [], 0)[0])
    poll = select.poll()
    poll.register(lent.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class _Connector(aiohttp.TCPConnector):
    """aiohttp's connector, which provides the connection for each request: only one without unread bytes.

    The network guard of test runs is checked here too.
    """

    used: WeakSet[asyncio.Protocol]
    """The connections that have carried a request."""

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.connector.Connection:
        """Return a connection, unless the network guard refuses the request's host."""
        evidence = attempt_evidence.get()
        for url in filter(None, (req.url, req.proxy)):
            if is_blocked(url.host or "") and evidence is not None:
                evidence.block(url.host or "")
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            if protocol not in self.used:
                if protocol is not None:
                    self.used.add(protocol)
                return connection
            # aiohttp ignores bytes that arrived while the connection was idle, and would read them as a response.
            if protocol is not None and not protocol.should_close and not _has_bytes(connection):
                return connection
            connection.close()


class _Payload(aiohttp.Payload):
    """A body that aiohttp can read once, and that records how much was read."""

    def __init__(self, body: StreamedBody | bytes, evidence: Evidence) -> None:
        super().__init__(None)
        self._body = OneShotStream(body, evidence) if isinstance(body, StreamedBody) else OneShotBody(body, evidence)
        self._evidence = evidence
        self._known_size = body.size if isinstance(body, StreamedBody) else len(body)

    @property
    def size(self) -> int | None:
        """The size in bytes; None if it is unknown."""
        return self._known_size

    @property
    def consumed(self) -> bool:
        """True if reading has started. Then aiohttp must not send it again."""
        return self._evidence.body_starts > 0

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002 - aiohttp's
        """Raise an error: a body that can be read once can't be inspected."""
        raise TypeError("the body can be read only once, to send it")

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write the body. Each part waits until the network accepts more."""
        if isinstance(self._body, OneShotBody):
            for part in self._body:
                await writer.write(part)
                await writer.drain()
        else:
            async for part in self._body:
                await writer.write(part)
                await writer.drain()


# Order matters: the most specific class comes first.
_COUNTERPARTS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientHttpProxyError, httpx.ProxyError),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (aiohttp.ClientOSError, httpx.ReadError),
    (aiohttp.ClientConnectionError, httpx.WriteError),
    (aiohttp.ClientError, httpx.LocalProtocolError),  # the remaining ones are about the URL
    (ValueError, httpx.LocalProtocolError),  # a header that can't be written
)


def as_httpx_failure(failure: Exception) -> Exception:
    """Convert an exception of aiohttp into the matching exception of httpx. Return any other exception unchanged.

    aiohttp's exceptions hold requests with their headers, and the password of a proxy. So the new exception has the
    cause of aiohttp's exception as its own cause, and repeats none of its text.
    """
    for theirs, counterpart in _COUNTERPARTS:
        if isinstance(failure, theirs):
            given = counterpart(_text(failure))
            given.__cause__ = _beneath(failure)
            return given
    return failure


def _text(failure: Exception) -> str:
    name = type(failure).__name__
    if isinstance(failure, aiohttp.ClientHttpProxyError):
        return f"{name}: {failure.status} {responses.get(failure.status, '')}".rstrip()
    if isinstance(failure, aiohttp.ClientConnectorError) and failure.os_error.strerror:
        return f"{name}: {failure.os_error.strerror}"
    return name


def _beneath(failure: BaseException) -> BaseException | None:
    link: BaseException | None = failure
    while link is not None and type(link).__module__.partition(".")[0] == "aiohttp":
        link = link.__cause__
    return link

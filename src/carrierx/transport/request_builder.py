"""Builds complete requests: for clients of httpx and httpx2, and for aiohttp."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import httpx

from carrierx.errors import ConfigurationError
from carrierx.models.streamed_body import StreamedBody
from carrierx.network_guard import is_blocked, is_guarded
from carrierx.transport.evidence import Evidence, OneShotBody, OneShotStream
from carrierx.version import __version__

if TYPE_CHECKING:
    from carrierx.options import ClientConfig
    from carrierx.transport.call_execution import CallExecution

__all__ = ["HttpxRequestBuilder", "RequestBuilder", "library_of", "refusing_async_trace", "refusing_trace"]

Trace: TypeAlias = Callable[[str, Mapping[str, object]], object]
T = TypeVar("T")
U = TypeVar("U")

USER_AGENT = f"carrierx-python/{__version__} (Python {platform.python_version()}; httpx {httpx.__version__})"
_ACCEPT_JSON = (b"Accept", b"application/json")
_MOST_KEPT_URLS = 64
_NETWORK_STEPS = ("connect_tcp.started", "connect_unix_socket.started", "send_request_headers.started")


def library_of(client: object) -> ModuleType:
    """Return the library that a client's class comes from: httpx or httpx2.

    Raises:
        ConfigurationError: It comes from neither.
    """
    for base in type(client).__mro__:
        root = base.__module__.partition(".")[0]
        if root in ("httpx", "httpx2"):
            return sys.modules[root]
    raise ConfigurationError(
        f"http_client must be a client of httpx or httpx2, or a function that makes one, not {type(client).__name__}."
    )


class RequestBuilder(Generic[U]):
    """Builds the parts of requests. Parts that are the same for all requests of a client are built once.

    Args:
        config: The client's configuration.
        make_url: Makes the HTTP library's URL from a string.
    """

    def __init__(self, config: ClientConfig, make_url: Callable[[str], U]) -> None:
        self._base_url = config.base_url
        self._connect_timeout = config.connect_timeout
        self._make_url = make_url
        self._urls: dict[str, U] = {}
        try:
            url = httpx.URL(config.base_url)
            self._host: str = url.host
        except (httpx.InvalidURL, UnicodeError) as error:  # idna's errors are UnicodeErrors
            raise ConfigurationError("base_url has a host that is not a valid name: check it.") from error
        self._headers: list[tuple[bytes, bytes]] = [
            (b"Host", url.netloc),
            _ACCEPT_JSON,
            # A compressed response can expand to any size, and ours are small.
            (b"Accept-Encoding", b"identity"),
            (b"User-Agent", USER_AGENT.encode()),
        ]

    def url_of(self, execution: CallExecution[T]) -> U:
        """Return the URL. URLs without a query are cached: parsing one costs more than all other parts."""
        target = execution.call.target
        url = self._urls.get(target)
        if url is None:
            url = self._make_url(self._base_url + target)
            if "?" not in target and len(self._urls) < _MOST_KEPT_URLS:
                self._urls[target] = url
        return url

    def headers_of(self, execution: CallExecution[T], evidence: Evidence) -> list[tuple[bytes, bytes]]:
        """Return the headers."""
        call, body = execution.call, execution.body
        headers = self._headers.copy()
        if evidence.authorization is not None:
            headers.append((b"Authorization", evidence.authorization.value.encode()))
        if call.response_type is bytes:
            headers[headers.index(_ACCEPT_JSON)] = (b"Accept", b"*/*")
        if isinstance(body, StreamedBody):
            size = body.size
            framing = (b"Transfer-Encoding", b"chunked") if size is None else (b"Content-Length", b"%d" % size)
            headers += [framing, (b"Content-Type", call.content_type.encode())]
        elif body:
            headers.append((b"Content-Length", b"%d" % len(body)))
            headers.append((b"Content-Type", call.content_type.encode()))
        elif not call.is_repeatable:
            headers.append((b"Content-Length", b"0"))
        extra = execution.settings.extra_headers
        if execution.trace_headers:
            extra = (*execution.trace_headers, *extra)
        if extra:
            own = [(name.encode(), value.encode()) for name, value in extra]
            replaced = {name for name, _ in own}
            headers = [pair for pair in headers if pair[0].lower() not in replaced] + own
        return headers

    def timeouts_of(self, execution: CallExecution[T]) -> tuple[float, float]:
        """Return the timeout for connecting and the one for everything else."""
        timeout = min(execution.settings.timeout, max(execution.time_left(), 0.001))
        return min(self._connect_timeout, timeout), timeout


class HttpxRequestBuilder(RequestBuilder[httpx.URL]):
    """Builds complete requests for a client of httpx or httpx2. None of that client's settings affect them.

    Args:
        config: The client's configuration.
        client: The client of httpx or httpx2.
        trace: Makes the trace function with which the network guard of test runs refuses requests.
    """

    def __init__(self, config: ClientConfig, client: object, trace: Callable[[str, Evidence], Trace]) -> None:
        self._library = library_of(client)
        super().__init__(config, self._library.URL)
        self._trace = trace

    def build(self, execution: CallExecution[T], evidence: Evidence) -> httpx.Request:
        """Build the request of one attempt. With a client of httpx2, it is that library's `Request`."""
        connect, timeout = self.timeouts_of(execution)
        extensions: dict[str, object] = {
            "timeout": {"connect": connect, "read": timeout, "write": timeout, "pool": timeout}
        }
        if is_guarded():
            extensions["trace"] = self._trace(self._host, evidence)
        body = execution.body
        streamed = isinstance(body, StreamedBody)
        request = _request_class(self._library)(
            execution.call.method,
            self.url_of(execution),
            headers=self.headers_of(execution, evidence),
            stream=_class_of(OneShotStream if streamed else OneShotBody, self._library)(body, evidence),
            extensions=extensions,
        )
        request.evidence = evidence
        made: httpx.Request = request
        return made


@cache
def _request_class(library: ModuleType) -> Any:
    """Make a request class whose body can be sent only once, even after a hook or a transport has read it.

    The libraries' own `read` replaces the body with one that can be sent any number of times.
    """

    def read(request: Any) -> bytes:
        return _still_once(request, request.stream, library.Request.read(request), library)

    async def aread(request: Any) -> bytes:
        return _still_once(request, request.stream, await library.Request.aread(request), library)

    return type("OneShotRequest", (library.Request,), {"read": read, "aread": aread})


def _still_once(request: Any, taken: object, content: bytes, library: ModuleType) -> bytes:
    if request.stream is not taken:
        request.evidence.body_starts = 0  # reading started it; its end stays marked as read
        request.stream = _class_of(OneShotBody, library)(content, request.evidence)
    return content


@cache
def _class_of(body: type, library: ModuleType) -> Any:
    return type(body.__name__, (body, library.SyncByteStream, library.AsyncByteStream), {})


def refusing_trace(host: str, evidence: Evidence) -> Trace:
    """Make the trace function that refuses a sync request when it opens a connection or uses an open one.

    httpcore calls it at each step, so mocks that answer before the network is used still work.
    """

    def trace(step: str, details: Mapping[str, object]) -> None:
        if step.endswith(_NETWORK_STEPS):
            # With a proxy, the connection goes to the proxy, which would get the request.
            for one in (host, str(details.get("host", host))):
                if is_blocked(one):
                    evidence.block(one)

    return trace


def refusing_async_trace(host: str, evidence: Evidence) -> Trace:
    """Make the same trace function for an async request."""
    trace = refusing_trace(host, evidence)

    async def trace_async(step: str, details: Mapping[str, object]) -> None:
        trace(step, details)

    return trace_async

"""Builds requests, complete and ready to go: for clients of httpx and httpx2, and for aiohttp."""

from __future__ import annotations

import platform
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Generic, TypeVar

import httpx

from carrierx.network_guard import is_blocked
from carrierx.transport.evidence import Evidence, OneShotBody
from carrierx.transport.streamed_body import OneShotStream, StreamedBody
from carrierx.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from carrierx.credentials import Authorization
    from carrierx.options import ClientConfig
    from carrierx.transport.http_library.network_refusal import Refusing
    from carrierx.transport.journey import Journey

__all__ = ["PartsBuilder", "RequestBuilder", "seconds_for"]

T = TypeVar("T")
U = TypeVar("U")

USER_AGENT = f"carrierx-python/{__version__} (Python {platform.python_version()}; httpx {httpx.__version__})"
_MOST_KEPT_URLS = 64


class _HttpxBody(OneShotBody, httpx.SyncByteStream, httpx.AsyncByteStream):
    """The one-shot body as httpx takes it."""


@cache
def _body_class(library: ModuleType) -> type[OneShotBody]:
    if library is httpx:
        return _HttpxBody
    return type("_OtherBody", (OneShotBody, library.SyncByteStream, library.AsyncByteStream), {})


@cache
def _stream_class(library: ModuleType) -> type[OneShotStream]:
    return type("_Stream", (OneShotStream, library.SyncByteStream, library.AsyncByteStream), {})


def seconds_for(journey: Journey[T]) -> float:
    """Tell for how long an attempt may wait for any one thing, in seconds."""
    return min(journey.settings.timeout, max(journey.time_left(), 0.001))


class _Builder:
    """What the requests of one client have in common. What is the same for every request is made once."""

    def __init__(self, config: ClientConfig) -> None:
        self._base_url = config.base_url
        self._connect_timeout = config.connect_timeout
        self._headers: list[tuple[bytes, bytes]] = [
            (b"Host", httpx.URL(config.base_url).netloc),
            (b"Accept", b"application/json"),
            # Compressed answers can unfold to any size, and ours are small.
            (b"Accept-Encoding", b"identity"),
            (b"User-Agent", USER_AGENT.encode()),
        ]

    def _headers_of(self, journey: Journey[T], authorization: Authorization | None) -> list[tuple[bytes, bytes]]:
        call, body = journey.call, journey.body
        headers = self._headers.copy()
        if authorization is not None:
            headers.append((b"Authorization", authorization.value.encode()))
        if isinstance(body, StreamedBody):
            size = body.size
            framing = (b"Transfer-Encoding", b"chunked") if size is None else (b"Content-Length", b"%d" % size)
            headers += [framing, (b"Content-Type", call.content_type.encode())]
        elif body:
            headers.append((b"Content-Length", b"%d" % len(body)))
            headers.append((b"Content-Type", call.content_type.encode()))
        elif not call.is_repeatable:
            headers.append((b"Content-Length", b"0"))
        extra = journey.settings.extra_headers
        if extra:
            own = [(name.encode(), value.encode()) for name, value in extra]
            replaced = {name for name, _ in own}
            headers = [pair for pair in headers if pair[0].lower() not in replaced] + own
        return headers

    def timeouts_of(self, journey: Journey[T]) -> tuple[float, float]:
        """Give the seconds that connecting may take, and those for anything else."""
        timeout = seconds_for(journey)
        return min(self._connect_timeout, timeout), timeout

    def _extensions_of(self, journey: Journey[T]) -> dict[str, object]:
        connect, timeout = self.timeouts_of(journey)
        return {"timeout": {"connect": connect, "read": timeout, "write": timeout, "pool": timeout}}


class RequestBuilder(_Builder):
    """Builds requests for a client of httpx or httpx2, whole and ready: none of its settings acts on them.

    Args:
        config: How CarrierX is reached.
        library: The library of the client.
        refusing: Makes the trace that keeps a request from the network, in a test run that may not talk to the host.
    """

    def __init__(self, config: ClientConfig, library: ModuleType, refusing: Refusing) -> None:
        super().__init__(config)
        self._library = library
        self._host = httpx.URL(config.base_url).host
        self._refusing = refusing
        self._urls = _Kept(lambda target: library.URL(config.base_url + target))

    def build(self, journey: Journey[T], evidence: Evidence) -> httpx.Request:
        """Build the request of one attempt, with its own URL, authorization, content type and timeouts.

        The answer is typed as httpx's; with an injected httpx2 client it is the same class of that library.
        """
        extensions = self._extensions_of(journey)
        if is_blocked(self._host):
            extensions["trace"] = self._refusing(self._host, evidence)
        request: httpx.Request = self._library.Request(
            journey.call.method,
            self._urls.of(journey.call.target),
            headers=self._headers_of(journey, evidence.authorization),
            stream=_body(self._library, journey, evidence),
            extensions=extensions,
        )
        return request


class PartsBuilder(_Builder, Generic[U]):
    """Builds what a request is made of, for a library that makes its requests itself.

    Args:
        config: How CarrierX is reached.
        make_url: Makes the library's URL of a text.
    """

    def __init__(self, config: ClientConfig, make_url: Callable[[str], U]) -> None:
        super().__init__(config)
        self._urls = _Kept(lambda target: make_url(config.base_url + target))
        self._usual: tuple[tuple[Authorization | None, str], list[tuple[str, str]], int] | None = None

    def url_of(self, journey: Journey[T]) -> U:
        """Give the URL of one attempt."""
        return self._urls.of(journey.call.target)

    def headers_of(self, journey: Journey[T], authorization: Authorization | None) -> list[tuple[str, str]]:
        """Give the headers of one attempt, but for the one that says that the body comes in chunks."""
        body = journey.body
        if isinstance(body, StreamedBody) or not body or journey.settings.extra_headers:
            return self._texts(journey, authorization)
        # What is sent again and again differs in the length alone.
        key = (authorization, journey.call.content_type)
        if self._usual is None or self._usual[0] != key:
            texts = self._texts(journey, authorization)
            self._usual = key, texts, [name for name, _ in texts].index("Content-Length")
        _, texts, place = self._usual
        headers = texts.copy()
        headers[place] = ("Content-Length", str(len(body)))
        return headers

    def _texts(self, journey: Journey[T], authorization: Authorization | None) -> list[tuple[str, str]]:
        return [
            (name.decode(), value.decode())
            for name, value in self._headers_of(journey, authorization)
            if name != b"Transfer-Encoding"
        ]


class _Kept(Generic[U]):
    """The URLs of what is called again and again: reading one costs more than the rest of a request."""

    def __init__(self, make: Callable[[str], U]) -> None:
        self._make = make
        self._urls: dict[str, U] = {}

    def of(self, target: str) -> U:
        url = self._urls.get(target)
        if url is None:
            url = self._make(target)
            if "?" not in target and len(self._urls) < _MOST_KEPT_URLS:
                self._urls[target] = url
        return url


def _body(library: ModuleType, journey: Journey[T], evidence: Evidence) -> OneShotBody | OneShotStream:
    body = journey.body
    if isinstance(body, StreamedBody):
        return _stream_class(library)(body, evidence)
    return _body_class(library)(body, evidence)

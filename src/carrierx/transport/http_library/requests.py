"""Building requests for httpx or httpx2, whole and ready: no setting of the HTTP client acts on them."""

from __future__ import annotations

import platform
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import httpx

from carrierx.transport.evidence import Evidence, OneShotBody
from carrierx.transport.streamed_body import OneShotStream, StreamedBody
from carrierx.version import __version__

if TYPE_CHECKING:
    from carrierx.options import ClientConfig
    from carrierx.transport.journey import Journey

__all__ = ["RequestBuilder"]

T = TypeVar("T")

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


class RequestBuilder:
    """Builds the requests of one client. What is the same for every request is made once."""

    def __init__(self, config: ClientConfig, library: ModuleType = httpx) -> None:
        self._base_url = config.base_url
        self._connect_timeout = config.connect_timeout
        self._library = library
        self._body_class = _body_class(library)
        self._urls: dict[str, httpx.URL] = {}
        host = httpx.URL(config.base_url).netloc.decode("ascii")
        self._headers = [
            ("Host", host),
            ("Accept", "application/json"),
            # Compressed answers can unfold to any size, and ours are small.
            ("Accept-Encoding", "identity"),
            ("User-Agent", USER_AGENT),
        ]

    def build(self, journey: Journey[T], evidence: Evidence, authorization: str) -> httpx.Request:
        """Build the request of one attempt, with its own URL, authorization, content type and timeouts.

        The answer is typed as httpx's; with an injected httpx2 client it is the same class of that library.
        """
        call, settings, body = journey.call, journey.settings, journey.body
        headers = [*self._headers, ("Authorization", authorization)]
        stream: OneShotBody | OneShotStream
        if isinstance(body, StreamedBody):
            framing = ("Transfer-Encoding", "chunked") if body.size is None else ("Content-Length", str(body.size))
            headers += [framing, ("Content-Type", call.content_type)]
            stream = _stream_class(self._library)(body, evidence)
        else:
            if body or not call.is_repeatable:
                headers.append(("Content-Length", str(len(body))))
            if body:
                headers.append(("Content-Type", call.content_type))
            stream = self._body_class(body, evidence)
        if settings.extra_headers:
            replaced = {name for name, _ in settings.extra_headers}
            headers = [pair for pair in headers if pair[0].lower() not in replaced] + list(settings.extra_headers)
        timeout = min(settings.timeout, max(journey.time_left(), 0.001))
        request: httpx.Request = self._library.Request(
            call.method,
            self._url(call.target),
            headers=headers,
            stream=stream,
            extensions={
                "timeout": {
                    "connect": min(self._connect_timeout, timeout),
                    "read": timeout,
                    "write": timeout,
                    "pool": timeout,
                }
            },
        )
        return request

    def _url(self, target: str) -> httpx.URL:
        url = self._urls.get(target)
        if url is None:
            url = self._library.URL(self._base_url + target)
            if "?" not in target and len(self._urls) < _MOST_KEPT_URLS:
                self._urls[target] = url
        return url

"""What aiohttp's exceptions are called in httpx: users know httpx's, whatever carries their requests."""

from __future__ import annotations

from http.client import responses

import aiohttp
import httpx

__all__ = ["as_httpx_failure"]

# Order matters: the nearest class comes first.
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
    (aiohttp.ClientError, httpx.LocalProtocolError),  # what is left is about the URL
    (ValueError, httpx.LocalProtocolError),  # a header that can't be written
)


def as_httpx_failure(failure: Exception) -> Exception:
    """Give what httpx raises in the place of aiohttp's exception, or the exception itself if it is not aiohttp's.

    aiohttp's exceptions hold requests with their headers, and a proxy's password. So what is given has what lies
    beneath them as its cause, and repeats none of their words.
    """
    for theirs, counterpart in _COUNTERPARTS:
        if isinstance(failure, theirs):
            given = counterpart(_words(failure))
            given.__cause__ = _beneath(failure)
            return given
    return failure


def _words(failure: Exception) -> str:
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

"""What an HTTP library's exception means, and how it is made fit to be chained."""

from __future__ import annotations

import re
import ssl
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import cast

import httpcore
import httpx

from carrierx.transport.outcome import FailureKind

__all__ = ["CORE_FAILURES", "as_httpx", "failure_kind", "response_within", "stripped"]

CORE_FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
"""What httpcore raises of an exchange."""

# From httpcore's exceptions to httpx's of the same name. Order matters: the nearest class comes first.
_NAMES = (
    "ConnectTimeout",
    "ReadTimeout",
    "WriteTimeout",
    "PoolTimeout",
    "ConnectError",
    "ReadError",
    "WriteError",
    "ProxyError",
    "UnsupportedProtocol",
    "LocalProtocolError",
    "RemoteProtocolError",
)
_COUNTERPARTS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = tuple(
    (getattr(httpcore, name), getattr(httpx, name)) for name in _NAMES
)

_LIBRARIES = frozenset({"aiohttp", "anyio", "h11", "httpcore", "httpcore2", "httpx", "httpx2", "httpx_aiohttp"})
_HOLDERS = frozenset({"_request", "_response", "history", "request", "request_info", "response"})
# "illegal status line: bytearray(b'...')"
_BYTES = re.compile(r"(?:bytearray\(|\bb['\"]).*", re.DOTALL)
_TRANSIENT_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


def as_httpx(failure: Exception) -> Exception:
    """Give what httpx raises in the place of httpcore's exception: users know httpx's."""
    for theirs, counterpart in _COUNTERPARTS:
        if isinstance(failure, theirs):
            return counterpart(str(failure))
    return failure


def _libraries() -> Iterator[ModuleType]:
    yield httpx
    # A fork of httpx with the same names, which only an injected client brings along.
    other = sys.modules.get("httpx2")
    if other is not None:
        yield other


def failure_kind(failure: BaseException) -> FailureKind:
    """Sort an exception of httpx or httpx2 into the kinds that the outcome rules know."""
    for library in _libraries():
        if isinstance(failure, library.ConnectTimeout):
            # What httpx-aiohttp makes of a refused certificate, too.
            return FailureKind.TLS_REFUSED if _is_tls_refusal(failure) else FailureKind.CONNECT_TIMEOUT
        if isinstance(failure, library.PoolTimeout):
            return FailureKind.POOL_TIMEOUT
        if isinstance(failure, library.TimeoutException):
            return FailureKind.TIMEOUT
        if isinstance(failure, library.ConnectError):
            return FailureKind.TLS_REFUSED if _is_tls_refusal(failure) else FailureKind.CONNECT
        if isinstance(failure, library.ProxyError):
            return FailureKind.PROXY_CREDENTIALS if "407" in str(failure) else FailureKind.PROXY
        if isinstance(failure, library.UnsupportedProtocol | library.LocalProtocolError | library.InvalidURL):
            return FailureKind.REQUEST_REFUSED
        if isinstance(failure, library.TransportError):
            return FailureKind.BROKEN
    return FailureKind.FOREIGN


def _is_tls_refusal(failure: BaseException) -> bool:
    return any(isinstance(link, ssl.SSLError) and not isinstance(link, _TRANSIENT_TLS) for link in _chain(failure))


def _chain(failure: BaseException) -> Iterator[BaseException]:
    """Walk what a library's exception was made from.

    Causes, the original that httpcore keeps as an argument after it cut the cause, and contexts within the libraries:
    a context beyond them is the caller's own exception, which is not ours to touch.
    """
    waiting: list[object] = [failure]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop()
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [link.__cause__, *link.args]
        if link.__context__ is not None and _is_librarys(link.__context__):
            waiting.append(link.__context__)


def _is_librarys(failure: BaseException) -> bool:
    return type(failure).__module__.partition(".")[0] in _LIBRARIES


def response_within(failure: BaseException, request: httpx.Request | None) -> httpx.Response | None:
    """Find our response in a `raise_for_status` error of a hook that an injected client carries.

    A hook may make requests of its own. The status of one of those says nothing about ours.
    """
    for library in _libraries():
        if isinstance(failure, library.HTTPStatusError) and getattr(failure, "_request", failure) is request:
            return cast("httpx.HTTPStatusError", failure).response
    return None


def stripped(failure: BaseException) -> BaseException:
    """Take out of an exception's chain what holds the token or the text, so that it can be chained.

    Requests with their headers and body lie on the libraries' exceptions, and travel along in a pickle; frames hold
    them too. Their words may repeat what came instead of an answer, which may be what we sent. An exception that is
    not a library's, such as a hook's, keeps its frames: its author needs them.
    """
    foreign = failure_kind(failure) is FailureKind.FOREIGN
    for link in _chain(failure):
        if not foreign:
            link.__traceback__ = None
        for name in _HOLDERS.intersection(link.__dict__):
            link.__dict__[name] = None
        if _is_librarys(link):
            link.args = tuple(_BYTES.sub("***", one) if isinstance(one, str) else one for one in link.args)
    return failure

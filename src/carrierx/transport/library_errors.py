"""What an HTTP library's exception means, and how it is made fit to be chained."""

from __future__ import annotations

import os
import re
import ssl
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import cast

import httpx

from carrierx.tracebacks import chain_of, hide_frames, is_librarys
from carrierx.transport.outcome import FailureKind

__all__ = ["failure_kind", "reason_of", "response_within", "stripped"]

_HOLDERS = frozenset({"_request", "_response", "history", "request", "request_info", "response"})
# "illegal status line: bytearray(b'...')"
_BYTES = re.compile(r"(?:bytearray\(|\bb['\"]).*", re.DOTALL)
_TRANSIENT_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


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
    return any(isinstance(link, ssl.SSLError) and not isinstance(link, _TRANSIENT_TLS) for link in chain_of(failure))


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
    them too. Their words may repeat what came instead of an answer, which may be what we sent.
    """
    hide_frames(failure)
    for link in chain_of(failure):
        for name in _HOLDERS.intersection(link.__dict__):
            link.__dict__[name] = None
        if is_librarys(link):
            link.args = tuple(_BYTES.sub("***", one) if isinstance(one, str) else one for one in link.args)
    return failure


def reason_of(failure: BaseException | None) -> str | None:
    """Find in an exception's chain why the operating system or TLS refused, in its own words.

    Returns:
        Words such as "connection refused"; None if there are none.
    """
    for link in chain_of(failure) if failure is not None else ():
        if isinstance(link, ssl.SSLCertVerificationError):
            return f"certificate verify failed: {link.verify_message}"
        if isinstance(link, OSError) and link.strerror:
            # "[Errno 111] Connect call failed ('127.0.0.1', 8025)" is asyncio's for what the number says better.
            number = 0 if link.errno is None or isinstance(link, ssl.SSLError) else link.errno
            words = os.strerror(number) if number > 0 else link.strerror
            return words[:1].lower() + words[1:] if words[1:2].islower() else words
    return None

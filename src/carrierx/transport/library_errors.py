"""Exceptions of the HTTP libraries: classifying them, and removing secrets from them before they are chained."""

from __future__ import annotations

import os
import re
import ssl
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import cast

import httpx

from carrierx.tracebacks import chain_of, hide_frames, is_of_http_library
from carrierx.transport.outcome import FailureKind

__all__ = ["failure_kind", "reason_of", "response_within", "stripped"]

_HOLDERS = frozenset({"_request", "_response", "history", "request", "request_info", "response"})
# "illegal status line: bytearray(b'...')"
_BYTES = re.compile(r"(?:bytearray\(|\bb['\"]).*", re.DOTALL)
_TRANSIENT_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


def _libraries() -> Iterator[ModuleType]:
    yield httpx
    # A fork of httpx with the same names. It is only loaded if the user passes in a client of it.
    other = sys.modules.get("httpx2")
    if other is not None:
        yield other


def failure_kind(failure: BaseException) -> FailureKind:
    """Classify an exception of httpx or httpx2 for the outcome rules."""
    for library in _libraries():
        if isinstance(failure, library.ConnectTimeout):
            # httpx-aiohttp also raises it for a refused certificate.
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
    """Return our response if the exception comes from a hook that called `raise_for_status` on it.

    A hook may make requests of its own. The status of such a request says nothing about ours.
    """
    for library in _libraries():
        if isinstance(failure, library.HTTPStatusError) and getattr(failure, "_request", failure) is request:
            return cast("httpx.HTTPStatusError", failure).response
    return None


def stripped(failure: BaseException) -> BaseException:
    """Remove the token and the text from an exception's chain, so that an error of ours can have it as its cause.

    The libraries' exceptions and their frames hold requests with headers and body, also in a pickle. Their messages may
    quote bytes from the server, which may repeat what we sent.
    """
    hide_frames(failure)
    for link in chain_of(failure):
        for name in _HOLDERS.intersection(link.__dict__):
            link.__dict__[name] = None
        if is_of_http_library(link):
            link.args = tuple(_BYTES.sub("***", one) if isinstance(one, str) else one for one in link.args)
    return failure


def reason_of(failure: BaseException | None) -> str | None:
    """Find the error message of the operating system or of TLS in an exception's chain.

    Returns:
        A message such as "connection refused"; None if there is none.
    """
    for link in chain_of(failure) if failure is not None else ():
        if isinstance(link, ssl.SSLCertVerificationError):
            return f"certificate verify failed: {link.verify_message}"
        if isinstance(link, OSError) and link.strerror:
            # asyncio's text is "[Errno 111] Connect call failed ('127.0.0.1', 8025)"; the number gives a better one.
            number = 0 if link.errno is None or isinstance(link, ssl.SSLError) else link.errno
            words = os.strerror(number) if number > 0 else link.strerror
            return words[:1].lower() + words[1:] if words[1:2].islower() else words
    return None

"""Plans to measure one URL, without I/O: a plan yields requests and receives their responses."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Literal, TypeAlias

import httpx

from carrierx.media_check.check_state import UNREACHABLE, UnmeasuredError, host_of

if TYPE_CHECKING:
    from carrierx.media_check.check_state import CheckState, Item

__all__ = ["Ask", "Plan", "ReadOn", "Reply", "proving", "sizing"]

MAX_PORT = 65_535
MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_COMPLETE = frozenset({200, 203})

_LENGTH = re.compile(r"\d{1,18}")
_CONTENT_RANGE = re.compile(r"bytes +(?:\d+-\d+|\*)/(\d{1,18})")
_SMALL_BODY = 1024

CARRIERX = "carrierx.com"
CARRIERX_STORAGE = "carrierx storage"


@dataclass(frozen=True, slots=True)
class Ask:
    """Step of a plan: send a request. The plan receives the status and headers of the response."""

    method: Literal["HEAD", "GET"]
    url: httpx.URL
    first_byte_only: bool = False


class ReadOn(Enum):
    """Step of a plan: continue to read the body of the last response."""

    READ_ON = auto()


@dataclass(slots=True)
class Reply:
    """HTTP response, as far as it has been read.

    Attributes:
        status: HTTP status.
        headers: HTTP headers.
        is_head: True if it is the response to a HEAD request, which has no body.
        arrived: Number of bytes of the body that were read.
        ended: True if the body was read to its end.
    """

    status: int
    headers: httpx.Headers
    is_head: bool = False
    arrived: int = 0
    ended: bool = False

    @property
    def is_plain(self) -> bool:
        """True if the body is the file itself, not a compressed form of it."""
        return self.headers.get("content-encoding", "").strip().lower() in ("", "identity")

    @property
    def length(self) -> int | None:
        """Size of the file according to `Content-Length`, or None."""
        stated = self.headers.get("content-length", "")
        if not self.is_plain or "transfer-encoding" in self.headers or not _LENGTH.fullmatch(stated):
            return None
        return int(stated)

    @property
    def total(self) -> int | None:
        """Size of the file according to `Content-Range`, or None."""
        stated = _CONTENT_RANGE.fullmatch(self.headers.get("content-range", ""))
        return int(stated[1]) if stated and self.is_plain else None

    @property
    def has_small_body(self) -> bool:
        """True if the body is worth reading to its end, to reuse the connection."""
        return self.is_head or (self.length is not None and self.length <= _SMALL_BODY)


Plan: TypeAlias = Generator[Ask | ReadOn, Reply, None]


def sizing(item: Item, state: CheckState) -> Plan:
    """Find the size of a file with HEAD, or else with GET."""
    head = yield from _followed(item, state, "HEAD")
    # Servers that generate their responses tend to state 0 for a HEAD request.
    if head.status in _COMPLETE and head.length:
        item.settle(head.length, proven=False)
    else:
        yield from _by_get(item, state, trusting=True)


def proving(item: Item, state: CheckState) -> Plan:
    """Find the size of a file with GET, so that it may count against the message."""
    yield from _by_get(item, state, trusting=False)


def _by_get(item: Item, state: CheckState, *, trusting: bool) -> Plan:
    """Request one byte to get the total size. If that fails, count the bytes up to the limit."""
    reply = yield from _followed(item, state, "GET", first_byte_only=True)
    if reply.status in (206, 416):
        # 416: an empty file has no first byte.
        if reply.total is not None and (reply.status == 206 or reply.total == 0):
            item.settle(reply.total, proven=True)
            return
        reply = yield from _followed(item, state, "GET")
    if reply.status not in _COMPLETE:
        raise UnmeasuredError(f"HTTP {reply.status}")
    if not reply.is_plain:
        raise UnmeasuredError("the response is compressed")
    if trusting and reply.length is not None and reply.length <= state.remaining_for(item):
        item.settle(reply.length, proven=False)
    else:
        yield from _counting(item, state)


def _counting(item: Item, state: CheckState) -> Plan:
    while True:
        reply = yield ReadOn.READ_ON
        item.counted = reply.arrived
        if reply.ended:
            item.settle(reply.arrived, proven=True)
            return
        if reply.arrived > state.remaining_for(item):
            item.stated = None
            return


def _followed(
    item: Item, state: CheckState, method: Literal["HEAD", "GET"], *, first_byte_only: bool = False
) -> Generator[Ask | ReadOn, Reply, Reply]:
    """Send a request and follow redirects. Every redirect is checked like the first URL."""
    url = item.url
    for _ in range(MAX_REDIRECTS + 1):
        _check(url, state)
        reply = yield Ask(method, url, first_byte_only)
        if reply.status not in _REDIRECTS:
            return reply
        url = _target(url, reply)
    raise UnmeasuredError("too many redirects")


def _check(url: httpx.URL, state: CheckState) -> None:
    host = url.host.lower().rstrip(".")
    if url.scheme not in ("http", "https") or not host or host_of(url)[1] > MAX_PORT:
        raise UnmeasuredError("not an http or https URL")
    if url.userinfo:
        raise UnmeasuredError("the URL contains user info")
    if host == CARRIERX or host.endswith(f".{CARRIERX}"):
        raise UnmeasuredError(CARRIERX_STORAGE)
    if state.is_unreachable(host_of(url)):
        raise UnmeasuredError(UNREACHABLE)


def _target(url: httpx.URL, reply: Reply) -> httpx.URL:
    location = reply.headers.get("location")
    if not location:
        raise UnmeasuredError("a redirect without a location")
    try:
        return url.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise UnmeasuredError("a redirect to an invalid URL") from error

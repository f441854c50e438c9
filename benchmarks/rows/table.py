"""The rows by name: how each sends, and what it is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["ROWS", "Row", "rows_named"]


@dataclass(frozen=True, slots=True)
class Row:
    """One way to send, in one situation.

    Attributes:
        name: What it is called.
        sender: The module in benchmarks/rows and its function.
        reference: The row that it is compared with; None for a reference itself.
        in_flight: How many messages are on their way at once.
        latency_ms: How long the server waits before each answer.
        sends: How many sends make a block.
        peer: The distribution that it measures, if that is none of the project's own.
        short: Whether the quick form has it.
    """

    name: str
    sender: str
    reference: str | None = None
    in_flight: int = 1
    latency_ms: int = 0
    sends: int = 1000
    peer: str | None = None
    short: bool = True


def _async(kind: str, sender: str, in_flight: int, *, short: bool, latency_ms: int = 0, sends: int = 1000) -> Row:
    waiting = f", {latency_ms} ms" if latency_ms else ""
    reference = None if kind == "httpx" else f"httpx async, {in_flight} in flight{waiting}"
    return Row(
        f"{kind} async, {in_flight} in flight{waiting}", sender, reference, in_flight, latency_ms, sends, None, short
    )


_HTTPX_ASYNC = "httpx_by_hand:async_client"
_OURS_ASYNC = "ours:async_client"
_AIOHTTP = "ours:async_aiohttp"

_OWN = (
    Row("httpx sync", "httpx_by_hand:sync"),
    Row("raw socket", "raw_socket:sync", "httpx sync"),
    Row("ours sync", "ours:sync", "httpx sync"),
    Row("ours sync over httpx2", "ours:sync_httpx2", "httpx sync", short=False),
    _async("httpx", _HTTPX_ASYNC, 1, short=True),
    _async("ours", _OURS_ASYNC, 1, short=True),
    _async("ours over aiohttp", _AIOHTTP, 1, short=True),
    Row(
        "ours async over httpx2, 1 in flight",
        "ours:async_httpx2",
        "httpx async, 1 in flight",
        short=False,
    ),
    _async("httpx", _HTTPX_ASYNC, 10, short=False),
    _async("ours", _OURS_ASYNC, 10, short=False),
    _async("httpx", _HTTPX_ASYNC, 100, short=True),
    Row(
        "httpx async keeping 100 alive, 100 in flight",
        "httpx_by_hand:async_client_keeping_all",
        "httpx async, 100 in flight",
        in_flight=100,
        short=False,
    ),
    _async("ours", _OURS_ASYNC, 100, short=True),
    _async("ours over aiohttp", _AIOHTTP, 100, short=True),
    _async("httpx", _HTTPX_ASYNC, 1, latency_ms=50, sends=40, short=False),
    _async("ours", _OURS_ASYNC, 1, latency_ms=50, sends=40, short=False),
    _async("httpx", _HTTPX_ASYNC, 10, latency_ms=50, sends=300, short=False),
    _async("ours", _OURS_ASYNC, 10, latency_ms=50, sends=300, short=True),
    _async("httpx", _HTTPX_ASYNC, 100, latency_ms=50, sends=1000, short=False),
    _async("ours", _OURS_ASYNC, 100, latency_ms=50, sends=1000, short=True),
)

ROWS: dict[str, Row] = {row.name: row for row in _OWN}
"""Every row, in the order in which a round goes through them."""


def rows_named(wanted: Iterable[str]) -> list[Row]:
    """Find rows by parts of their names, and the rows that they are compared with.

    Args:
        wanted: Parts of names, such as `ours sync`.

    Raises:
        KeyError: No row's name holds a part.
    """
    chosen: set[str] = set()
    for part in wanted:
        found = [row for row in ROWS.values() if part in row.name]
        if not found:
            raise KeyError(part)
        chosen.update(row.name for row in found)
        chosen.update(row.reference for row in found if row.reference is not None)
    return [row for row in ROWS.values() if row.name in chosen]

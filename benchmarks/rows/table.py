"""The rows by name, with their way to send and their reference."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["ROWS", "Row", "rows_named"]


@dataclass(frozen=True, slots=True)
class Row:
    """One way to send, in one situation.

    Attributes:
        name: Its name.
        sender: The module in benchmarks/rows and its function.
        reference: The row that it is compared with; None for a reference.
        in_flight: The number of messages in flight.
        latency_ms: The server's wait before each response.
        sends: The number of sends in a block.
        peer: The distribution that it measures, if it is another vendor's.
        short: Whether it is in the quick form.
        with_layers: Whether its process samples the layers, which costs a little time.
        unanswered: Whether it sends nothing to the server.
        without_sniffio: Whether its process can't import `sniffio`, as if it were not installed.
    """

    name: str
    sender: str
    reference: str | None = None
    in_flight: int = 1
    latency_ms: int = 0
    sends: int = 1000
    peer: str | None = None
    short: bool = True
    with_layers: bool = False
    unanswered: bool = False
    without_sniffio: bool = False


def _async(
    kind: str, sender: str, in_flight: int, *, latency_ms: int = 0, sends: int = 1000, short: bool = False
) -> Row:
    situation = f"{in_flight} in flight{f', {latency_ms} ms' if latency_ms else ''}"
    reference = None if kind in (_HTTPX[0], _SNIFFIO[0]) else f"{_HTTPX[0]}, {situation}"
    return Row(
        f"{kind}, {situation}",
        sender,
        reference,
        in_flight,
        latency_ms,
        sends,
        short=short,
        without_sniffio=kind in (_HTTPX[0], _KEEPING[0]),
    )


def _threads(kind: str, sender: str, threads: int) -> Row:
    situation = f"{threads} threads, 50 ms"
    reference = None if kind == "httpx sync" else f"httpx sync, {situation}"
    return Row(f"{kind}, {situation}", sender, reference, threads, 50, sends=30 * threads, short=False)


# After `pip install httpx`, there is no sniffio, which httpcore tries to import at every lock. carrierx installs it.
_HTTPX = ("httpx async", "httpx_by_hand:async_client")
_SNIFFIO = ("httpx async with sniffio", "httpx_by_hand:async_client")
_KEEPING = ("httpx async keeping 100 alive", "httpx_by_hand:async_client_keeping_all")
_OURS = ("ours async", "ours:async_client")
_AIOHTTP = ("ours over aiohttp", "ours:async_aiohttp")
_HTTPX2 = ("ours async over httpx2", "ours:async_httpx2")

_OWN = (
    Row("httpx sync", "httpx_by_hand:sync"),
    Row("raw socket", "raw_socket:sync", "httpx sync"),
    Row("ours sync", "ours:sync", "httpx sync"),
    Row("ours sync, looked into", "ours:sync", "httpx sync", sends=5000, with_layers=True),
    Row("ours sync, 100 threads", "ours:sync", "ours sync", 100, sends=6000),
    Row("ours sync over httpx2", "ours:sync_httpx2", "httpx sync", short=False),
    _threads("httpx sync", "httpx_by_hand:sync", 10),
    _threads("ours sync", "ours:sync", 10),
    _threads("httpx sync", "httpx_by_hand:sync", 100),
    _threads("ours sync", "ours:sync", 100),
    _async(*_HTTPX, 1, short=True),
    _async(*_SNIFFIO, 1, short=True),
    _async(*_OURS, 1, short=True),
    _async(*_AIOHTTP, 1, short=True),
    _async(*_HTTPX2, 1),
    _async(*_HTTPX, 10),
    _async(*_OURS, 10),
    _async(*_AIOHTTP, 10),
    _async(*_HTTPX, 100, short=True),
    _async(*_SNIFFIO, 100),
    _async(*_KEEPING, 100),
    _async(*_OURS, 100, short=True),
    _async(*_AIOHTTP, 100, short=True),
    _async(*_HTTPX, 1, latency_ms=50, sends=40),
    _async(*_OURS, 1, latency_ms=50, sends=40),
    _async(*_HTTPX, 10, latency_ms=50, sends=300),
    _async(*_OURS, 10, latency_ms=50, sends=300, short=True),
    _async(*_HTTPX, 100, latency_ms=50),
    _async(*_OURS, 100, latency_ms=50, short=True),
)


def _peer(name: str, sender: str, reference: str = "httpx sync", in_flight: int = 1) -> Row:
    distribution = name.partition(" ")[0]
    return Row(name, f"peers:{sender}", reference, in_flight, sends=500, peer=distribution, short=False)


_PEERS = (
    _peer("twilio sync", "twilio"),
    _peer("telnyx sync", "telnyx"),
    _peer("vonage sync", "vonage"),
    _peer("plivo sync", "plivo"),
    _peer("stripe sync", "stripe"),
    _peer("openai sync", "openai"),
    _peer("twilio async, 1 in flight", "async_twilio", "httpx async, 1 in flight", 1),
    _peer("twilio async, 100 in flight", "async_twilio", "httpx async, 100 in flight", 100),
)

_SEGMENTS = (
    Row("segments, smsutil", "segmenting:smsutil", None, sends=2000, peer="smsutil", unanswered=True),
    Row("segments, ours", "segmenting:ours", "segments, smsutil", sends=20000, unanswered=True),
)

ROWS: dict[str, Row] = {row.name: row for row in (*_OWN, *_PEERS, *_SEGMENTS)}
"""All rows, in their order in a round."""


def rows_named(wanted: Iterable[str]) -> list[Row]:
    """Return rows by parts of their names, together with their references.

    Args:
        wanted: Parts of names that begin with a word's beginning, such as `ours sync`; a complete name matches itself.

    Raises:
        KeyError: No row's name holds a part.
    """
    chosen: set[str] = set()
    for part in wanted:
        found = [row for row in ROWS.values() if re.search(rf"\b{re.escape(part)}", row.name)]
        if not found:
            raise KeyError(part)
        found = [ROWS[part]] if part in ROWS else found
        chosen.update(row.name for row in found)
        chosen.update(row.reference for row in found if row.reference is not None)
    return [row for row in ROWS.values() if row.name in chosen]

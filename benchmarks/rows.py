"""The rows by name, with their way to send and their reference."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LAYERS_ROW", "ROWS", "Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """One way to send, in one situation.

    Attributes:
        name: Its name.
        sender: A function in senders.py, or of a peer in peers.py.
        reference: The row that it is compared with; None for a reference.
        in_flight: The number of messages in flight.
        latency_ms: The server's wait before each response.
        sends: The number of sends in a block.
        peer: Whether it needs the peers' environment.
        unanswered: Whether it sends nothing to the server.
        without_sniffio: Whether its process can't import `sniffio`, as if it were not installed.
    """

    name: str
    sender: str
    reference: str | None = None
    in_flight: int = 1
    latency_ms: int = 0
    sends: int = 1000
    peer: bool = False
    unanswered: bool = False
    without_sniffio: bool = False

    @property
    def with_layers(self) -> bool:
        """Whether its process samples the layers, which costs a little time."""
        return self.name == LAYERS_ROW


LAYERS_ROW = "ours sync, looked into"

_ROWS = (
    Row("httpx sync", "httpx_by_hand"),
    Row("raw socket", "raw_socket", "httpx sync"),
    Row("ours sync", "ours", "httpx sync"),
    Row(LAYERS_ROW, "ours", "httpx sync", sends=5000),
    Row("ours sync, 100 threads", "ours", "ours sync", 100, sends=6000),
    Row("ours sync, with telemetry", "ours_with_telemetry", "ours sync"),
    # After `pip install httpx`, there is no sniffio, which httpcore tries to import at every lock. carrierx has it.
    Row("httpx async, 1 in flight", "async_httpx_by_hand", without_sniffio=True),
    Row("httpx async with sniffio, 1 in flight", "async_httpx_by_hand"),
    Row("ours async, 1 in flight", "async_ours", "httpx async, 1 in flight"),
    Row("ours over aiohttp, 1 in flight", "async_ours_over_aiohttp", "httpx async, 1 in flight"),
    Row("httpx async, 100 in flight", "async_httpx_by_hand", in_flight=100, without_sniffio=True),
    Row("ours async, 100 in flight", "async_ours", "httpx async, 100 in flight", 100),
    Row("ours over aiohttp, 100 in flight", "async_ours_over_aiohttp", "httpx async, 100 in flight", 100),
    Row("ours async, 10 in flight, 50 ms", "async_ours", in_flight=10, latency_ms=50, sends=300),
    Row("ours async, 100 in flight, 50 ms", "async_ours", in_flight=100, latency_ms=50),
    Row("twilio sync", "twilio", "httpx sync", sends=500, peer=True),
    Row("telnyx sync", "telnyx", "httpx sync", sends=500, peer=True),
    Row("vonage sync", "vonage", "httpx sync", sends=500, peer=True),
    Row("plivo sync", "plivo", "httpx sync", sends=500, peer=True),
    Row("stripe sync", "stripe", "httpx sync", sends=500, peer=True),
    Row("openai sync", "openai", "httpx sync", sends=500, peer=True),
    Row("twilio async, 1 in flight", "async_twilio", "httpx async, 1 in flight", sends=500, peer=True),
    Row("twilio async, 100 in flight", "async_twilio", "httpx async, 100 in flight", 100, sends=500, peer=True),
    Row("segments, smsutil", "smsutil_segments", sends=2000, peer=True, unanswered=True),
    Row("segments, ours", "our_segments", "segments, smsutil", sends=20000, unanswered=True),
)

ROWS: dict[str, Row] = {row.name: row for row in _ROWS}
"""All rows, in their order in a round."""

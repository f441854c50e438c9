"""The ratios that carrierx has to meet, with their goals and limits."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GOALS", "Goal"]


@dataclass(frozen=True, slots=True)
class Goal:
    """One ratio with its goal and limit.

    Attributes:
        key: Its short name.
        what: A description of the ratio.
        goal: The value that it should not exceed.
        must: The limit. Beyond it, the benchmark fails.
        row: The numerator, if it is computed from rows.
        reference: The denominator.
    """

    key: str
    what: str
    goal: float
    must: float
    row: str | None = None
    reference: str | None = None

    def verdict(self, measured: float) -> str:
        """Return the verdict on a measured ratio: `goal met`, `must met` (but not the goal), or `MISSED`."""
        if measured <= self.goal:
            return "goal met"
        return "must met" if measured <= self.must else "MISSED"


_ONE, _TEN, _HUNDRED = "1 in flight", "10 in flight", "100 in flight"
_AS_INSTALLED = "httpx async as `pip install httpx` leaves it"
_OURS, _AIOHTTP, _HTTPX, _SNIFFIO = "ours async", "ours over aiohttp", "httpx async", "httpx async with sniffio"


def _rows(row: str, reference: str, situation: str) -> tuple[str, str]:
    """Name the row and the reference of two ways to send in the same situation."""
    return f"{row}, {situation}", f"{reference}, {situation}"


GOALS: tuple[Goal, ...] = (
    Goal("sync", "sync send / httpx `post` + `.json()`", 0.82, 1.00, "ours sync", "httpx sync"),
    Goal("sync-twilio", "sync send / twilio's create", 0.52, 0.68, "ours sync", "twilio sync"),
    Goal("async-1", f"async, {_ONE} / {_AS_INSTALLED}", 0.62, 0.78, *_rows(_OURS, _HTTPX, _ONE)),
    Goal("async-1-sniffio", f"async, {_ONE} / {_SNIFFIO}", 0.82, 1.00, *_rows(_OURS, _SNIFFIO, _ONE)),
    Goal("async-100", f"async, {_HUNDRED} / {_HTTPX}", 0.21, 0.35, *_rows(_OURS, _HTTPX, _HUNDRED)),
    Goal("aiohttp-1", f"async over aiohttp, {_ONE} / {_HTTPX}", 0.25, 0.35, *_rows(_AIOHTTP, _HTTPX, _ONE)),
    Goal("aiohttp-100", f"async over aiohttp, {_HUNDRED} / {_HTTPX}", 0.07, 0.12, *_rows(_AIOHTTP, _HTTPX, _HUNDRED)),
    Goal(
        "aiohttp-twilio",
        f"async over aiohttp, {_HUNDRED} / twilio async, the quickest peer",
        0.90,
        1.10,
        *_rows(_AIOHTTP, "twilio async", _HUNDRED),
    ),
    Goal("threads", "a send by 100 threads / by one", 1.3, 1.6, "ours sync, 100 threads", "ours sync"),
    Goal(
        "in-flight",
        "a send at 100 in flight / at 10, 50 ms latency",
        1.1,
        1.4,
        f"{_OURS}, {_HUNDRED}, 50 ms",
        f"{_OURS}, {_TEN}, 50 ms",
    ),
    # Only the share of the row that the evidence takes.
    Goal("evidence", "evidence / httpx's send", 0.03, 0.12, "ours sync, looked into", "httpx sync"),
    Goal("first-send", "longest stretch that blocks the event loop, first async send / tenth", 5, 20),
    Goal("import-used", "`import carrierx`, client and send models used / httpx + pydantic `BaseModel`", 1.25, 1.4),
    Goal("import-bare", "bare `import carrierx` over a bare interpreter / httpx import", 0.05, 0.15),
    Goal("second-client", "second `CarrierXClient(token)` / `httpx.Client()`", 0.01, 0.05),
    Goal("send-many", "peak memory of `send_many`, many (1,000,000 in the long form) / 1,000 messages", 1.05, 1.15),
    Goal("segments", "segments of 160 ASCII characters / smsutil", 0.01, 0.02, "segments, ours", "segments, smsutil"),
)

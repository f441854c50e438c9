"""Layers of one send: which code runs, sampled about 250 times per second of processor time.

The measured code is unchanged, so the layers add up to the complete send. A sample counts for the innermost function
that belongs to a layer; a C function counts for its caller. Code of other packages that we call, such as pydantic's
Python code, counts for our layer that called it.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

__all__ = ["EVIDENCE", "LAYERS", "OWN_LAYERS", "layer_of", "sampled"]

VALIDATION = "validation"
JSON = "JSON of the request"
BUILDING = "building the request"
EVIDENCE = "evidence and deadline"
PARSING = "reading the response"
CONNECTIONS = "our connections"
REST = "the rest of ours"
HTTP = "httpx, httpcore, h11, asyncio"
BENCHMARK = "the benchmark itself"

LAYERS = (VALIDATION, JSON, BUILDING, EVIDENCE, CONNECTIONS, HTTP, PARSING, REST, BENCHMARK)
OWN_LAYERS = (VALIDATION, JSON, BUILDING, CONNECTIONS, PARSING, REST)

_SECONDS_BETWEEN = 0.001  # the kernel rounds it up to one of its ticks, usually 4 ms

# Functions that form a layer together with our code that they call, by the end of their qualified names.
_FUNCTIONS = {
    "SendMessageRequest.parse": VALIDATION,
    "SendMessageRequest._check": VALIDATION,
    "broken_rules_of": VALIDATION,
    "validate_fields": VALIDATION,
    "SendMessageRequest.to_wire": JSON,
    "HttpxRequestBuilder.build": BUILDING,
    "parse_body": PARSING,
}
# Files of ours that form a layer.
_FILES = {
    "carrierx/transport/evidence.py": EVIDENCE,
    "carrierx/transport/watched_network.py": EVIDENCE,
    "carrierx/transport/httpx_session.py": CONNECTIONS,
    "carrierx/transport/connection_slots.py": CONNECTIONS,
    "carrierx/transport/raw_response.py": PARSING,
    "carrierx/models/api_object.py": PARSING,
    "carrierx/transport/request_builder.py": BUILDING,
    "carrierx/models/validation.py": VALIDATION,
    "carrierx/models/phone_number.py": VALIDATION,
}
_HTTP_PACKAGES = ("aiohttp", "anyio", "asyncio", "h11", "httpcore", "httpcore2", "httpx", "httpx2")
_HTTP_PLACES = (*(f"/{name}/" for name in _HTTP_PACKAGES), "/selectors.py", "/socket.py", "/ssl.py")
_BENCHMARKS = f"{Path(__file__).parent}/"


def layer_of(frame: FrameType | None) -> str:
    """Return the layer of a call stack, given its innermost frame."""
    ours: str | None = None
    while frame is not None:
        code = frame.f_code
        path = code.co_filename
        if path.startswith(_BENCHMARKS):
            return ours or BENCHMARK
        if "/carrierx/" in path:
            ours = ours or _FILES.get(path[path.rindex("/carrierx/") + 1 :], REST)
            if ours == EVIDENCE:
                return EVIDENCE
            claimed = _FUNCTIONS.get(code.co_qualname)
            if claimed is not None:
                return claimed
        elif any(part in path for part in _HTTP_PLACES):
            return ours or HTTP
        frame = frame.f_back
    return ours or HTTP


@contextmanager
def sampled() -> Generator[Counter[str]]:
    """Count samples by layer during the block."""
    counted: Counter[str] = Counter()

    def sample(_number: int, frame: FrameType | None) -> None:
        counted[layer_of(frame)] += 1

    before = signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS_BETWEEN, _SECONDS_BETWEEN)
    try:
        yield counted
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)

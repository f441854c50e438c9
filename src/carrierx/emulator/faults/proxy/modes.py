"""The modes of a fault proxy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_PAUSE: Final = 3600.0
"""The longest pause between two pieces of a dripping response, in seconds."""


class ProxyFault(StrEnum):
    """The faults that a fault proxy can produce."""

    NONE = "none"
    """Everything passes unchanged."""

    REFUSE = "refuse"
    """No server listens, so connecting fails."""

    RESET_ON_ACCEPT = "reset_on_accept"
    """Each connection is reset as soon as it is accepted; nothing is read."""

    RESET_IN_REQUEST = "reset_in_request"
    """Each connection is reset after some bytes of the request's body have been read; nothing is forwarded."""

    RESET_IN_ANSWER = "reset_in_answer"
    """The request is forwarded; the connection is reset after some bytes of the response's body have been written."""

    SILENCE = "silence"
    """Everything is read, but there is no response; nothing is forwarded."""

    DRIP = "drip"
    """The request is forwarded; its response comes in small pieces, with a pause before each."""

    CLOSE_AFTER_READING = "close_after_reading"
    """The complete request is read, and forwarded or not; the connection closes without a byte of a response."""


@dataclass(frozen=True)
class ProxyMode:
    """The fault of a fault proxy, with its parameters.

    Attributes:
        fault: The fault.
        after: The number of bytes of the body before a reset.
        pause: The number of seconds before each piece of a dripping response.
        size: The number of bytes in a piece of a dripping response.
        forward: True if a connection that closes after reading forwards the request first.
        times: The number of connections that get the fault; later ones pass on everything. None for all. A refused
            connection can't be counted.

    Raises:
        ValueError: A number is out of range.

    """

    fault: ProxyFault = ProxyFault.NONE
    after: int = 0
    pause: float = 0.0
    size: int = 1
    forward: bool = False
    times: int | None = None

    def __post_init__(self) -> None:
        if self.after < 0:
            raise ValueError(f"after must be 0 bytes or more, not {self.after}")
        if self.times is not None and self.times < 1:
            raise ValueError(f"times must be 1 connection or more, or None for all, not {self.times}")
        if self.times is not None and self.fault is ProxyFault.REFUSE:
            raise ValueError("times can't count refused connections: the proxy doesn't see them")
        if self.size < 1:
            raise ValueError(f"size must be 1 byte or more, not {self.size}")
        if not (math.isfinite(self.pause) and 0 <= self.pause <= LONGEST_PAUSE):
            raise ValueError(f"pause must be from 0 to {LONGEST_PAUSE:g} seconds, not {self.pause}")

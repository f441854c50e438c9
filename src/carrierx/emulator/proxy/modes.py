"""What a fault proxy does with connections."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_PAUSE: Final = 3600.0
"""The longest pause between two pieces of a dripping answer, in seconds."""


class ProxyFault(StrEnum):
    """What a fault proxy does with the connections that it gets."""

    NONE = "none"
    """Everything passes, unchanged."""

    REFUSE = "refuse"
    """Nobody listens: connecting fails."""

    RESET_ON_ACCEPT = "reset_on_accept"
    """Each connection is reset as soon as it is there; nothing is read."""

    RESET_IN_REQUEST = "reset_in_request"
    """Each connection is reset when some bytes of the request's body have been read; nothing is forwarded."""

    RESET_IN_ANSWER = "reset_in_answer"
    """The request is forwarded; the connection is reset when some bytes of the answer's body have been written."""

    SILENCE = "silence"
    """Everything is read and nothing said; nothing is forwarded."""

    DRIP = "drip"
    """The request is forwarded; its answer comes in small pieces, with a pause before each."""

    CLOSE_AFTER_READING = "close_after_reading"
    """The whole request is read, and forwarded or not; the connection closes without a byte of an answer."""


@dataclass(frozen=True)
class ProxyMode:
    """What a fault proxy does with connections, and how.

    Attributes:
        fault: What it does.
        after: Of a reset: after how many bytes of the body.
        pause: Of a dripping answer: how many seconds pass before each piece.
        size: Of a dripping answer: how many bytes a piece has.
        forward: Of a connection that closes after reading: whether the request is forwarded first.

    Raises:
        ValueError: A number is out of its bounds.
    """

    fault: ProxyFault = ProxyFault.NONE
    after: int = 0
    pause: float = 0.0
    size: int = 1
    forward: bool = False

    def __post_init__(self) -> None:
        if self.after < 0:
            raise ValueError(f"after must be 0 bytes or more, not {self.after}")
        if self.size < 1:
            raise ValueError(f"size must be 1 byte or more, not {self.size}")
        if not (math.isfinite(self.pause) and 0 <= self.pause <= LONGEST_PAUSE):
            raise ValueError(f"pause must be from 0 to {LONGEST_PAUSE:g} seconds, not {self.pause}")

"""Telling whether a connection is exactly at the end of an answer, from the bytes that it read.

Anything after an answer would be read as the answer to the next request: a refusal of a message that was taken, or the
receipt of somebody else's. The HTTP parser keeps such bytes to itself, so what our own streams read is counted. Where
the count proves nothing, the connection isn't used again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["ReceivedBytes"]

# As h11 ends a head, which also takes lines without a carriage return.
_HEAD_END = re.compile(rb"\n\r?\n")
_CHUNKED = re.compile(rb"\ntransfer-encoding:[^\n]*chunked", re.IGNORECASE)
_WITHOUT_BODY = (204, 304)


class ReceivedBytes:
    """What a connection has read since the last request was written. Bodies aren't kept, except chunked ones."""

    __slots__ = ("_filled", "_head_size", "_kept", "_size", "_used")

    def __init__(self) -> None:
        self._used = True
        self._size = 0
        self._head_size = 0
        self._kept: bytearray | None = bytearray()
        self._filled = False

    def clear(self) -> bool:
        """Start again with the next exchange, which begins with the first write after a read.

        Returns:
            Whether a write that is about to happen is the first of its exchange.
        """
        if not self._used:
            return False
        self._used = False
        self._size = self._head_size = 0
        self._kept = bytearray()
        self._filled = False
        return True

    def add(self, data: bytes, asked_for: int) -> None:
        """Note a read.

        Args:
            data: What came.
            asked_for: How many bytes would have been taken. If that many came, more may wait in a buffer beneath.
        """
        self._used = True
        self._size += len(data)
        self._filled = len(data) >= asked_for
        if self._kept is None:
            return
        self._kept += data
        if not self._head_size:
            end = _HEAD_END.search(self._kept)
            if end is not None:
                self._head_size = end.end()
                if _CHUNKED.search(self._kept, 0, self._head_size) is None:
                    self._kept = None  # its size is stated, so the count is enough

    def end_with_answer(self, method: bytes, status_code: int, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Tell whether the last byte that was read is the answer's last one.

        Args:
            method: The request's method.
            status_code: The answer's status.
            headers: The answer's headers.
        """
        if not self._head_size or self._filled:
            return False
        if method == b"HEAD" or status_code in _WITHOUT_BODY:
            return self._size == self._head_size
        if self._kept is not None:
            return self._size == _end_of_chunks(self._kept, self._head_size)
        lengths = {value for name, value in headers if name.lower() == b"content-length"}
        length = lengths.pop() if len(lengths) == 1 else b""
        return length.isdigit() and self._size == self._head_size + int(length)


def _end_of_chunks(data: bytearray, position: int) -> int | None:
    """Find where a chunked body ends, trailers included; None if it doesn't, or isn't one."""
    size = -1
    while size:
        line_end = data.find(b"\r\n", position)
        try:
            size = int(data[position:line_end].partition(b";")[0], 16) if line_end >= 0 else -1
        except ValueError:
            return None
        if size < 0:
            return None
        position = line_end + 2 + (size + 2 if size else 0)
    while True:
        line_end = data.find(b"\r\n", position)
        if line_end < 0:
            return None
        if line_end == position:
            return line_end + 2
        position = line_end + 2

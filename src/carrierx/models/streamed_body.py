"""A request body that is read while it is sent, so that it needs little memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

__all__ = ["PART", "ByteSource", "StreamedBody"]

PART = 65_536
"""Bytes that are read and sent in one part."""


class ByteSource(Protocol):
    """A source of bytes, such as a file opened in binary mode."""

    def read(self, size: int, /) -> bytes:
        """Return at most this many bytes, or none at the end."""
        ...

    def seek(self, position: int, /) -> object:
        """Go to a position."""
        ...


@dataclass(frozen=True, slots=True)
class StreamedBody:
    """A body that is read from a source in parts. Each attempt reads it again if the source can seek.

    Attributes:
        source: The source of the bytes. It is neither opened nor closed here.
        start: The position of the first byte, which each attempt seeks. None if the source can't seek: then the body
            can be read only once, and no attempt follows one that has started to read it.
        size: Bytes of the body; None if the size is unknown until the end.
        waits: Whether reading may block, for example on a disk. Async clients then read in a thread.
        note_sent: A function that is called after each part with the bytes sent in this attempt. It must not raise.
    """

    source: ByteSource
    start: int | None
    size: int | None
    waits: bool = True
    note_sent: Callable[[int], None] | None = None

    @property
    def repeatable(self) -> bool:
        """True if the body can be read again after reading has started."""
        return self.start is not None

    def read_after(self, sent: int) -> bytes:
        """Read the part that follows the first `sent` bytes. It is empty at the end.

        If the size is known, the last byte is a part of its own, because a server can't act on a body whose last byte
        it never received. Without a size, the end of the chunked encoding comes last.

        Raises:
            EOFError: The source ended before its announced size.
            TypeError: The source returned something other than bytes.
            OSError: The source can't be read.
        """
        if sent == 0 and self.start is not None:
            self.source.seek(self.start)
        wanted = PART if self.size is None else _next_size(self.size - sent)
        if wanted == 0:
            return b""
        part = cast("object", self.source.read(wanted))
        if not isinstance(part, bytes) or len(part) > wanted:
            raise TypeError(f"the source gave {type(part).__name__} instead of at most {wanted} bytes")
        if not part and self.size is not None:
            raise EOFError(f"the source ended after {sent} of {self.size} bytes: it has become shorter")
        return part

    def sent(self, count: int) -> None:
        """Report how many bytes have been sent."""
        if self.note_sent is not None:
            self.note_sent(count)


def _next_size(left: int) -> int:
    return min(PART, left - 1) if left > 1 else left

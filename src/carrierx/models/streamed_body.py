"""A request's body that is read while it is sent, so that its size takes no memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

__all__ = ["PART", "ByteSource", "StreamedBody"]

PART = 65_536
"""Bytes that are read and handed over at once."""


class ByteSource(Protocol):
    """What bytes are read from, as from a file opened in binary mode."""

    def read(self, size: int, /) -> bytes:
        """Give at most so many bytes; none at the end."""
        ...

    def seek(self, position: int, /) -> object:
        """Go to a position."""
        ...


@dataclass(frozen=True, slots=True)
class StreamedBody:
    """A body to be read from a source: whole, in parts, at each attempt anew if the source can be wound back.

    Attributes:
        source: Where the bytes are. It is neither opened nor closed here.
        start: The position of the first byte, to which an attempt winds back; None if the source can't be wound back:
            then the body can be taken once in all, and no attempt follows one that has begun it.
        size: Bytes of the body; None if it is not known before its end.
        waits: Whether reading may wait, as for a disk: then async clients read in a thread.
        note_sent: Is told after each part how many bytes are gone in this attempt. It must not raise.
    """

    source: ByteSource
    start: int | None
    size: int | None
    waits: bool = True
    note_sent: Callable[[int], None] | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it can be taken again after it was begun."""
        return self.start is not None

    def read_after(self, sent: int) -> bytes:
        """Read the part that follows the first `sent` bytes; empty at the end.

        Where the size is known, the last byte is a part of its own: a server can't act on a body whose last byte it
        never got. Without a size it is the end mark that comes last.

        Raises:
            EOFError: The source ends before the size that it had.
            TypeError: The source gives something other than bytes, or nothing yet.
            OSError: It can't be read.
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
        """Note how many bytes are gone."""
        if self.note_sent is not None:
            self.note_sent(count)


def _next_size(left: int) -> int:
    return min(PART, left - 1) if left > 1 else left

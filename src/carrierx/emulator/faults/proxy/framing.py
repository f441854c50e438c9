"""Finding the ends of requests and responses in a stream of bytes, as far as faults need it."""

from __future__ import annotations

import re
from typing import Final

import h11

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
_INFORMATIONAL: Final = re.compile(rb"HTTP/1\.[01] 1[0-9]{2}[ \r]")


class RequestWatch:
    """Parses the bytes of one request.

    Attributes:
        body_size: The number of bytes of its body so far.
        complete: True if the request has ended. Bytes that are not HTTP count as complete.
    """

    def __init__(self) -> None:
        self._parser = h11.Connection(h11.SERVER)
        self.has_head: bool = False
        self.body_size: int = 0
        self.complete: bool = False

    def feed(self, data: bytes) -> None:
        """Add the next bytes; no bytes mean that the client has stopped writing."""
        try:
            self._parser.receive_data(data)
            while not self.complete:
                match self._parser.next_event():
                    case h11.Request():
                        self.has_head = True
                    case h11.Data(data=part):
                        self.body_size += len(part)
                    case h11.EndOfMessage() | h11.ConnectionClosed():
                        self.complete = True
                    case _:
                        return
        except h11.RemoteProtocolError:
            self.complete = True


class AnswerCut:
    """Passes a response's head and the start of its body, but never its end.

    Args:
        after: The number of bytes of the body to pass.
    """

    def __init__(self, after: int) -> None:
        self._left = after
        self._head = b""
        self._in_body = False

    def feed(self, data: bytes) -> tuple[bytes, bool]:
        """Add the next bytes.

        Returns:
            The bytes that pass, and whether the cut is reached.
        """
        if self._in_body:
            return self._body(data)
        self._head += data
        head, mark, rest = self._head.partition(_HEAD_END)
        if not mark:
            return b"", False
        head += mark
        self._head = b""
        if _INFORMATIONAL.match(head):
            passed, done = self.feed(rest) if rest else (b"", False)
            return head + passed, done
        self._in_body = True
        if length := _LENGTH.search(head):
            self._left = min(self._left, max(0, int(length[1]) - 1))
        passed, done = self._body(rest)
        return head + passed, done

    def _body(self, data: bytes) -> tuple[bytes, bool]:
        passed = data[: self._left]
        self._left -= len(passed)
        return passed, self._left == 0

"""Where requests and answers begin and end in a stream of bytes, as far as a fault has to know."""

from __future__ import annotations

import re
from typing import Final

import h11

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
_INFORMATIONAL: Final = re.compile(rb"HTTP/1\.[01] 1[0-9]{2}[ \r]")


class RequestWatch:
    """Follows the bytes of one request.

    Attributes:
        body_size: How many bytes of its body have come.
        complete: Whether it has come to its end; bytes that are no HTTP have none to wait for.
    """

    def __init__(self) -> None:
        self._parser = h11.Connection(h11.SERVER)
        self.has_head: bool = False
        self.body_size: int = 0
        self.complete: bool = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes; none when the client has stopped writing."""
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
    """Lets an answer's head pass, and so many bytes of its body that the end is never among them.

    Args:
        after: How many bytes of the body may pass.
    """

    def __init__(self, after: int) -> None:
        self._left = after
        self._head = b""
        self._in_body = False

    def feed(self, data: bytes) -> tuple[bytes, bool]:
        """Take the next bytes.

        Returns:
            What passes of them, and whether the cut is reached.
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

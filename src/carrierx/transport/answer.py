"""Taking an answer in, within bounds."""

from __future__ import annotations

import zlib
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Answer", "AnswerBody", "Defect"]

_GZIP = 31  # zlib's window bits for a gzip header and trailer, which it then checks


class Defect(Enum):
    """Why a body did not arrive whole."""

    CUT = auto()
    TOO_LARGE = auto()
    ENCODING = auto()


class Answer(NamedTuple):
    """An answer as far as it arrived."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes
    defect: Defect | None = None
    cause: BaseException | None = None

    @property
    def declares_json(self) -> bool:
        """Whether the answer says that its body is JSON."""
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return media_type == "application/json" or media_type.endswith("+json")


class AnswerBody:
    """Collects a body up to a bound, through at most one layer of gzip.

    We ask for no compression, so more than one layer is a mistake or a trap: a few hundred bytes can unfold to
    gigabytes.
    """

    def __init__(self, headers: Mapping[str, str], largest: int) -> None:
        encoding = headers.get("content-encoding", "").strip().lower()
        self._unpacker = zlib.decompressobj(_GZIP) if encoding in ("gzip", "x-gzip") else None
        self._largest = largest
        self._parts: list[bytes] = []
        self._size = 0
        self.defect: Defect | None = None
        if self._unpacker is None and encoding not in ("", "identity"):
            self.defect = Defect.ENCODING

    def feed(self, chunk: bytes) -> bool:
        """Take a chunk in; False means that the rest is not wanted."""
        if self.defect is not None:
            return False
        if self._unpacker is not None:
            try:
                chunk = self._unpacker.decompress(chunk, self._largest - self._size + 1)
            except zlib.error:
                self.defect = Defect.ENCODING
                return False
        self._size += len(chunk)
        if self._size > self._largest:
            self.defect = Defect.TOO_LARGE
            return False
        self._parts.append(chunk)
        return True

    def answer(self, status_code: int, headers: Mapping[str, str], failure: BaseException | None = None) -> Answer:
        """Give the answer as far as it was taken in.

        Args:
            status_code: Its status.
            headers: Its headers.
            failure: What broke it off, fit to be chained; None if it came to its end, or to ours.
        """
        if self._unpacker is not None and self.defect is None and self._size and not self._unpacker.eof:
            self.defect = Defect.CUT
        defect = self.defect if failure is None else self.defect or Defect.CUT
        return Answer(status_code, headers, b"".join(self._parts), defect, failure)

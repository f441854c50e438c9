"""The response to one attempt: status, headers, and a body of limited size."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from carrierx.models.masking import shown_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["BodyError", "BodyReader", "RawResponse"]

_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id", "cf-ray")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_GZIP = 31  # zlib's window bits for gzip: zlib then checks its header and trailer


class BodyError(Enum):
    """Reasons why a body is incomplete."""

    CUT = auto()
    TOO_LARGE = auto()
    ENCODING = auto()


class RawResponse(NamedTuple):
    """A response, as far as it arrived."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes
    body_error: BodyError | None = None
    cause: BaseException | None = None

    @property
    def declares_json(self) -> bool:
        """True if the response declares its body as JSON."""
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return media_type == "application/json" or media_type.endswith("+json")

    def request_id(self, private: Sequence[str]) -> str | None:
        """Find a request id in the headers. CarrierX documents none; these are the names in common use.

        Args:
            private: Texts to mask. Phone numbers are masked too, since a server can put anything into a header.
        """
        for name in _REQUEST_ID_HEADERS:
            value = self.headers.get(name)
            if value is not None and _REQUEST_ID.fullmatch(value):
                return shown_text(value, private)
        return None

    def retry_after(self, now: datetime) -> float | None:
        """Return the seconds of `Retry-After`, which may be a number or a date; None if it is missing or invalid."""
        value = self.headers.get("retry-after", "").strip()
        if _SECONDS.fullmatch(value):
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())


class BodyReader:
    """Collects a body up to a maximum size, and decompresses at most one layer of gzip.

    We ask for no compression, so more than one layer is a mistake or an attack: a few hundred bytes can expand to
    gigabytes.
    """

    def __init__(self, headers: Mapping[str, str], largest: int) -> None:
        encoding = headers.get("content-encoding", "").strip().lower()
        self._unpacker = zlib.decompressobj(_GZIP) if encoding in ("gzip", "x-gzip") else None
        self._largest = largest
        self._parts: list[bytes] = []
        self._size = 0
        self.body_error: BodyError | None = None
        if self._unpacker is None and encoding not in ("", "identity"):
            self.body_error = BodyError.ENCODING

    def feed(self, chunk: bytes) -> bool:
        """Add a chunk. False means: stop reading."""
        if self.body_error is not None:
            return False
        if self._unpacker is not None:
            try:
                chunk = self._unpacker.decompress(chunk, self._largest - self._size + 1)
            except zlib.error:
                self.body_error = BodyError.ENCODING
                return False
        self._size += len(chunk)
        if self._size > self._largest:
            self.body_error = BodyError.TOO_LARGE
            return False
        self._parts.append(chunk)
        return True

    def response(
        self, status_code: int, headers: Mapping[str, str], failure: BaseException | None = None
    ) -> RawResponse:
        """Build the response from the chunks so far.

        Args:
            status_code: The status.
            headers: The headers.
            failure: The exception that ended the body early, stripped of secrets; None if nothing failed.
        """
        if self._unpacker is not None and self.body_error is None and self._size and not self._unpacker.eof:
            self.body_error = BodyError.CUT
        body_error = self.body_error if failure is None else self.body_error or BodyError.CUT
        return RawResponse(status_code, headers, b"".join(self._parts), body_error, failure)

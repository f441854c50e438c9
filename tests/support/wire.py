"""HTTP/1.1 as bytes: requests read without taking one byte too many, and answers."""

import gzip
import json
import math
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

HEAD_LIMIT = 256 * 1024

HeaderPairs = Iterable[tuple[str, str]]
Body = bytes | str | Mapping[str, object] | list[object]


class BadRequestError(ValueError):
    """The client sent something that is not an HTTP/1.1 request."""


@dataclass
class ReceivedRequest:
    """One request as it arrived; `content` grows while the body is being read."""

    connection: int
    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    raw_head: bytes
    content: bytearray = field(default_factory=bytearray)
    complete: bool = False

    @property
    def body(self) -> bytes:
        """The body so far, without chunk framing."""
        return bytes(self.content)

    def header_values(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        wanted = name.lower().encode("latin-1")
        return [value.decode("latin-1") for key, value in self.headers if key.lower() == wanted]

    def header(self, name: str) -> str | None:
        """The header's first value, None if absent."""
        return next(iter(self.header_values(name)), None)

    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.content)


BodyMaker = Callable[[ReceivedRequest], Body]


def parse_head(raw: bytes, connection: int) -> ReceivedRequest:
    """Read a request line and header lines, up to and with the empty line."""
    request_line, *lines = raw.removesuffix(b"\r\n\r\n").split(b"\r\n")
    words = request_line.split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
        raise BadRequestError(f"not a request line: {request_line!r}")
    headers: list[tuple[bytes, bytes]] = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadRequestError(f"not a header line: {line!r}")
        headers.append((name, value.strip(b" \t")))
    return ReceivedRequest(connection, words[0].decode("latin-1"), words[1].decode("latin-1"), headers, raw)


class _State(Enum):
    HEAD = auto()
    SIZED_BODY = auto()
    CHUNK_SIZE = auto()
    CHUNK_DATA = auto()
    TRAILERS = auto()
    COMPLETE = auto()


class RequestParser:
    """Reads one request from bytes; `wanted` says how many may be fed without overrunning it."""

    def __init__(self, connection: int) -> None:
        self.request: ReceivedRequest | None = None
        self.started = False
        self._connection = connection
        self._state = _State.HEAD
        self._line = bytearray()
        self._left = 0

    @property
    def complete(self) -> bool:
        """Whether header and body have been read to their end."""
        return self._state is _State.COMPLETE

    @property
    def wanted(self) -> int:
        """The most bytes that surely belong to this request."""
        if self._state in (_State.SIZED_BODY, _State.CHUNK_DATA):
            return self._left
        return 0 if self.complete else 1

    def feed(self, data: bytes) -> None:
        """Take up to `wanted` bytes."""
        self.started = True
        if self._state in (_State.SIZED_BODY, _State.CHUNK_DATA):
            self._feed_body(data)
            return
        self._line += data
        if len(self._line) > HEAD_LIMIT:
            raise BadRequestError("a line or header without end")
        if self._state is _State.HEAD and self._line.endswith(b"\r\n\r\n"):
            self._end_head()
        elif self._state is _State.CHUNK_SIZE and self._line.endswith(b"\r\n"):
            self._end_chunk_size()
        elif self._state is _State.TRAILERS and (bytes(self._line) == b"\r\n" or self._line.endswith(b"\r\n\r\n")):
            self._end()

    def _end_head(self) -> None:
        self.request = parse_head(bytes(self._line), self._connection)
        self._line.clear()
        if "chunked" in (self.request.header("transfer-encoding") or ""):
            self._state = _State.CHUNK_SIZE
            return
        self._left = int(self.request.header("content-length") or 0)
        self._state = _State.SIZED_BODY
        if not self._left:
            self._end()

    def _feed_body(self, data: bytes) -> None:
        assert self.request is not None
        self.request.content += data
        self._left -= len(data)
        if self._left:
            return
        if self._state is _State.SIZED_BODY:
            self._end()
        else:  # the line end that closes a chunk was counted with it
            del self.request.content[-2:]
            self._state = _State.CHUNK_SIZE

    def _end_chunk_size(self) -> None:
        try:
            size = int(self._line.split(b";")[0], 16)
        except ValueError as error:
            raise BadRequestError(f"not a chunk size: {bytes(self._line)!r}") from error
        self._line.clear()
        self._left = size + 2
        self._state = _State.CHUNK_DATA if size else _State.TRAILERS

    def _end(self) -> None:
        assert self.request is not None
        self._state = _State.COMPLETE
        self.request.complete = True


def encode_body(body: Body) -> bytes:
    """Bytes as they are, text as UTF-8, anything else as JSON."""
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def head(status: int, headers: HeaderPairs = ()) -> bytes:
    """A status line and header lines, with the empty line."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def answer(
    status: int, body: Body = b"", headers: HeaderPairs = (), content_type: str | None = "application/json"
) -> bytes:
    """A whole answer with its Content-Length."""
    content = encode_body(body)
    described = [("Content-Type", content_type)] if content_type else []
    return head(status, [*described, *headers, ("Content-Length", str(len(content)))]) + content


def gzip_times(body: Body, times: int) -> bytes:
    """The body compressed over and over."""
    content = encode_body(body)
    for _ in range(times):
        content = gzip.compress(content, mtime=0)
    return content


def sms_object(request: ReceivedRequest | None = None, /, **changes: object) -> dict[str, object]:
    """An SMS object as CarrierX answers a send, echoing the request's fields.

    Changes override; `from_` stands for `from`.
    """
    sent = _json_fields(request)
    media: list[object] = sent.get("media_urls") or []
    group: list[object] = sent.get("group_recipients") or []
    message = sent.get("message") if sent else "This is a test message"
    length = len(message) if isinstance(message, str) else 0
    made: dict[str, object] = {
        "date_changed": "2023-12-06T15:18:30.084Z",
        "date_created": "2023-12-06T15:18:29.189Z",
        "date_status_changed": None,
        "direction": "outbound",
        "from": sent.get("from", sent.get("from_did", "15162065575")),
        "group_recipients": group,
        "mcc": None,
        "media_urls": media,
        "message": message,
        "message_segments": 1 if length <= 160 else math.ceil(length / 153),
        "message_sid": str(uuid.uuid4()),
        "mnc": None,
        "partner_sid": "e00430c3-a7d0-4666-ab5c-f7202448382f",
        "price": None,
        "status": "queued",
        "to": sent.get("to", sent.get("to_did", "15162065574")),
        "type": "mms" if media or group else "sms",
        "user_data": sent.get("user_data"),
    }
    return made | {name.removesuffix("_"): value for name, value in changes.items()}


def _json_fields(request: ReceivedRequest | None) -> dict[str, Any]:
    if request is None:
        return {}
    try:
        fields = request.json()
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}  # pyright: ignore[reportUnknownVariableType]

"""The source of an upload: a path, bytes or an open file, read while it is sent."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import secrets
import stat
import threading
from collections.abc import Callable, Mapping
from mimetypes import MimeTypes
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from carrierx.errors import InvalidArgumentError
from carrierx.events import UploadProgress
from carrierx.models.streamed_body import StreamedBody
from carrierx.resources.arguments import checked_text

if TYPE_CHECKING:
    from carrierx.models.streamed_body import ByteSource

__all__ = ["HEAD", "BinaryFile", "ProgressListener", "Upload", "UploadSource", "checked_media_type", "ending_for"]


HEAD = 32
"""Bytes of a file's beginning that tell its kind."""

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")

# The usual media types of an MMS. Python's table has the others, and other extensions for some of these.
_ENDINGS = {
    "audio/3gpp": ".3gp",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "video/3gpp": ".3gp",
    "video/quicktime": ".mov",
}
_BEGINNINGS = (
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"GIF87a", ".gif"),
    (b"GIF89a", ".gif"),
    (b"BM", ".bmp"),
    (b"%PDF-", ".pdf"),
    (b"ID3", ".mp3"),
    (b"\xff\xfb", ".mp3"),
    (b"\xff\xf3", ".mp3"),
    (b"\xff\xf2", ".mp3"),
    (b"#!AMR", ".amr"),
    (b"OggS", ".ogg"),
    (b"PK\x03\x04", ".zip"),
)
_RIFF = {b"WAVE": ".wav", b"WEBP": ".webp", b"AVI ": ".avi"}
_BRANDS = {b"qt": ".mov", b"3g": ".3gp", b"M4A": ".m4a", b"hei": ".heic", b"hev": ".heic", b"mif1": ".heic"}
_TEXTS = ((b"BEGIN:VCARD", ".vcf"), (b"BEGIN:VCALENDAR", ".ics"))


def checked_media_type(content_type: object) -> str | None:
    """Check a media type, such as `image/jpeg`.

    Raises:
        InvalidArgumentError: It isn't a media type.
    """
    if content_type is None:
        return None
    if not isinstance(content_type, str) or not _MEDIA_TYPE.fullmatch(content_type.partition(";")[0].strip()):
        raise InvalidArgumentError("content_type must be a media type such as image/jpeg.")
    return content_type.partition(";")[0].strip().lower()


def ending_for(media_type: str | None, head: bytes) -> str:
    """Choose the extension of a file: by its media type, or else by its first bytes.

    Args:
        media_type: For example `image/jpeg`.
        head: The file's first bytes.

    Returns:
        The extension with its dot; empty if the type is unknown.

    Example:
        >>> ending_for(None, b"%PDF-1.7"), ending_for("image/png", b"")
        ('.pdf', '.png')
    """
    if media_type is not None:
        # Without the machine's own table, to be the same everywhere.
        return _ENDINGS.get(media_type) or MimeTypes().guess_extension(media_type) or ""
    for beginning, ending in _BEGINNINGS:
        if head.startswith(beginning):
            return ending
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return next((ending for start, ending in _BRANDS.items() if brand.startswith(start)), ".mp4")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().upper()
    return next((ending for start, ending in _TEXTS if text.startswith(start)), "")


logger: logging.Logger = logging.getLogger("carrierx")

ProgressListener: TypeAlias = "Callable[[UploadProgress], object]"


class BinaryFile(Protocol):
    """An open file, or anything with such a `read` method."""

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes; none at the end."""
        ...


UploadSource: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryFile"

_NOTHING = "There is nothing to upload: the source is empty, or was already read to its end."


class Upload:
    """The source of an upload. `open` and `close` open and close a path, and leave an open file alone.

    Args:
        source: A path, bytes, or a file opened in binary mode.
        name: The file's name at CarrierX.
        content_type: Its media type, for the extension of a name that has none.

    Raises:
        InvalidArgumentError: It can't be uploaded, or an argument is invalid.
    """

    def __init__(self, source: object, name: object, content_type: object) -> None:
        self._path: str | None = None
        self._file: object = None
        self._given_name = None if name is None else checked_text("name", name)
        self._media_type = checked_media_type(content_type)
        self._head = b""
        self._start: int | None = None
        self._size: int | None = None
        self._lock = threading.Lock()
        self._closed = False
        if isinstance(source, bytes | bytearray | memoryview):
            self._file = io.BytesIO(cast("bytes", source))
        elif isinstance(source, str | os.PathLike):
            self._path = os.fsdecode(cast("str | os.PathLike[str]", source))
        elif isinstance(source, io.TextIOBase):
            raise InvalidArgumentError('The file was opened in text mode: open it with mode "rb".')
        elif callable(getattr(source, "read", None)):
            self._file = source
        else:
            raise InvalidArgumentError(f"upload takes a path, bytes or a binary file, not {type(source).__name__}.")

    @property
    def waits(self) -> bool:
        """True if reading can block, for example on a disk."""
        return not isinstance(self._file, io.BytesIO)

    def open(self) -> None:
        """Open and measure the source. This can block.

        Raises:
            InvalidArgumentError: It is empty, or not a regular file.
            OSError: It can't be opened.
        """
        if self._path is not None:
            self._open_path(self._path)
        if _can_wind_back(self._file):
            file = cast("io.BufferedReader", self._file)
            self._start = file.tell()
            self._size = file.seek(0, os.SEEK_END) - self._start
            file.seek(self._start)
            if self._size <= 0:
                raise InvalidArgumentError(_NOTHING)
            head = cast("object", file.read(HEAD))
            file.seek(self._start)
            if not isinstance(head, bytes):
                raise InvalidArgumentError("The file gives no bytes: open it in binary mode, and not as non-blocking.")
            self._head = head

    def _open_path(self, path: str) -> None:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InvalidArgumentError(
                "The path leads to no regular file. Open what it is yourself, and give the file."
            )
        opened = open(path, "rb")  # noqa: SIM115 - closed by close()
        with self._lock:
            if not self._closed:
                self._file = opened
                return
        opened.close()
        raise InvalidArgumentError("The upload was ended before its file was opened.")

    def close(self) -> None:
        """Close the file if `open` opened it, after any read in another thread."""
        with self._lock:
            self._closed = True
            if self._path is not None and self._file is not None:
                cast("io.BufferedReader", self._file).close()

    def name(self) -> str:
        """Choose the name: the given one, or else the file's own, or else `upload`; with an extension if possible."""
        if self._given_name is not None:
            return self._given_name
        known = self._path if self._path is not None else getattr(self._file, "name", None)
        base = os.path.basename(known) if isinstance(known, str) else ""
        if not base.isprintable() or not base.strip(". ") or base.startswith("<"):
            base = "upload"  # Python calls standard input <stdin>
        return base if os.path.splitext(base)[1] else base + ending_for(self._media_type, self._head)

    def body(self, on_progress: ProgressListener | None) -> StreamedBody:
        """Create the body of the request.

        Raises:
            InvalidArgumentError: `on_progress` isn't a function.
        """
        source = cast("ByteSource", self._file)
        return StreamedBody(source, self._start, self._size, self.waits, _teller(on_progress, self._size))

    def form(self, fields: Mapping[str, object], on_progress: ProgressListener | None) -> tuple[StreamedBody, str]:
        """Create the body of the request as a form: the fields as JSON, and the file.

        Returns:
            The body, and its content type.

        Raises:
            InvalidArgumentError: `on_progress` isn't a function, or the fields can't be written as JSON.
        """
        boundary = secrets.token_hex(16)
        try:
            written = json.dumps(fields, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            reason = type(error).__name__
        else:
            head = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="file_object"\r\n'
                f"Content-Type: application/json\r\n\r\n{written}\r\n"
                f'--{boundary}\r\nContent-Disposition: form-data; name="data"; filename="data"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n"
            ).encode()
            tail = f"\r\n--{boundary}--\r\n".encode()
            source = _Form(head, cast("ByteSource", self._file), self._start, self._size, tail)
            start = None if self._start is None else 0
            size = None if self._size is None else len(head) + self._size + len(tail)
            note_sent = _teller(on_progress, self._size, len(head))
            body = StreamedBody(source, start, size, self.waits, note_sent)
            return body, f"multipart/form-data; boundary={boundary}"
        raise InvalidArgumentError(f"The fields of a file can't be written as JSON: {reason}.")


class _Form:
    """The bytes of a form with one file: a head, the file, a tail.

    Args:
        head: The bytes before the file's.
        file: The source of the file's bytes.
        start: The position of the file's first byte; None if it can't seek.
        size: The number of the file's bytes; None if it is unknown. A file that has grown isn't read further.
        tail: The bytes after the file's.
    """

    def __init__(self, head: bytes, file: ByteSource, start: int | None, size: int | None, tail: bytes) -> None:
        self._head, self._tail = head, tail
        self._file, self._start, self._size = file, start, size
        self._own, self._file_ended, self._file_read = head, False, 0

    def seek(self, _position: int, /) -> None:
        """Go back to the beginning, the only position that is asked for."""
        if self._start is not None:
            self._file.seek(self._start)
        self._own, self._file_ended, self._file_read = self._head, False, 0

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes; none at the end."""
        if not self._own and not self._file_ended:
            wanted = size if self._size is None else min(size, self._size - self._file_read)
            part = self._file.read(wanted) if wanted else b""
            if part:
                self._file_read += len(part)
                return part
            self._own, self._file_ended = self._tail, True
        part, self._own = self._own[:size], self._own[size:]
        return part


def _can_wind_back(file: object) -> bool:
    seekable: object = getattr(file, "seekable", None)
    return callable(seekable) and seekable() is True


def _teller(on_progress: object, total: int | None, head: int = 0) -> Callable[[int], None] | None:
    """Make the function that reports progress. The first `head` bytes are not the file's."""
    if on_progress is None:
        return None
    if not callable(on_progress):
        raise InvalidArgumentError(f"on_progress must be a function, not {type(on_progress).__name__}.")

    def tell(sent: int) -> None:
        sent = max(0, sent - head) if total is None else min(max(0, sent - head), total)
        try:
            on_progress(UploadProgress(sent, total))
        except Exception:
            logger.exception("on_progress raised; the upload goes on")

    return tell

"""What is uploaded: a path, bytes or an open file, made ready to be read while it is sent."""

from __future__ import annotations

import io
import logging
import os
import stat
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from carrierx.errors import InvalidArgumentError
from carrierx.events import UploadProgress
from carrierx.models.streamed_body import StreamedBody
from carrierx.resources.arguments import checked_text
from carrierx.resources.uploads_kinds import HEAD, checked_media_type, ending_for

if TYPE_CHECKING:
    from carrierx.models.streamed_body import ByteSource

__all__ = ["BinaryFile", "ProgressListener", "Upload", "UploadSource"]

logger: logging.Logger = logging.getLogger("carrierx")

ProgressListener: TypeAlias = "Callable[[UploadProgress], object]"


class BinaryFile(Protocol):
    """An open file, or anything that gives bytes like one."""

    def read(self, size: int, /) -> bytes:
        """Give at most so many bytes; none at the end."""
        ...


UploadSource: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryFile"

_NOTHING = "There is nothing to upload: it is empty, or has been read to its end already."


class Upload:
    """One upload's source. A path is opened by `open`, and closed by `close`; an open file stays the caller's.

    Args:
        source: A path, bytes, or a file that was opened in binary mode.
        name: The file's name at CarrierX.
        content_type: Its media type, for the ending of a name that is made up here.

    Raises:
        InvalidArgumentError: It can't be uploaded, or an argument can't be one.
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
        """Whether reading may wait for a disk or worse."""
        return not isinstance(self._file, io.BytesIO)

    def open(self) -> None:
        """Open and measure the source. It may wait.

        Raises:
            InvalidArgumentError: It is empty, or no regular file.
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
        """Close what was opened here, once a read that goes on in another thread is done."""
        with self._lock:
            self._closed = True
            if self._path is not None and self._file is not None:
                cast("io.BufferedReader", self._file).close()

    def name(self) -> str:
        """Choose the name: the one given, else the file's own, else one made up; with an ending if that can be told."""
        if self._given_name is not None:
            return self._given_name
        known = self._path if self._path is not None else getattr(self._file, "name", None)
        base = os.path.basename(known) if isinstance(known, str) else ""
        if not base.isprintable() or not base.strip(". ") or base.startswith("<"):
            base = "upload"  # Python calls standard input <stdin>
        return base if os.path.splitext(base)[1] else base + ending_for(self._media_type, self._head)

    def body(self, on_progress: ProgressListener | None) -> StreamedBody:
        """Make the body of the request that carries it.

        Raises:
            InvalidArgumentError: `on_progress` is no function.
        """
        source = cast("ByteSource", self._file)
        return StreamedBody(source, self._start, self._size, self.waits, _teller(on_progress, self._size))


def _can_wind_back(file: object) -> bool:
    seekable: object = getattr(file, "seekable", None)
    return callable(seekable) and seekable() is True


def _teller(on_progress: object, total: int | None) -> Callable[[int], None] | None:
    if on_progress is None:
        return None
    if not callable(on_progress):
        raise InvalidArgumentError(f"on_progress must be a function, not {type(on_progress).__name__}.")

    def tell(sent: int) -> None:
        try:
            on_progress(UploadProgress(sent, total))
        except Exception:
            logger.exception("on_progress raised; the upload goes on")

    return tell

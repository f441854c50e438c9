"""What kind of file some bytes are, as far as the ending of its name goes."""

from __future__ import annotations

import re
from mimetypes import MimeTypes

from carrierx.errors import InvalidArgumentError

__all__ = ["HEAD", "checked_media_type", "ending_for"]

HEAD = 32
"""Bytes of a file's beginning that tell its kind."""

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")

# By the media types that texts carry most; Python's own table has the rest, and other endings for some of these.
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
        InvalidArgumentError: It can't be one.
    """
    if content_type is None:
        return None
    if not isinstance(content_type, str) or not _MEDIA_TYPE.fullmatch(content_type.partition(";")[0].strip()):
        raise InvalidArgumentError("content_type must be a media type such as image/jpeg.")
    return content_type.partition(";")[0].strip().lower()


def ending_for(media_type: str | None, head: bytes) -> str:
    """Choose the ending of a file's name: by its media type if one is given, else by how the file begins.

    Args:
        media_type: Such as `image/jpeg`.
        head: The file's first bytes.

    Returns:
        The ending with its dot, empty if the kind is not known.

    Example:
        >>> ending_for(None, b"%PDF-1.7"), ending_for("image/png", b"")
        ('.pdf', '.png')
    """
    if media_type is not None:
        # Without the machine's own table, so that it is the same everywhere.
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

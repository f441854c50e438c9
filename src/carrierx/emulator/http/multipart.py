"""Reading a `multipart/form-data` body, strictly. Source: RFC 7578 and RFC 2046."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from carrierx.emulator.http.errors import bad_request

_MAX_PARTS: Final = 10
_MAX_HEADER_BYTES: Final = 4096
_BOUNDARY: Final = re.compile(r";\s*boundary=(?:\"([^\"]{1,70})\"|([^\s;\"]{1,70}))(?=\s*(?:;|$))", re.IGNORECASE)
_DISPOSITION: Final = re.compile(r"form-data\s*(?=;|$)", re.IGNORECASE)
_NAME: Final = re.compile(r";\s*name=(?:\"([^\"]*)\"|([^\s;\"]+))", re.IGNORECASE)
_FILE_NAME: Final = re.compile(r";\s*filename=(?:\"([^\"]*)\"|([^\s;\"]+))", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """One part of a form.

    Attributes:
        data: Its bytes.
        file_name: The file name, if the part has one.
        content_type: The content type that the part declares.
    """

    data: bytes = field(repr=False)
    file_name: str | None = None
    content_type: str | None = None


def read_form(content_type: str, body: bytes) -> Mapping[str, Part]:
    """Read a form.

    Args:
        content_type: The request's `Content-Type`, with its boundary.
        body: The request's body.

    Returns:
        The parts by name.

    Raises:
        RefusedRequestError: 400, when it is not a form, has too many parts, or has two parts with the same name.
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise bad_request("the Content-Type must name the boundary of the form")
    boundary = (found.group(1) or found.group(2)).encode("latin-1", "replace")
    preamble, *pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, _MAX_PARTS + 1)
    if not pieces or preamble.strip():
        raise bad_request("the form must begin with its boundary")
    parts: dict[str, Part] = {}
    for piece in pieces:
        if piece.startswith(b"--"):
            return parts
        name, part = _read_part(piece)
        if name in parts:
            raise bad_request("a part of the form occurs twice")
        parts[name] = part
    raise bad_request(f"the form must end with its boundary, after at most {_MAX_PARTS} parts")


def _read_part(piece: bytes) -> tuple[str, Part]:
    blanks, line_end, rest = piece.partition(b"\r\n")
    head, head_end, data = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if blanks.strip(b" \t") or not line_end or not head_end or len(head) > _MAX_HEADER_BYTES:
        raise bad_request("a part of the form can't be read")
    try:
        lines = head.decode("utf-8").split("\r\n")[1:]
    except UnicodeDecodeError as error:
        raise bad_request("a part of the form can't be read") from error
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    disposition = headers.get("content-disposition", "")
    name = _parameter(_NAME, disposition)
    if not _DISPOSITION.match(disposition) or name is None:
        raise bad_request("a part of the form must be form-data with a name")
    return name, Part(data, _parameter(_FILE_NAME, disposition), headers.get("content-type"))


def _parameter(pattern: re.Pattern[str], disposition: str) -> str | None:
    found = pattern.search(disposition)
    if found is None:
        return None
    return found.group(1) if found.group(2) is None else found.group(2)

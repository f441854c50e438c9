"""Reading a request to upload a file.

Source: the page about uploading. Assumptions: a file without a name gets the file name of its form part, or its SID; a
container that doesn't exist is refused with 422.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from carrierx.emulator.http.errors import bad_request, unsupported_media_type
from carrierx.emulator.http.json_body import parse_json_object
from carrierx.emulator.http.multipart import read_form
from carrierx.emulator.http.query_parameters import Parameters
from carrierx.emulator.http.types import Request

UNKNOWN_TYPE: Final = "application/octet-stream"
"""The content type of a file whose type is unknown."""

_FORM: Final = "multipart/form-data"
_PARTS: Final = ["data", "file_object"]


@dataclass(frozen=True)
class Upload:
    """An uploaded file that is not stored yet.

    Attributes:
        settings: Its settings, including `container_sid`.
        data: Its bytes.
        file_name: Its file name, if it is known.
        content_type: Its declared content type.

    """

    settings: Mapping[str, object]
    data: bytes = field(repr=False)
    file_name: str | None = None
    content_type: str | None = None


def read_upload(request: Request, *, strict_query: bool = False) -> Upload:
    """Read a request to upload a file.

    Args:
        request: The request.
        strict_query: True to refuse unknown query parameters.

    Raises:
        RefusedRequestError: 415 for a body of another type; 400 for one that can't be read.
    """
    values = request.header_values("content-type")
    content_type = values[0] if len(values) == 1 else ""
    essence = content_type.partition(";")[0].strip().lower()
    if essence == UNKNOWN_TYPE:
        parameters = Parameters(request.query, ("container_sid", "name"), strict=strict_query)
        given = {name: parameters.text(name) for name in ("container_sid", "name")}
        return Upload({name: value for name, value in given.items() if value is not None}, request.body)
    if essence != _FORM:
        raise unsupported_media_type(_FORM, UNKNOWN_TYPE)
    Parameters(request.query, strict=strict_query)
    parts = read_form(content_type, request.body)
    if sorted(parts) != _PARTS:
        raise bad_request("the form must have the parts file_object and data, and no others")
    data = parts["data"]
    return Upload(parse_json_object(parts["file_object"].data), data.data, data.file_name, data.content_type)

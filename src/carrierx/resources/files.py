"""Calls of the file operations."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import TYPE_CHECKING

from carrierx.errors import InvalidArgumentError
from carrierx.models.file import File
from carrierx.models.page import Page
from carrierx.resources.arguments import checked_text, quoted
from carrierx.resources.containers import CREATE_SCOPES, READ_SCOPES, UPDATE_SCOPES, body_of, change_of
from carrierx.resources.paging import check_iteration, list_query
from carrierx.transport.call import MAX_LIST_BYTES, Call

if TYPE_CHECKING:
    from pydantic import JsonValue

    from carrierx.resources.uploads import ProgressListener, Upload

__all__ = [
    "MAX_DOWNLOAD_BYTES",
    "delete_call",
    "download_call",
    "get_call",
    "list_call",
    "page_calls",
    "update_call",
    "upload_call",
    "upload_fields",
]


PATH = "/storage/files"
MAX_DOWNLOAD_BYTES = 100_000_000
"""The most bytes that a download holds in memory, unless the caller allows more."""
DELETE_SCOPES = ("storage.manage", "storage.delete")


def upload_fields(fields: Mapping[str, object], extra_body: Mapping[str, JsonValue] | None) -> dict[str, object]:
    """Check the fields of an upload besides its container and name; None was not given.

    Raises:
        InvalidArgumentError: One can't be what it was given as, or was given twice.
    """
    more = body_of({name: value for name, value in fields.items() if value is not None}, extra_body)
    for name in ("container_sid", "name"):
        if name in more:
            raise InvalidArgumentError(f"Give {name} as an argument, not in extra_body.")
    return more


def upload_call(
    upload: Upload, container_sid: object, more: Mapping[str, object], on_progress: ProgressListener | None
) -> Call[File]:
    """Turn an opened upload into its call. Only a form can hold more fields than the container and the name.

    Raises:
        InvalidArgumentError: An argument can't be one.
    """
    fields = {"container_sid": checked_text("container_sid", container_sid), "name": upload.name()}
    if more:
        body, content_type = upload.form({**fields, **more}, on_progress)
    else:
        body, content_type = upload.body(on_progress), "application/octet-stream"
    return Call(
        "POST",
        PATH,
        File,
        query=() if more else tuple(fields.items()),
        body=body,
        content_type=content_type,
        scopes=CREATE_SCOPES,
        receipt="file_sid",
        operation="files.upload",
        path_template=PATH,
    )


def get_call(file_sid: str) -> Call[File]:
    """Turn a SID into the call that reads its file's description."""
    return Call(
        "GET",
        f"{PATH}/{quoted(file_sid)}",
        File,
        scopes=READ_SCOPES,
        operation="files.get",
        path_template=f"{PATH}/{{file_sid}}",
    )


def list_call(filter: object, order: object, limit: object, offset: object) -> Call[Page[File]]:  # noqa: A002
    """Turn a list's arguments into its call."""
    query = list_query(filter=filter, order=order, limit=limit, offset=offset)
    return Call(
        "GET",
        PATH,
        Page[File],
        query=query,
        scopes=READ_SCOPES,
        max_response_bytes=MAX_LIST_BYTES,
        operation="files.list",
        path_template=PATH,
    )


def page_calls(filter: object, order: object, page_size: object, max_items: object) -> Call[Page[File]]:  # noqa: A002
    """Check the arguments of an iteration and give the call for its first page."""
    check_iteration(filter, order, page_size, max_items)
    return list_call(filter, order, page_size, 0)


def download_call(file_sid: str, max_bytes: object) -> Call[bytes]:
    """Turn a SID into the call that reads its file's bytes.

    Raises:
        InvalidArgumentError: The SID or the limit can't be one.
    """
    if isinstance(max_bytes, bool) or not isinstance(max_bytes, int) or max_bytes < 1:
        raise InvalidArgumentError("max_bytes must be a whole number of 1 or more.")
    path = f"{PATH}/{quoted(file_sid)}/data"
    return Call(
        "GET",
        path,
        bytes,
        scopes=READ_SCOPES,
        max_response_bytes=max_bytes,
        operation="files.download",
        path_template=f"{PATH}/{{file_sid}}/data",
    )


def update_call(file_sid: str, fields: Mapping[str, object], extra_body: Mapping[str, JsonValue] | None) -> Call[File]:
    """Turn changed fields into the call that sets them.

    Raises:
        InvalidArgumentError: There is none, or one can't be what it was given as, or was given twice.
    """
    path = f"{PATH}/{quoted(file_sid)}"
    # Setting the same twice is the same as once.
    return Call(
        "PATCH",
        path,
        File,
        body=change_of(fields, extra_body),
        repeatable=True,
        scopes=UPDATE_SCOPES,
        operation="files.update",
        path_template=f"{PATH}/{{file_sid}}",
    )


def delete_call(file_sid: str) -> Call[None]:
    """Turn a SID into the call that deletes its file."""
    return Call(
        "DELETE",
        f"{PATH}/{quoted(file_sid)}",
        NoneType,
        scopes=DELETE_SCOPES,
        operation="files.delete",
        path_template=f"{PATH}/{{file_sid}}",
    )

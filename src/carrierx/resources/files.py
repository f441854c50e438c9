"""Calls of the file operations."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import TYPE_CHECKING

from carrierx.models.file import File
from carrierx.resources.arguments import checked_text, quoted
from carrierx.resources.containers import CREATE_SCOPES, READ_SCOPES, UPDATE_SCOPES, change_of
from carrierx.transport.call import Call

if TYPE_CHECKING:
    from pydantic import JsonValue

    from carrierx.resources.uploads import ProgressListener, Upload

__all__ = ["delete_call", "get_call", "update_call", "upload_call"]


PATH = "/storage/files"
DELETE_SCOPES = ("storage.manage", "storage.delete")


def upload_call(upload: Upload, container_sid: object, on_progress: ProgressListener | None) -> Call[File]:
    """Turn an opened upload into its call.

    Raises:
        InvalidArgumentError: An argument can't be one.
    """
    query = [("container_sid", checked_text("container_sid", container_sid)), ("name", upload.name())]
    return Call(
        "POST",
        PATH,
        File,
        query=query,
        body=upload.body(on_progress),
        content_type="application/octet-stream",
        scopes=CREATE_SCOPES,
        receipt="file_sid",
    )


def get_call(file_sid: str) -> Call[File]:
    """Turn a SID into the call that reads its file's description."""
    return Call("GET", f"{PATH}/{quoted(file_sid)}", File, scopes=READ_SCOPES)


def update_call(file_sid: str, fields: Mapping[str, object], extra_body: Mapping[str, JsonValue] | None) -> Call[File]:
    """Turn changed fields into the call that sets them.

    Raises:
        InvalidArgumentError: There is none, or one can't be what it was given as, or was given twice.
    """
    path = f"{PATH}/{quoted(file_sid)}"
    # Setting the same twice is the same as once.
    return Call("PATCH", path, File, body=change_of(fields, extra_body), repeatable=True, scopes=UPDATE_SCOPES)


def delete_call(file_sid: str) -> Call[None]:
    """Turn a SID into the call that deletes its file."""
    return Call("DELETE", f"{PATH}/{quoted(file_sid)}", NoneType, scopes=DELETE_SCOPES)

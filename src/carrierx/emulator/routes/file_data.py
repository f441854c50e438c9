"""The bytes of files. Those of published files are open to everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.file_objects import PUBLIC_PATH, published_sid
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.byte_ranges import file_response
from carrierx.emulator.http.errors import unknown_resource, unknown_sid
from carrierx.emulator.http.types import EmulatorResponse
from carrierx.emulator.openapi.parameters import RANGE
from carrierx.emulator.timestamps import format_time

_MAX_OFTEN: Final = timedelta(minutes=1)


def _download(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    file_sid, now = routed.path_parameters["file_sid"], account.now()
    found = account.files.find_with_data(file_sid)
    if found is None:
        raise unknown_sid()
    file, data = found
    last = datetime.fromisoformat(str(file["date_last_accessed"])).astimezone(UTC)
    if now - last >= _MAX_OFTEN:
        account.files.update(file_sid, lambda present: {**present, "date_last_accessed": format_time(now)})
    return file_response(routed.request, data, str(file["mime_type"]))


def _serve(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    sid = published_sid(account, routed.path_parameters["file_sid"])
    found = None if sid is None else account.files.find_with_data(sid)
    if found is None:
        raise unknown_resource()
    file, data = found
    return file_response(routed.request, data, str(file["mime_type"]))


ROUTES: Final = (
    Route(
        "GET",
        f"{BASE_PATH}/storage/files/{{file_sid}}/data",
        ("storage.manage", "storage.read"),
        _download,
        Operation("files.download", "Download a file", None, parameters=(RANGE,), errors=(416,)),
    ),
    Route(
        "GET",
        f"{PUBLIC_PATH}/{{file_sid}}",
        (),
        _serve,
        Operation("files.download_published", "Download a published file", None, parameters=(RANGE,), errors=(416,)),
    ),
    Route(
        "HEAD",
        f"{PUBLIC_PATH}/{{file_sid}}",
        (),
        _serve,
        Operation("files.head_published", "Read the headers of a published file", None),
    ),
)
"""The operations of this module."""

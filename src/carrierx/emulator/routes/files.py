"""Files: upload, list, read, change and delete them.

Assumptions: a full container returns 409; the list is like the lists of other objects.
"""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.file_objects import FILE_SETTINGS, file_type, file_view, new_file, quota_of, with_names
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import ErrorEntry, body_too_large, conflict, invalid_object, unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, json_response
from carrierx.emulator.http.uploads import read_upload
from carrierx.emulator.openapi.parameters import LIST, UPLOAD
from carrierx.emulator.rules.patching import Setting, patched, text, text_or_null
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, page_answer, read_list_query
from carrierx.emulator.timestamps import format_time

_CREATE_SCOPES: Final = ("storage.manage", "storage.create")
_READ_SCOPES: Final = ("storage.manage", "storage.read")
_CHANGE_SCOPES: Final = ("storage.manage", "storage.update")
_DELETE_SCOPES: Final = ("storage.manage", "storage.delete")

_ATTRIBUTES: Final = Attributes.of(
    texts=(
        "container_sid content_classification content_format desired_format file_access_name file_sid lifecycle_action"
        " mime_type name parent_file_sid partner_sid publish publish_uri string_key_1 string_key_2 string_key_3"
        " string_key_4 type"
    ),
    numbers=(
        "content_duration content_transcoding_progress desired_bitrate file_bytes integer_key_1 integer_key_2"
        " lifecycle_ttl"
    ),
    times="date_last_accessed date_modified",
    flags="threshold_include unique",
)

_UPLOAD_SETTINGS: Final = {**FILE_SETTINGS, "container_sid": Setting(text), "name": Setting(text_or_null)}


def _upload(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    upload, config = read_upload(routed.request, strict_query=routed.strict_query), account.config
    if len(upload.data) > config.max_file_bytes:
        raise body_too_large(config.max_file_bytes)
    wanted = patched({}, upload.settings, _UPLOAD_SETTINGS, "a file")
    container = account.containers.find(str(wanted.get("container_sid", "")))
    if container is None:
        detail = "must be one of your containers" if "container_sid" in wanted else "is required"
        raise invalid_object([ErrorEntry("container_sid", detail)])
    file_sid = account.new_sid()
    name = str(wanted.get("name") or upload.file_name or file_sid)
    mime_type = file_type(upload.content_type, name)
    file = with_names(
        new_file(file_sid, container, name, mime_type, len(upload.data), format_time(account.now())) | wanted, name
    )
    quota = quota_of(account, container)
    if not account.files.add(
        file_sid,
        file,
        upload.data,
        str(container["container_sid"]),
        max_files=quota.files,
        max_bytes=quota.size,
    ):
        raise conflict("the container is full", "container_sid")
    return json_response(201, file_view(account, routed.request, file))


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request, config = routed.request, account.config
    query = read_list_query(routed.parameters(LIST_PARAMETERS), _ATTRIBUTES)
    files = [file_view(account, request, file) for file in account.files.all()]
    return json_response(
        200, page_answer(request, query, files, show_total=config.show_total, link_next=config.link_next)
    )


def _get(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    file = account.files.find(routed.path_parameters["file_sid"])
    if file is None:
        raise unknown_sid()
    return json_response(200, file_view(account, routed.request, file))


def _change(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request = routed.request
    routed.parameters()
    body, moment, replace = read_json_object(request), format_time(account.now()), request.method == "PUT"

    def change(file: JSONObject) -> JSONObject:
        wanted = patched({**shown, **file}, body, FILE_SETTINGS, "a file", replace=replace)
        kept = {name: wanted[name] for name in file} | {"date_modified": moment}
        return with_names(kept, str(file["name"]))

    known = account.files.find(routed.path_parameters["file_sid"])
    shown = {} if known is None else file_view(account, request, known)
    file = account.files.update(routed.path_parameters["file_sid"], change)
    if file is None:
        raise unknown_sid()
    return json_response(200, file_view(account, request, file))


def _delete(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    if not account.files.remove(routed.path_parameters["file_sid"]):
        raise unknown_sid()
    return EmulatorResponse(204)


_PATH: Final = f"{BASE_PATH}/storage/files"

ROUTES: Final = (
    Route(
        "POST",
        _PATH,
        _CREATE_SCOPES,
        _upload,
        Operation("files.upload", "Upload a file", "File", parameters=UPLOAD, errors=(409, 413, 415, 422), success=201),
        accepts_file=True,
    ),
    Route("GET", _PATH, _READ_SCOPES, _list, Operation("files.list", "List files", "FileList", parameters=LIST)),
    Route("GET", f"{_PATH}/{{file_sid}}", _READ_SCOPES, _get, Operation("files.get", "Read about a file", "File")),
    Route(
        "PATCH",
        f"{_PATH}/{{file_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation("files.update", "Change a file", "File", "ChangedFile"),
    ),
    Route(
        "PUT",
        f"{_PATH}/{{file_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation("files.replace", "Replace the settings of a file", "File", "ChangedFile"),
    ),
    Route(
        "DELETE",
        f"{_PATH}/{{file_sid}}",
        _DELETE_SCOPES,
        _delete,
        Operation("files.delete", "Delete a file", None, success=204),
    ),
)
"""The operations of this module."""

"""Containers of files: list, create, read and change them.

Source: the pages about containers; an account has at most two. Assumptions: a third is refused with 409; quotas,
thresholds and classifications can't be set, since they have no effect here.
"""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import conflict, unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import JSONObject, Response, json_response
from carrierx.emulator.openapi.parameters import LIST
from carrierx.emulator.rules.patching import (
    Setting,
    flag,
    integer,
    integer_or_null,
    one_of,
    patched,
    text,
    text_or_null,
)
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, page_answer, read_list_query
from carrierx.emulator.store.new_objects import new_container

MAX_CONTAINERS: Final = 2
"""The maximum number of containers of an account. Source: the page about storage."""

_CREATE_SCOPES: Final = ("storage.manage", "storage.create")
_READ_SCOPES: Final = ("storage.manage", "storage.read")
_CHANGE_SCOPES: Final = ("storage.manage", "storage.update")

_ATTRIBUTES: Final = Attributes.of(
    texts=(
        "container_sid default_file_lifecycle_action default_file_publish durability_class name parent_container_sid"
        " partner_sid string_key_1 string_key_2 string_key_3 string_key_4 type"
    ),
    numbers=(
        "available_bytes_percent available_files_percent default_file_lifecycle_ttl integer_key_1 integer_key_2"
        " quota_bytes quota_files total_bytes total_files"
    ),
    flags="allow_publish default_file_threshold_include default_file_unique encrypted unique",
)
_SETTINGS: Final = {
    "allow_publish": Setting(flag, default=True),
    "default_file_lifecycle_action": Setting(text, "no_action"),
    "default_file_lifecycle_ttl": Setting(integer, -1),
    "default_file_publish": Setting(one_of("file_sid", "none"), "file_sid"),
    "default_file_threshold_include": Setting(flag, default=True),
    "default_file_unique": Setting(flag, default=False),
    "integer_key_1": Setting(integer_or_null),
    "integer_key_2": Setting(integer_or_null),
    "name": Setting(text, "N/A"),
    "parent_container_sid": Setting(text_or_null),
    "string_key_1": Setting(text_or_null),
    "string_key_2": Setting(text_or_null),
    "string_key_3": Setting(text_or_null),
    "string_key_4": Setting(text_or_null),
    "unique": Setting(flag, default=False),
}


def _view(account: Account, container: JSONObject) -> JSONObject:
    files, size = account.files.usage(str(container["container_sid"]))
    config = account.config
    return {
        **container,
        "available_bytes_percent": _percent_left(size, config.quota_bytes),
        "available_files_percent": _percent_left(files, config.quota_files),
        "partner_sid": config.partner_sid,
        "publish_domain": "https://storage.carrierx.com",
        "quota_bytes": config.quota_bytes,
        "quota_files": config.quota_files,
        "total_bytes": size,
        "total_files": files,
    }


def _percent_left(used: int, quota: int) -> int:
    return 100 * (quota - used) // quota if quota else 0


def _list(account: Account, routed: RoutedRequest) -> Response:
    request, config = routed.request, account.config
    query = read_list_query(routed.parameters(LIST_PARAMETERS), _ATTRIBUTES)
    containers = [_view(account, container) for container in account.containers.all()]
    return json_response(
        200, page_answer(request, query, containers, show_total=config.show_total, link_next=config.link_next)
    )


def _create(account: Account, routed: RoutedRequest) -> Response:
    routed.parameters()
    container_sid = account.new_sid()
    container = patched(new_container(container_sid), read_json_object(routed.request), _SETTINGS, "a container")
    if not account.containers.add(container_sid, container, maximum=MAX_CONTAINERS):
        raise conflict(f"an account has at most {MAX_CONTAINERS} containers")
    return json_response(200, _view(account, container))


def _get(account: Account, routed: RoutedRequest) -> Response:
    routed.parameters()
    container = account.containers.find(routed.path_parameters["container_sid"])
    if container is None:
        raise unknown_sid()
    return json_response(200, _view(account, container))


def _change(account: Account, routed: RoutedRequest) -> Response:
    routed.parameters()
    sid = routed.path_parameters["container_sid"]
    container = account.containers.find(sid)
    if container is None:
        raise unknown_sid()
    body, shown = read_json_object(routed.request), _view(account, container)

    def change(current: JSONObject | None) -> JSONObject:
        wanted = patched({**shown, **(current or {})}, body, _SETTINGS, "a container")
        return {name: wanted[name] for name in container}

    return json_response(200, _view(account, account.containers.change(sid, change)))


_PATH: Final = f"{BASE_PATH}/storage/containers"

ROUTES: Final = (
    Route(
        "GET",
        _PATH,
        _READ_SCOPES,
        _list,
        Operation("containers.list", "List containers", "ContainerList", parameters=LIST),
    ),
    Route(
        "POST",
        _PATH,
        _CREATE_SCOPES,
        _create,
        Operation("containers.create", "Create a container", "Container", "NewContainer", errors=(409,)),
    ),
    Route(
        "GET",
        f"{_PATH}/{{container_sid}}",
        _READ_SCOPES,
        _get,
        Operation("containers.get", "Read a container", "Container"),
    ),
    Route(
        "PATCH",
        f"{_PATH}/{{container_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation("containers.update", "Change a container", "Container", "ChangedContainer"),
    ),
)
"""The operations of this module."""

"""Containers of files: list, create, read and change them.

Source: the pages about containers; an account has at most two. Assumptions: a third is refused with 409; a list without
`limit` has 1000 items, as in the sample; quotas that are null get their defaults; classifications have no effect, and
thresholds can't be set.
"""

from __future__ import annotations

from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.file_objects import quota_of
from carrierx.emulator.core.routing import BASE_PATH, Operation, Route, RoutedRequest
from carrierx.emulator.http.errors import conflict, unknown_sid
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import EmulatorResponse, JSONObject, json_response
from carrierx.emulator.openapi.parameters import LONG_LIST
from carrierx.emulator.rules.patching import (
    Setting,
    any_texts,
    flag,
    integer,
    integer_or_null,
    one_of,
    patched,
    quota,
    text,
    text_or_null,
)
from carrierx.emulator.store.filters import Attributes
from carrierx.emulator.store.listing import LIST_PARAMETERS, MAX_ITEMS, page_answer, read_list_query
from carrierx.emulator.store.new_objects import new_container

MAX_CONTAINERS: Final = 2
"""The maximum number of containers of an account. Source: the page about storage."""

_CREATE_SCOPES: Final = ("storage.manage", "storage.create")
_READ_SCOPES: Final = ("storage.manage", "storage.read")
_CHANGE_SCOPES: Final = ("storage.manage", "storage.update")

# CarrierX's Python client has this name for `quota_files`.
_OLD_QUOTA: Final = "quota_count"

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
    "allowed_classifications": Setting(any_texts, []),
    "blocked_classifications": Setting(any_texts, []),
    "default_file_lifecycle_action": Setting(text, "no_action"),
    "default_file_lifecycle_ttl": Setting(integer, -1),
    "default_file_publish": Setting(one_of("file_access_name", "file_sid", "none"), "file_sid"),
    "default_file_threshold_include": Setting(flag, default=True),
    "default_file_unique": Setting(flag, default=False),
    "integer_key_1": Setting(integer_or_null),
    "integer_key_2": Setting(integer_or_null),
    "name": Setting(text, "N/A"),
    "parent_container_sid": Setting(text_or_null),
    "quota_bytes": Setting(quota),
    "quota_files": Setting(quota),
    "string_key_1": Setting(text_or_null),
    "string_key_2": Setting(text_or_null),
    "string_key_3": Setting(text_or_null),
    "string_key_4": Setting(text_or_null),
    "unique": Setting(flag, default=False),
}


def _view(account: Account, container: JSONObject) -> JSONObject:
    files, size = account.files.usage(str(container["container_sid"]))
    config, limits = account.config, quota_of(account, container)
    return {
        **container,
        "available_bytes_percent": _percent_left(size, limits.size),
        "available_files_percent": _percent_left(files, limits.files),
        "partner_sid": config.partner_sid,
        "publish_domain": "https://storage.carrierx.com",
        "quota_bytes": limits.size,
        "quota_files": limits.files,
        "total_bytes": size,
        "total_files": files,
    }


def _percent_left(used: int, quota: int) -> int:
    return max(0, 100 * (quota - used) // quota) if quota else 0


def _list(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    request, config = routed.request, account.config
    query = read_list_query(routed.parameters(LIST_PARAMETERS), _ATTRIBUTES, default_limit=MAX_ITEMS)
    containers = [_view(account, container) for container in account.containers.all()]
    return json_response(
        200, page_answer(request, query, containers, show_total=config.show_total, link_next=config.link_next)
    )


def _create(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    container_sid = account.new_sid()
    container = patched(new_container(container_sid), _settings_in(routed), _SETTINGS, "a container")
    if not account.containers.add(container_sid, container, maximum=MAX_CONTAINERS):
        raise conflict(f"an account has at most {MAX_CONTAINERS} containers")
    return json_response(200, _view(account, container))


def _get(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    container = account.containers.find(routed.path_parameters["container_sid"])
    if container is None:
        raise unknown_sid()
    return json_response(200, _view(account, container))


def _settings_in(routed: RoutedRequest) -> dict[str, object]:
    body = read_json_object(routed.request)
    if _OLD_QUOTA in body:
        body = {"quota_files": body[_OLD_QUOTA], **body}
        del body[_OLD_QUOTA]
    return body


def _change(account: Account, routed: RoutedRequest) -> EmulatorResponse:
    routed.parameters()
    sid = routed.path_parameters["container_sid"]
    container = account.containers.find(sid)
    if container is None:
        raise unknown_sid()
    body, shown, replace = _settings_in(routed), _view(account, container), routed.request.method == "PUT"

    def change(current: JSONObject) -> JSONObject:
        wanted = patched({**shown, **current}, body, _SETTINGS, "a container", replace=replace)
        return {name: wanted[name] for name in current}

    changed = account.containers.update(sid, change)
    if changed is None:
        raise unknown_sid()
    return json_response(200, _view(account, changed))


_PATH: Final = f"{BASE_PATH}/storage/containers"

ROUTES: Final = (
    Route(
        "GET",
        _PATH,
        _READ_SCOPES,
        _list,
        Operation("containers.list", "List containers", "ContainerList", parameters=LONG_LIST),
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
    Route(
        "PUT",
        f"{_PATH}/{{container_sid}}",
        _CHANGE_SCOPES,
        _change,
        Operation("containers.replace", "Replace the settings of a container", "Container", "ChangedContainer"),
    ),
)
"""The operations of this module."""

"""Calls of the container operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

from carrierx.errors import InvalidArgumentError
from carrierx.models.container import Container
from carrierx.models.page import Page
from carrierx.resources.arguments import NOT_GIVEN, checked_switch, checked_text, quoted
from carrierx.resources.paging import check_iteration, list_query
from carrierx.transport.call import MAX_LIST_BYTES, Call

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = [
    "body_of",
    "change_of",
    "create_call",
    "first_container_call",
    "first_sid",
    "get_call",
    "list_call",
    "page_calls",
    "update_call",
]


PATH = "/storage/containers"
READ_SCOPES = ("storage.manage", "storage.read")
CREATE_SCOPES = ("storage.manage", "storage.create")
UPDATE_SCOPES = ("storage.manage", "storage.update")
"""`storage.update` is assumed: what is known of CarrierX's page ends before its scopes."""


def get_call(container_sid: str) -> Call[Container]:
    """Turn a SID into the call that reads its container."""
    return Call(
        "GET",
        f"{PATH}/{quoted(container_sid)}",
        Container,
        scopes=READ_SCOPES,
        operation="containers.get",
        path_template=f"{PATH}/{{container_sid}}",
    )


def list_call(filter: object, order: object, limit: object, offset: object) -> Call[Page[Container]]:  # noqa: A002
    """Turn a list's arguments into its call."""
    query = list_query(filter=filter, order=order, limit=limit, offset=offset)
    return Call(
        "GET",
        PATH,
        Page[Container],
        query=query,
        scopes=READ_SCOPES,
        max_response_bytes=MAX_LIST_BYTES,
        operation="containers.list",
        path_template=PATH,
    )


def page_calls(
    filter: object,  # noqa: A002
    order: object,
    page_size: object,
    max_items: object,
) -> Call[Page[Container]]:
    """Check the arguments of an iteration and give the call for its first page."""
    check_iteration(filter, order, page_size, max_items)
    return list_call(filter, order, page_size, 0)


def first_container_call() -> Call[Page[Container]]:
    """Make the call that finds the container for an upload that names none."""
    return list_call(None, None, 1, 0)


def first_sid(page: Page[Container]) -> str:
    """Take the container for an upload that names none.

    Raises:
        InvalidArgumentError: There is none.
    """
    if not page.items:
        raise InvalidArgumentError(
            "The account has no container to upload to. Make one with containers.create(), and give its container_sid."
        )
    return page.items[0].container_sid


def create_call(fields: Mapping[str, object], extra_body: Mapping[str, JsonValue] | None) -> Call[Container]:
    """Turn a new container's fields into the call that makes it; None was not given.

    Raises:
        InvalidArgumentError: A field can't be what it was given as, or was given twice.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    body = body_of(given, extra_body)
    return Call(
        "POST",
        PATH,
        Container,
        body=body,
        scopes=CREATE_SCOPES,
        receipt="container_sid",
        operation="containers.create",
        path_template=PATH,
    )


def update_call(
    container_sid: str, fields: Mapping[str, object], extra_body: Mapping[str, JsonValue] | None
) -> Call[Container]:
    """Turn changed fields into the call that sets them.

    Raises:
        InvalidArgumentError: There is none, or one can't be what it was given as, or was given twice.
    """
    path = f"{PATH}/{quoted(container_sid)}"
    return Call(
        "PATCH",
        path,
        Container,
        body=change_of(fields, extra_body),
        repeatable=True,  # setting the same twice is the same as once
        scopes=UPDATE_SCOPES,
        operation="containers.update",
        path_template=f"{PATH}/{{container_sid}}",
    )


def change_of(fields: Mapping[str, object], extra_body: Mapping[str, JsonValue] | None) -> dict[str, object]:
    """Put the changed fields of an object together; None clears one.

    Raises:
        InvalidArgumentError: There is none, or one can't be what it was given as, or was given twice.
    """
    body = body_of({name: value for name, value in fields.items() if value is not NOT_GIVEN}, extra_body)
    if not body:
        raise InvalidArgumentError(f"Nothing to change: give one of {', '.join(fields)}, or extra_body.")
    return body


def body_of(given: Mapping[str, object], extra_body: Mapping[str, JsonValue] | None) -> dict[str, object]:
    """Check fields and put the extra ones beside them.

    Raises:
        InvalidArgumentError: One can't be what it was given as, or was given twice.
    """
    further = cast("object", extra_body)
    if further is not None and not isinstance(further, Mapping):
        raise InvalidArgumentError(f"extra_body must map names to JSON values, not be a {type(further).__name__}.")
    more = cast("Mapping[str, object]", further or {})
    twice = sorted(given.keys() & more.keys())
    if twice:
        raise InvalidArgumentError(f"Given as an argument and in extra_body: {', '.join(twice)}.")
    return {**{name: _field(name, value) for name, value in given.items()}, **more}


def _field(name: str, value: object) -> object:
    if value is None:
        return None
    if name == "allow_publish":
        return checked_switch(name, value)
    if name.endswith("lifecycle_ttl"):
        if isinstance(value, bool) or not isinstance(value, int) or value < -1:
            raise InvalidArgumentError(f"{name} must be a whole number of -1 or more; -1 means no end.")
        return value
    if name.startswith("quota_"):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InvalidArgumentError(f"{name} must be a whole number of 0 or more.")
        return value
    if name == "allowed_classifications":
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise InvalidArgumentError(f"{name} must be a list of strings, not {type(value).__name__}.")
        return [checked_text(name, one) for one in cast("Iterable[object]", value)]
    return checked_text(name, value)

"""Calls of the operations on groups of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.errors import InvalidArgumentError
from carrierx.models.did_group import DidGroup
from carrierx.models.page import Page
from carrierx.resources.arguments import NOT_GIVEN, quoted
from carrierx.resources.dids import CREATE_SCOPES, READ_SCOPES, UPDATE_SCOPES, checked_field, texts_in
from carrierx.resources.paging import check_iteration, list_query
from carrierx.transport.call import MAX_LIST_BYTES, Call

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["create_call", "get_call", "list_call", "page_calls", "update_call"]


PATH = "/phonenumber/did_groups"


def get_call(did_group_sid: str) -> Call[DidGroup]:
    """Turn a SID into the call that reads its group."""
    return Call(
        "GET",
        f"{PATH}/{quoted(did_group_sid)}",
        DidGroup,
        scopes=READ_SCOPES,
        operation="did_groups.get",
        path_template=f"{PATH}/{{did_group_sid}}",
    )


def list_call(filter: object, order: object, limit: object, offset: object) -> Call[Page[DidGroup]]:  # noqa: A002
    """Turn a list's arguments into its call."""
    query = list_query(filter=filter, order=order, limit=limit, offset=offset)
    return Call(
        "GET",
        PATH,
        Page[DidGroup],
        query=query,
        scopes=READ_SCOPES,
        max_response_bytes=MAX_LIST_BYTES,
        operation="did_groups.list",
        path_template=PATH,
    )


def page_calls(
    filter: object,  # noqa: A002
    order: object,
    page_size: object,
    max_items: object,
) -> Call[Page[DidGroup]]:
    """Check the arguments of an iteration and give the call for its first page."""
    check_iteration(filter, order, page_size, max_items)
    return list_call(filter, order, page_size, 0)


def create_call(fields: Mapping[str, object]) -> Call[DidGroup]:
    """Turn a new group's fields into the call that makes it; None was not given.

    Raises:
        InvalidArgumentError: A field can't be what it was given as.
    """
    body = {name: checked_field(name, value) for name, value in fields.items() if value is not None}
    return Call(
        "POST",
        PATH,
        DidGroup,
        body=body,
        scopes=CREATE_SCOPES,
        receipt="did_group_sid",
        private=texts_in(body),
        operation="did_groups.create",
        path_template=PATH,
    )


def update_call(did_group_sid: str, fields: Mapping[str, object]) -> Call[DidGroup]:
    """Turn the fields that were given into the call that changes them.

    Raises:
        InvalidArgumentError: None was given, or one can't be what it was given as.
    """
    body = {name: checked_field(name, value) for name, value in fields.items() if value is not NOT_GIVEN}
    if not body:
        raise InvalidArgumentError(f"Nothing to change: give one of {', '.join(fields)}.")
    return Call(
        "PATCH",
        f"{PATH}/{quoted(did_group_sid)}",
        DidGroup,
        body=body,
        repeatable=True,  # setting the same twice is the same as once
        scopes=UPDATE_SCOPES,
        private=texts_in(body),
        operation="did_groups.update",
        path_template=f"{PATH}/{{did_group_sid}}",
    )

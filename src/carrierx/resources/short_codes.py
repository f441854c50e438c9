"""Calls of the operations on short codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.errors import InvalidArgumentError
from carrierx.models.page import Page
from carrierx.models.short_code import ShortCode
from carrierx.resources.arguments import NOT_GIVEN, quoted
from carrierx.resources.dids import READ_SCOPES, UPDATE_SCOPES, checked_field, texts_in
from carrierx.resources.paging import check_iteration, list_query
from carrierx.transport.call import MAX_LIST_BYTES, Call

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["get_call", "list_call", "page_calls", "update_call"]


PATH = "/phonenumber/short_codes"


def get_call(short_code_sid: str) -> Call[ShortCode]:
    """Turn a SID into the call that reads its short code."""
    return Call(
        "GET",
        f"{PATH}/{quoted(short_code_sid)}",
        ShortCode,
        scopes=READ_SCOPES,
        operation="short_codes.get",
        path_template=f"{PATH}/{{short_code_sid}}",
    )


def list_call(filter: object, order: object, limit: object, offset: object) -> Call[Page[ShortCode]]:  # noqa: A002
    """Turn a list's arguments into its call."""
    query = list_query(filter=filter, order=order, limit=limit, offset=offset)
    return Call(
        "GET",
        PATH,
        Page[ShortCode],
        query=query,
        scopes=READ_SCOPES,
        max_response_bytes=MAX_LIST_BYTES,
        operation="short_codes.list",
        path_template=PATH,
    )


def page_calls(
    filter: object,  # noqa: A002
    order: object,
    page_size: object,
    max_items: object,
) -> Call[Page[ShortCode]]:
    """Check the arguments of an iteration and give the call for its first page."""
    check_iteration(filter, order, page_size, max_items)
    return list_call(filter, order, page_size, 0)


def update_call(short_code_sid: str, fields: Mapping[str, object]) -> Call[ShortCode]:
    """Turn the fields that were given into the call that changes them.

    Raises:
        InvalidArgumentError: None was given, or one can't be what it was given as.
    """
    body = {name: checked_field(name, value) for name, value in fields.items() if value is not NOT_GIVEN}
    if not body:
        raise InvalidArgumentError(f"Nothing to change: give one of {', '.join(fields)}.")
    return Call(
        "PATCH",
        f"{PATH}/{quoted(short_code_sid)}",
        ShortCode,
        body=body,
        repeatable=True,  # setting the same twice is the same as once
        scopes=UPDATE_SCOPES,
        private=texts_in(body),
        operation="short_codes.update",
        path_template=f"{PATH}/{{short_code_sid}}",
    )

"""Calls of the detail records."""

from __future__ import annotations

from dataclasses import replace

from carrierx.errors import InvalidArgumentError, ResponseError
from carrierx.models.detail_record import DetailRecord
from carrierx.models.filters import where
from carrierx.models.page import Page
from carrierx.resources.arguments import checked_text, quoted
from carrierx.resources.paging import check_iteration, list_query
from carrierx.transport.call import MAX_LIST_BYTES, Call

__all__ = ["get_call", "list_call", "lookup_call", "next_page_call", "page_calls"]


PATH = "/sms/message_drs"
READ_SCOPES = ("sms.manage", "sms.read")
SCOPE_HINT = "For the records of sub-partners, it also needs sms.read_descendant."


def get_call(dr_sid: str) -> Call[DetailRecord]:
    """Turn a SID into the call that reads its record."""
    return Call(
        "GET",
        f"{PATH}/{quoted(dr_sid)}",
        DetailRecord,
        scopes=READ_SCOPES,
        scope_hint=SCOPE_HINT,
        operation="detail_records.get",
        path_template=f"{PATH}/{{dr_sid}}",
    )


def list_call(
    filter: object,  # noqa: A002
    order: object,
    limit: object,
    offset: object,
    after: object,
    before: object,
) -> Call[Page[DetailRecord]]:
    """Turn a list's arguments into its call.

    Raises:
        InvalidArgumentError: One is out of its range, or they don't go together.
    """
    query = list_query(filter=filter, order=order, limit=limit, offset=offset)
    cursors = [
        (name, checked_text(name, sid)) for name, sid in (("after", after), ("before", before)) if sid is not None
    ]
    if len(cursors) > 1:
        raise InvalidArgumentError("Give after or before, not both.")
    if cursors and offset:
        raise InvalidArgumentError(f"Give offset or {cursors[0][0]}, not both: CarrierX does not take them together.")
    return Call(
        "GET",
        PATH,
        Page[DetailRecord],
        query=[*query, *cursors],
        scopes=READ_SCOPES,
        scope_hint=SCOPE_HINT,
        max_response_bytes=MAX_LIST_BYTES,
        operation="detail_records.list",
        path_template=PATH,
    )


def lookup_call(reference: str) -> Call[Page[DetailRecord]]:
    """Turn a reference into the call that looks it up."""
    return list_call(where("user_data").eq(reference), None, 10, 0, None, None)


def page_calls(
    filter: object,  # noqa: A002
    order: object,
    after: object,
    page_size: object,
    max_items: object,
) -> Call[Page[DetailRecord]]:
    """Check the arguments of an iteration and give the call for its first page."""
    check_iteration(filter, order, page_size, max_items)
    return list_call(filter, order, page_size, 0, after, None)


def next_page_call(call: Call[Page[DetailRecord]], page: Page[DetailRecord]) -> Call[Page[DetailRecord]] | None:
    """Find the call for the page after this one; None after the last.

    It goes on after the last record of this page, by its SID. CarrierX's `total` is null on this list, and its
    `pagination.next` is left out even where more pages follow, so neither is looked at.

    Raises:
        ResponseError: The page holds the record that it should come after.
    """
    asked = dict(call.query)
    if any(record.dr_sid == asked.get("after") for record in page):
        raise ResponseError(
            "CarrierX answered with the record that the page should come after: it does not page by it."
        )
    full = len(page) >= int(asked["limit"])
    if not page.items or page.has_more is False or (page.has_more is None and not full):
        return None
    query = [(name, value) for name, value in call.query if name != "after"]
    return replace(call, query=[*query, ("after", page[-1].dr_sid)])

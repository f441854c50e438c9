"""Paging by cursor: the items after or before a certain item.

Source: the pages about pagination and about the list of detail records. Assumptions: a cursor that is not an item of
the list gets a 404, like any unknown SID; `after` and `before` can't be combined; an `offset` of 0, as in the sample's
own link, counts as no offset; `has_more` refers to the direction in which the list is read; and a list with a cursor
can be ordered by all of its time attributes, while the documentation mentions "some" without naming them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from carrierx.emulator.http.errors import bad_request
from carrierx.emulator.http.query_parameters import Parameters
from carrierx.emulator.http.types import JSONObject, Request
from carrierx.emulator.store.filters import Kind
from carrierx.emulator.store.listing import ListQuery, link

CURSOR_PARAMETERS: Final[tuple[Literal["after", "before"], ...]] = ("after", "before")
"""The query parameters that hold a cursor."""


@dataclass(frozen=True)
class Cursor:
    """The position in a list where reading starts, and the direction.

    Attributes:
        direction: The direction: the items after or before the cursor.
        sid: The SID of an item.
    """

    direction: Literal["after", "before"]
    sid: str


def read_cursor(parameters: Parameters, query: ListQuery) -> Cursor | None:
    """Read the cursor of a list request, if it has one.

    Args:
        parameters: The request's query parameters.
        query: The rest of the request's parameters.

    Raises:
        RefusedRequestError: 400, when it has two cursors, or a parameter that can't be combined with one.
    """
    cursors = [Cursor(name, sid) for name in CURSOR_PARAMETERS if (sid := parameters.text(name)) is not None]
    if not cursors:
        return None
    if len(cursors) > 1:
        raise bad_request("after and before can't be combined", "before")
    if query.offset > 0:
        raise bad_request("can't be combined with after or before", "offset")
    if query.order is not None and query.order.kind is not Kind.TIME:
        raise bad_request("must name a time when there is a cursor", "order")
    return cursors[0]


def cursor_answer(
    request: Request,
    query: ListQuery,
    cursor: Cursor,
    page: Sequence[JSONObject],
    sid_name: str,
    has_more: bool,
    *,
    link_next: bool,
) -> JSONObject:
    """Return the body of the response to a list request with a cursor.

    Args:
        request: The request; its scheme, host and path are used for the links.
        query: The parsed list request.
        cursor: The position where reading starts.
        page: The items of this page, in the order of the list.
        sid_name: The attribute with an item's SID.
        has_more: True if there are more items in the direction of the cursor.
        link_next: True to link to the next page; CarrierX's sample has no link.
    """
    forwards = cursor.direction == "after"
    links: JSONObject = {}
    if page and link_next and (has_more or not forwards):
        links["next"] = link(request, query, {"after": str(page[-1][sid_name]), "offset": "0"})
    if page and (has_more or forwards):
        links["previous"] = link(request, query, {"before": str(page[0][sid_name]), "offset": "0"})
    return {
        "count": len(page),
        "has_more": has_more,
        "items": page,
        "limit": query.limit,
        "offset": 0,
        "pagination": links,
        "total": None,
    }

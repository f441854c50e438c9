"""Paging by cursor: the items that come after an item, or before it.

Source: the pages about pagination and about the list of detail records. Assumptions: a cursor that is no item of the
list is answered like any unknown SID, with 404; `after` and `before` exclude each other; an `offset` of 0, which stands
in the sample's own link, is no offset; `has_more` tells of more items in the direction that is read; and of the
attributes that a list with a cursor can be ordered by, which the documentation calls some, all times will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from carrierx.emulator.filters import Kind
from carrierx.emulator.http_errors import bad_request, unknown_sid
from carrierx.emulator.http_types import JSONObject, Request
from carrierx.emulator.listing import ListQuery, choose, link, put_in_order
from carrierx.emulator.parameters import Parameters

CURSOR_PARAMETERS: Final[tuple[Literal["after", "before"], ...]] = ("after", "before")
"""The query parameters that take a cursor."""


@dataclass(frozen=True)
class Cursor:
    """From where a list is read, and in which direction.

    Attributes:
        direction: Whether the items after or before it are wanted.
        sid: The SID of an item.
    """

    direction: Literal["after", "before"]
    sid: str


def read_cursor(parameters: Parameters, query: ListQuery) -> Cursor | None:
    """Read the cursor of a list request, if it has one.

    Args:
        parameters: The request's query parameters.
        query: What it asks for besides.

    Raises:
        RefusedRequestError: 400, when it has two cursors, or what can't be combined with one.
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
    request: Request, query: ListQuery, cursor: Cursor, items: Sequence[JSONObject], sid_name: str, *, link_next: bool
) -> JSONObject:
    """Return the body that answers a list request with a cursor.

    Args:
        request: The request; its scheme, host and path go into the links.
        query: What it asks for.
        cursor: From where it reads.
        items: Every object of the list, oldest first.
        sid_name: The attribute that holds an item's SID.
        link_next: Whether a link leads to the next page; CarrierX's sample lacks it.

    Raises:
        RefusedRequestError: 404, when no item has the cursor's SID.
    """
    ordered = put_in_order(items, query.order)
    position = next((place for place, item in enumerate(ordered) if item[sid_name] == cursor.sid), None)
    if position is None:
        raise unknown_sid()
    forwards = cursor.direction == "after"
    rest = choose(ordered[position + 1 :] if forwards else ordered[:position], query.conditions)
    page = rest[: query.limit] if forwards else rest[-query.limit :]
    has_more = len(rest) > len(page)
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

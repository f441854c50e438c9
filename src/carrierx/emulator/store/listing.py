"""Lists: reading the requested page and order, and building the response.

Source: the documentation's pagination page. Assumptions: without `order`, the oldest item is first; `limit=0`, which
CarrierX's Ruby client sends unless its caller sets a limit, means the default limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import SystemRandom
from typing import Final, Literal
from urllib.parse import urlencode

from carrierx.emulator.http.errors import bad_request
from carrierx.emulator.http.query_parameters import INCLUDE_FIELDS, Parameters
from carrierx.emulator.http.types import JSONObject, Request
from carrierx.emulator.store.filters import Attributes, Comparable, Condition, Kind, comparable, parse_filter

DEFAULT_LIMIT: Final = 10
"""The number of items on a page when `limit` is absent."""

MAX_ITEMS: Final = 1000
"""The maximum number of items on a page."""

DEFAULT_HOST: Final = "api.carrierx.com"
"""The host in links when the request has no `Host` header."""

LIST_PARAMETERS: Final = ("limit", "offset", "order", "filter")
"""The query parameters of every list."""

_NO_VALUE: Final[Comparable] = (Decimal(0), "")


@dataclass(frozen=True)
class Order:
    """The order of a list.

    Attributes:
        attribute: The attribute, by its current name; None for a random order.
        kind: The attribute's kind, which says how it is compared.
        direction: Ascending or descending.
    """

    attribute: str | None
    kind: Kind = Kind.TEXT
    direction: Literal["asc", "desc"] = "asc"


@dataclass(frozen=True)
class ListQuery:
    """The parsed query of a list request.

    Attributes:
        limit: The maximum number of items, 1 to 1000.
        offset: The number of items to skip.
        order: The order; None for oldest first.
        conditions: The conditions that items must meet.
        kept: The parameters that a link to another page repeats.
    """

    limit: int
    offset: int
    order: Order | None
    conditions: tuple[Condition, ...]
    kept: tuple[tuple[str, str], ...]


def read_list_query(
    parameters: Parameters,
    attributes: Attributes,
    repeated: Sequence[str] = (),
    *,
    default_limit: int = DEFAULT_LIMIT,
) -> ListQuery:
    """Read the query of a list request.

    Args:
        parameters: Its query parameters.
        attributes: The attributes that its items can be filtered on and ordered by.
        repeated: Further parameters that a link to another page repeats.
        default_limit: The number of items on a page when `limit` is absent or 0.

    Raises:
        RefusedRequestError: 400, when a value is not allowed.
    """
    order, conditions = parameters.text("order"), parameters.text("filter")
    kept = [(name, parameters.text(name)) for name in ("filter", "order", INCLUDE_FIELDS, *repeated)]
    return ListQuery(
        limit=parameters.whole_number("limit", 0, maximum=MAX_ITEMS) or default_limit,
        offset=parameters.whole_number("offset", 0),
        order=None if order is None else _order(order, attributes),
        conditions=() if conditions is None else parse_filter(conditions, attributes),
        kept=tuple((name, value) for name, value in kept if value is not None),
    )


def choose(items: Sequence[JSONObject], conditions: Sequence[Condition]) -> list[JSONObject]:
    """Return the objects, with the current names of their attributes, that meet all conditions."""
    return [item for item in items if all(condition.holds_for(item) for condition in conditions)]


def put_in_order(items: Sequence[JSONObject], order: Order | None) -> list[JSONObject]:
    """Return objects, with the current names of their attributes, in an order.

    Objects without a value for the ordering attribute come first. Equal ones keep their order.
    """
    if order is None:
        return list(items)
    attribute, kind = order.attribute, order.kind
    if attribute is None:
        shuffled = list(items)
        SystemRandom().shuffle(shuffled)
        return shuffled

    def place(item: JSONObject) -> tuple[bool, Comparable]:
        value = item[attribute]
        return (False, _NO_VALUE) if value is None else (True, comparable(value, kind))

    return sorted(items, key=place, reverse=order.direction == "desc")


def arrange(items: Sequence[JSONObject], query: ListQuery) -> list[JSONObject]:
    """Return all objects that match a query, in its order, with the current names of their attributes."""
    return put_in_order(choose(items, query.conditions), query.order)


def page_answer(
    request: Request, query: ListQuery, items: Sequence[JSONObject], *, show_total: bool, link_next: bool
) -> JSONObject:
    """Return the body of the response to a list request, from all objects of the list.

    Args:
        request: The request.
        query: Its parsed query.
        items: All objects of the list, oldest first.
        show_total: As in `list_answer`.
        link_next: As in `list_answer`.
    """
    found = arrange(items, query)
    page = found[query.offset : query.offset + query.limit]
    return list_answer(request, query, page, len(found), show_total=show_total, link_next=link_next)


def list_answer(
    request: Request, query: ListQuery, items: Sequence[JSONObject], total: int, *, show_total: bool, link_next: bool
) -> JSONObject:
    """Return the body of the response to a list request.

    Args:
        request: The request; its scheme, host and path are used for the links.
        query: Its parsed query.
        items: The items of this page.
        total: The number of items on all pages.
        show_total: True if `total` is a number, False if it is null, as in some of CarrierX's lists.
        link_next: True to link to the next page; CarrierX leaves the link out on some lists.
    """
    has_more = query.offset + len(items) < total
    links: JSONObject = {}
    if has_more and link_next:
        links["next"] = link(request, query, {"offset": str(query.offset + query.limit)})
    if query.offset > 0:
        links["previous"] = link(request, query, {"offset": str(max(0, query.offset - query.limit))})
    return {
        "count": len(items),
        "has_more": has_more,
        "items": items,
        "limit": query.limit,
        "offset": query.offset,
        "pagination": links,
        "total": total if show_total else None,
    }


def host_of(request: Request) -> str:
    """Return the scheme and host of a request as a URL without a path."""
    host = next(iter(request.header_values("host")), DEFAULT_HOST)
    return f"{request.scheme}://{host}"


def link(request: Request, query: ListQuery, page: dict[str, str]) -> str:
    """Return the URL of another page of a list.

    Args:
        request: The request for this page.
        query: The parsed query; its order and filter are repeated.
        page: The parameters that choose the page, in addition to `limit`.
    """
    parameters = sorted([*query.kept, ("limit", str(query.limit)), *page.items()])
    return f"{host_of(request)}{request.path}?{urlencode(parameters)}"


def _order(text: str, attributes: Attributes) -> Order:
    name, *directions = text.split(" ")
    if text == "shuffle":
        return Order(None)
    attribute, kind = attributes.find(name, "order")
    match directions:
        case []:
            return Order(attribute, kind)
        case ["asc" | "desc" as direction]:
            return Order(attribute, kind, direction)
        case _:
            raise bad_request("must be an attribute, 'attribute asc', 'attribute desc' or 'shuffle'", "order")

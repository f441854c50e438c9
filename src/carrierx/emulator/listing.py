"""Lists: which page was asked for, in which order, and how it is answered.

Source: the documentation's pagination page. That the order without `order` is oldest first is an assumption.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import SystemRandom
from typing import Final, Literal
from urllib.parse import urlencode

from carrierx.emulator.filters import Attributes, Comparable, Condition, Kind, comparable, parse_filter
from carrierx.emulator.http_errors import bad_request
from carrierx.emulator.http_types import JSONObject, Request
from carrierx.emulator.parameters import Parameters

DEFAULT_LIMIT: Final = 10
"""How many items a page has when `limit` is absent."""

MAX_ITEMS: Final = 1000
"""The most items of a page."""

DEFAULT_HOST: Final = "api.carrierx.com"
"""The host in links when the request names none."""

LIST_PARAMETERS: Final = ("limit", "offset", "order", "filter")
"""The query parameters of every list."""

_NO_VALUE: Final[Comparable] = (Decimal(0), "")


@dataclass(frozen=True)
class Order:
    """How a list is ordered.

    Attributes:
        attribute: The attribute, by its current name; None for a random order.
        kind: How it is compared.
        direction: Upwards or downwards.
    """

    attribute: str | None
    kind: Kind = Kind.TEXT
    direction: Literal["asc", "desc"] = "asc"


@dataclass(frozen=True)
class ListQuery:
    """What a list request asks for.

    Attributes:
        limit: The most items, 1 to 1000.
        offset: How many items to leave out.
        order: The order; None for oldest first.
        conditions: What the items must meet.
        kept: The parameters that a link to another page repeats.
    """

    limit: int
    offset: int
    order: Order | None
    conditions: tuple[Condition, ...]
    kept: tuple[tuple[str, str], ...]


def read_list_query(parameters: Parameters, attributes: Attributes, repeated: Sequence[str] = ()) -> ListQuery:
    """Read what a list request asks for.

    Args:
        parameters: Its query parameters.
        attributes: What its items can be filtered on and ordered by.
        repeated: Further parameters that a link to another page repeats.

    Raises:
        RefusedRequestError: 400, when a value is not allowed.
    """
    order, conditions = parameters.text("order"), parameters.text("filter")
    kept = [(name, parameters.text(name)) for name in ("filter", "order", *repeated)]
    return ListQuery(
        limit=parameters.whole_number("limit", DEFAULT_LIMIT, minimum=1, maximum=MAX_ITEMS),
        offset=parameters.whole_number("offset", 0),
        order=None if order is None else _order(order, attributes),
        conditions=() if conditions is None else parse_filter(conditions, attributes),
        kept=tuple((name, value) for name, value in kept if value is not None),
    )


def choose(items: Sequence[JSONObject], conditions: Sequence[Condition]) -> list[JSONObject]:
    """Return the objects (under their current names) that meet all conditions."""
    return [item for item in items if all(condition.holds_for(item) for condition in conditions)]


def put_in_order(items: Sequence[JSONObject], order: Order | None) -> list[JSONObject]:
    """Return the objects (under their current names) in an order.

    Objects without a value for the ordering attribute come first; equal ones stay as they are.
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
    """Return the objects (under their current names) that meet a query, in its order, all pages of them."""
    return put_in_order(choose(items, query.conditions), query.order)


def page_answer(
    request: Request, query: ListQuery, items: Sequence[JSONObject], *, show_total: bool, link_next: bool
) -> JSONObject:
    """Return the body that answers a list request out of all objects that there are.

    Args:
        request: The request.
        query: What it asks for.
        items: Every object of the list, oldest first.
        show_total: As in `list_answer`.
        link_next: As in `list_answer`.
    """
    found = arrange(items, query)
    page = found[query.offset : query.offset + query.limit]
    return list_answer(request, query, page, len(found), show_total=show_total, link_next=link_next)


def list_answer(
    request: Request, query: ListQuery, items: Sequence[JSONObject], total: int, *, show_total: bool, link_next: bool
) -> JSONObject:
    """Return the body that answers a list request.

    Args:
        request: The request; its scheme, host and path go into the links.
        query: What it asks for.
        items: The items of this page.
        total: How many items all pages have.
        show_total: Whether `total` is a number; CarrierX answers null on some lists.
        link_next: Whether a link leads to the next page; CarrierX leaves it out on some lists.
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
    """Return scheme and host that a request was made to, as a URL without a path."""
    host = next(iter(request.header_values("host")), DEFAULT_HOST)
    return f"{request.scheme}://{host}"


def link(request: Request, query: ListQuery, page: dict[str, str]) -> str:
    """Return the URL of another page of a list.

    Args:
        request: The request for this page.
        query: What it asks for; its order and filter are repeated.
        page: The parameters that choose the page, besides `limit`.
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

"""Lists: which page was asked for, in which order, and how it is answered.

Source: the documentation's pagination page. `after` and `before` are documented for detail records only, so a list of
messages refuses them like any other parameter that it does not know. That a parameter out of range is refused with 400
is an assumption, and so is the order without `order`: oldest first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import SystemRandom
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode

from carrierx.emulator.filters import ATTRIBUTES, Comparable, Condition, attribute_kind, comparable, parse_filter
from carrierx.emulator.refusals import bad_request
from carrierx.emulator.wire import JSONObject, Request

DEFAULT_LIMIT: Final = 10
"""How many items a page has when `limit` is absent."""

MOST_ITEMS: Final = 1000
"""The most items of a page."""

DEFAULT_HOST: Final = "api.carrierx.com"
"""The host in links when the request names none."""

_PARAMETERS: Final = ("limit", "offset", "order", "filter")
_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_NO_VALUE: Final[Comparable] = (Decimal(0), "")


@dataclass(frozen=True)
class Order:
    """How a list is ordered.

    Attributes:
        attribute: The attribute, by its current name; None for a random order.
        direction: Upwards or downwards.
    """

    attribute: str | None
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


def read_parameters(query: str) -> dict[str, str]:
    """Read a query string, strictly.

    Raises:
        RefusedRequestError: 400, when it can't be read or a parameter occurs twice.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict") if query else []
    except ValueError as error:
        raise bad_request("the query string can't be read") from error
    if not query.isascii():
        raise bad_request("the query string must be percent-encoded")
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise bad_request("a query parameter occurs twice")
    return parameters


def refuse_parameters(query: str) -> None:
    """Refuse every query parameter: single messages and sends are documented without any.

    Raises:
        RefusedRequestError: 400, when there is one.
    """
    if read_parameters(query):
        raise bad_request("this resource takes no query parameters")


def read_list_query(query: str) -> ListQuery:
    """Read the query string of a list.

    Raises:
        RefusedRequestError: 400, when a parameter is unknown or its value is not allowed.
    """
    parameters = read_parameters(query)
    if not parameters.keys() <= set(_PARAMETERS):
        raise bad_request(f"the query parameters of a list are: {', '.join(_PARAMETERS)}")
    limit = _whole_number(parameters, "limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MOST_ITEMS:
        raise bad_request(f"must be from 1 to {MOST_ITEMS}", "limit")
    return ListQuery(
        limit=limit,
        offset=_whole_number(parameters, "offset", 0),
        order=_order(parameters["order"]) if "order" in parameters else None,
        conditions=parse_filter(parameters["filter"]) if "filter" in parameters else (),
        kept=tuple((name, parameters[name]) for name in ("filter", "order") if name in parameters),
    )


def arrange(messages: Sequence[JSONObject], query: ListQuery) -> list[JSONObject]:
    """Return the SMS objects (under their current names) that meet a query, in its order, all pages of them.

    Objects without a value for the ordering attribute come first; equal ones stay in the order of their acceptance.
    """
    chosen = [message for message in messages if all(condition.holds_for(message) for condition in query.conditions)]
    if query.order is None:
        return chosen
    attribute = query.order.attribute
    if attribute is None:
        SystemRandom().shuffle(chosen)
        return chosen
    kind = ATTRIBUTES[attribute]

    def place(message: JSONObject) -> tuple[bool, Comparable]:
        value = message[attribute]
        return (False, _NO_VALUE) if value is None else (True, comparable(value, kind))

    return sorted(chosen, key=place, reverse=query.order.direction == "desc")


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
        links["next"] = _link(request, query, query.offset + query.limit)
    if query.offset > 0:
        links["previous"] = _link(request, query, max(0, query.offset - query.limit))
    return {
        "count": len(items),
        "has_more": has_more,
        "items": items,
        "limit": query.limit,
        "offset": query.offset,
        "pagination": links,
        "total": total if show_total else None,
    }


def _link(request: Request, query: ListQuery, offset: int) -> str:
    host = next(iter(request.header_values("host")), DEFAULT_HOST)
    parameters = sorted([*query.kept, ("limit", str(query.limit)), ("offset", str(offset))])
    return f"{request.scheme}://{host}{request.path}?{urlencode(parameters)}"


def _whole_number(parameters: dict[str, str], name: str, default: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if not _WHOLE_NUMBER.fullmatch(text):
        raise bad_request("must be a whole number, not negative", name)
    return int(text)


def _order(text: str) -> Order:
    name, *directions = text.split(" ")
    if text == "shuffle":
        return Order(None)
    attribute, _ = attribute_kind(name, "order")
    match directions:
        case []:
            return Order(attribute)
        case ["asc" | "desc" as direction]:
            return Order(attribute, direction)
        case _:
            raise bad_request("must be an attribute, 'attribute asc', 'attribute desc' or 'shuffle'", "order")

"""From one page of a list to the next, for every list that pages by offset or by `pagination.next`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, urlsplit

from carrierx.errors import InvalidArgumentError, ResponseError
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from carrierx.models.page import Page
    from carrierx.transport.call import Call

__all__ = ["LARGEST_PAGE", "check_iteration", "check_page_size", "list_query", "next_call"]

T = TypeVar("T")

LARGEST_PAGE = 1000
"""Items of the largest page. Source: CarrierX's page on pagination."""


def list_query(
    *,
    filter: object,  # noqa: A002 - the API's word
    order: object,
    limit: object,
    offset: object,
) -> list[tuple[str, str]]:
    """Write the query of a list. `limit` is always sent: CarrierX's own default differs between lists.

    Raises:
        InvalidArgumentError: A value is out of its range or of another type.
    """
    check_page_size("limit", limit)
    if isinstance(offset, bool) or not isinstance(offset, int) or offset < 0:
        raise InvalidArgumentError("offset must be a whole number of 0 or more.")
    query = [("limit", str(limit))]
    if offset:
        query.append(("offset", str(offset)))
    if order is not None:
        if not isinstance(order, str) or not order.strip():
            raise InvalidArgumentError('order must be a text such as "date_created desc".')
        query.append(("order", order))
    if filter is not None:
        from carrierx.models.filters import Filter

        if not isinstance(filter, str | Filter) or not str(filter).strip():
            raise InvalidArgumentError('filter must be a where(...) expression or a text such as status eq "queued".')
        query.append(("filter", str(filter)))
    return query


def check_page_size(name: str, size: object) -> None:
    """Refuse a page size that CarrierX does not serve.

    Raises:
        InvalidArgumentError: It is not a whole number from 1 to 1000.
    """
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= LARGEST_PAGE:
        raise InvalidArgumentError(f"{name} must be a whole number from 1 to {LARGEST_PAGE}.")


def check_iteration(filter: object, order: object, page_size: object, max_items: object) -> None:  # noqa: A002
    """Refuse the arguments of an iteration that can't work, before its first page is asked for.

    Raises:
        InvalidArgumentError: A value is out of its range, or the order is random, which can't be paged through.
    """
    check_page_size("page_size", page_size)
    if max_items is not None and (isinstance(max_items, bool) or not isinstance(max_items, int) or max_items < 0):
        raise InvalidArgumentError("max_items must be a whole number of 0 or more, or None for all.")
    if isinstance(order, str) and order.strip() == "shuffle":
        raise InvalidArgumentError("A shuffled list can't be paged through: every page is shuffled anew.")
    list_query(filter=filter, order=order, limit=page_size, offset=0)


@clears_locals
def next_call(call: Call[Page[T]], page: Page[T], base_url: str) -> Call[Page[T]] | None:
    """Find the call for the page after this one; None after the last.

    `pagination.next` is followed if it is there. CarrierX leaves it out on some lists, and `total` too, so otherwise
    `has_more` decides, and where even that is missing a full page means that there may be more.

    Raises:
        ResponseError: `pagination.next` leads to another host or path, or back to its own page.
    """
    if not page.items:
        return None
    following = page.pagination.next
    if following is not None:
        query = _query_of(following, base_url, call.path)
        # `limit` is always sent, and the pages after this one are counted by it.
        if not dict(query).get("limit", "").isdecimal():
            query = [pair for pair in query if pair[0] != "limit"] + [("limit", dict(call.query)["limit"])]
        if query == list(call.query):
            raise ResponseError("CarrierX's pagination.next leads to the page that it stands on.")
        return replace(call, query=query)
    asked = dict(call.query)
    full = len(page.items) >= int(asked["limit"])
    if page.has_more is False or (page.has_more is None and not full):
        return None
    offset = int(asked.get("offset", "0")) + len(page.items)
    return replace(call, query=[*((k, v) for k, v in call.query if k != "offset"), ("offset", str(offset))])


def _query_of(url: str, base_url: str, path: str) -> list[tuple[str, str]]:
    try:
        target, base = urlsplit(url), urlsplit(base_url)
        same = (target.scheme, target.hostname, target.port, target.username) == (
            base.scheme,
            base.hostname,
            base.port,
            None,
        )
    except ValueError:
        same, target, base = False, urlsplit(""), urlsplit(base_url)
    if not same:
        raise ResponseError(
            "CarrierX's pagination.next leads to another host than base_url; it is refused, since the token would go "
            "along. Behind a gateway of your own, page with list(offset=...)."
        )
    if target.path != base.path + path:
        raise ResponseError("CarrierX's pagination.next leads to another path than the list's own; it is refused.")
    return parse_qsl(target.query, keep_blank_values=True)

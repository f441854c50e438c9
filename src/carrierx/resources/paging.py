"""Pagination: the query of a list, and the call for the next page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, urlsplit

from carrierx.errors import InvalidArgumentError, ResponseError
from carrierx.models.filters import Filter
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from carrierx.models.page import Page
    from carrierx.transport.call import Call

__all__ = ["MAX_PAGE_SIZE", "check_iteration", "check_page_size", "list_query", "next_call"]

T = TypeVar("T")

MAX_PAGE_SIZE = 1000
"""Items of the largest page. Source: CarrierX's page on pagination."""


def list_query(
    *,
    filter: object,  # noqa: A002 - the API's word
    order: object,
    limit: object,
    offset: object,
) -> list[tuple[str, str]]:
    """Build the query of a list. `limit` is always sent, because CarrierX's default differs between lists.

    Raises:
        InvalidArgumentError: A value is out of range or has the wrong type.
    """
    check_page_size("limit", limit)
    if isinstance(offset, bool) or not isinstance(offset, int) or offset < 0:
        raise InvalidArgumentError("offset must be a whole number of 0 or more.")
    query = [("limit", str(limit))]
    if offset:
        query.append(("offset", str(offset)))
    if order is not None:
        if not isinstance(order, str) or not order.strip():
            raise InvalidArgumentError('order must be a string such as "date_created desc".')
        query.append(("order", order))
    if filter is not None:
        if not isinstance(filter, str | Filter) or not str(filter).strip():
            raise InvalidArgumentError('filter must be a where(...) expression or a text such as status eq "queued".')
        query.append(("filter", str(filter)))
    return query


def check_page_size(name: str, size: object) -> None:
    """Check that CarrierX accepts a page size.

    Raises:
        InvalidArgumentError: It is not a whole number from 1 to 1000.
    """
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MAX_PAGE_SIZE:
        raise InvalidArgumentError(f"{name} must be a whole number from 1 to {MAX_PAGE_SIZE}.")


def check_iteration(filter: object, order: object, page_size: object, max_items: object) -> None:  # noqa: A002
    """Check the arguments of an iteration, before its first page is requested.

    Raises:
        InvalidArgumentError: A value is out of range, or the order is random, which doesn't work with pages.
    """
    check_page_size("page_size", page_size)
    if max_items is not None and (isinstance(max_items, bool) or not isinstance(max_items, int) or max_items < 0):
        raise InvalidArgumentError("max_items must be a whole number of 0 or more, or None for all.")
    if isinstance(order, str) and order.strip() == "shuffle":
        raise InvalidArgumentError("You can't iterate over a shuffled list: every page is shuffled again.")
    list_query(filter=filter, order=order, limit=page_size, offset=0)


@clears_locals
def next_call(call: Call[Page[T]], page: Page[T], base_url: str) -> Call[Page[T]] | None:
    """Build the call for the next page. Returns None after the last page.

    It follows `pagination.next` if there is one. Some of CarrierX's lists lack it, and `total` too. Then `has_more`
    decides and, without that, a full page means that there might be more.

    Raises:
        ResponseError: `pagination.next` is on another host or path, or is the same page again.
    """
    if not page.items:
        return None
    following = page.pagination.next
    if following is not None:
        query = _query_of(following, base_url, call.path)
        # The next pages need `limit`, too.
        if not dict(query).get("limit", "").isdecimal():
            query = [pair for pair in query if pair[0] != "limit"] + [("limit", dict(call.query)["limit"])]
        if query == list(call.query):
            raise ResponseError("CarrierX's pagination.next points to the same page again.")
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
            "CarrierX's pagination.next points to another host than base_url. It was not followed, because the token "
            "would go there. If you use a gateway of your own, page with list(offset=...)."
        )
    if target.path != base.path + path:
        raise ResponseError("CarrierX's pagination.next points to another path than the list's. It was not followed.")
    return parse_qsl(target.query, keep_blank_values=True)

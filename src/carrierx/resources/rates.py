"""Calls of the rate lists, and of the rating of one message."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, get_args

from carrierx.errors import InvalidArgumentError
from carrierx.models.rate import SubType
from carrierx.models.rating import Rating
from carrierx.models.types import Direction
from carrierx.options import check_count
from carrierx.resources.arguments import checked_choice, checked_number, checked_text
from carrierx.resources.paging import check_iteration, list_query
from carrierx.transport.call import MAX_LIST_BYTES, Call

if TYPE_CHECKING:
    from typing import Literal

    from carrierx.models.page import Page
    from carrierx.models.rate import Rate

__all__ = ["outbound_call", "outbound_pages", "rating_call"]


P = TypeVar("P", bound="Page[Rate]")

RATE_SCOPES = ("sms.manage", "sms.read")
RATING_SCOPES = ("rating.manage", "rating.read")


def _checked_sub_type(sub_type: object) -> str:
    return checked_choice("sub_type", sub_type, get_args(SubType))


def outbound_call(
    sub_type: object,
    response_type: type[P],
    filter: object,  # noqa: A002 - the API's name
    order: object,
    limit: object,
    offset: object,
) -> Call[P]:
    """Turn the arguments of a list of rates into its call."""
    return Call(
        "GET",
        f"/sms/rates/outbound/{_checked_sub_type(sub_type)}",
        response_type,
        query=list_query(filter=filter, order=order, limit=limit, offset=offset),
        scopes=RATE_SCOPES,
        max_response_bytes=MAX_LIST_BYTES,
        operation="rates.outbound",
        path_template="/sms/rates/outbound/{sub_type}",
    )


def outbound_pages(
    sub_type: object,
    response_type: type[P],
    filter: object,  # noqa: A002 - the API's name
    order: object,
    page_size: object,
    max_items: object,
) -> Call[P]:
    """Check the arguments of an iteration over rates and give the call for its first page."""
    check_iteration(filter, order, page_size, max_items)
    return outbound_call(sub_type, response_type, filter, order, page_size, 0)


def rating_call(
    kind: Literal["sms", "mms"],
    sub_type: object,
    to: object,
    direction: object,
    partner_sid: object,
    message_segments: object = None,
    *,
    default_region: str | None,
) -> Call[Rating]:
    """Turn the arguments of a rating into its call.

    Raises:
        InvalidArgumentError: One can't be what it was given as.
    """
    path = f"/rating/{kind}/{_checked_sub_type(sub_type)}"
    query = [
        ("direction", checked_choice("direction", direction, (Direction.INBOUND, Direction.OUTBOUND))),
        ("to", checked_number("to", to, default_region)),
    ]
    if partner_sid is not None:
        query.append(("partner_sid", checked_text("partner_sid", partner_sid)))
    if message_segments is not None:
        check_count("message_segments", message_segments, InvalidArgumentError, minimum=1)
        query.append(("message_segments", str(message_segments)))
    return Call(
        "GET",
        path,
        Rating,
        query=query,
        scopes=RATING_SCOPES,
        operation=f"ratings.{kind}",
        path_template=f"/rating/{kind}/{{sub_type}}",
    )

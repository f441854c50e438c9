"""Calls of the operations on accounts, and the plan that changes one callback."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, TypeAlias

from carrierx.errors import ResponseError
from carrierx.models.page import Page
from carrierx.models.partner import Partner
from carrierx.resources.arguments import checked_url, quoted
from carrierx.resources.base import Pause
from carrierx.resources.paging import check_iteration, list_query
from carrierx.transport.call import MAX_LIST_BYTES, Call

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["changing_sms_callback", "list_call", "page_calls", "partner_call", "sms_callback_of"]


CallbackPlan: TypeAlias = Generator[Call[Partner] | Pause, Partner, Partner]

READ_SCOPES = ("partners.manage", "partners.read")
UPDATE_SCOPES = ("partners.manage", "partners.update")
"""Assumed: CarrierX lists `partners.update` among its scopes, but the update page isn't known to name it."""

SMS = "sms"


def partner_call(partner_sid: str) -> Call[Partner]:
    """Turn a SID into the call that reads its account."""
    return Call(
        "GET",
        f"/partners/{quoted(partner_sid)}",
        Partner,
        scopes=READ_SCOPES,
        operation="partners.get",
        path_template="/partners/{partner_sid}",
    )


def list_call(filter: object, order: object, limit: object, offset: object) -> Call[Page[Partner]]:  # noqa: A002
    """Turn a list's arguments into its call."""
    query = list_query(filter=filter, order=order, limit=limit, offset=offset)
    return Call(
        "GET",
        "/partners",
        Page[Partner],
        query=query,
        scopes=READ_SCOPES,
        max_response_bytes=MAX_LIST_BYTES,
        operation="partners.list",
        path_template="/partners",
    )


def page_calls(
    filter: object,  # noqa: A002
    order: object,
    page_size: object,
    max_items: object,
) -> Call[Page[Partner]]:
    """Check the arguments of an iteration and give the call for its first page."""
    check_iteration(filter, order, page_size, max_items)
    return list_call(filter, order, page_size, 0)


def sms_callback_of(partner: Partner) -> str | None:
    """Find where an account has its messages posted.

    Raises:
        ResponseError: The response doesn't say it.
    """
    url = _callbacks_of(partner).get(SMS)
    if url is not None and not isinstance(url, str):
        raise ResponseError("CarrierX's response has a callback for sms that is not a text.")
    return url


def changing_sms_callback(partner_sid: str, url: object) -> CallbackPlan:
    """Plan a change: read all callbacks, then write all of them with the one changed.

    Raises:
        InvalidArgumentError: The URL can't be one.
        ResponseError: The response doesn't contain the callbacks, so writing them could lose some.
    """
    wanted = None if url is None else checked_url("url", url)
    callbacks = _callbacks_of((yield partner_call(partner_sid)))
    return (
        yield Call(
            "PATCH",
            f"/partners/{quoted(partner_sid)}",
            Partner,
            body={"callbacks": {**callbacks, SMS: wanted}},
            repeatable=True,  # setting the same twice is the same as once
            scopes=UPDATE_SCOPES,
            private=tuple(text for text in (wanted, *callbacks.values()) if isinstance(text, str)),
            operation="partners.set_sms_callback",
            path_template="/partners/{partner_sid}",
        )
    )


def _callbacks_of(partner: Partner) -> dict[str, JsonValue]:
    """Give the callbacks as they came; null means none."""
    came = partner.to_dict()
    callbacks = came.get("callbacks") if "callbacks" in came else ()
    if callbacks is None:
        return {}
    if not isinstance(callbacks, dict):
        raise ResponseError(
            "CarrierX's response doesn't contain the account's callbacks as an object of types and URLs."
        )
    return callbacks

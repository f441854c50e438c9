"""The call that reads which access control lists apply to messages."""

from __future__ import annotations

from carrierx.models.access_control import EffectiveAcls
from carrierx.models.page import Page
from carrierx.models.types import Direction
from carrierx.resources.arguments import checked_choice, checked_text
from carrierx.transport.call import MAX_LIST_BYTES, Call

__all__ = ["effective_sms_acls_call"]


SCOPES = ("accesscontrol.manage", "accesscontrol.read")
DIRECTIONS = (Direction.ANY, Direction.INBOUND, Direction.OUTBOUND, Direction.UNDIRECTED)
"""The directions that the operation accepts. Source: CarrierX's page on getting effective ACLs for SMS."""


def effective_sms_acls_call(direction: object, partner_sid: object) -> Call[Page[EffectiveAcls]]:
    """Turn the arguments into the call; None was not given.

    Raises:
        InvalidArgumentError: One can't be what it was given as.
    """
    query: list[tuple[str, str]] = []
    if direction is not None:
        query.append(("direction", str(checked_choice("direction", direction, DIRECTIONS))))
    if partner_sid is not None:
        query.append(("partner_sid", checked_text("partner_sid", partner_sid)))
    return Call(
        "GET",
        "/accesscontrol/effective_acl/sms",
        Page[EffectiveAcls],
        query=query,
        scopes=SCOPES,
        max_response_bytes=MAX_LIST_BYTES,
        operation="access_control.effective_sms_acls",
        path_template="/accesscontrol/effective_acl/sms",
    )

"""The messaging state of a number: its stored form and its API object.

Source: the pages about the enablement of DIDs and of external DIDs. Assumptions: enabling needs some time, disabling
none; fields that a body leaves out don't change, except `enabled`, whose documented default is false; a change without
`force` is refused with 409; an unknown campaign is accepted.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from carrierx.emulator.http.errors import conflict, invalid_object
from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.rules.fields import FieldReader
from carrierx.emulator.timestamps import from_milliseconds, to_milliseconds

CAMPAIGN_SID: Final = "fef13cdd-2f65-4ed8-8272-de2a940d0cb5"
"""The 10DLC campaign that the enabled DIDs belong to."""

DISABLED: Final[JSONObject] = {"campaign_sid": None, "enabled": False, "p2p_nnid": None, "since": 0, "type": "a2p"}
"""The messaging state of a number that was never enabled."""

_WHAT: Final = ("type", "campaign_sid", "p2p_nnid")


def enabled_state(campaign_sid: str | None) -> JSONObject:
    """Return the stored messaging state of a DID that was enabled long ago."""
    return {"campaign_sid": campaign_sid, "enabled": True, "p2p_nnid": None, "since": 0, "type": "a2p"}


def changed_state(state: JSONObject, body: Mapping[str, object], now: datetime, *, force: bool) -> JSONObject:
    """Return the messaging state after a request.

    Args:
        state: The state before.
        body: The request's JSON object.
        now: The current time.
        force: True if type, campaign and network may change while messaging is enabled.

    Raises:
        RefusedRequestError: 422 for an invalid field; 409 for a change that needs `force`.
    """
    given = _checked(body)
    wanted = {**state, **given}
    if wanted["type"] == "a2p":
        wanted["p2p_nnid"] = None
    else:
        wanted["campaign_sid"] = None
    if not wanted["enabled"]:
        return {**wanted, "since": 0}
    same = all(wanted[name] == state[name] for name in _WHAT)
    if state["enabled"]:
        if same:
            return state
        if not force:
            raise conflict("messaging is enabled: disable it first, or set force=true")
    return {**wanted, "since": to_milliseconds(now)}


def status_of(state: Mapping[str, JSONValue], now: datetime, takes: timedelta) -> str:
    """Return the status at some time: `disabled`, `in_progress` or `enabled`."""
    if not state["enabled"]:
        return "disabled"
    return "enabled" if now - from_milliseconds(int(str(state["since"]))) >= takes else "in_progress"


def enablement_object(sid: str, state: JSONObject, now: datetime, takes: timedelta) -> JSONObject:
    """Return the API's enablement object of a number, including `p2p_nnid`.

    Args:
        sid: The number's SID.
        state: The messaging state.
        now: The current time.
        takes: The time for which enabling is in progress.
    """
    return {
        "campaign_external_id": _external_id(state["campaign_sid"]),
        "campaign_sid": state["campaign_sid"],
        "did_sid": sid,
        "enabled": state["enabled"],
        "p2p_nnid": state["p2p_nnid"],
        "status": status_of(state, now, takes),
        "type": state["type"],
    }


def _checked(body: Mapping[str, object]) -> JSONObject:
    reader = FieldReader(body)
    reader.refuse_unknown({"campaign_sid", "enabled", "p2p_nnid", "type"}, "an enablement")
    enabled = body.get("enabled", False)
    if not isinstance(enabled, bool):
        reader.refuse("enabled", "must be a boolean")
    kind, campaign, network = reader.text("type"), reader.text("campaign_sid"), reader.text("p2p_nnid")
    if kind.value not in {None, "a2p", "p2p"}:
        reader.refuse("type", "must be one of: a2p, p2p")
    if campaign.value is not None and not _is_sid(campaign.value):
        reader.refuse("campaign_sid", "must be a UUID")
    if campaign.given and kind.value == "p2p":
        reader.refuse("campaign_sid", "applies only when the type is a2p")
    if network.given and kind.value != "p2p":
        reader.refuse("p2p_nnid", "applies only when the type is p2p")
    if reader.errors:
        raise invalid_object(reader.errors)
    given: JSONObject = {field.name: field.value for field in (kind, campaign, network) if field.given}
    return {**given, "enabled": bool(enabled)}


def _is_sid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _external_id(campaign_sid: object) -> str | None:
    if campaign_sid is None:
        return None
    return "CVN1LXI" if campaign_sid == CAMPAIGN_SID else f"C{str(campaign_sid)[:6].upper()}"

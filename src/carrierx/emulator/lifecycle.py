"""What becomes of an accepted message as time passes.

Nothing runs in the background: where a message stands is worked out from the clock whenever somebody looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from carrierx.emulator.area_codes import is_american
from carrierx.emulator.messages import StoredMessage, wire_time
from carrierx.emulator.wire import JSONObject

_AMERICAN_NETWORK, _UNKNOWN_NETWORK = 310, 0


@dataclass(frozen=True)
class StatusDelays:
    """How long after its acceptance a message takes each step; `timedelta.max` means never.

    The order of the steps is documented (queued, sent, delivered); the times are the emulator's own.

    Attributes:
        sent_after: When it is passed to the carrier, counted from acceptance.
        delivered_after: When it arrives, counted from acceptance; not before `sent_after`.

    Raises:
        ValueError: A delay is negative, or a message would arrive before it is sent.
    """

    sent_after: timedelta = timedelta(seconds=1)
    delivered_after: timedelta = timedelta(seconds=3)

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.sent_after <= self.delivered_after:
            raise ValueError("the delays must be ordered: 0 <= sent_after <= delivered_after")


@dataclass(frozen=True)
class Prices:
    """What a message costs, in US dollars. The figures are the emulator's own: CarrierX's are in its rate lists.

    Attributes:
        sms_segment: For one segment of an SMS.
        mms_recipient: For one recipient of an MMS ("every outbound recipient is charged", says the object's page).
    """

    sms_segment: Decimal = Decimal("0.01")
    mms_recipient: Decimal = Decimal("0.015")


@dataclass(frozen=True)
class Stage:
    """Where a message stands.

    Attributes:
        status: The status.
        since: When it got there; None while it is queued.
    """

    status: Literal["queued", "sent", "delivered"]
    since: datetime | None


QUEUED: Final = Stage("queued", None)
"""Where every message starts, and what every accepted send is answered with."""


def stage_at(stored: StoredMessage, now: datetime, delays: StatusDelays) -> Stage:
    """Return where a message stands at the time `now`."""
    age = now - stored.accepted_at
    if age >= delays.delivered_after:
        return Stage("delivered", stored.accepted_at + delays.delivered_after)
    if age >= delays.sent_after:
        return Stage("sent", stored.accepted_at + delays.sent_after)
    return QUEUED


def sms_object(stored: StoredMessage, stage: Stage, prices: Prices, partner_sid: str) -> JSONObject:
    """Return the API's SMS object under its current names.

    Args:
        stored: The message.
        stage: Where it stands.
        prices: What messages cost.
        partner_sid: The account that the message belongs to.

    Source: the SMS object's page and its samples. That `price` and `mcc` are known once the message is sent, while
    `mnc` never is, is an assumption, and so is `mcc` 310 for every American number and 0 for all others.
    """
    send = stored.send
    sent = stage.since is not None
    created = wire_time(stored.accepted_at)
    status_changed = None if stage.since is None else wire_time(stage.since)
    return {
        "date_changed": status_changed or created,
        "date_created": created,
        "date_status_changed": status_changed,
        "direction": "outbound",
        "from": send.from_number,
        "group_recipients": list(send.group_recipients),
        "mcc": _country_code(send.to_number) if sent else None,
        "media_urls": list(send.media_urls),
        "message": send.message,
        "message_segments": stored.segments,
        "message_sid": stored.message_sid,
        "mnc": None,
        "partner_sid": partner_sid,
        "price": _price(stored, prices) if sent else None,
        "status": stage.status,
        "to": send.to_number,
        "type": send.kind,
        "user_data": send.user_data,
    }


def _country_code(number: str) -> int:
    return _AMERICAN_NETWORK if is_american(number) else _UNKNOWN_NETWORK


def _price(stored: StoredMessage, prices: Prices) -> str:
    send = stored.send
    if send.kind == "sms":
        return f"{prices.sms_segment * stored.segments:f}"
    recipients = {send.to_number, *send.group_recipients} - {send.from_number}
    return f"{prices.mms_recipient * max(1, len(recipients)):f}"

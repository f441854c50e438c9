"""What becomes of an accepted message as time passes.

Nothing runs in the background: where a message stands is worked out from the clock whenever somebody looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from carrierx.emulator.http_types import JSONObject
from carrierx.emulator.magic_numbers import Status, statuses_to
from carrierx.emulator.messages import StoredMessage, format_time
from carrierx.emulator.rate_list import mobile_country_code, sms_rate
from carrierx.emulator.timestamps import later


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
        sms_segment: For one segment of an SMS, except to the few countries of the emulator's rate list.
        mms_recipient: For one recipient of an MMS ("every outbound recipient is charged", says the object's page).
        inbound_sms_segment: For one segment of a received SMS.
        inbound_mms: For a received MMS.
    """

    sms_segment: Decimal = Decimal("0.01")
    mms_recipient: Decimal = Decimal("0.015")
    inbound_sms_segment: Decimal = Decimal("0.005")
    inbound_mms: Decimal = Decimal("0.01")


@dataclass(frozen=True)
class Charge:
    """What one message costs, in US dollars.

    Attributes:
        rate: For one unit.
        units: How many: segments of an SMS, recipients of an MMS.
    """

    rate: Decimal
    units: int

    @property
    def price(self) -> Decimal:
        """All units together."""
        return self.rate * self.units


StageName: TypeAlias = Literal["queued", "received"] | Status
"""Every status that the emulator knows."""


@dataclass(frozen=True)
class Stage:
    """Where a message stands.

    Attributes:
        status: The status.
        since: When it got there; None while it is queued.
    """

    status: StageName
    since: datetime | None


QUEUED: Final = Stage("queued", None)
"""Where every message starts, and what every accepted send is answered with."""


def steps_of(stored: StoredMessage, delays: StatusDelays) -> tuple[Stage, ...]:
    """Return the stages that a message goes through after its acceptance, in their order, each with its time.

    A received one is there at once. What never comes is left out.
    """
    if stored.direction == "inbound":
        return (Stage("received", stored.accepted_at),)
    moments = (later(stored.accepted_at, delay) for delay in (delays.sent_after, delays.delivered_after))
    pairs = zip(statuses_to(stored.send.to_number), moments, strict=False)
    return tuple(Stage(status, moment) for status, moment in pairs if moment is not None)


def stage_at(stored: StoredMessage, now: datetime, delays: StatusDelays) -> Stage:
    """Return where a message stands at the time `now`; a received one stays received."""
    steps = steps_of(stored, delays)
    if stored.direction == "inbound":
        return steps[0]
    taken = [step for step in steps if step.since is not None and step.since <= now]
    return taken[-1] if taken else QUEUED


def sms_object(stored: StoredMessage, stage: Stage, prices: Prices, partner_sid: str) -> JSONObject:
    """Return the API's SMS object under its current names.

    Args:
        stored: The message.
        stage: Where it stands.
        prices: What messages cost.
        partner_sid: The account that the message belongs to.

    Source: the SMS object's page and its samples. Assumptions: `price` and `mcc` are known once the message has left
    the queue, while `mnc` never is; what failed before it was sent costs nothing; `mcc` is 310 for every American
    number and 0 for all that are not in the rate list; a received message, of which none is published, looks like a
    sent one.
    """
    send = stored.send
    left = stage.since is not None
    created = format_time(stored.accepted_at)
    status_changed = None if stage.since is None else format_time(stage.since)
    return {
        "date_changed": status_changed or created,
        "date_created": created,
        "date_status_changed": status_changed,
        "direction": stored.direction,
        "from": send.from_number,
        "group_recipients": list(send.group_recipients),
        "mcc": mobile_country_code(external_number(stored)) if left else None,
        "media_urls": list(send.media_urls),
        "message": send.message,
        "message_segments": stored.segments,
        "message_sid": stored.message_sid,
        "mnc": None,
        "partner_sid": partner_sid,
        "price": f"{charge_at(stored, stage, prices).price:f}" if left else None,
        "status": stage.status,
        "to": send.to_number,
        "type": send.kind,
        "user_data": send.user_data,
    }


def account_number(stored: StoredMessage) -> str:
    """Return the number that is the account's."""
    return stored.send.from_number if stored.direction == "outbound" else stored.send.to_number


def external_number(stored: StoredMessage) -> str:
    """Return the number that is not the account's."""
    return stored.send.to_number if stored.direction == "outbound" else stored.send.from_number


def charge_at(stored: StoredMessage, stage: Stage, prices: Prices) -> Charge:
    """Return what a message costs when it has got to some stage; one that was never sent costs nothing."""
    charge = charge_of(stored, prices)
    return Charge(Decimal(0), charge.units) if stage.status == "failed" else charge


def charge_of(stored: StoredMessage, prices: Prices) -> Charge:
    """Return what a message costs that is sent, or was received."""
    send = stored.send
    if stored.direction == "inbound":
        rate = prices.inbound_sms_segment if send.kind == "sms" else prices.inbound_mms
        return Charge(rate, stored.segments)
    if send.kind == "sms":
        return Charge(sms_rate(send.to_number, prices.sms_segment), stored.segments)
    recipients = {send.to_number, *send.group_recipients} - {send.from_number}
    return Charge(prices.mms_recipient, max(1, len(recipients)))

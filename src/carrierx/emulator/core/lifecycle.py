"""The stages of an accepted message over time.

A new message has its stages planned. No background task runs: `run_due_events` brings the stored messages up to date
before anything is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, NamedTuple, TypeAlias, cast, get_args

from carrierx.emulator.core.magic_numbers import ECHO, MAGIC_NUMBERS, USUAL_STATUSES, Status, statuses_to
from carrierx.emulator.core.rate_list import mobile_country_code, sms_rate
from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.rules.messages import Send
from carrierx.emulator.store.message_table import StoredMessage
from carrierx.emulator.store.schedule import REPLY, PlannedEvent
from carrierx.emulator.timestamps import format_time, later, to_milliseconds


@dataclass(frozen=True)
class StatusDelays:
    """The times from a message's acceptance to each status; `timedelta.max` means never.

    The order of the statuses is documented (queued, sent, delivered); the times are the emulator's own.

    Attributes:
        sent_after: The time until it is passed to the carrier, counted from acceptance.
        delivered_after: The time until it arrives, counted from acceptance; not less than `sent_after`.

    Raises:
        ValueError: A delay is negative, or a message would arrive before it is sent.
    """

    sent_after: timedelta = timedelta(seconds=1)
    delivered_after: timedelta = timedelta(seconds=3)

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.sent_after <= self.delivered_after:
            raise ValueError("the delays must be ordered: 0 <= sent_after <= delivered_after")


@dataclass(frozen=True)
class EmulatorPrices:
    """Prices of messages, in US dollars. The figures are the emulator's own: CarrierX's are in its rate lists.

    Attributes:
        sms_segment: The price of one segment of an SMS, except to the few countries in the emulator's rate list.
        mms_recipient: The price of an MMS to one recipient. "Every outbound recipient is charged", says the object's
            page.
        inbound_sms_segment: The price of one segment of a received SMS.
        inbound_mms: The price of a received MMS.
    """

    sms_segment: Decimal = Decimal("0.01")
    mms_recipient: Decimal = Decimal("0.015")
    inbound_sms_segment: Decimal = Decimal("0.005")
    inbound_mms: Decimal = Decimal("0.01")


@dataclass(frozen=True)
class Charge:
    """The cost of one message, in US dollars.

    Attributes:
        rate: The cost of one unit.
        units: The number of units: segments of an SMS, recipients of an MMS.
    """

    rate: Decimal
    units: int

    @property
    def price(self) -> Decimal:
        """The cost of all units."""
        return self.rate * self.units


StageName: TypeAlias = Literal["queued", "received"] | Status
"""All statuses of the emulator's messages."""

STATUSES: Final[tuple[str, ...]] = ("queued", "received", *get_args(Status))
"""All statuses of the emulator's messages, as strings."""


class Stage(NamedTuple):
    """The status of a message at some time.

    Attributes:
        status: The status.
        since: The time at which the message got the status; None while it is queued.
    """

    status: StageName
    since: datetime | None


QUEUED: Final = Stage("queued", None)
"""The first stage of every sent message, which every accepted send returns."""


def steps_of(stored: StoredMessage, delays: StatusDelays) -> tuple[Stage, ...]:
    """Return the stages of a message after its acceptance, in order.

    A received message has only one stage, from the start. Stages that it never reaches are left out.
    """
    if stored.direction == "inbound":
        return (Stage("received", stored.accepted_at),)
    moments = (later(stored.accepted_at, delay) for delay in (delays.sent_after, delays.delivered_after))
    statuses = ("failed",) if stored.send.over_limit else statuses_to(stored.send.to_number)
    pairs = zip(statuses, moments, strict=False)
    return tuple(Stage(status, moment) for status, moment in pairs if moment is not None)


def stage_of(stored: StoredMessage) -> Stage:
    """Return the stage of a message when it was read from the database."""
    since = None if stored.appeared_at is None else stored.changed_at
    return Stage(cast("StageName", stored.status), since)


def timeline_of(stored: StoredMessage, delays: StatusDelays) -> list[Stage]:
    """Return the statuses that a message has had, oldest first, each with its time."""
    if stored.direction == "inbound":
        return [stage_of(stored)]
    steps = (step for step in steps_of(stored, delays) if step.since is not None and step.since < stored.changed_at)
    latest = [] if stored.appeared_at is None else [stage_of(stored)]
    return [Stage("queued", stored.accepted_at), *steps, *latest]


def failure_of(stored: StoredMessage) -> str | None:
    """Return why a message failed, or stays as it is, for people; None if neither is the case."""
    if stored.direction == "inbound":
        return None
    if stored.send.over_limit:
        if stored.status != "failed":
            return None
        return (
            "it is too large (more than 1600 characters, 10 media or 3 MB), and the emulator is set to let such"
            " messages fail (--over-limit fail)"
        )
    magic = MAGIC_NUMBERS.get(stored.send.to_number)
    if magic is None or magic.statuses == USUAL_STATUSES or stored.status != (magic.statuses or ("queued",))[-1]:
        return None
    return f"{magic.number} is a magic number of the emulator: a message to it {magic.effect}"


def planned_events(stored: StoredMessage, delays: StatusDelays, reply_after: timedelta) -> Iterator[PlannedEvent]:
    """Return the events of a new message, earliest first.

    Args:
        stored: The message.
        delays: The times until its statuses.
        reply_after: The time from its delivery to the reply of a magic number.
    """
    for step in steps_of(stored, delays):
        if step.since is not None:
            yield PlannedEvent(to_milliseconds(step.since), step.status)
    if reply_to(stored) is not None:
        delivered = later(stored.accepted_at, delays.delivered_after)
        answered = None if delivered is None else later(delivered, reply_after)
        if answered is not None:
            yield PlannedEvent(to_milliseconds(answered), REPLY)


def reply_to(stored: StoredMessage) -> Send | None:
    """Return the recipient's reply to a message, if the recipient is a magic number that replies."""
    send = stored.send
    magic = MAGIC_NUMBERS.get(send.to_number)
    if stored.direction == "inbound" or send.over_limit or magic is None or magic.reply is None:
        return None
    echoes = magic.reply == ECHO
    media_urls = send.media_urls if echoes else ()
    return Send(
        kind="mms" if media_urls else "sms",
        from_number=send.to_number,
        to_number=send.from_number,
        message=send.message if echoes else magic.reply,
        media_urls=media_urls,
        group_recipients=(),
        user_data=None,
        legacy_names=send.legacy_names,
    )


def sms_object(stored: StoredMessage, stage: Stage, prices: EmulatorPrices, partner_sid: str) -> JSONObject:
    """Return the API's SMS object under its current names.

    Args:
        stored: The message.
        stage: Its stage.
        prices: The prices of messages.
        partner_sid: The SID of the message's account.

    Source: the SMS object's page and its samples. Assumptions: `price` and `mcc` are known after the message has left
    the queue, and `mnc` never is; a message that failed before it was sent costs nothing; `mcc` is 310 for American
    numbers and 0 for numbers that are not in the rate list; a received message, of which there is no sample, looks
    like a sent one.
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
        "mcc": mobile_country_code(stored.theirs) if left else None,
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


def charge_at(stored: StoredMessage, stage: Stage, prices: EmulatorPrices) -> Charge:
    """Return the cost of a message at some stage. A message that was never sent costs nothing."""
    charge = charge_of(stored, prices)
    return Charge(Decimal(0), charge.units) if stage.status == "failed" else charge


def charge_of(stored: StoredMessage, prices: EmulatorPrices) -> Charge:
    """Return the cost of a message that was sent or received."""
    send = stored.send
    if stored.direction == "inbound":
        rate = prices.inbound_sms_segment if send.kind == "sms" else prices.inbound_mms
        return Charge(rate, stored.segments)
    if send.kind == "sms":
        return Charge(sms_rate(send.to_number, prices.sms_segment), stored.segments)
    recipients = {send.to_number, *send.group_recipients} - {send.from_number}
    return Charge(prices.mms_recipient, max(1, len(recipients)))

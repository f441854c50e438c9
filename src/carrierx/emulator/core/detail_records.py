"""SMS Detail Records, which describe messages that were sent or received.

Source: the object's page and the sample of the list. Assumptions: a record appears when its message is sent, fails or
is received, and `date_insert` is that time; the record of a failed message has no `date_sent`; `date_stop` changes when
the message is delivered; `number_group_dst` is empty unless there is a group; only the country of a network is known
(`mnc` is 999, as in the sample).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.lifecycle import charge_at, external_number, stage_at, steps_of
from carrierx.emulator.core.rate_list import mobile_country_code
from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.store.message_table import StoredMessage, dr_sid_of
from carrierx.emulator.timestamps import format_time

_NETWORK, _UNKNOWN_NETWORK = 999, 0
# In the sample, a record with the status `sent` has this code, so it is no sign of a failure.
_VENDOR_CODE = "503"


@dataclass(frozen=True)
class Appearance:
    """A message that has a detail record.

    Attributes:
        moment: The time at which the record appeared.
        stored: The message.
    """

    moment: datetime
    stored: StoredMessage


def appearances(account: Account, stored_messages: Iterable[StoredMessage], now: datetime) -> list[Appearance]:
    """Return the messages that have a detail record at some time, in the order in which their records appeared."""
    latest = _latest(account, now)
    known = [(_appears_at(account, stored), stored) for stored in stored_messages]
    there = [Appearance(moment, stored) for moment, stored in known if moment is not None and moment <= latest]
    there.sort(key=lambda appearance: appearance.moment)
    return there


def records_of(account: Account, found: Iterable[Appearance], now: datetime) -> list[JSONObject]:
    """Return the detail records of messages at some time."""
    return [_record(account, appearance.stored, appearance.moment, now) for appearance in found]


def record_of(account: Account, dr_sid: str, now: datetime) -> JSONObject | None:
    """Return the detail record with this SID at some time, if it has appeared."""
    stored = account.messages.find_by_dr_sid(dr_sid)
    moment = None if stored is None else _appears_at(account, stored)
    if stored is None or moment is None or moment > _latest(account, now):
        return None
    return _record(account, stored, moment, now)


def _appears_at(account: Account, stored: StoredMessage) -> datetime | None:
    steps = steps_of(stored, account.config.delays)
    return steps[0].since if steps else None  # without steps, it stays queued


def _latest(account: Account, now: datetime) -> datetime:
    """Return the latest time at which a record that can be found now has appeared."""
    until = account.visible_until(now)
    return now if until is None else min(now, until)


def _record(account: Account, stored: StoredMessage, appeared: datetime, now: datetime) -> JSONObject:
    send, config = stored.send, account.config
    stage = stage_at(stored, now, config.delays)
    charge = charge_at(stored, stage, config.prices)
    price, rate = f"{charge.price:f}", f"{charge.rate:f}"
    outbound = stored.direction == "outbound"
    country = mobile_country_code(external_number(stored))
    group = [*send.group_recipients, *({send.to_number} - set(send.group_recipients))] if send.group_recipients else []
    inserted, stopped = format_time(appeared), format_time(stage.since or appeared)
    return {
        "a2p_campaign": None,
        "date_changed": stopped,
        "date_insert": inserted,
        "date_sent": None if stage.status == "failed" else inserted,
        "date_start": format_time(stored.accepted_at),
        "date_stop": stopped,
        "delay_sent": int((appeared - stored.accepted_at).total_seconds()),
        "direction": stored.direction,
        "dr_sid": dr_sid_of(stored.message_sid),
        "mcc": country,
        "mcc_mnc_price": price,
        "mcc_mnc_rate": rate,
        "media_urls": list(send.media_urls),
        "message": send.message,
        "message_segments": stored.segments,
        "mnc": _NETWORK if country else _UNKNOWN_NETWORK,
        "number_billing": send.from_number if outbound else send.to_number,
        "number_dst": send.to_number,
        "number_external": external_number(stored),
        "number_group_dst": [number for number in group if number != send.from_number],
        "number_src": send.from_number,
        "p2p_nnid": None,
        "partner_sid": config.partner_sid,
        "passthrough_price": None,
        "passthrough_rate": None,
        "price": price,
        "provider": "emulator",
        "rate": rate,
        "registration_type": None,
        "status": stage.status,
        "type": send.kind,
        "user_data": send.user_data,
        "vendor_error_code": _VENDOR_CODE if outbound else None,
        "version": None,
    }

"""SMS Detail Records, which describe messages that were sent or received.

Source: the object's page and the sample of the list. Assumptions: a record appears when its message is sent, fails or
is received, and `date_insert` is that time; the record of a failed message has no `date_sent`; `date_stop` changes when
the message is delivered; `number_group_dst` is empty unless there is a group; only the country of a network is known
(`mnc` is 999, as in the sample).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.calculated_columns import (
    LEFT_QUEUE,
    country_code_column,
    network_code_column,
    price_column,
    rate_column,
)
from carrierx.emulator.core.config import EmulatorConfig
from carrierx.emulator.core.lifecycle import charge_at, stage_of
from carrierx.emulator.core.rate_list import mobile_country_code
from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.store.derived import DR_SID, dr_sid_of
from carrierx.emulator.store.message_table import StoredMessage
from carrierx.emulator.store.selection import Column, Comparison, Constant, Selection
from carrierx.emulator.timestamps import format_time, to_milliseconds

_NETWORK, _UNKNOWN_NETWORK = 999, 0
# In the sample, a record with the status `sent` has this code, so it is no sign of a failure.
_VENDOR_CODE = "503"
_PROVIDER = "emulator"
_SENT = "CASE status WHEN 'failed' THEN NULL ELSE appeared_at_milliseconds END"

RECORD_ORDER = ("appeared_at_milliseconds", "sequence")
"""The order in which records appeared."""

_COLUMNS: Final[Mapping[str, Column | Constant]] = {
    "a2p_campaign": Constant(None),
    "date_changed": Column("changed_at_milliseconds", 1000),
    "date_insert": Column("appeared_at_milliseconds", 1000),
    "date_sent": Column(_SENT, 1000, nullable=True, base="appeared_at_milliseconds"),
    "date_start": Column("accepted_at_milliseconds", 1000),
    "date_stop": Column("changed_at_milliseconds", 1000),
    "delay_sent": Column("((appeared_at_milliseconds - accepted_at_milliseconds) / 1000)", 1),
    "direction": Column("direction"),
    "dr_sid": Column(DR_SID),
    "mcc": country_code_column(),
    "message": Column("message"),
    "message_segments": Column("segments", 1),
    "mnc": network_code_column(_NETWORK, _UNKNOWN_NETWORK),
    "number_billing": Column("ours"),
    "number_dst": Column("to_number"),
    "number_external": Column("theirs"),
    "number_src": Column("from_number"),
    "p2p_nnid": Constant(None),
    "passthrough_price": Constant(None),
    "passthrough_rate": Constant(None),
    "provider": Constant(_PROVIDER),
    "registration_type": Constant(None),
    "status": Column("status"),
    "type": Column("kind"),
    "user_data": Column("user_data"),
    "vendor_error_code": Column(f"CASE direction WHEN 'outbound' THEN '{_VENDOR_CODE}' END"),
    "version": Constant(None),
}


def record_columns(config: EmulatorConfig) -> dict[str, Column | Constant]:
    """Return the column of each attribute of a record, or its value if it is the same in all records."""
    columns = {**_COLUMNS, "partner_sid": Constant(config.partner_sid)}
    price, rate = price_column(config.prices), rate_column(config.prices)
    if price is not None and rate is not None:
        columns |= {"mcc_mnc_price": price, "price": price, "mcc_mnc_rate": rate, "rate": rate}
    return columns


def visible_records(account: Account, selection: Selection, now: datetime) -> Selection:
    """Return the part of a selection of messages that has detail records which can be found now."""
    there = selection.restricted(LEFT_QUEUE)
    until = account.visible_until(now)
    return there if until is None else there.compared(Comparison(RECORD_ORDER[0], "<=", to_milliseconds(until)))


def record_with_sid(account: Account, dr_sid: str, now: datetime) -> StoredMessage | None:
    """Return the message whose detail record has this SID, if the record can be found now."""
    stored = account.messages.find_by_dr_sid(dr_sid)
    if stored is None or stored.appeared_at is None or not account.is_visible(stored.appeared_at, now):
        return None
    return stored


def record_of(account: Account, stored: StoredMessage) -> JSONObject:
    """Return the detail record of a message that has one."""
    send, config = stored.send, account.config
    stage, appeared = stage_of(stored), stored.appeared_at or stored.accepted_at
    charge = charge_at(stored, stage, config.prices)
    price, rate = f"{charge.price:f}", f"{charge.rate:f}"
    outbound = stored.direction == "outbound"
    country = mobile_country_code(stored.theirs)
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
        "number_billing": stored.ours,
        "number_dst": send.to_number,
        "number_external": stored.theirs,
        "number_group_dst": [number for number in group if number != send.from_number],
        "number_src": send.from_number,
        "p2p_nnid": None,
        "partner_sid": config.partner_sid,
        "passthrough_price": None,
        "passthrough_rate": None,
        "price": price,
        "provider": _PROVIDER,
        "rate": rate,
        "registration_type": None,
        "status": stage.status,
        "type": send.kind,
        "user_data": send.user_data,
        "vendor_error_code": _VENDOR_CODE if outbound else None,
        "version": None,
    }

"""Runs scheduled events: statuses change, magic numbers reply, and callbacks become due.

No background task runs. Before anything is read or changed, the events that are due run in order, each with its own
time.

Assumptions: each received message and each status after `queued` causes a callback. A callback goes to the URL that is
set when its event runs. The URLs of an external DID and of a short code count like that of a DID. A callback uses the
same field names as its message.
"""

from __future__ import annotations

import json
from typing import cast

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.lifecycle import Stage, StageName, account_number, reply_to
from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.store.message_table import StoredMessage
from carrierx.emulator.store.scheduled_event_table import REPLY, NewCallback, ScheduledEvent
from carrierx.emulator.store.seed_data import PARTNER_KEY


def run_due_events(account: Account) -> None:
    """Run all events that are due."""
    now = account.now()
    while events := account.scheduled_events.due(now):
        for event in events:
            _run_event(account, event)


def _run_event(account: Account, event: ScheduledEvent) -> None:
    stored = account.messages.find(event.message_sid)
    callback: NewCallback | None = None
    if stored is not None and event.name == REPLY:
        reply = reply_to(stored)
        if reply is not None:  # None if the table of magic numbers has changed since
            account.messages.add_reply(event, *account.new_message(reply, "inbound", event.due_at))
            return
    elif stored is not None:
        callback = _callback_for(account, stored, event)
    account.scheduled_events.complete(event, callback)


def _callback_for(account: Account, stored: StoredMessage, event: ScheduledEvent) -> NewCallback | None:
    url = callback_url(account, account_number(stored))
    if url is None:
        return None
    # Show the status that was scheduled, even if the settings have changed since.
    stage = Stage(cast("StageName", event.name), event.due_at)
    shown = account.shown_object(stored, stage, legacy_names=account.config.legacy_callbacks)
    body = json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return NewCallback(url, body)


def callback_url(account: Account, number: str) -> str | None:
    """Return the URL for callbacks about one of the account's numbers; None if there is none.

    The number's own URL comes first, then that of its group, then the account's. Source: the page about DID groups. The
    URL in the emulator's settings comes last.
    """
    owners = (
        account.dids.find_by("phonenumber", number),
        account.external_dids.find_by("phonenumber", number),
        account.short_codes.find_by("short_code", number),
    )
    for owner in owners:
        url = None if owner is None else owner["callback_url"] or _group_callback_url(account, owner)
        if url is not None:
            return str(url)
    partner = account.partners.find(PARTNER_KEY) or {}
    callbacks = partner.get("callbacks")
    url = callbacks.get("sms") if isinstance(callbacks, dict) else None
    return account.config.callback_url if url is None else str(url)


def _group_callback_url(account: Account, owner: JSONObject) -> JSONValue:
    group = account.did_groups.find(str(owner.get("did_group_sid")))
    return None if group is None else group["callback_url"]

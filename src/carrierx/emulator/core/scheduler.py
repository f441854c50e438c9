"""Runs planned events: statuses change, magic numbers reply, and callbacks become due.

No background task runs. Before anything that they matter to is read or changed, the events that are due run in order,
each with its own time.

Assumptions: each received message and each status after `queued` causes a callback. A callback goes to the URL that is
set when its event runs. The URLs of an external DID and of a short code count like that of a DID. A callback uses the
same field names as its message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import cast

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.lifecycle import Stage, StageName, reply_to, stage_of
from carrierx.emulator.http.types import JSONValue
from carrierx.emulator.store.message_table import MOST_DUE, PlannedMessage, Progress, StoredMessage
from carrierx.emulator.store.schedule import REPLY, read_plan
from carrierx.emulator.store.seed_data import PARTNER_KEY
from carrierx.emulator.timestamps import from_milliseconds, to_milliseconds


def run_due_events(account: Account) -> None:
    """Run all events that are due."""
    now = account.now()
    # A look is enough nearly always; what it finds is looked up again once no other thread can run it.
    while account.messages.number_due(now):
        with account.database.transaction():
            _run_first(account, account.messages.due(now), to_milliseconds(now))


def _run_first(account: Account, due: list[PlannedMessage], now: int) -> None:
    """Run the earliest events of some messages, but none that is later than the first events of other messages."""
    plans = [read_plan(message.plan) for message in due]
    until = plans[-1][0].due_milliseconds if len(due) == MOST_DUE else now
    urls = {ours: callback_url(account, ours) for ours in {message.ours for message in due}}
    progress: list[Progress] = []
    visible: list[tuple[int, int, PlannedMessage, str]] = []
    for message, events in zip(due, plans, strict=True):
        number = sum([event.due_milliseconds <= until for event in events])
        progress.append(Progress(message, events[:number], events[number:]))
        visible += [
            (at, message.sequence, message, name)
            for at, name in events[:number]
            if name == REPLY or urls[message.ours] is not None
        ]
    account.messages.advance(progress)
    visible.sort(key=itemgetter(0, 1))
    for at, _, message, name in visible:
        stored, moment, url = account.messages.find(message.message_sid), from_milliseconds(at), urls[message.ours]
        if stored is not None and name == REPLY:
            _reply(account, stored, moment, url)
        elif stored is not None and url is not None:
            _add_callback(account, stored, Stage(cast("StageName", name), moment), url)


def _reply(account: Account, stored: StoredMessage, moment: datetime, url: str | None) -> None:
    """Store the reply to a message, and run its only event, so that no later event of another message comes first."""
    reply = reply_to(stored)
    if reply is None:  # the table of magic numbers has changed since
        return
    received, _ = account.new_message(reply, "inbound", moment)
    account.messages.add(received)
    if url is not None:  # of the same number of the account
        _add_callback(account, received, stage_of(received), url)


def _add_callback(account: Account, stored: StoredMessage, stage: Stage, url: str) -> None:
    """Add the callback about a stage as it was planned, even if the settings have changed since."""
    shown = account.shown_object(stored, stage, legacy_names=account.config.legacy_callbacks)
    body = json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    account.callbacks.add(stored.message_sid, stage.status, url, body, stage.since or stored.accepted_at)


def callback_url(account: Account, number: str) -> str | None:
    """Return the URL for callbacks about one of the account's numbers; None if there is none.

    The number's own URL comes first, then that of its group, then the account's. Source: the page about DID groups. The
    URL in the emulator's settings comes last.
    """
    owners = (
        account.dids.peek_by("phonenumber", number),
        account.external_dids.peek_by("phonenumber", number),
        account.short_codes.peek_by("short_code", number),
    )
    for owner in owners:
        url = None if owner is None else owner["callback_url"] or _group_callback_url(account, owner)
        if url is not None:
            return str(url)
    partner = account.partners.peek(PARTNER_KEY) or {}
    callbacks = partner.get("callbacks")
    url = callbacks.get("sms") if isinstance(callbacks, Mapping) else None
    return account.config.callback_url if url is None else str(url)


def _group_callback_url(account: Account, owner: Mapping[str, JSONValue]) -> JSONValue:
    group = account.did_groups.peek(str(owner.get("did_group_sid")))
    return None if group is None else group["callback_url"]

"""What happens by itself as time passes: statuses change, magic numbers answer, and callbacks become due.

Nothing runs in the background: whoever looks lets first happen what is overdue, in its order and with its own time.

Assumptions: there is a callback for each received message and for each status after `queued`; it goes to the URL that
is set when it happens; an external DID's URL counts like a DID's; a callback has the names that its message uses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from carrierx.emulator.built_in import PARTNER_KEY
from carrierx.emulator.happening_table import REPLY, Happening, OwedCallback
from carrierx.emulator.lifecycle import Stage, StageName, account_number, steps_of
from carrierx.emulator.magic_numbers import ECHO, MAGIC_NUMBERS
from carrierx.emulator.messages import Send, StoredMessage, wire_names
from carrierx.emulator.moments import later

if TYPE_CHECKING:
    from carrierx.emulator.account import Account
    from carrierx.emulator.config import EmulatorConfig


def happenings_of(stored: StoredMessage, config: EmulatorConfig) -> Iterator[Happening]:
    """Return what will happen to a new message, as the settings are now."""
    sid = stored.message_sid
    for step in steps_of(stored, config.delays):
        if step.since is not None:
            yield Happening(sid, step.since, step.status)
    if reply_to(stored) is not None:
        delivered = later(stored.accepted_at, config.delays.delivered_after)
        answered = None if delivered is None else later(delivered, config.reply_after)
        if answered is not None:
            yield Happening(sid, answered, REPLY)


def reply_to(stored: StoredMessage) -> Send | None:
    """Return what the recipient answers to a message, if it is a magic number that answers."""
    send = stored.send
    magic = MAGIC_NUMBERS.get(send.to_number)
    if stored.direction == "inbound" or magic is None or magic.reply is None:
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


def catch_up(account: Account) -> None:
    """Let everything happen whose time has come."""
    now = account.now()
    while happenings := account.happenings.due(now):
        for happening in happenings:
            _happen(account, happening)


def _happen(account: Account, happening: Happening) -> None:
    stored = account.messages.find(happening.message_sid)
    owed: OwedCallback | None = None
    if stored is not None and happening.name == REPLY:
        reply = reply_to(stored)
        if reply is not None:  # else the table of magic numbers has changed since
            account.messages.add_reply(happening, *account.new_message(reply, "inbound", happening.moment))
            return
    elif stored is not None:
        owed = _owed_callback(account, stored, happening)
    account.happenings.see_to(happening, owed)


def _owed_callback(account: Account, stored: StoredMessage, happening: Happening) -> OwedCallback | None:
    url = callback_url(account, account_number(stored))
    if url is None:
        return None
    # As it was planned, even if the settings would have it otherwise by now.
    shown = account.message_object(stored, Stage(cast("StageName", happening.name), happening.moment))
    configured = account.config.legacy_callbacks
    legacy = stored.send.legacy_names if configured is None else configured
    body = json.dumps(wire_names(shown, legacy=legacy), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return OwedCallback(url, body)


def callback_url(account: Account, number: str) -> str | None:
    """Return where callbacks about the messages of one of the account's numbers go; None for nowhere.

    The number's own URL goes before the account's. Source: the guide to callbacks. That of the settings, which is the
    emulator's own, comes last.
    """
    for table in (account.dids, account.external_dids):
        did = table.find_by("phonenumber", number)
        if did is not None and did["callback_url"] is not None:
            return str(did["callback_url"])
    partner = account.partners.find(PARTNER_KEY) or {}
    callbacks = partner.get("callbacks")
    url = callbacks.get("sms") if isinstance(callbacks, dict) else None
    return account.config.callback_url if url is None else str(url)

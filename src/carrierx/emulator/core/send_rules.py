"""Circumstances that the rules for a send depend on: the numbers that may send, and the size of media.

Source: the pages about sending ("To send messages from a rented DID you need to enable SMS/MMS messaging on that DID
first") and about external DIDs, which "are available for SMS/MMS messaging immediately after registration".
Assumptions: the refusal is a 422 that names the field of the sender, since CarrierX documents neither its status nor
its wording; numbers that the account doesn't have can send, unless the settings say otherwise; a message to a group
without a sender, if the settings allow one, comes from the account's first number that can send an MMS. Only the size
of files in the emulator's own storage is known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from carrierx.emulator.core.account import Account
from carrierx.emulator.core.file_objects import published_file
from carrierx.emulator.http.types import JSONValue
from carrierx.emulator.rules.enablement import DISABLED, status_of
from carrierx.emulator.rules.messages import SendRules
from carrierx.emulator.store.new_objects import SEND_MMS, SEND_SMS, is_released


def send_rules(account: Account) -> SendRules:
    """Return what the rules for a send depend on."""
    config = account.config
    return SendRules(
        sender_problem=lambda number, kind: _sender_problem(account, number, kind),
        media_bytes=lambda urls: sum(_bytes_of(account, url) for url in urls),
        group_sender=lambda others: _first_sender(account, others),
        over_limit=config.over_limit,
        us_only_mms=config.us_only_mms,
        us_only_short_codes=config.us_only_short_codes,
        group_needs_from=config.group_needs_from,
        group_needs_to=config.group_needs_to,
        group_needs_type=config.group_needs_type,
    )


def _first_sender(account: Account, others: Collection[str]) -> str | None:
    own = [str(did["phonenumber"]) for table in (account.dids, account.external_dids) for did in table.all()]
    known = [*own, *sorted(account.config.enabled_numbers or ())]
    own_only = [number for number in known if number not in others]
    return next((number for number in own_only if _sender_problem(account, number, "mms") is None), None)


def _bytes_of(account: Account, url: str) -> int:
    file = published_file(account, url)
    return 0 if file is None else int(str(file["file_bytes"]))


def _sender_problem(account: Account, number: str, kind: Literal["sms", "mms"]) -> str | None:
    config = account.config
    if config.enabled_numbers is not None and number not in config.enabled_numbers:
        return "must be one of your numbers, enabled for messaging"
    did = account.dids.peek_by("phonenumber", number)
    if did is not None and is_released(did):
        return "must not be a number that you released"
    if did is not None:
        return _without_capability(did, kind) or _not_enabled(account, str(did["did_sid"]), "dids", DISABLED)
    external = account.external_dids.peek_by("phonenumber", number)
    if external is not None:
        sid = str(external["external_did_sid"])
        return _without_capability(external, kind) or _not_enabled(account, sid, "external_dids", None)
    if config.own_numbers_only and number not in (config.enabled_numbers or ()):
        return "must be one of your numbers: rent one with POST /phonenumber/dids, then enable messaging on it"
    return None


def _without_capability(did: Mapping[str, JSONValue], kind: Literal["sms", "mms"]) -> str | None:
    needed = SEND_SMS if kind == "sms" else SEND_MMS
    if int(str(did["capabilities"])) & needed:
        return None
    return f"this number can't send an {kind.upper()}: its capabilities lack {needed}, so use another number"


def _not_enabled(account: Account, sid: str, kind: str, default: Mapping[str, JSONValue] | None) -> str | None:
    """Return why messaging is off.

    Args:
        account: The account.
        sid: The number's SID.
        kind: The name of its resource.
        default: The messaging state of a number that was never changed; None if it can send.
    """
    state = account.did_messaging.peek(sid) or default
    status = "enabled" if state is None else status_of(state, account.now(), account.config.enabling_takes)
    if status == "enabled":
        return None
    if status == "in_progress":
        return "messaging on this number is still being enabled: wait until its status is enabled"
    path = f"/phonenumber/{kind}/{{sid}}/messaging"
    return f'messaging on this number is not enabled: POST {{"enabled": true}} to {path} first'

"""Sent and received messages, and their names on the wire."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from carrierx.emulator.http_types import JSONObject

LEGACY_NAMES: Final = {"from": "from_did", "to": "to_did"}
"""The names that "some legacy users" have for two of the fields. Source: the send page."""

_DETAIL_RECORDS: Final = uuid.UUID("6f1f8d6e-52c7-4c0e-9a53-0d6f4d1b7a10")


@dataclass(frozen=True)
class Send:
    """The content of a message that follows all rules, sent by the account or received.

    Attributes:
        kind: `sms` or `mms`.
        from_number: The sender: a DID or a short code, in digits.
        to_number: The recipient, in digits.
        message: The text; None for an MMS that has only media.
        media_urls: The URLs of the media.
        group_recipients: The numbers of a group, in digits.
        user_data: The caller's own data.
        legacy_names: True if the request used the names `from_did` and `to_did`.
    """

    kind: Literal["sms", "mms"]
    from_number: str
    to_number: str
    message: str | None
    media_urls: tuple[str, ...]
    group_recipients: tuple[str, ...]
    user_data: str | None
    legacy_names: bool


@dataclass(frozen=True)
class StoredMessage:
    """A message that was accepted or received.

    Attributes:
        message_sid: Its SID.
        accepted_at: The time at which it was accepted or received, in UTC, rounded down to milliseconds.
        segments: The number of its segments.
        send: Its content.
        direction: The direction: sent by the account, or received.
    """

    message_sid: str
    accepted_at: datetime
    segments: int
    send: Send
    direction: Literal["outbound", "inbound"] = "outbound"


def dr_sid_of(message_sid: str) -> str:
    """Return the SID of a message's detail record.

    Assumption: it differs from the message's own SID. No published object has both.
    """
    return str(uuid.uuid5(_DETAIL_RECORDS, message_sid))


def renamed_fields(message: JSONObject, *, legacy: bool) -> JSONObject:
    """Return an SMS object with the names that its sender uses.

    Assumption: a message that was sent with the old names is always returned with the old names. The documentation says
    only that legacy users may still see them.
    """
    if not legacy:
        return message
    return {LEGACY_NAMES.get(name, name): value for name, value in message.items()}


def format_time(moment: datetime) -> str:
    """Return a time in the API's format: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

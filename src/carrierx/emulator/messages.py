"""A message on its way through the emulator, and how it looks on the wire."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from carrierx.emulator.http_types import JSONObject

LEGACY_NAMES: Final = {"from": "from_did", "to": "to_did"}
"""What "some legacy users" call two of the fields. Source: the send page."""

_DETAIL_RECORDS: Final = uuid.UUID("6f1f8d6e-52c7-4c0e-9a53-0d6f4d1b7a10")


@dataclass(frozen=True)
class Send:
    """What is to be sent, found to keep every rule; or what somebody else sent to us.

    Attributes:
        kind: `sms` or `mms`.
        from_number: The sender: a DID or a short code, digits.
        to_number: The recipient, digits.
        message: The text; None for an MMS of media alone.
        media_urls: Where the media are.
        group_recipients: The numbers of a group, digits.
        user_data: The caller's own mark.
        legacy_names: Whether the request called its numbers `from_did` and `to_did`.
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
    """A message that was accepted, or received.

    Attributes:
        message_sid: Its SID.
        accepted_at: When it was accepted, or received; UTC, whole milliseconds.
        segments: How many segments it has.
        send: What was asked for, or what came in.
        direction: Which way it goes.
    """

    message_sid: str
    accepted_at: datetime
    segments: int
    send: Send
    direction: Literal["outbound", "inbound"] = "outbound"


def dr_sid_of(message_sid: str) -> str:
    """Return the SID of a message's detail record.

    That it is another than the message's own is an assumption: no published object has both.
    """
    return str(uuid.uuid5(_DETAIL_RECORDS, message_sid))


def renamed_fields(message: JSONObject, *, legacy: bool) -> JSONObject:
    """Return an SMS object under the names that its sender uses.

    That a message sent under the old names is answered, now and later, under the old names is an assumption: the
    documentation says only that legacy users may still see them.
    """
    if not legacy:
        return message
    return {LEGACY_NAMES.get(name, name): value for name, value in message.items()}


def format_time(moment: datetime) -> str:
    """Return a time as the API writes it: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""Messages on their way into the outbox and out of it: as JSON, their fingerprints and their references."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from carrierx.errors import InvalidArgumentError
from carrierx.models.masking import mask_number
from carrierx.models.send_request import SendMessageRequest
from carrierx.outbox.ports import NewMessage
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MAX_KEY",
    "as_timestamp",
    "checked_key",
    "checked_namespace",
    "differing_fields",
    "masked_numbers",
    "new_message",
    "new_token",
]

MAX_KEY: Final = 255
MAX_PRIORITY: Final = 1_000_000
_MAX_DATA_BYTES: Final = 100_000
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC).timestamp()


def new_token() -> str:
    """Return a new fencing token."""
    return secrets.token_hex(16)


def checked_key(key: object) -> str:
    """Check an idempotency key.

    Raises:
        InvalidArgumentError: It is not a string of 1 to 255 printable characters.
    """
    if not isinstance(key, str):
        raise InvalidArgumentError(f"key must be a string, not {type(key).__name__}.")
    if not key.strip() or len(key) > MAX_KEY or not key.isprintable():
        raise InvalidArgumentError(
            f"key must have 1 to {MAX_KEY} printable characters; it has {len(key)}. It names one text of yours, such "
            "as order-17/confirmation."
        )
    return key


def checked_namespace(namespace: object) -> str:
    """Check the name of an outbox.

    Raises:
        InvalidArgumentError: It is not a string of 1 to 64 printable characters.
    """
    if not isinstance(namespace, str) or not namespace.strip() or len(namespace) > 64 or not namespace.isprintable():
        raise InvalidArgumentError("namespace must be a string of 1 to 64 printable characters.")
    return namespace


def as_timestamp(name: str, value: object, now: float) -> float:
    """Convert a time with a time zone, or a duration from now, to seconds since 1970.

    Raises:
        InvalidArgumentError: It is neither.
    """
    if isinstance(value, timedelta):
        moment = now + value.total_seconds()
    elif isinstance(value, datetime) and value.utcoffset() is not None:
        moment = value.timestamp()
    else:
        raise InvalidArgumentError(
            f"{name} must be a datetime with a time zone, such as datetime.now(UTC), or a timedelta from now."
        )
    if not 0 <= moment <= _LATEST:
        raise InvalidArgumentError(f"{name} is outside of the years 1970 to 9000.")
    return moment


@clears_locals
def new_message(
    request: object,
    *,
    key: object,
    namespace: str,
    instance_id: str,
    due_at: object,
    expires_at: object,
    priority: object,
    data: object,
    now: float,
    fingerprint_key: bytes | None,
) -> NewMessage:
    """Check a message and what belongs to it.

    Raises:
        InvalidArgumentError: Something is invalid.
    """
    checked = checked_key(key)
    if not isinstance(request, SendMessageRequest):
        raise InvalidArgumentError(f"add takes a SendMessageRequest, not {type(request).__name__}.")
    if request.user_data is not None:
        raise InvalidArgumentError(
            "The message has user_data, which the outbox needs for the reference by which it looks messages up. Put "
            "your own data into data=: it stays in your database."
        )
    if isinstance(priority, bool) or not isinstance(priority, int) or abs(priority) > MAX_PRIORITY:
        raise InvalidArgumentError(f"priority must be a whole number from -{MAX_PRIORITY} to {MAX_PRIORITY}.")
    due = now if due_at is None else as_timestamp("due_at", due_at, now)
    expires = None if expires_at is None else as_timestamp("expires_at", expires_at, now)
    if expires is not None and expires <= due:
        raise InvalidArgumentError("expires_at must be later than due_at, or than now if there is no due_at.")
    text = request.model_dump_json(by_alias=True, exclude_defaults=True)
    return NewMessage(
        key=checked,
        reference=_reference(instance_id, namespace, checked),
        request=text,
        fingerprints=_fingerprints(text, fingerprint_key),
        sender=request.from_ or "",
        priority=priority,
        due_at=due,
        expires_at=expires,
        data=_data_text(data),
        created_at=now,
    )


def _reference(instance_id: str, namespace: str, key: str) -> str:
    """Return the reference of a message: 26 characters of [0-9a-f], 104 bits.

    It follows from the key, so a message that was lost with its database and added again has the same one. It can't be
    guessed or traced back to the key, because the outbox's own random id is part of it.
    """
    parts = json.dumps([namespace, key]).encode()
    return hmac.new(instance_id.encode(), parts, hashlib.sha256).hexdigest()[:26]


def _data_text(data: object) -> str | None:
    if data is None:
        return None
    text, size = "", 0
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError):  # half of a surrogate pair, too
        size = 0
    if not size:
        raise InvalidArgumentError("data can't be written as JSON: use strings, numbers, true, false, null, and lists.")
    if size > _MAX_DATA_BYTES:
        raise InvalidArgumentError(f"data has {size} bytes as JSON, and at most {_MAX_DATA_BYTES} fit.")
    return text


def _fingerprints(text: str, key: bytes | None) -> str:
    if key is None:
        return ""
    fields = cast("dict[str, Any]", json.loads(text))
    return json.dumps({name: _fingerprint(name, value, key) for name, value in sorted(fields.items())})


def _fingerprint(name: str, value: object, key: bytes) -> str:
    content = json.dumps([name, value], ensure_ascii=False, sort_keys=True).encode()
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def differing_fields(new: NewMessage, request: str | None, fingerprints: str | None) -> list[str]:
    """Return the names of the fields in which a message differs from the stored one with the same key.

    After a purge only the fingerprints are left, if there were any.
    """
    if request is not None:
        return _different(json.loads(new.request), json.loads(request))
    if fingerprints and new.fingerprints:
        return _different(json.loads(new.fingerprints), json.loads(fingerprints))
    return []


def _different(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    missing = object()
    return sorted(name for name in one.keys() | other.keys() if one.get(name, missing) != other.get(name, missing))


def masked_numbers(request: str | None) -> tuple[str, str]:
    """Return sender and recipient of a stored message, masked. They are empty after a purge."""
    if request is None:
        return "", ""
    try:
        fields = cast("dict[str, Any]", json.loads(request))
    except ValueError:
        return "", ""
    sender, recipient = fields.get("from"), fields.get("to")
    return (
        mask_number(sender) if isinstance(sender, str) else "",
        mask_number(recipient) if isinstance(recipient, str) else "",
    )

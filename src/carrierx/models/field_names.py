"""The names that a send request's fields go by, and what somebody probably meant by another."""

from __future__ import annotations

import re

from carrierx.errors import BrokenRule

__all__ = ["LEGACY_NAMES", "WIRE_NAMES", "unknown_field"]

LEGACY_NAMES = {"from": "from_did", "to": "to_did"}
"""What some fields are called for legacy accounts. Source: the note on CarrierX's send page."""

WIRE_NAMES = {
    "from": "from",
    "from_": "from",
    "from_did": "from",
    "to": "to",
    "to_did": "to",
    "message": "message",
    "media_urls": "media_urls",
    "group_recipients": "group_recipients",
    "user_data": "user_data",
    "type": "type",
}
"""Every name that is understood, and the field that it stands for on the wire."""

# What other messaging APIs call the same things.
_SYNONYMS = {
    name: field
    for field, names in {
        "from": "sender source src originator from_number from_phone_number",
        "to": "recipient destination dst dest to_number to_phone_number phone phone_number",
        "message": "body text content msg sms message_body message_text",
        "media_urls": "media media_url mediaurl attachment attachments image images",
        "group_recipients": "recipients group to_numbers destinations",
        "user_data": "metadata custom_data client_ref client_reference tag",
        "type": "kind message_type",
    }.items()
    for name in names.split()
}
# A key may be anything, a phone number or a text too, and then has no place in an error.
_FIELD_LIKE = re.compile(r"(?!.*[0-9]{5})[A-Za-z_][A-Za-z0-9_.-]{0,39}")


def unknown_field(name: object) -> BrokenRule:
    """Make the broken rule of a field that no message has, with the nearest known name.

    Args:
        name: The key as the caller gave it.

    Example:
        >>> unknown_field("body").explanation
        'A message has no such field; did you mean `message`?'
    """
    if not isinstance(name, str) or not _FIELD_LIKE.fullmatch(name):
        return BrokenRule("(unknown)", "unknown_field", f"A message has no such field. {_KNOWN}")
    near = _nearest(name.lower())
    if near is None:
        return BrokenRule(name, "unknown_field", f"A message has no such field. {_KNOWN}")
    return BrokenRule(name, "unknown_field", f"A message has no such field; did you mean `{near}`?", None, near)


def _nearest(name: str) -> str | None:
    if name in _SYNONYMS:
        return _SYNONYMS[name]
    from difflib import get_close_matches

    close = get_close_matches(name, [*WIRE_NAMES, *_SYNONYMS], n=1, cutoff=0.7)
    return next((WIRE_NAMES.get(match) or _SYNONYMS[match] for match in close), None)


_KNOWN = "It has " + ", ".join(f"`{name}`" for name in dict.fromkeys(WIRE_NAMES.values())) + "."

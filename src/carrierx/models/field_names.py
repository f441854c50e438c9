"""Names of a send request's fields, and suggestions for unknown ones."""

from __future__ import annotations

import re

from carrierx.errors import BrokenRule

__all__ = ["LEGACY_NAMES", "WIRE_NAMES", "unknown_field"]

LEGACY_NAMES = {"from": "from_did", "to": "to_did"}
"""Fields with another name for legacy accounts. Source: the note on CarrierX's send page."""

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
"""Every accepted name, with the name of the field in JSON."""

# Names of the same fields in other messaging APIs.
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
# A key may be anything, also a phone number or a text. Errors must not repeat those.
_FIELD_LIKE = re.compile(r"(?!.*[0-9]{5})[A-Za-z_][A-Za-z0-9_.-]{0,39}")


def unknown_field(name: object) -> BrokenRule:
    """Create the broken rule for an unknown field, with the nearest known name.

    Args:
        name: The key as given by the caller.

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

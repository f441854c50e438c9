"""Patching objects: the attributes that can be set, and their allowed values.

A body may contain read-only attributes as long as their values don't change, so that you can read an object and write
it back. null resets an attribute that is never null to its default. Both are assumptions, and so is the 422 for
everything else. Numbers and booleans can be strings, as in CarrierX's samples: `{"integer_key_1": "39984"}` sets an
integer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from carrierx.emulator.http.errors import invalid_object
from carrierx.emulator.http.types import JSONObject, JSONValue
from carrierx.emulator.rules.fields import FieldReader, is_unicode, is_web_url

Check: TypeAlias = Callable[[object], str | None]
"""Function that returns the problem with a value, or None."""

CALLBACK_TYPES: Final = (
    "app_conference_call",
    "app_conference_meeting",
    "app_mediator",
    "phonenumber_messaging_update",
    "phonenumber_order",
    "sms",
)
"""The types of callbacks of an account. Source: the Partner object's page."""

_INTEGER_LIMIT: Final = 2**63
_INTEGER_TEXT: Final = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True)
class Setting:
    """An attribute that can be set.

    Attributes:
        check: Returns the problem with a value, or None.
        default: Its value while it isn't set.
    """

    check: Check
    default: JSONValue = None


Settings: TypeAlias = Mapping[str, Setting]
"""The attributes of an object that can be set."""


def patched(
    current: JSONObject, body: Mapping[str, object], settings: Settings, thing: str, *, replace: bool = False
) -> JSONObject:
    """Return an object with the changes from a request body.

    Args:
        current: The object as the API shows it.
        body: The attributes to set.
        settings: The attributes that can be set.
        thing: The name of the object's kind, for error messages.
        replace: True if attributes that `body` leaves out get their defaults, as with PUT.

    Raises:
        RefusedRequestError: 422, with an entry for each invalid attribute.
    """
    body = {name: _coerced(value, settings[name].check) if name in settings else value for name, value in body.items()}
    reader = FieldReader(body)
    reader.refuse_unknown({*current, *settings}, thing)
    for name, value in body.items():
        if name in settings:
            clears = value is None and settings[name].default is not None
            wrong = None if clears else settings[name].check(value)
            if wrong is not None:
                reader.refuse(name, wrong)
        elif name in current and value != current[name]:
            reader.refuse(name, "is read only")
    if reader.errors:
        raise invalid_object(reader.errors)
    defaults = {name: setting.default for name, setting in settings.items()} if replace else {}
    set_now = {
        name: settings[name].default if value is None else cast("JSONValue", value)
        for name, value in body.items()
        if name in settings
    }
    return {**current, **defaults, **set_now}


def _coerced(value: object, check: Check) -> object:
    """Return the integer or boolean that a string contains, if an attribute needs one."""
    if not isinstance(value, str) or check(value) is None:
        return value
    meant: object = {"true": True, "false": False}.get(value)
    if meant is None and _INTEGER_TEXT.fullmatch(value):
        meant = int(value)
    return value if meant is None or check(meant) is not None else meant


def text(value: object) -> str | None:
    """Check for a string."""
    return None if isinstance(value, str) and is_unicode(value) else "must be a string"


def text_or_null(value: object) -> str | None:
    """Check for a string or null."""
    return None if value is None else text(value)


def url_or_null(value: object) -> str | None:
    """Check for an absolute http or https URL, or null."""
    if value is None or (isinstance(value, str) and is_unicode(value) and is_web_url(value)):
        return None
    return "must be an absolute http or https URL without user information, or null"


def callback_urls(value: object) -> str | None:
    """Check for an object with a URL, or null, for each type of callback."""
    if not isinstance(value, dict):
        return "must be an object"
    urls = cast("dict[str, object]", value)
    if not urls.keys() <= set(CALLBACK_TYPES):
        return f"the types of callbacks are: {', '.join(CALLBACK_TYPES)}"
    wrong = [url_or_null(url) for url in urls.values()]
    return next((reason for reason in wrong if reason), None)


def flag(value: object) -> str | None:
    """Check for a boolean."""
    return None if isinstance(value, bool) else "must be a boolean"


def integer(value: object) -> str | None:
    """Check for an integer."""
    if isinstance(value, bool) or not isinstance(value, int) or not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
        return "must be an integer"
    return None


def integer_or_null(value: object) -> str | None:
    """Check for an integer or null."""
    return None if value is None else integer(value)


def quota(value: object) -> str | None:
    """Check for an integer that is not negative, or null."""
    if value is None or (integer(value) is None and isinstance(value, int) and value >= 0):
        return None
    return "must be an integer, not negative"


def any_texts(value: object) -> str | None:
    """Check for a JSON array of strings."""
    if isinstance(value, list) and all(text(item) is None for item in cast("list[object]", value)):
        return None
    return "must be an array of strings"


def any_object(value: object) -> str | None:
    """Check for a JSON object that can be serialized again."""
    return None if isinstance(value, dict) and _is_writable(cast("object", value)) else "must be an object"


def any_array(value: object) -> str | None:
    """Check for a JSON array that can be serialized again."""
    return None if isinstance(value, list) and _is_writable(cast("object", value)) else "must be an array"


def one_of(*values: str) -> Check:
    """Return a check for one of several strings."""
    return lambda value: None if value in values else f"must be one of: {', '.join(values)}"


def _is_writable(value: object) -> bool:
    """Return whether a value read from JSON can be serialized again: lone surrogates and 1e999 can't."""
    if isinstance(value, str):
        return is_unicode(value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return all(is_unicode(name) and _is_writable(member) for name, member in members.items())
    if isinstance(value, list):
        return all(_is_writable(item) for item in cast("list[object]", value))
    return True

"""Changing objects: which attributes can be set, and to what.

Attributes that are read only may stand in a body as long as they say what they said before, so that an object which
was read can be written back; null gives an attribute that is never null its default. Both are assumptions, like the
422 for everything else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from carrierx.emulator.fields import FieldReader, is_unicode
from carrierx.emulator.http_types import JSONObject, JSONValue
from carrierx.emulator.refusals import invalid_object
from carrierx.emulator.rules import is_web_url

Check: TypeAlias = Callable[[object], str | None]
"""Says what is wrong with a value, if anything."""

_MOST_INTEGER: Final = 2**63


@dataclass(frozen=True)
class Setting:
    """An attribute that can be set.

    Attributes:
        check: Says what is wrong with a value.
        default: What it is when nobody has set it.
    """

    check: Check
    default: JSONValue = None


Settings: TypeAlias = Mapping[str, Setting]
"""The attributes of an object that can be set."""


def changed(
    current: JSONObject, body: Mapping[str, object], settings: Settings, thing: str, *, replace: bool = False
) -> JSONObject:
    """Return an object with changes.

    Args:
        current: The object as it is shown.
        body: The attributes to set.
        settings: What can be set.
        thing: What the object is called in a refusal.
        replace: Whether what `body` leaves out gets its default, as with PUT.

    Raises:
        RefusedRequestError: 422, with an entry for each attribute that can't be set so.
    """
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


def text(value: object) -> str | None:
    """A text."""
    return None if isinstance(value, str) and is_unicode(value) else "must be a string"


def text_or_null(value: object) -> str | None:
    """A text, or null."""
    return None if value is None else text(value)


def url_or_null(value: object) -> str | None:
    """An absolute http or https URL, or null."""
    if value is None or (isinstance(value, str) and is_unicode(value) and is_web_url(value)):
        return None
    return "must be an absolute http or https URL without user information, or null"


def flag(value: object) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else "must be a boolean"


def integer(value: object) -> str | None:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or not -_MOST_INTEGER <= value < _MOST_INTEGER:
        return "must be an integer"
    return None


def integer_or_null(value: object) -> str | None:
    """A whole number, or null."""
    return None if value is None else integer(value)


def any_object(value: object) -> str | None:
    """A JSON object of anything that can be written again."""
    return None if isinstance(value, dict) and _is_writable(cast("object", value)) else "must be an object"


def any_array(value: object) -> str | None:
    """A JSON array of anything that can be written again."""
    return None if isinstance(value, list) and _is_writable(cast("object", value)) else "must be an array"


def one_of(*values: str) -> Check:
    """One of a few texts."""
    return lambda value: None if value in values else f"must be one of: {', '.join(values)}"


def _is_writable(value: object) -> bool:
    """Tell whether a value that was read from JSON can be written as JSON: half surrogates and 1e999 can't."""
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

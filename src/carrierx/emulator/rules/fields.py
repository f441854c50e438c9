"""Reading the fields of an object one by one, and recording the problems with each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple, cast
from urllib.parse import urlsplit

from carrierx.emulator.http.errors import ErrorEntry
from carrierx.emulator.http.types import JSONObject

LEGACY_NAMES: Final = {"from": "from_did", "to": "to_did"}
"""The names that "some legacy users" have for two of the fields. Source: the send page."""

_NEW_FIELDS: Final = frozenset({"date_changed", "group_recipients", "type", "user_data"})
_MAX_UNKNOWN_FIELDS_NAMED: Final = 10
# No digits: an error repeats an unknown name, and must never repeat a number.
_REPEATABLE_NAME: Final = re.compile(r"[A-Za-z_.-]{1,64}")
_BLANK_OR_CONTROL: Final = re.compile(r"[\s\x00-\x1f\x7f]")


class TextField(NamedTuple):
    """A string field.

    Attributes:
        name: Its name in the request.
        value: Its value; None if it is absent, null or invalid.
        given: True if it is present and not null.
    """

    name: str
    value: str | None
    given: bool


class TextListField(NamedTuple):
    """A field with a list of strings.

    Attributes:
        name: Its name in the request.
        values: Its values; empty if it is absent, null or invalid.
        given: True if it is present and neither null nor empty.
    """

    name: str
    values: tuple[str, ...]
    given: bool


class FieldReader:
    """Reads fields, checks their types, and collects the problems.

    Args:
        body: The request's JSON object.
    """

    def __init__(self, body: Mapping[str, object]) -> None:
        self._body = body
        self._errors: list[ErrorEntry] = []

    @property
    def errors(self) -> tuple[ErrorEntry, ...]:
        """The problems found so far."""
        return tuple(self._errors)

    def refuse(self, field: str | None, message: str) -> None:
        """Record a broken rule; `message` must not repeat the field's value."""
        self._errors.append(ErrorEntry(field, message))

    def text(self, name: str) -> TextField:
        """Read a string; null counts as absent."""
        value = self._body.get(name)
        if value is None:
            return TextField(name, None, given=False)
        if not isinstance(value, str):
            self.refuse(name, "must be a string")
            return TextField(name, None, given=True)
        if not is_unicode(value):
            self.refuse(name, "must be valid Unicode: it contains a lone surrogate")
            return TextField(name, None, given=True)
        return TextField(name, value, given=True)

    def renamed_text(self, name: str) -> TextField:
        """Read a string that can have its current or its old name; if both are present, they must be equal."""
        current, old = self.text(name), self.text(LEGACY_NAMES[name])
        if not old.given:
            return current
        if current.given and self._body[current.name] != self._body[old.name]:
            self.refuse(name, f"differs from {old.name}, its old name")
        return current if current.given else old

    def text_list(self, name: str) -> TextListField:
        """Read a list of strings; null counts as absent."""
        value = self._body.get(name)
        if value is None:
            return TextListField(name, (), given=False)
        if not isinstance(value, list):
            self.refuse(name, "must be an array of strings")
            return TextListField(name, (), given=True)
        items = cast("list[object]", value)
        texts = tuple(item for item in items if isinstance(item, str) and is_unicode(item))
        if len(texts) < len(items):
            self.refuse(name, "must be an array of strings")
            return TextListField(name, (), given=True)
        return TextListField(name, texts, given=bool(texts))

    def refuse_unknown(self, known: AbstractSet[str], thing: str = "a message") -> None:
        """Record every field that is not in `known`, up to a maximum number of fields."""
        if self._body.keys() <= known:
            return
        for name in sorted(self._body.keys() - known)[:_MAX_UNKNOWN_FIELDS_NAMED]:
            repeatable = _REPEATABLE_NAME.fullmatch(name) is not None
            self.refuse(name if repeatable else None, f"{thing} has no such writable field")


def is_unicode(text: str) -> bool:
    """Return whether a string can be encoded: JSON can contain lone surrogates, which UTF-8 can't."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def is_web_url(url: str) -> bool:
    """Return whether a string is an absolute http or https URL without user information."""
    if _BLANK_OR_CONTROL.search(url):
        return False
    try:
        parts = urlsplit(url)
        port_is_real = parts.port != 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc and port_is_real


def without_new_fields(message: JSONObject) -> JSONObject:
    """Return an SMS object as CarrierX's samples of 2019 and 2021 have it: without the fields that came later.

    Assumption: an MMS of that time has its `media_urls`. The samples show an SMS.
    """
    left_out = _NEW_FIELDS if message["media_urls"] else {*_NEW_FIELDS, "media_urls"}
    return {name: value for name, value in message.items() if name not in left_out}


def renamed_fields(message: JSONObject, *, legacy: bool) -> JSONObject:
    """Return an SMS object with the names that its sender uses.

    Assumption: a message that was sent with the old names is always returned with the old names. The documentation says
    only that legacy users may still see them.
    """
    if not legacy:
        return message
    return {LEGACY_NAMES.get(name, name): value for name, value in message.items()}

"""Reading the fields of an object one by one, noting what is wrong with each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from carrierx.emulator.http_errors import ErrorEntry
from carrierx.emulator.messages import LEGACY_NAMES

_MAX_UNKNOWN_FIELDS_NAMED: Final = 10
# No digits: an unknown name is repeated in the error, and a number must never be.
_REPEATABLE_NAME: Final = re.compile(r"[A-Za-z_.-]{1,64}")


@dataclass(frozen=True)
class TextField:
    """A field that holds a text.

    Attributes:
        name: What it was called on the wire.
        value: Its value; None when it is absent, null or unreadable.
        given: Whether it was there and not null.
    """

    name: str
    value: str | None
    given: bool


@dataclass(frozen=True)
class TextListField:
    """A field that holds a list of texts.

    Attributes:
        name: What it was called on the wire.
        values: Its values; empty when it is absent, null or unreadable.
        given: Whether it was there and neither null nor empty.
    """

    name: str
    values: tuple[str, ...]
    given: bool


class FieldReader:
    """Reads fields of the right type, and collects what is wrong.

    Args:
        body: The request's JSON object.
    """

    def __init__(self, body: Mapping[str, object]) -> None:
        self._body = body
        self._errors: list[ErrorEntry] = []

    @property
    def errors(self) -> tuple[ErrorEntry, ...]:
        """Everything found wrong so far."""
        return tuple(self._errors)

    def refuse(self, field: str | None, message: str) -> None:
        """Note a broken rule; `message` must not repeat what the field held."""
        self._errors.append(ErrorEntry(field, message))

    def text(self, name: str) -> TextField:
        """Read a text; null counts as absent."""
        value = self._body.get(name)
        if value is None:
            return TextField(name, None, given=False)
        if not isinstance(value, str):
            self.refuse(name, "must be a string")
            return TextField(name, None, given=True)
        if not is_unicode(value):
            self.refuse(name, "must be Unicode text: it has half of a surrogate pair")
            return TextField(name, None, given=True)
        return TextField(name, value, given=True)

    def renamed_text(self, name: str) -> TextField:
        """Read a text that may go by its old name; under both names it must be the same."""
        current, old = self.text(name), self.text(LEGACY_NAMES[name])
        if current.given and old.given and self._body[current.name] != self._body[old.name]:
            self.refuse(name, f"differs from {old.name}, its old name")
        return old if old.given and not current.given else current

    def text_list(self, name: str) -> TextListField:
        """Read a list of texts; null counts as absent."""
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

    def refuse_unknown(self, known: Iterable[str], thing: str = "a message") -> None:
        """Note every field that is none of `known`; after a few, no further ones are listed."""
        unknown = sorted(self._body.keys() - set(known))
        for name in unknown[:_MAX_UNKNOWN_FIELDS_NAMED]:
            repeatable = _REPEATABLE_NAME.fullmatch(name) is not None
            self.refuse(name if repeatable else None, f"{thing} has no such field to be set")


def is_unicode(text: str) -> bool:
    """Tell whether a text can be written: JSON can escape half of a surrogate pair, which no text can hold."""
    return not any("\ud800" <= character <= "\udfff" for character in text)

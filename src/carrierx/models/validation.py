"""Validation of a send: from given values to fields, with all broken rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from carrierx.errors import BrokenRule
from carrierx.models import rules
from carrierx.models.field_names import WIRE_NAMES, unknown_field
from carrierx.models.media_urls import check_media_urls
from carrierx.models.numbers import (
    NumberProblem,
    is_ambiguous,
    is_north_american,
    normalise_number,
    normalise_sender,
)
from carrierx.models.types import MessageType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from carrierx.models.rules import MessageLimits

__all__ = ["ValidatedFields", "validate_fields"]


class ValidatedFields(NamedTuple):
    """Result of validating the fields of a message.

    Attributes:
        fields: The fields under their Python names, with numbers normalised and lists as tuples. Use them only if no
            rule is broken.
        broken_rules: All broken rules, in the order of the fields.
        ambiguous: The fields with a number of ten digits without `+`.
    """

    fields: dict[str, object]
    broken_rules: tuple[BrokenRule, ...]
    ambiguous: tuple[str, ...]


def validate_fields(data: Mapping[str, object], limits: MessageLimits) -> ValidatedFields:
    """Read the fields of a message and check all rules. One broken rule does not hide another.

    Args:
        data: The fields, by any accepted name. None counts as not given.
        limits: The limits to check against.
    """
    reader = _FieldReader()
    given = reader.sort(data)
    sender = reader.number("from", given, normalise_sender)
    recipient = reader.number("to", given, normalise_number)
    message = reader.text("message", given)
    media = reader.texts("media_urls", given) if "media_urls" in given else []
    group_texts = reader.texts("group_recipients", given) if "group_recipients" in given else []
    group = [reader.normalise(f"group_recipients[{i}]", text, normalise_number) for i, text in enumerate(group_texts)]
    user_data = reader.text("user_data", given) if "user_data" in given else None
    type_given = reader.text("type", given) if "type" in given else None

    # Depends on what was given, not on what could be read: a malformed list of media must not lead to a missing text.
    has_media = "media_urls" in given and _holds_something(given["media_urls"])
    has_group = "group_recipients" in given and _holds_something(given["group_recipients"])
    kind = MessageType.MMS if has_media or has_group else MessageType.SMS
    broken = reader.broken
    if message is not None or "message" not in given:
        broken += rules.check_text_present(message, has_media=has_media)
    if message is not None:
        broken += rules.check_text_length(message, kind, limits)
        broken += rules.check_encodable("message", message)
    if media:
        broken += rules.check_media_count(len(media), limits)
        broken += check_media_urls(media)
    if group:
        broken += rules.check_group_unique(group)
        broken += rules.check_group_size(sender, recipient, group, limits)
    broken += rules.check_destinations(kind, sender, recipient, group, limits)
    if user_data is not None:
        broken += rules.check_encodable("user_data", user_data)
    if type_given is not None:
        broken += rules.check_type(type_given, kind)

    given.pop("from", None)
    given["from_"], given["to"] = sender, recipient
    if media:
        given["media_urls"] = tuple(media)
    if group:
        given["group_recipients"] = tuple(group)
    broken_rules = tuple(sorted(broken, key=_field_order)) if broken else ()
    return ValidatedFields(given, broken_rules, tuple(reader.ambiguous))


_ORDER = {field: place for place, field in enumerate(dict.fromkeys(WIRE_NAMES.values()))}


def _field_order(rule: BrokenRule) -> int:
    return _ORDER.get(rule.field.partition("[")[0], -1)


def _holds_something(value: object) -> bool:
    return value is not None and not (isinstance(value, str | list | tuple) and not value)


class _FieldReader:
    """Reads the fields of one message and collects errors of type, name and number format."""

    def __init__(self) -> None:
        self.broken: list[BrokenRule] = []
        self.ambiguous: list[str] = []

    def sort(self, data: Mapping[str, object]) -> dict[str, object]:
        """Return the fields by their names in JSON. A field may be given under two names with the same value."""
        given: dict[str, object] = {}
        for key, value in data.items():
            name = WIRE_NAMES.get(key)
            if name is None:
                self.broken.append(unknown_field(key))
            elif name not in given:
                if value is not None:
                    given[name] = value
            elif value is not None and _comparable(name, given[name]) != _comparable(name, value):
                explanation = f"It is given under two names (`{name}`, `{name}_did`) with different values. Give one."
                self.broken.append(BrokenRule(name, "names_differ", explanation))
        return given

    def text(self, field: str, given: Mapping[str, object]) -> str | None:
        """Read a text. Return None if it is missing or of another type."""
        value = given.get(field)
        if value is None or isinstance(value, str):
            return value
        self._wrong_type(field, value, "string")
        return None

    def texts(self, field: str, given: Mapping[str, object]) -> list[str | None]:
        """Read a list of texts. Items of another type become None."""
        value = given.get(field)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self._wrong_type(field, value, "list or tuple of strings")
            return []
        return list(self._items(field, cast("list[object] | tuple[object, ...]", value)))

    def number(
        self, field: str, given: Mapping[str, object], normalise: Callable[[str], str | NumberProblem]
    ) -> str | None:
        """Read and normalise a required number. Return None if it is missing or invalid."""
        value = given.get(field)
        if isinstance(value, str):
            return value if is_north_american(value) else self.normalise(field, value, normalise)
        if value is None:
            what = "sender: your DID or short code" if field == "from" else "recipient's number"
            self.broken.append(BrokenRule(field, "required", f"`{field}` is missing. Give the {what}."))
        else:
            self._wrong_type(field, value, "string")
        return None

    def normalise(self, field: str, text: str | None, normalise: Callable[[str], str | NumberProblem]) -> str | None:
        """Normalise a number, or add the rule that it breaks."""
        if text is None:
            return None
        number = normalise(text)
        if isinstance(number, NumberProblem):
            self.broken.append(BrokenRule(field, *number))
            return None
        if is_ambiguous(text, number):
            self.ambiguous.append(field)
        return number

    def _items(self, field: str, values: list[object] | tuple[object, ...]) -> Iterator[str | None]:
        for position, value in enumerate(values):
            if isinstance(value, str):
                yield value
            else:
                self._wrong_type(f"{field}[{position}]", value, "string")
                yield None

    def _wrong_type(self, field: str, value: object, wanted: str) -> None:
        found = type(value).__name__
        hint = " Put a single value in a list, too." if isinstance(value, str) else ""
        explanation = f"It is of type {found}; it must be a {wanted}.{hint}"
        self.broken.append(BrokenRule(field, "wrong_type", explanation, found, wanted))


def _comparable(field: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    number = normalise_sender(value) if field == "from" else normalise_number(value)
    return value if isinstance(number, NumberProblem) else number

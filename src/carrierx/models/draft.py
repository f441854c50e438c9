"""From what a caller gave to the fields of a send request, with every rule that they break."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from carrierx.errors import BrokenRule
from carrierx.models import rules
from carrierx.models.field_names import WIRE_NAMES, unknown_field
from carrierx.models.media_urls import media_urls_are_sound
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

__all__ = ["Draft", "read_draft"]


class Draft(NamedTuple):
    """What was read.

    Attributes:
        fields: The fields under their Python names, numbers normalised, lists as tuples. Fit for use only if no rule
            is broken.
        broken_rules: All of them, in the order of the fields.
        ambiguous: The fields that hold a number of ten digits without `+`.
    """

    fields: dict[str, object]
    broken_rules: tuple[BrokenRule, ...]
    ambiguous: tuple[str, ...]


def read_draft(data: Mapping[str, object], limits: MessageLimits) -> Draft:
    """Read a message's fields and check all rules, so that one broken rule hides no other.

    Args:
        data: Fields by any name they are known by; None counts as not given.
        limits: The limits to check against.
    """
    reading = _Reading()
    given = reading.sort(data)
    sender = reading.number("from", given, normalise_sender)
    recipient = reading.number("to", given, normalise_number)
    message = reading.text("message", given)
    media = reading.texts("media_urls", given) if "media_urls" in given else []
    group_texts = reading.texts("group_recipients", given) if "group_recipients" in given else []
    group = [reading.normalise(f"group_recipients[{i}]", text, normalise_number) for i, text in enumerate(group_texts)]
    user_data = reading.text("user_data", given) if "user_data" in given else None
    type_given = reading.text("type", given) if "type" in given else None

    # By what was given, not by what could be read: a malformed list of media is no reason to ask for a text.
    has_media = "media_urls" in given and _holds_something(given["media_urls"])
    has_group = "group_recipients" in given and _holds_something(given["group_recipients"])
    kind = MessageType.MMS if has_media or has_group else MessageType.SMS
    broken = reading.broken
    if message is not None or "message" not in given:
        broken += rules.text_is_there(message, has_media=has_media)
    if message is not None:
        broken += rules.text_fits(message, kind, limits)
        broken += rules.text_can_be_encoded("message", message)
    if media:
        broken += rules.media_fit(len(media), limits)
        broken += media_urls_are_sound(media)
    if group:
        broken += rules.group_repeats_none(group)
        broken += rules.group_fits(sender, recipient, group, limits)
    broken += rules.destinations_are_allowed(kind, sender, recipient, group, limits)
    if user_data is not None:
        broken += rules.text_can_be_encoded("user_data", user_data)
    if type_given is not None:
        broken += rules.type_agrees(type_given, kind)

    given.pop("from", None)
    given["from_"], given["to"] = sender, recipient
    if media:
        given["media_urls"] = tuple(media)
    if group:
        given["group_recipients"] = tuple(group)
    broken_rules = tuple(sorted(broken, key=_field_order)) if broken else ()
    return Draft(given, broken_rules, tuple(reading.ambiguous))


_ORDER = {field: place for place, field in enumerate(dict.fromkeys(WIRE_NAMES.values()))}


def _field_order(rule: BrokenRule) -> int:
    return _ORDER.get(rule.field.partition("[")[0], -1)


def _holds_something(value: object) -> bool:
    return value is not None and not (isinstance(value, str | list | tuple) and not value)


class _Reading:
    """The reading of one draft: collects what is wrong with the shape of the fields."""

    def __init__(self) -> None:
        self.broken: list[BrokenRule] = []
        self.ambiguous: list[str] = []

    def sort(self, data: Mapping[str, object]) -> dict[str, object]:
        """Put the fields under their wire names; both namings may be given if they say the same."""
        given: dict[str, object] = {}
        for key, value in data.items():
            name = WIRE_NAMES.get(key)
            if name is None:
                self.broken.append(unknown_field(key))
            elif name not in given:
                if value is not None:
                    given[name] = value
            elif value is not None and _comparable(name, given[name]) != _comparable(name, value):
                explanation = f"It is given under two names (`{name}`, `{name}_did`), and they differ. Give one."
                self.broken.append(BrokenRule(name, "names_differ", explanation))
        return given

    def text(self, field: str, given: Mapping[str, object]) -> str | None:
        """Take a text, or None if there is none or it is something else."""
        value = given.get(field)
        if value is None or isinstance(value, str):
            return value
        self._wrong_type(field, value, "string")
        return None

    def texts(self, field: str, given: Mapping[str, object]) -> list[str | None]:
        """Take a list of texts, with None in the place of anything else."""
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
        """Take a required number, normalised, or None if there is none to be read."""
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
        """Normalise a number, or note what is wrong with it."""
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
        hint = " Put a single one in a list, too." if isinstance(value, str) else ""
        explanation = f"It is of type {found}; a {wanted} is needed.{hint}"
        self.broken.append(BrokenRule(field, "wrong_type", explanation, found, wanted))


def _comparable(field: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    number = normalise_sender(value) if field == "from" else normalise_number(value)
    return value if isinstance(number, NumberProblem) else number

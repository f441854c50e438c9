"""Validation of a message: a function for each rule, and one that reads all fields and checks all rules.

Each rule returns what is broken. Explanations say what is wrong, the measured value, the limit and what to do. They
never hold a phone number, a text or a URL. Each limit is a constant with its source, and `MessageLimits` changes it
for one client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, NamedTuple, cast
from unicodedata import normalize

from carrierx.errors import BrokenRule, ConfigurationError
from carrierx.models.area_codes import is_outside_us
from carrierx.models.field_names import WIRE_NAMES, unknown_field
from carrierx.models.given_numbers import read_number, read_sender
from carrierx.models.numbers import (
    NumberProblem,
    is_north_american,
    is_short_code,
)
from carrierx.models.types import MessageType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


__all__ = [
    "MAX_GROUP_NUMBERS",
    "MAX_MEDIA_BYTES",
    "MAX_MEDIA_URLS",
    "MAX_MMS_CHARACTERS",
    "MAX_SMS_CHARACTERS",
    "MessageLimits",
    "ValidatedFields",
    "check_destinations",
    "check_encodable",
    "check_group_size",
    "check_group_unique",
    "check_media_count",
    "check_media_urls",
    "check_number_present",
    "check_text_length",
    "check_text_present",
    "check_type",
    "validate_fields",
]


MAX_SMS_CHARACTERS = 1600
"""Characters (code points) of an SMS. Source: this project; CarrierX documents no limit, and bills every segment."""
MAX_MMS_CHARACTERS = 1600
"""Characters (code points) of an MMS. Source: CarrierX's send page."""
MAX_MEDIA_URLS = 10
"""Media of one MMS. Source: CarrierX's send page."""
MAX_GROUP_NUMBERS = 10
"""Different numbers in a group, including the sender. Source: CarrierX's SMS object page. That `to` counts as well is
our assumption."""
MAX_MEDIA_BYTES = 3_000_000
"""Total size of the media of one MMS in bytes: 3 MB. Source: CarrierX's send page."""


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """Limits for messages. Set a limit to None to remove it.

    Attributes:
        max_sms_characters: Code points of an SMS.
        max_mms_characters: Code points of an MMS.
        max_media_urls: Media of one MMS.
        max_group_numbers: Different numbers among sender, recipient and group.
        max_media_bytes: Total size of the media of one MMS in bytes.
        us_only_mms: Whether an MMS can only go to US numbers. Source: the last note of CarrierX's send page.
        us_only_short_codes: Whether a message from a short code can only go to US numbers. Source: the same note.
        group_needs_from: Whether a group MMS needs a sender (`from_`). Source: CarrierX's send page. An undated preview
            of its MMS page shows one with only `message` and `group_recipients`.
        group_needs_to: Whether a group MMS needs a recipient (`to`) in addition to the group. Source: the same pages.
        group_needs_type: Whether a group MMS is sent with its `type`. Source: the same pages.

    Raises:
        ConfigurationError: If a limit is not None or an integer of at least 0, or a switch is not a bool.

    Example:
        >>> MessageLimits(max_sms_characters=None).max_mms_characters
        1600
    """

    max_sms_characters: int | None = MAX_SMS_CHARACTERS
    max_mms_characters: int | None = MAX_MMS_CHARACTERS
    max_media_urls: int | None = MAX_MEDIA_URLS
    max_group_numbers: int | None = MAX_GROUP_NUMBERS
    max_media_bytes: int | None = MAX_MEDIA_BYTES
    us_only_mms: bool = True
    us_only_short_codes: bool = True
    group_needs_from: bool = True
    group_needs_to: bool = True
    group_needs_type: bool = True

    def __post_init__(self) -> None:
        for field in fields(self):
            value: object = getattr(self, field.name)
            if isinstance(field.default, bool):
                if not isinstance(value, bool):
                    raise ConfigurationError(f"MessageLimits: {field.name} must be True or False.")
            elif value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
                raise ConfigurationError(
                    f"MessageLimits: {field.name} must be an integer of 0 or more, or None for no limit."
                )

    def max_characters(self, kind: MessageType) -> int | None:
        """Return the limit for the text of an SMS or an MMS."""
        return self.max_mms_characters if kind == MessageType.MMS else self.max_sms_characters


def _lift(limit: str) -> str:
    return f"If CarrierX allows more now, change the limit with message_limits=MessageLimits({limit}=...)."


def check_number_present(field: str, limits: MessageLimits, *, has_group: bool) -> Sequence[BrokenRule]:
    """Require a missing sender or recipient, unless the message is for a group and the limits allow it.

    Args:
        field: `from` or `to`, which is missing.
        limits: The limits, which can allow it for a group.
        has_group: Whether there are `group_recipients`.
    """
    what = "sender: your DID or short code" if field == "from" else "recipient's number"
    explanation = f"`{field}` is missing. Give the {what}."
    if has_group:
        if not (limits.group_needs_from if field == "from" else limits.group_needs_to):
            return ()
        switch = f"group_needs_{field}=False"
        explanation += f" If CarrierX sends to a group without it, use message_limits=MessageLimits({switch})."
    return (BrokenRule(field, "required", explanation),)


_NOTHING_VISIBLE = re.compile(
    # Whitespace; soft hyphen, joiners, direction marks, variation selectors, tags, Hangul and Braille fillers.
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]*"
)


def check_text_present(message: str | None, *, has_media: bool) -> Sequence[BrokenRule]:
    """Require a text unless there are media, and more than whitespace. Source: CarrierX's send page; common sense."""
    if message is None:
        if has_media:
            return ()
        return (BrokenRule("message", "required", "A text is missing. Give `message`, or `media_urls` for an MMS."),)
    blank = (message.isspace() or not message) if message.isascii() else _NOTHING_VISIBLE.fullmatch(message)
    if not blank:
        return ()
    return (
        BrokenRule(
            "message",
            "message_blank",
            "The text is empty or only whitespace. Write something, or leave out `message` if there are media.",
            len(message),
        ),
    )


def check_text_length(message: str, kind: MessageType, limits: MessageLimits) -> Sequence[BrokenRule]:
    """Limit the code points of a text: `MAX_SMS_CHARACTERS`, `MAX_MMS_CHARACTERS`."""
    limit = limits.max_characters(kind)
    if limit is None or len(message) <= limit:
        return ()
    return (
        BrokenRule(
            "message",
            "message_too_long",
            f"The text has {len(message)} characters; the limit is {limit}. Shorten it or send it as several "
            f"messages. {_lift(f'max_{kind}_characters')}",
            len(message),
            limit,
        ),
    )


def check_encodable(field: str, text: str) -> Sequence[BrokenRule]:
    """Require a text that can be encoded as UTF-8. Source: JSON, RFC 8259."""
    lone_surrogates = 0 if text.isascii() else sum("\ud800" <= character <= "\udfff" for character in text)
    if not lone_surrogates:
        return ()
    return (
        BrokenRule(
            field,
            "lone_surrogate",
            f"It holds {lone_surrogates} lone surrogates (halves of a character), which can't be encoded. It was "
            "probably truncated or decoded wrongly. Fix it at its source.",
            lone_surrogates,
            0,
        ),
    )


def check_media_count(count: int, limits: MessageLimits) -> Sequence[BrokenRule]:
    """Limit the media of an MMS: `MAX_MEDIA_URLS`."""
    limit = limits.max_media_urls
    if limit is None or count <= limit:
        return ()
    return (
        BrokenRule(
            "media_urls",
            "too_many_media",
            f"There are {count} media; the limit is {limit}. Send the rest in another message. "
            f"{_lift('max_media_urls')}",
            count,
            limit,
        ),
    )


def check_group_unique(group: Sequence[str | None]) -> Sequence[BrokenRule]:
    """Require each number of a group only once. Source: CarrierX charges every recipient.

    Args:
        group: The normalised numbers by position; None for one that could not be read.
    """
    broken: list[BrokenRule] = []
    first: dict[str, int] = {}
    for position, number in enumerate(group):
        if number is None:
            continue
        if number in first:
            explanation = f"It is the same number as group_recipients[{first[number]}]. List every recipient once."
            broken.append(BrokenRule(f"group_recipients[{position}]", "number_repeated", explanation))
        first.setdefault(number, position)
    return broken


def check_group_size(
    sender: str | None, recipient: str | None, group: Sequence[str | None], limits: MessageLimits
) -> Sequence[BrokenRule]:
    """Limit the different numbers among sender, recipient and group: `MAX_GROUP_NUMBERS`."""
    limit = limits.max_group_numbers
    known = {number for number in (sender, recipient, *group) if number is not None}
    # What isn't known is one number more. A group without a recipient has none beside its members.
    count = len(known) + sum(number is None for number in (sender, *group))
    if not group or limit is None or count <= limit:
        return ()
    return (
        BrokenRule(
            "group_recipients",
            "group_too_large",
            f"`from`, `to` and the group are {count} different numbers; the limit is {limit}. Remove some. "
            f"{_lift('max_group_numbers')}",
            count,
            limit,
        ),
    )


def check_destinations(
    kind: MessageType,
    sender: str | None,
    recipient: str | None,
    group: Sequence[str | None],
    limits: MessageLimits,
) -> Sequence[BrokenRule]:
    """Allow an MMS, and any message from a short code, to US numbers only.

    Source: the last note of CarrierX's send page.

    Args:
        kind: SMS or MMS.
        sender: The normalised sender, or None if it could not be read.
        recipient: The normalised recipient, or None.
        group: The normalised numbers of the group by position, or None.
        limits: The limits, which can turn the rule off.
    """
    from_short_code = limits.us_only_short_codes and sender is not None and is_short_code(sender)
    if from_short_code:
        subject, measure, switch = "A message from a short code", "short code", "us_only_short_codes=False"
    elif kind == MessageType.MMS and limits.us_only_mms:
        subject, measure, switch = "An MMS", "mms", "us_only_mms=False"
    else:
        return ()
    destinations = [("to", recipient)] + [(f"group_recipients[{i}]", number) for i, number in enumerate(group)]
    return [
        BrokenRule(
            field,
            "outside_us",
            f"{subject} can only go to US numbers, and this number belongs to another country. Send an SMS from a "
            f"long number instead, or turn the rule off with message_limits=MessageLimits({switch}).",
            measure,
            "US numbers",
        )
        for field, number in destinations
        if number is not None and is_outside_us(number)
    ]


def check_type(given: str, kind: MessageType) -> Sequence[BrokenRule]:
    """Require that `type`, if given, agrees with the other fields. Source: CarrierX's send page."""
    if given == kind:
        return ()
    return (
        BrokenRule(
            "type",
            "type_disagrees",
            f"With these fields the message is an {kind.upper()}: only media or a group make it an MMS. "
            "Leave out `type`, or change the fields.",
            None,
            str(kind),
        ),
    )


_NOT_IN_A_URL = re.compile(r"[\s\x00-\x20\x7f-\xa0\\\ud800-\udfff]")
_AUTHORITY = re.compile(r"(?i:https?)://([^/?#]*)")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::([0-9]{0,5}))?")
_MAX_PORT = 65_535


def check_media_urls(urls: Sequence[str | None]) -> Sequence[BrokenRule]:
    """Require absolute http or https URLs without user info. Source: common sense, because CarrierX has to fetch them.

    Args:
        urls: The URLs by position; None for values that are not strings.
    """
    problems = [None if url is None else _problem_of_url(url) for url in urls]
    return [
        BrokenRule(f"media_urls[{position}]", *problem)
        for position, problem in enumerate(problems)
        if problem is not None
    ]


def _problem_of_url(url: str) -> tuple[str, str] | None:
    if _NOT_IN_A_URL.search(url):
        return (
            "url_has_forbidden_characters",
            "The URL holds whitespace, control characters or backslashes. Percent-encode or remove them.",
        )
    start = _AUTHORITY.match(url)
    if start is None:
        return "url_not_http", "It is not an absolute http or https URL. Give the full URL, including https://."
    authority = start[1]
    if "@" in authority:
        return (
            "url_has_user_info",
            "The URL holds a user name or password, which would be passed on. Give a URL that needs none.",
        )
    parts = _HOST_AND_PORT.fullmatch(authority)
    if parts is None or not _is_host(parts[1]) or not 0 < int(parts[2] or 443) <= _MAX_PORT:
        return "url_without_host", "The URL has no host, or its host or port is malformed. Give the full URL."
    return None


def _is_host(text: str) -> bool:
    if text.startswith("["):
        try:
            IPv6Address(text[1:-1])
        except ValueError:
            return False
        return True
    # Some characters become separators when a host name is normalised. The URL would then name another host.
    return any(map(str.isalnum, text)) and not set(normalize("NFKC", text)) & set("/?#@:")


class ValidatedFields(NamedTuple):
    """Result of validating the fields of a message.

    Attributes:
        fields: The fields under their Python names, with numbers normalised and lists as tuples. Use them only if no
            rule is broken.
        broken_rules: All broken rules, in the order of the fields.
    """

    fields: dict[str, object]
    broken_rules: tuple[BrokenRule, ...]


def validate_fields(
    data: Mapping[str, object], limits: MessageLimits, default_region: str | None = None
) -> ValidatedFields:
    """Read the fields of a message and check all rules. One broken rule does not hide another.

    Args:
        data: The fields, by any accepted name. None counts as not given.
        limits: The limits to check against.
        default_region: The country of numbers without `+`, or None: such numbers need their country code.
    """
    reader = _FieldReader(default_region)
    given = reader.sort(data)
    sender = reader.number("from", given, read_sender)
    recipient = reader.number("to", given, read_number)
    message = reader.text("message", given)
    media = reader.texts("media_urls", given) if "media_urls" in given else []
    group_texts = reader.texts("group_recipients", given) if "group_recipients" in given else []
    group = [reader.read(f"group_recipients[{i}]", text, read_number) for i, text in enumerate(group_texts)]
    user_data = reader.text("user_data", given) if "user_data" in given else None
    type_given = reader.text("type", given) if "type" in given else None

    # Depends on what was given, not on what could be read: a malformed list of media must not lead to a missing text.
    has_media = "media_urls" in given and _holds_something(given["media_urls"])
    has_group = "group_recipients" in given and _holds_something(given["group_recipients"])
    kind = MessageType.MMS if has_media or has_group else MessageType.SMS
    broken = reader.broken
    if sender is None and "from" not in given:
        broken += check_number_present("from", limits, has_group=has_group)
    if recipient is None and "to" not in given:
        broken += check_number_present("to", limits, has_group=has_group)
    if message is not None or "message" not in given:
        broken += check_text_present(message, has_media=has_media)
    if message is not None:
        broken += check_text_length(message, kind, limits)
        broken += check_encodable("message", message)
    if media:
        broken += check_media_count(len(media), limits)
        broken += check_media_urls(media)
    if group:
        broken += check_group_unique(group)
        broken += check_group_size(sender, recipient, group, limits)
    broken += check_destinations(kind, sender, recipient, group, limits)
    if user_data is not None:
        broken += check_encodable("user_data", user_data)
    if type_given is not None:
        broken += check_type(type_given, kind)

    given.pop("from", None)
    given["from_"], given["to"] = sender, recipient
    if media:
        given["media_urls"] = tuple(media)
    if group:
        given["group_recipients"] = tuple(group)
    broken_rules = tuple(sorted(broken, key=_field_order)) if broken else ()
    return ValidatedFields(given, broken_rules)


_ORDER = {field: place for place, field in enumerate(dict.fromkeys(WIRE_NAMES.values()))}


def _field_order(rule: BrokenRule) -> int:
    return _ORDER.get(rule.field.partition("[")[0], -1)


def _holds_something(value: object) -> bool:
    return value is not None and not (isinstance(value, str | list | tuple) and not value)


_HINT_FOR_MANY_NUMBERS = 'If all your numbers without + are US numbers, create the client with default_region="US".'


class _FieldReader:
    """Reads the fields of one message and collects errors of type, name and number format."""

    def __init__(self, default_region: str | None) -> None:
        self.broken: list[BrokenRule] = []
        self._default_region = default_region

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
            elif value is not None and self._comparable(name, given[name]) != self._comparable(name, value):
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
        self, field: str, given: Mapping[str, object], read: Callable[[str, str | None], str | NumberProblem]
    ) -> str | None:
        """Read and normalise a number. Return None if it is missing or invalid."""
        value = given.get(field)
        if isinstance(value, str):
            # Most numbers are complete North American ones. Elsewhere, the same digits can be a national number.
            if self._default_region in (None, "US") and is_north_american(value):
                return value
            return self.read(field, value, read)
        if value is not None:
            self._wrong_type(field, value, "string")
        return None

    def read(self, field: str, text: str | None, read: Callable[[str, str | None], str | NumberProblem]) -> str | None:
        """Read and normalise a number, or add the rule that it breaks."""
        if text is None:
            return None
        number = read(text, self._default_region)
        if isinstance(number, NumberProblem):
            if number.rule == "number_ambiguous" and self._default_region is None:
                number = number._replace(explanation=f"{number.explanation} {_HINT_FOR_MANY_NUMBERS}")
            self.broken.append(BrokenRule(field, *number))
            return None
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

    def _comparable(self, field: str, value: object) -> object:
        if not isinstance(value, str):
            return value
        number = (read_sender if field == "from" else read_number)(value, self._default_region)
        return value if isinstance(number, NumberProblem) else number

"""Rules for a message to send, one function each, and their limits.

Each function returns the broken rules that it finds. Explanations say what is wrong, the measured value, the limit and
what to do. They never hold a phone number, a text or a URL. Each limit is a constant with its source, and
`MessageLimits` changes it for one client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from carrierx.errors import BrokenRule, ConfigurationError
from carrierx.models.area_codes import is_outside_us
from carrierx.models.numbers import is_short_code
from carrierx.models.types import MessageType

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "MAX_GROUP_NUMBERS",
    "MAX_MEDIA_BYTES",
    "MAX_MEDIA_URLS",
    "MAX_MMS_CHARACTERS",
    "MAX_SMS_CHARACTERS",
    "MessageLimits",
    "check_destinations",
    "check_encodable",
    "check_group_size",
    "check_group_unique",
    "check_media_count",
    "check_text_length",
    "check_text_present",
    "check_type",
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

    def __post_init__(self) -> None:
        for field in fields(self):
            value: object = getattr(self, field.name)
            if field.name.startswith("us_only"):
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
    count = len(known) + sum(number is None for number in group)
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

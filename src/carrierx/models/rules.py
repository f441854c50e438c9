"""The rules of a message to send: one plain function each, with the limits they measure against.

Every function takes what it needs and gives the broken rules it finds. Their explanations name what is wrong, the
measure, the limit and what to do; never a number, a text or a URL. Each limit is a constant with its source, and
`MessageLimits` lifts it for one client.
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
    "destinations_are_allowed",
    "group_fits",
    "group_repeats_none",
    "media_fit",
    "text_can_be_encoded",
    "text_fits",
    "text_is_there",
    "type_agrees",
]

MAX_SMS_CHARACTERS = 1600
"""Characters (code points) of an SMS. Source: this project; CarrierX documents no limit, and bills every segment."""
MAX_MMS_CHARACTERS = 1600
"""Characters (code points) of an MMS. Source: CarrierX's send page."""
MAX_MEDIA_URLS = 10
"""Media of one MMS. Source: CarrierX's send page."""
MAX_GROUP_NUMBERS = 10
"""Different numbers in a group, the sender's among them. Source: CarrierX's SMS object page. That `to` counts as well
is our assumption."""
MAX_MEDIA_BYTES = 3_000_000
"""All media of one MMS together, in bytes: 3 MB. Source: CarrierX's send page."""


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """The limits that messages are held to; give None to lift one.

    Attributes:
        max_sms_characters: Code points of an SMS.
        max_mms_characters: Code points of an MMS.
        max_media_urls: Media of one MMS.
        max_group_numbers: Different numbers among sender, recipient and group.
        max_media_bytes: All media of one MMS together, in bytes.
        us_only_mms: Whether an MMS may go to US numbers only. Source: the last note of CarrierX's send page.
        us_only_short_codes: The same for any message from a short code. Source: the same note.

    Raises:
        ConfigurationError: If a limit is not a whole number of at least 0 or None, or a switch is not a bool.

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
                    raise ConfigurationError(f"MessageLimits: {field.name} is True or False.")
            elif value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
                raise ConfigurationError(
                    f"MessageLimits: {field.name} is a whole number of at least 0, or None for no limit."
                )

    def max_characters(self, kind: MessageType) -> int | None:
        """Give the limit on the text of an SMS or an MMS."""
        return self.max_mms_characters if kind == MessageType.MMS else self.max_sms_characters


def _lift(limit: str) -> str:
    return f"If CarrierX allows more by now, lift it with message_limits=MessageLimits({limit}=...)."


_NOTHING_VISIBLE = re.compile(
    # Blanks; soft hyphen, joiners, direction marks, variation selectors, tags, Hangul and Braille fillers.
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]*"
)


def text_is_there(message: str | None, *, has_media: bool) -> Sequence[BrokenRule]:
    """A text is needed unless there are media, and is not only blanks. Source: CarrierX's send page; habit."""
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
            "The text is empty or only blanks. Write something, or leave `message` out if there are media.",
            len(message),
        ),
    )


def text_fits(message: str, kind: MessageType, limits: MessageLimits) -> Sequence[BrokenRule]:
    """A text has at most so many code points: `MAX_SMS_CHARACTERS`, `MAX_MMS_CHARACTERS`."""
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


def text_can_be_encoded(field: str, text: str) -> Sequence[BrokenRule]:
    """A text can be written as UTF-8. Source: JSON, RFC 8259."""
    lone_surrogates = 0 if text.isascii() else sum("\ud800" <= character <= "\udfff" for character in text)
    if not lone_surrogates:
        return ()
    return (
        BrokenRule(
            field,
            "lone_surrogate",
            f"It holds {lone_surrogates} halves of a character (lone surrogates), which no text can carry. It was "
            "probably cut or decoded wrongly; repair it where it comes from.",
            lone_surrogates,
            0,
        ),
    )


def media_fit(count: int, limits: MessageLimits) -> Sequence[BrokenRule]:
    """An MMS has at most so many media: `MAX_MEDIA_URLS`."""
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


def group_repeats_none(group: Sequence[str | None]) -> Sequence[BrokenRule]:
    """A group names every number once. Source: CarrierX charges every recipient.

    Args:
        group: The normalised numbers by position; None where no number could be read.
    """
    broken: list[BrokenRule] = []
    first: dict[str, int] = {}
    for position, number in enumerate(group):
        if number is None:
            continue
        if number in first:
            explanation = f"It is the same number as group_recipients[{first[number]}]. Name every recipient once."
            broken.append(BrokenRule(f"group_recipients[{position}]", "number_repeated", explanation))
        first.setdefault(number, position)
    return broken


def group_fits(
    sender: str | None, recipient: str | None, group: Sequence[str | None], limits: MessageLimits
) -> Sequence[BrokenRule]:
    """Sender, recipient and group are together at most so many different numbers: `MAX_GROUP_NUMBERS`."""
    limit = limits.max_group_numbers
    known = {number for number in (sender, recipient, *group) if number is not None}
    count = len(known) + sum(number is None for number in group)
    if not group or limit is None or count <= limit:
        return ()
    return (
        BrokenRule(
            "group_recipients",
            "group_too_large",
            f"`from`, `to` and the group are {count} different numbers; the limit is {limit}. Take some out. "
            f"{_lift('max_group_numbers')}",
            count,
            limit,
        ),
    )


def destinations_are_allowed(
    kind: MessageType,
    sender: str | None,
    recipient: str | None,
    group: Sequence[str | None],
    limits: MessageLimits,
) -> Sequence[BrokenRule]:
    """An MMS, and any message from a short code, goes to US numbers only.

    Source: the last note of CarrierX's send page.

    Args:
        kind: SMS or MMS.
        sender: The normalised sender, or None if it could not be read.
        recipient: The normalised recipient, or None.
        group: The normalised numbers of the group by position, or None.
        limits: What may lift the rule.
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
            f"{subject} goes to US numbers only, and this number belongs to another country. Send an SMS from a "
            f"long number instead, or lift the rule with message_limits=MessageLimits({switch}).",
            measure,
            "US numbers",
        )
        for field, number in destinations
        if number is not None and is_outside_us(number)
    ]


def type_agrees(given: str, kind: MessageType) -> Sequence[BrokenRule]:
    """A `type` that the caller gives is the one that follows from the fields. Source: CarrierX's send page."""
    if given == kind:
        return ()
    return (
        BrokenRule(
            "type",
            "type_disagrees",
            f"With these fields the message is an {kind.upper()}: media or a group make an MMS, nothing else does. "
            "Leave `type` out or make the fields agree.",
            None,
            str(kind),
        ),
    )

"""The rules for messages, sent and received.

The documented rules of a send are checked separately, so that all broken ones are reported together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from carrierx.emulator.http.errors import invalid_object
from carrierx.emulator.rules.fields import LEGACY_NAMES, FieldReader, TextField, TextListField, is_unicode, is_web_url
from carrierx.emulator.rules.numbers import is_american, is_number, is_short_code

OverLimit: TypeAlias = Literal["refuse", "fail"]
"""Treatment of a message that is too large."""

MAX_CHARACTERS: Final = 1600
"""The longest text, in code points. Source: the send page, for MMS. We assume that it holds for SMS, too."""

MAX_MEDIA: Final = 10
"""The maximum number of media in one MMS. Source: the send page."""

MAX_MEDIA_BYTES: Final = 3_000_000
"""The maximum size of an MMS's media in total. Source: the send page, which says 3 MB. We read that as 3,000,000."""

MAX_IN_GROUP: Final = 10
"""The maximum size of a group, with the sender. Source: the object's page. We assume that `to` counts."""

_KNOWN_FIELDS: Final = frozenset(
    (
        *("from", "to", "message", "media_urls", "group_recipients", "type", "user_data"),
        *LEGACY_NAMES.values(),
    )
)

_NOT_A_NUMBER: Final = "must be a phone number in E.164 digits: 7 to 15, no leading 0, no + and no separators"
_NOT_AMERICAN: Final = "must be in the United States, since this is an MMS or a message from a short code"


@dataclass(frozen=True)
class Send:
    """The content of a message that follows all rules, sent by the account or received.

    Attributes:
        kind: `sms` or `mms`.
        from_number: The sender: a DID or a short code, in digits.
        to_number: The recipient, in digits.
        message: The text; None for an MMS that has only media.
        media_urls: The URLs of the media.
        group_recipients: The numbers of a group, in digits.
        user_data: The caller's own data.
        legacy_names: True if the request used the names `from_did` and `to_did`.
        over_limit: True if the message is too large, so that it fails.
    """

    kind: Literal["sms", "mms"]
    from_number: str
    to_number: str
    message: str | None
    media_urls: tuple[str, ...]
    group_recipients: tuple[str, ...]
    user_data: str | None
    legacy_names: bool
    over_limit: bool = False


@dataclass(frozen=True)
class SendRules:
    """The circumstances that the rules for a send depend on.

    Attributes:
        sender_problem: Returns why a number can't send a message of some kind, or None if it can.
        media_bytes: Returns the size of media in bytes, as far as it is known. Nothing is downloaded.
        group_sender: Returns the number that sends to a group if the request names none, other than the given
            recipients; None if no number can.
        over_limit: The treatment of a message with too many characters, media or bytes: it is refused, or it fails
            after it was accepted.
        us_only_mms: Whether an MMS can only go to the United States.
        us_only_short_codes: Whether a message from a short code can only go to the United States.
        group_needs_from: Whether a message to a group needs a sender.
        group_needs_to: Whether a message to a group needs a recipient besides the group.
        group_needs_type: Whether a message to a group needs its type.
    """

    sender_problem: Callable[[str, Literal["sms", "mms"]], str | None]
    media_bytes: Callable[[Sequence[str]], int]
    group_sender: Callable[[Collection[str]], str | None]
    over_limit: OverLimit
    us_only_mms: bool
    us_only_short_codes: bool
    group_needs_from: bool
    group_needs_to: bool
    group_needs_type: bool


def check_send(body: Mapping[str, object], rules: SendRules) -> Send:
    """Check a send against all rules.

    Args:
        body: The request's JSON object.
        rules: What the rules depend on.

    Returns:
        The content of the message.

    Raises:
        RefusedRequestError: 422, with one entry for each broken rule.

    Source: the send page and the SMS object's page. Refused beyond the documentation: unknown fields, a repeated group
    recipient, media URLs that are not absolute http or https URLs or have user information, and lone surrogates.
    """
    reader = FieldReader(body)
    reader.refuse_unknown(_KNOWN_FIELDS)
    sender, recipient = reader.renamed_text("from"), reader.renamed_text("to")
    text, user_data, kind_given = reader.text("message"), reader.text("user_data"), reader.text("type")
    media, group = reader.text_list("media_urls"), reader.text_list("group_recipients")
    kind: Literal["sms", "mms"] = "mms" if media.given or group.given else "sms"
    if group.given:
        if not (rules.group_needs_from or sender.given):
            sender = sender._replace(value=rules.group_sender([*group.values, str(recipient.value)]), given=True)
            if sender.value is None:
                reader.refuse(sender.name, "is required, since none of your numbers can send an MMS")
        if not (rules.group_needs_to or recipient.given):
            # A detail record in CarrierX's documentation has a member of the group as its number_dst.
            recipient = recipient._replace(value=next(filter(is_number, group.values), None), given=True)

    _check_sender(reader, sender, kind, rules)
    _check_recipient(reader, recipient)
    _check_text(reader, text, needed=not media.given)
    _check_media(reader, media)
    beyond = _limits_exceeded(text, media, rules)
    if rules.over_limit == "refuse":
        for field, limit in beyond:
            reader.refuse(field, limit)
    _check_group(reader, group, [sender.value, recipient.value])
    _check_kind(reader, kind_given, kind, type_needed=group.given and rules.group_needs_type)
    if (kind == "mms" and rules.us_only_mms) or (is_short_code(sender.value or "") and rules.us_only_short_codes):
        _check_country(reader, recipient.name, [recipient.value] if recipient.value else [])
        _check_country(reader, group.name, group.values)

    if reader.errors or sender.value is None or recipient.value is None:
        raise invalid_object(reader.errors)
    return Send(
        kind=kind,
        from_number=sender.value,
        to_number=recipient.value,
        message=text.value,
        media_urls=media.values,
        group_recipients=group.values,
        user_data=user_data.value,
        legacy_names=not {sender.name, recipient.name}.isdisjoint(LEGACY_NAMES.values()),
        over_limit=bool(beyond),
    )


def check_received(
    from_number: str,
    to_number: str,
    message: str | None,
    media_urls: Sequence[str],
    group_recipients: Sequence[str],
    *,
    legacy_names: bool,
) -> Send:
    """Check a message that somebody sends to the account, and return it.

    Args:
        from_number: The sender.
        to_number: The recipient.
        message: The text.
        media_urls: The URLs of the media.
        group_recipients: The numbers of a group.
        legacy_names: True if the message has the old field names.

    Raises:
        ValueError: The values don't make a valid message. The error repeats neither numbers nor text.
    """
    for name, number in (("from_", from_number), ("to", to_number)):
        if not is_number(number) and not is_short_code(number):
            raise ValueError(f"{name} must be a phone number in E.164 digits, or a short code of 3 to 6 digits")
    if not all(is_number(number) for number in group_recipients):
        raise ValueError("group_recipients must be phone numbers in E.164 digits")
    if not all(is_web_url(url) and is_unicode(url) for url in media_urls):
        raise ValueError("media_urls must be absolute http or https URLs without user information")
    if not message and not media_urls:
        raise ValueError("there must be a message or media_urls")
    if message is not None and not is_unicode(message):
        raise ValueError("message contains a lone surrogate")

    return Send(
        kind="mms" if media_urls or group_recipients else "sms",
        from_number=from_number,
        to_number=to_number,
        message=message,
        media_urls=tuple(media_urls),
        group_recipients=tuple(group_recipients),
        user_data=None,
        legacy_names=legacy_names,
    )


def _check_sender(reader: FieldReader, sender: TextField, kind: Literal["sms", "mms"], rules: SendRules) -> None:
    if not sender.given:
        reader.refuse(sender.name, "is required")
    elif sender.value is None:
        return  # already refused for its type
    elif not is_number(sender.value) and not is_short_code(sender.value or ""):
        reader.refuse(sender.name, f"{_NOT_A_NUMBER}; or a short code of 3 to 6 digits")
    else:
        problem = rules.sender_problem(sender.value, kind)
        if problem is not None:
            reader.refuse(sender.name, problem)


def _check_recipient(reader: FieldReader, recipient: TextField) -> None:
    if not recipient.given:
        reader.refuse(recipient.name, "is required")
    elif recipient.value is not None and not is_number(recipient.value):
        reader.refuse(recipient.name, _NOT_A_NUMBER)


def _check_text(reader: FieldReader, text: TextField, *, needed: bool) -> None:
    if not text.given:
        if needed:
            reader.refuse(text.name, "is required when there are no media_urls")
    elif text.value is None:
        return  # already refused for its type
    elif needed and not text.value.strip():
        reader.refuse(text.name, "must not be blank when there are no media_urls")


def _limits_exceeded(text: TextField, media: TextListField, rules: SendRules) -> list[tuple[str, str]]:
    """Return the limits of the send page that a message exceeds, each with its field."""
    exceeded: list[tuple[str, str]] = []
    if len(text.value or "") > MAX_CHARACTERS:
        exceeded.append((text.name, f"must have at most {MAX_CHARACTERS} characters"))
    if len(media.values) > MAX_MEDIA:
        exceeded.append((media.name, f"must have at most {MAX_MEDIA} items"))
    elif rules.media_bytes(media.values) > MAX_MEDIA_BYTES:
        exceeded.append((media.name, f"must have at most {MAX_MEDIA_BYTES} bytes in total"))
    return exceeded


def _check_media(reader: FieldReader, media: TextListField) -> None:
    if not all(is_web_url(url) for url in media.values):
        reader.refuse(media.name, "must be absolute http or https URLs without user information")


def _check_group(reader: FieldReader, group: TextListField, others: Sequence[str | None]) -> None:
    if not all(is_number(number) for number in group.values):
        reader.refuse(group.name, f"each {_NOT_A_NUMBER}")
    members = set(group.values)
    if len(members) < len(group.values):
        reader.refuse(group.name, "must not repeat a number")
    if group.given and len(members.union(number for number in others if number)) > MAX_IN_GROUP:
        reader.refuse(group.name, f"must make a group of at most {MAX_IN_GROUP} numbers, from and to included")


def _check_kind(reader: FieldReader, given: TextField, kind: str, *, type_needed: bool) -> None:
    if not given.given:
        if type_needed:
            reader.refuse(given.name, "must be mms when there are group_recipients")
    elif given.value is not None and given.value != kind:
        reader.refuse(given.name, f"must be {kind}, as the other fields make this message an {kind.upper()}")


def _check_country(reader: FieldReader, name: str, numbers: Sequence[str]) -> None:
    if not all(is_american(number) for number in numbers if is_number(number)):
        reader.refuse(name, _NOT_AMERICAN)

"""Conditions on a message in a test, each with a text for messages that don't meet it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx.models.numbers import normalise_sender

if TYPE_CHECKING:
    from carrierx.models.message import Message

__all__ = [
    "Condition",
    "containing",
    "having_media",
    "having_reference",
    "having_status",
    "having_text",
    "received",
    "sent",
    "sent_from",
    "sent_to",
]


@dataclass(frozen=True)
class Condition:
    """Condition that a message must meet.

    Attributes:
        words: Description that follows the word "message": `to 15162065574`.
        difference: Function that returns how a message differs; None if it meets the condition.
    """

    words: str
    difference: Callable[[Message], str | None]


def sent_to(number: str) -> Condition:
    """Require a recipient, alone or in a group.

    Raises:
        ValueError: It is not a phone number.
    """
    digits = _number("to", number)

    def difference(message: Message) -> str | None:
        if digits == message.to or digits in message.group_recipients:
            return None
        return f"it is to {message.to}, not to {digits}"

    return Condition(f"to {digits}", difference)


def sent_from(number: str) -> Condition:
    """Require a sender.

    Raises:
        ValueError: It is not a phone number.
    """
    digits = _number("from_", number)
    return Condition(
        f"from {digits}",
        lambda message: None if message.from_ == digits else f"it is from {message.from_}, not from {digits}",
    )


def containing(text: str) -> Condition:
    """Require a part of the text."""
    _check_text("containing", text)
    return Condition(
        f"containing {text!r}",
        lambda message: None if text in (message.message or "") else f"its text does not contain {text!r}",
    )


def having_text(text: str) -> Condition:
    """Require the complete text."""
    _check_text("message", text)
    return Condition(
        f"saying {text!r}",
        lambda message: None if message.message == text else f"its text is not {text!r}",
    )


def having_reference(reference: str) -> Condition:
    """Require a reference, which is sent as `user_data`."""
    _check_text("reference", reference)
    return Condition(
        f"with the reference {reference!r}",
        lambda message: (
            None
            if message.user_data == reference
            else f"its reference is {message.user_data!r}, not {reference!r}"
            if message.user_data is not None
            else f"it has no reference, not {reference!r}"
        ),
    )


def having_status(status: str) -> Condition:
    """Require a status."""
    _check_text("status", status)
    return Condition(
        f"with the status {status!r}",
        lambda message: None if message.status == status else f"its status is '{message.status}', not {status!r}",
    )


def having_media(url: str) -> Condition:
    """Require a media URL."""
    _check_text("media_url", url)
    return Condition(
        f"with the media {url!r}",
        lambda message: None if url in message.media_urls else f"it does not have the media {url!r}",
    )


def sent() -> Condition:
    """Require a message that your code sent."""
    return _direction("outbound")


def received() -> Condition:
    """Require a message that came in."""
    return _direction("inbound")


def _direction(wanted: str) -> Condition:
    return Condition(
        wanted, lambda message: None if message.direction == wanted else f"it is {message.direction}, not {wanted}"
    )


def _check_text(name: str, text: object) -> None:
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a string, not {type(text).__name__}.")


def _number(name: str, text: str) -> str:
    _check_text(name, text)
    digits = normalise_sender(text)
    if isinstance(digits, str):
        return digits
    raise ValueError(f"{name} is not a phone number, so no message can match it. {digits.explanation}")

"""Descriptions of messages for test failures. They show numbers and texts, because those belong to the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from carrierx.models.message import Message
    from carrierx.testing.conditions import Condition

__all__ = ["describe_message", "differences", "in_words", "listed", "listed_by_closeness", "quantity"]

MAX_LISTED: Final = 10
"""Maximum number of messages that a failure lists."""

LONGEST_TEXT: Final = 200
"""Maximum number of characters of a text that a failure shows."""


def describe_message(message: Message) -> str:
    """Describe a message in one line.

    Args:
        message: Message, whose numbers and text are shown.

    Example:
        >>> describe_message(message)
        "SMS from 15162065575 to 15162065574, queued: 'Hello'"
    """
    kind = "message" if message.type is None else message.type.upper()
    words = [f"{kind} from {message.from_} to {message.to}"]
    if message.group_recipients:
        words.append(f"and the group {', '.join(message.group_recipients)}")
    details = [" ".join(words), str(message.status)]
    if message.user_data is not None:
        details.append(f"reference {message.user_data!r}")
    if message.media_urls:
        details.append(f"media {', '.join(message.media_urls)}")
    return f"{', '.join(details)}: {_shortened(message.message)}"


def differences(message: Message, conditions: Iterable[Condition]) -> list[str]:
    """Return how a message differs from the conditions; empty if it meets all of them."""
    found = (condition.difference(message) for condition in conditions)
    return [difference for difference in found if difference is not None]


def in_words(conditions: Iterable[Condition]) -> str:
    """Join the descriptions of conditions, to follow the word "message"."""
    return "".join(f" {condition.words}" for condition in conditions)


def quantity(count: int, singular: str = "message") -> str:
    """Return a count with its noun: `1 message`, `2 messages`."""
    return f"{count} {singular}" if count == 1 else f"{count} {singular}s"


def listed(messages: Sequence[Message]) -> list[str]:
    """Describe messages in order, one per line."""
    lines = [f"  {number}. {describe_message(message)}" for number, message in enumerate(messages[:MAX_LISTED], 1)]
    return [*lines, *_rest(len(messages))]


def listed_by_closeness(messages: Sequence[Message], conditions: Sequence[Condition]) -> list[str]:
    """Describe messages, closest match first, each with its differences from the conditions."""
    judged = [(differences(message, conditions), message) for message in messages]
    judged.sort(key=lambda pair: len(pair[0]))
    lines: list[str] = []
    for number, (found, message) in enumerate(judged[:MAX_LISTED], 1):
        lines.append(f"  {number}. {describe_message(message)}")
        lines.extend(f"     {difference}" for difference in found)
    return [*lines, *_rest(len(messages))]


def _rest(count: int) -> list[str]:
    return [f"  and {count - MAX_LISTED} more"] if count > MAX_LISTED else []


def _shortened(text: str | None) -> str:
    if text is None:
        return "no text"
    if len(text) <= LONGEST_TEXT:
        return repr(text)
    return f"{text[:LONGEST_TEXT]!r} and {len(text) - LONGEST_TEXT} more characters"

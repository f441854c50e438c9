"""Messages in words, for the failures of tests. Numbers and texts are shown: in an emulator they are the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from carrierx.models.message import Message
    from carrierx.testing.conditions import Condition

__all__ = ["describe_message", "differences", "in_words", "listed", "listed_by_closeness", "quantity"]

MAX_LISTED: Final = 10
"""How many messages a failure lists."""

LONGEST_TEXT: Final = 200
"""How many characters of a text a failure shows."""


def describe_message(message: Message) -> str:
    """Describe a message in one line.

    Args:
        message: The message; its numbers and its text are shown.

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
    """Say what a message is instead of what it must be; nothing if it is all that."""
    found = (condition.difference(message) for condition in conditions)
    return [difference for difference in found if difference is not None]


def in_words(conditions: Iterable[Condition]) -> str:
    """Put conditions one after another, to follow on "message"."""
    return "".join(f" {condition.words}" for condition in conditions)


def quantity(count: int, singular: str = "message") -> str:
    """Write a number with its noun: `1 message`, `2 messages`."""
    return f"{count} {singular}" if count == 1 else f"{count} {singular}s"


def listed(messages: Sequence[Message]) -> list[str]:
    """Describe messages, a line each, in their order."""
    lines = [f"  {number}. {describe_message(message)}" for number, message in enumerate(messages[:MAX_LISTED], 1)]
    return [*lines, *_rest(len(messages))]


def listed_by_closeness(messages: Sequence[Message], conditions: Sequence[Condition]) -> list[str]:
    """Describe messages, the closest first, each with what keeps it from being what was wanted."""
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

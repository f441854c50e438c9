"""Queries for the messages of an emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from carrierx.testing import conditions
from carrierx.testing.reports import differences, in_words, listed, listed_by_closeness, quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from carrierx.models.message import Message
    from carrierx.testing.conditions import Condition

__all__ = ["MessageQuery"]


class MessageQuery:
    """Query for messages of an emulator, oldest first.

    Its methods have the names of the conditions of `assert_sent`, and each returns a narrower query. The query runs
    again on each use. So you can create it before a message is sent, and it always shows the current status. Numbers
    may be in any common notation.

    Args:
        read: Function that returns every message of the emulator, oldest first.
        wanted: Conditions that the messages must meet.

    Example:
        >>> from carrierx.testing import emulator_for_tests
        >>> with emulator_for_tests() as emulator, emulator.client() as client:
        ...     sent = client.messages.send(from_="15162065575", to="15162065574", message="Table at 7?")
        ...     emulator.messages.to("+1 516-206-5574").containing("7").last.message
        'Table at 7?'
    """

    def __init__(self, read: Callable[[], Sequence[Message]], wanted: tuple[Condition, ...] = ()) -> None:
        self._read = read
        self._wanted = wanted

    def to(self, number: str) -> MessageQuery:
        """Select messages to a number, alone or in a group.

        Raises:
            ValueError: It is not a phone number.
        """
        return self._narrowed(conditions.sent_to(number))

    def from_(self, number: str) -> MessageQuery:
        """Select messages from a number or a short code.

        Raises:
            ValueError: It is not a phone number.
        """
        return self._narrowed(conditions.sent_from(number))

    def containing(self, text: str) -> MessageQuery:
        """Select messages whose text contains this, with the same case."""
        return self._narrowed(conditions.containing(text))

    def message(self, text: str) -> MessageQuery:
        """Select messages with exactly this text."""
        return self._narrowed(conditions.having_text(text))

    def reference(self, reference: str) -> MessageQuery:
        """Select messages that were sent with this reference or `user_data`."""
        return self._narrowed(conditions.having_reference(reference))

    def status(self, status: str) -> MessageQuery:
        """Select messages with this current status: `queued`, `sent`, `delivered`, `received`, ..."""
        return self._narrowed(conditions.having_status(status))

    def media_url(self, url: str) -> MessageQuery:
        """Select messages with this media URL."""
        return self._narrowed(conditions.having_media(url))

    @property
    def outbound(self) -> MessageQuery:
        """Messages that your code sent."""
        return self._narrowed(conditions.sent())

    @property
    def inbound(self) -> MessageQuery:
        """Messages that came in."""
        return self._narrowed(conditions.received())

    @property
    def first(self) -> Message:
        """Oldest message.

        Raises:
            AssertionError: No message matches. The text lists all messages.
        """
        __tracebackhide__ = True
        return self._some()[0]

    @property
    def last(self) -> Message:
        """Latest message.

        Raises:
            AssertionError: No message matches. The text lists all messages.
        """
        __tracebackhide__ = True
        return self._some()[-1]

    @property
    def only(self) -> Message:
        """Only message.

        Raises:
            AssertionError: No message matches, or several do. The text lists messages.
        """
        __tracebackhide__ = True
        found = self._some()
        if len(found) > 1:
            first_line = f"there are {quantity(len(found))}{in_words(self._wanted)}, not one:"
            raise AssertionError("\n".join([first_line, *listed(found)]))
        return found[0]

    def describe(self) -> str:
        """Describe the messages, one per line, with their numbers and texts."""
        found = list(self)
        return "\n".join([f"{quantity(len(found))}{in_words(self._wanted)}", *listed(found)])

    def __iter__(self) -> Iterator[Message]:
        return (message for message in self._read() if not differences(message, self._wanted))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return any(True for _ in self)

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> list[Message]: ...

    def __getitem__(self, index: int | slice) -> Message | list[Message]:
        return list(self)[index]

    def __repr__(self) -> str:
        return f"<{quantity(len(self))}{in_words(self._wanted)}; {len(self._read())} in total>"

    def _narrowed(self, condition: Condition) -> MessageQuery:
        return MessageQuery(self._read, (*self._wanted, condition))

    def _some(self) -> list[Message]:
        __tracebackhide__ = True
        found = list(self)
        if found:
            return found
        everything = self._read()
        lines = [f"there is no message{in_words(self._wanted)}"]
        if everything:
            lines += ["All messages, closest match first:", *listed_by_closeness(everything, self._wanted)]
        raise AssertionError("\n".join(lines))

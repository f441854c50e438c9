"""The messages of an emulator, asked for in sentences."""

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
    """Messages of an emulator, oldest first: all of them, or those that are what was asked for.

    It looks anew each time, so it can be made before anything is sent, and shows the status of the moment. Each method
    narrows it further. Numbers may be written as people write them.

    Args:
        read: Gives every message of the emulator, oldest first.
        wanted: What the messages must be; nothing for all of them.

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
        """Keep those to a number, alone or in a group.

        Raises:
            ValueError: It is no phone number.
        """
        return self._narrowed(conditions.sent_to(number))

    def from_(self, number: str) -> MessageQuery:
        """Keep those from a number or a short code.

        Raises:
            ValueError: It is no phone number.
        """
        return self._narrowed(conditions.sent_from(number))

    def containing(self, text: str) -> MessageQuery:
        """Keep those whose text contains this, in just these letters."""
        return self._narrowed(conditions.containing(text))

    def saying(self, text: str) -> MessageQuery:
        """Keep those whose whole text is this."""
        return self._narrowed(conditions.having_text(text))

    def with_reference(self, reference: str) -> MessageQuery:
        """Keep those that were sent with this reference, or this `user_data`."""
        return self._narrowed(conditions.having_reference(reference))

    def with_status(self, status: str) -> MessageQuery:
        """Keep those that have this status now: `queued`, `sent`, `delivered`, `received`, ..."""
        return self._narrowed(conditions.having_status(status))

    def with_media(self, url: str) -> MessageQuery:
        """Keep those that carry the media at this URL."""
        return self._narrowed(conditions.having_media(url))

    @property
    def outbound(self) -> MessageQuery:
        """Those that your code sent."""
        return self._narrowed(conditions.sent())

    @property
    def inbound(self) -> MessageQuery:
        """Those that came in."""
        return self._narrowed(conditions.received())

    @property
    def first(self) -> Message:
        """The oldest one.

        Raises:
            AssertionError: There is none; the text lists what there is.
        """
        __tracebackhide__ = True
        return self._some()[0]

    @property
    def last(self) -> Message:
        """The latest one.

        Raises:
            AssertionError: There is none; the text lists what there is.
        """
        __tracebackhide__ = True
        return self._some()[-1]

    @property
    def only(self) -> Message:
        """The one that there is.

        Raises:
            AssertionError: There is none, or there are several; the text lists them.
        """
        __tracebackhide__ = True
        found = self._some()
        if len(found) > 1:
            first_line = f"there are {quantity(len(found))}{in_words(self._wanted)}, not one:"
            raise AssertionError("\n".join([first_line, *listed(found)]))
        return found[0]

    def describe(self) -> str:
        """Describe them in lines of text, with their numbers and texts."""
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
        return f"<{quantity(len(self))}{in_words(self._wanted)}; {len(self._read())} in all>"

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
            lines += ["All that there are, the closest first:", *listed_by_closeness(everything, self._wanted)]
        raise AssertionError("\n".join(lines))

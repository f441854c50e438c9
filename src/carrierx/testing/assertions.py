"""Assertions about what was sent, which say on failure what was sent instead, and why it does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict, cast

from carrierx.testing import conditions
from carrierx.testing.reports import differences, in_words, listed, listed_by_closeness, quantity
from carrierx.testing.send_errors import is_send

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from carrierx.models.message import Message
    from carrierx.testing.conditions import Condition
    from carrierx.testing.emulator import EmulatorForTests

__all__ = ["SentMessage", "assert_nothing_sent", "assert_sent", "assert_sent_once"]


class SentMessage(TypedDict, total=False):
    """What a sent message must be; whatever is left out may be anything.

    Attributes:
        to: The recipient, or one of a group, as people write numbers.
        from_: The sender, likewise.
        containing: A part of the text.
        message: The whole text.
        reference: The reference, or `user_data`.
        media_url: One of its media.
        status: Its status now.
    """

    to: str
    from_: str
    containing: str
    message: str
    reference: str
    media_url: str
    status: str


def assert_sent(emulator: EmulatorForTests, **wanted: Unpack[SentMessage]) -> Message:
    """Check that a message was sent, once or several times.

    Args:
        emulator: The test's emulator.
        **wanted: What the message must be; see `SentMessage`. Nothing: any message will do.

    Returns:
        The message, the latest if there are several.

    Raises:
        AssertionError: There is none. The text lists what was sent, the closest first, and what keeps each from
            counting.
        ValueError: `to` or `from_` is no phone number.

    Example:
        >>> from carrierx.testing import assert_sent, emulator_for_tests
        >>> with emulator_for_tests() as emulator, emulator.client() as client:
        ...     sent = client.messages.send(from_="15162065575", to="15162065574", message="Table at 7?")
        ...     assert_sent(emulator, to="+1 516-206-5574", containing="at 7").message
        'Table at 7?'
    """
    __tracebackhide__ = True
    asked = _conditions(wanted)
    found = _matching(emulator, asked)
    if not found:
        raise AssertionError(_nothing_like_it(emulator, asked))
    return found[-1]


def assert_sent_once(emulator: EmulatorForTests, **wanted: Unpack[SentMessage]) -> Message:
    """Check that a message was sent once and not again.

    Args:
        emulator: The test's emulator.
        **wanted: What the message must be; see `SentMessage`. Nothing: the only message of all.

    Returns:
        The message.

    Raises:
        AssertionError: There is none, or there are several. The text lists what was sent.
        ValueError: `to` or `from_` is no phone number.

    Example:
        >>> from carrierx.testing import assert_sent_once, emulator_for_tests
        >>> with emulator_for_tests() as emulator, emulator.client() as client:
        ...     sent = client.messages.send(from_="15162065575", to="15162065574", message="Hi", reference="order-17")
        ...     assert_sent_once(emulator, reference="order-17") == sent
        True
    """
    __tracebackhide__ = True
    asked = _conditions(wanted)
    found = _matching(emulator, asked)
    if not found:
        raise AssertionError(_nothing_like_it(emulator, asked))
    if len(found) > 1:
        first_line = f"{quantity(len(found))} were sent{in_words(asked)}, not one:"
        raise AssertionError("\n".join([first_line, *listed(found)]))
    return found[0]


def assert_nothing_sent(emulator: EmulatorForTests, **wanted: Unpack[SentMessage]) -> None:
    """Check that nothing was sent, or nothing like this.

    Args:
        emulator: The test's emulator.
        **wanted: What no sent message may be; see `SentMessage`. Nothing: no message at all.

    Raises:
        AssertionError: There are some; the text lists them.
        ValueError: `to` or `from_` is no phone number.

    Example:
        >>> from carrierx.testing import assert_nothing_sent, emulator_for_tests
        >>> with emulator_for_tests() as emulator:
        ...     assert_nothing_sent(emulator, to="15162065574")
    """
    __tracebackhide__ = True
    asked = _conditions(wanted)
    found = _matching(emulator, asked)
    if found:
        verb = "was" if len(found) == 1 else "were"
        raise AssertionError("\n".join([f"{quantity(len(found))} {verb} sent{in_words(asked)}:", *listed(found)]))


_ASKED: Final = {
    "to": conditions.sent_to,
    "from_": conditions.sent_from,
    "containing": conditions.containing,
    "message": conditions.having_text,
    "reference": conditions.having_reference,
    "media_url": conditions.having_media,
    "status": conditions.having_status,
}


def _conditions(wanted: SentMessage) -> list[Condition]:
    unknown = wanted.keys() - _ASKED.keys()
    if unknown:
        raise TypeError(f"a sent message can't be asked for its {min(unknown)!r}; there are: {', '.join(_ASKED)}")
    asked = cast("Mapping[str, object]", wanted)
    return [make(str(asked[name])) for name, make in _ASKED.items() if name in asked]


def _matching(emulator: EmulatorForTests, asked: list[Condition]) -> list[Message]:
    return [message for message in emulator.messages.outbound if not differences(message, asked)]


def _nothing_like_it(emulator: EmulatorForTests, asked: list[Condition]) -> str:
    sent = list(emulator.messages.outbound)
    lines = [f"no message was sent{in_words(asked)}"]
    if sent:
        lines += [f"{quantity(len(sent))} in all, the closest first:", *listed_by_closeness(sent, asked)]
    requests = emulator.requests
    posted = sum(is_send(request) for request in requests)
    if not requests:
        lines.append(
            "The emulator has seen no request at all. Does the code under test use carrierx_client or "
            "carrierx_async_client, or a client for the emulator's base_url?"
        )
    elif posted > len(sent):
        lines.append(f"{quantity(posted, 'request')} to send came in; {posted - len(sent)} got no message sent.")
        if emulator.last_send_error is not None:
            lines.append(f"The latest send error: {emulator.last_send_error}")
    elif not sent:
        lines.append(f"The emulator has seen {quantity(len(requests), 'request')}, none of them to send.")
    return "\n".join(lines)

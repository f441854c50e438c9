"""Assertions about sent messages. A failure lists the messages that were sent and why they don't match."""

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
    """Conditions that a sent message must meet. Conditions that you leave out match any message.

    Attributes:
        to: Recipient, or one of a group, in any common notation.
        from_: Sender, in any common notation.
        containing: Part of the text.
        message: Complete text.
        reference: Reference, or `user_data`.
        media_url: One of its media URLs.
        status: Current status.
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
        emulator: Emulator of the test.
        **wanted: Conditions; see `SentMessage`. Without any, every message matches.

    Returns:
        The message, or the latest one if several match.

    Raises:
        AssertionError: No message matches. The text lists the sent messages, closest match first, with the differences.
        ValueError: `to` or `from_` is not a phone number.

    Example:
        >>> from carrierx.testing import assert_sent, emulator_for_tests
        >>> with emulator_for_tests() as emulator, emulator.client() as client:
        ...     sent = client.messages.send(from_="15162065575", to="15162065574", message="Table at 7?")
        ...     assert_sent(emulator, to="+1 516-206-5574", containing="at 7").message
        'Table at 7?'
    """
    __tracebackhide__ = True
    asked = _conditions(emulator, wanted)
    found = _matching(emulator, asked)
    if not found:
        raise AssertionError(_nothing_like_it(emulator, asked))
    return found[-1]


def assert_sent_once(emulator: EmulatorForTests, **wanted: Unpack[SentMessage]) -> Message:
    """Check that a message was sent exactly once.

    Args:
        emulator: Emulator of the test.
        **wanted: Conditions; see `SentMessage`. Without any, it must be the only message.

    Returns:
        The message.

    Raises:
        AssertionError: No message matches, or several do. The text lists the sent messages.
        ValueError: `to` or `from_` is not a phone number.

    Example:
        >>> from carrierx.testing import assert_sent_once, emulator_for_tests
        >>> with emulator_for_tests() as emulator, emulator.client() as client:
        ...     sent = client.messages.send(from_="15162065575", to="15162065574", message="Hi", reference="order-17")
        ...     assert_sent_once(emulator, reference="order-17") == sent
        True
    """
    __tracebackhide__ = True
    asked = _conditions(emulator, wanted)
    found = _matching(emulator, asked)
    if not found:
        raise AssertionError(_nothing_like_it(emulator, asked))
    if len(found) > 1:
        first_line = f"{quantity(len(found))} were sent{in_words(asked)}, not one:"
        raise AssertionError("\n".join([first_line, *listed(found)]))
    return found[0]


def assert_nothing_sent(emulator: EmulatorForTests, **wanted: Unpack[SentMessage]) -> None:
    """Check that no message was sent, or no message that matches.

    Args:
        emulator: Emulator of the test.
        **wanted: Conditions that no sent message may meet; see `SentMessage`. Without any, no message may be sent.

    Raises:
        AssertionError: A message matches. The text lists the matches.
        ValueError: `to` or `from_` is not a phone number.

    Example:
        >>> from carrierx.testing import assert_nothing_sent, emulator_for_tests
        >>> with emulator_for_tests() as emulator:
        ...     assert_nothing_sent(emulator, to="15162065574")
    """
    __tracebackhide__ = True
    asked = _conditions(emulator, wanted)
    found = _matching(emulator, asked)
    if found:
        verb = "was" if len(found) == 1 else "were"
        raise AssertionError("\n".join([f"{quantity(len(found))} {verb} sent{in_words(asked)}:", *listed(found)]))


_MAX_REFUSALS: Final = 5
"""Maximum number of messages refused by the client that a failure lists."""

_ASKED: Final = {
    "to": conditions.sent_to,
    "from_": conditions.sent_from,
    "containing": conditions.containing,
    "message": conditions.having_text,
    "reference": conditions.having_reference,
    "media_url": conditions.having_media,
    "status": conditions.having_status,
}


def _conditions(emulator: object, wanted: SentMessage) -> list[Condition]:
    if not hasattr(emulator, "last_send_error"):
        raise TypeError(
            f"The first argument must be the emulator of the test, such as carrierx_emulator, "
            f"not {type(emulator).__name__}."
        )
    unknown = wanted.keys() - _ASKED.keys()
    if unknown:
        raise TypeError(f"unknown condition {min(unknown)!r}; known conditions: {', '.join(_ASKED)}")
    asked = cast("Mapping[str, str]", wanted)
    return [make(asked[name]) for name, make in _ASKED.items() if name in asked]


def _matching(emulator: EmulatorForTests, asked: list[Condition]) -> list[Message]:
    return [message for message in emulator.messages.outbound if not differences(message, asked)]


def _nothing_like_it(emulator: EmulatorForTests, asked: list[Condition]) -> str:
    sent = list(emulator.messages.outbound)
    lines = [f"no message was sent{in_words(asked)}"]
    if sent:
        lines += [f"{quantity(len(sent))} in total, closest match first:", *listed_by_closeness(sent, asked)]
    requests = emulator.requests
    posted = sum(is_send(request) for request in requests)
    if not requests and not emulator.refused_messages:
        lines.append(
            "The emulator has received no requests. Does the code under test use carrierx_client, "
            "carrierx_async_client or a client with the emulator's base_url?"
        )
    elif requests and posted > len(sent):
        refused = posted - len(sent)
        lines.append(f"The emulator has received {quantity(posted, 'send request')}; {refused} sent no message.")
        if emulator.last_send_error is not None:
            lines.append(f"The latest send error: {emulator.last_send_error}")
    elif requests and not sent:
        lines.append(f"The emulator has received {quantity(len(requests), 'request')}, but no send request.")
    refusals = emulator.refused_messages
    if refusals:
        verb = "was" if len(refusals) == 1 else "were"
        lines += [
            f"{quantity(len(refusals))} {verb} refused by the client before a request, with InvalidMessageError:",
            *(f"  {', '.join(rules)}" for rules in refusals[-_MAX_REFUSALS:]),
        ]
    return "\n".join(lines)

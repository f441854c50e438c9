"""Confirming a callback by reading its message back from CarrierX."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from carrierx.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from carrierx.models.message import Message

__all__ = ["Confirmation", "ConfirmationStatus", "confirm", "confirm_async"]


class ConfirmationStatus(Enum):
    """Result of comparing a callback with CarrierX's own message."""

    CONFIRMED = "confirmed"
    """CarrierX has this message."""
    CONTRADICTED = "contradicted"
    """CarrierX has a different message with this SID: the callback is forged."""
    NOT_FOUND = "not found"
    """CarrierX doesn't have this message, or not yet."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Result of reading a callback's message back.

    Attributes:
        status: The result.
        differing: The names of the fields that differ.
        message: CarrierX's own message, if there is one. Its status may be later than the callback's.
    """

    status: ConfirmationStatus
    differing: tuple[str, ...] = ()
    message: Message | None = None


def confirm(callback: Message, read: Callable[[str], Message]) -> Confirmation:
    """Read a callback's message back, and compare the fields that never change: SID, numbers, direction, text.

    Fields that one of the two lacks are not compared, and the status may have changed. CarrierX documents reading
    messages that you sent. Whether that works for inbound ones, and how soon, is not documented: try it with your
    account before you rely on it.

    Args:
        callback: The callback.
        read: Reads a message by its SID: `client.messages.get`.

    Returns:
        The result, with the fields that differ.

    Raises:
        CarrierXError: The message could not be read. That says nothing about the callback.

    Example:
        >>> from carrierx.callbacks import parse
        >>> confirm(parse(message.to_json()), client.messages.get).status
        <ConfirmationStatus.CONFIRMED: 'confirmed'>
        >>> forged = parse(message.to_json().replace("Hello", "Stop"))
        >>> confirm(forged, client.messages.get).differing
        ('message',)
    """
    try:
        known = read(callback.message_sid)
    except NotFoundError:
        return Confirmation(ConfirmationStatus.NOT_FOUND)
    return _compared(callback, known)


async def confirm_async(callback: Message, read: Callable[[str], Awaitable[Message]]) -> Confirmation:
    """Read a callback's message back, and compare the fields that never change. See `confirm`.

    Args:
        callback: The callback.
        read: Reads a message by its SID: `client.messages.get` of an async client.
    """
    try:
        known = await read(callback.message_sid)
    except NotFoundError:
        return Confirmation(ConfirmationStatus.NOT_FOUND)
    return _compared(callback, known)


def _compared(callback: Message, known: Message) -> Confirmation:
    said, true = _essence(callback), _essence(known)
    differing = tuple(
        name for name in said if said[name] is not None and true[name] is not None and said[name] != true[name]
    )
    status = ConfirmationStatus.CONTRADICTED if differing else ConfirmationStatus.CONFIRMED
    return Confirmation(status, differing, known)


def _essence(message: Message) -> dict[str, str | None]:
    return {
        "message_sid": message.message_sid,
        "from": _digits(message.from_),
        "to": _digits(message.to),
        "direction": message.direction,
        "message": message.message,
    }


def _digits(number: str | None) -> str | None:
    return number and "".join(character for character in number if character.isdigit())

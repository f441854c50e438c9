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
    """What CarrierX itself says about a callback's message."""

    CONFIRMED = "confirmed"
    """It has this message."""
    CONTRADICTED = "contradicted"
    """It has another message under this SID: somebody else wrote the callback."""
    NOT_FOUND = "not found"
    """It has no such message, or none yet."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What came of reading a callback's message back.

    Attributes:
        status: What CarrierX says.
        differing: The names of the fields that differ.
        message: The message as CarrierX has it, if it has one. Its status may be further than the callback's.
    """

    status: ConfirmationStatus
    differing: tuple[str, ...] = ()
    message: Message | None = None


def confirm(callback: Message, read: Callable[[str], Message]) -> Confirmation:
    """Read a callback's message back, and compare what can't have changed: SID, numbers, direction, text.

    A field that one of the two lacks is not compared, and the status may have moved on. CarrierX documents reading a
    message for those that you sent. Whether it gives inbound ones, too, and how soon, is not documented: try it with
    your account before you rely on it.

    Args:
        callback: The callback.
        read: Reads a message by its SID: `client.messages.get`.

    Returns:
        The seen, with what differs.

    Raises:
        CarrierXError: The message could not be read, which says nothing about the callback.

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
    """Read a callback's message back, and compare what can't have changed. See `confirm`.

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

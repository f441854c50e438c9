"""The two things that a callback can tell: a message came in, or a message that you sent has come further."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx.models.message import Message
from carrierx.models.types import Direction, MessageStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["InboundMessage", "StatusUpdate", "is_inbound", "kind_of"]


class InboundMessage(Message):
    """A message that somebody sent to a number of yours: `from_` is theirs, `to` is yours.

    It has all attributes of `Message`; only `message_sid` is sure to be there.

    Example:
        >>> InboundMessage.model_validate({"message_sid": "5c1b3f2e", "from": "15162065574", "message": "Hello"})
        InboundMessage(message_sid='5c1b3f2e', from_='***5574', message=<5 characters>)
    """


class StatusUpdate(Message):
    """A message that you sent, with the `status` that it has come to.

    `message_sid` is that of the answer to the send. Documented are a callback at `sent` and a last one at `delivered`.
    The statuses of a failure are not documented, so be ready for any other.

    Example:
        >>> update = StatusUpdate.model_validate({"message_sid": "097b49df", "status": "delivered"})
        >>> update.status == "delivered"
        True
    """


def is_inbound(direction: object, status: object) -> bool:
    """Tell whether a callback is about a message that came in.

    Args:
        direction: Its direction, which decides.
        status: Its status, which decides where no direction is given: `received` is that of inbound messages alone.
    """
    return direction == Direction.INBOUND or (direction is None and status == MessageStatus.RECEIVED)


def kind_of(fields: Mapping[str, object]) -> type[Message]:
    """Choose the model for a callback's fields, by `direction` and `status`."""
    direction, status = fields.get("direction"), fields.get("status")
    if is_inbound(direction, status):
        return InboundMessage
    if direction == Direction.OUTBOUND and isinstance(status, str) and status.strip():
        return StatusUpdate
    return Message

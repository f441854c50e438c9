"""Kinds of callbacks: an inbound message, which may be a keyword such as STOP, or a status update."""

from __future__ import annotations

import re
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from carrierx.models.message import Message
from carrierx.models.types import Direction, MessageStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["DEFAULT_KEYWORDS", "InboundMessage", "Keyword", "StatusUpdate", "keyword_of", "kind_of"]


class Keyword(Enum):
    """Request that a customer makes with a single word. Your application must act on it, because CarrierX doesn't."""

    STOP = "stop"
    """Opt out of messages. You may confirm it once. After that, you must not send to this number."""
    HELP = "help"
    """Get help. Reply with your brand, a contact, and how to opt out."""
    START = "start"
    """Opt in to messages again, after a STOP."""


DEFAULT_KEYWORDS: Final[Mapping[Keyword, frozenset[str]]] = MappingProxyType(
    {
        Keyword.STOP: frozenset(
            {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "opt-out"}
        ),
        Keyword.HELP: frozenset({"help", "info"}),
        Keyword.START: frozenset({"start", "unstop"}),
    }
)
"""Common words for each keyword in the US, an assumption: CarrierX names only STOP and HELP "or similar keyword".

STOP: stop, stopall, unsubscribe, cancel, end, quit, revoke, optout, opt out, opt-out. HELP: help, info. START: start,
unstop.

The words are those of the industry (CTIA), and those that the FCC has since named for revoking consent. YES is not
included, because it may be the reply to a question.
"""


class InboundMessage(Message):
    """Message that somebody sent to one of your numbers: `from_` is theirs, `to` is yours.

    It has all attributes of `Message`. Only `message_sid` is always present.

    Example:
        >>> InboundMessage.model_validate({"message_sid": "5c1b3f2e", "from": "15162065574", "message": "Hello"})
        InboundMessage(message_sid='5c1b3f2e', from_='***5574', message=<5 characters>)
        >>> match InboundMessage.model_validate({"message_sid": "5c1b3f2e", "message": "Stop", "status": "received"}):
        ...     case InboundMessage(keyword=Keyword.STOP):
        ...         print("no more texts")
        no more texts
    """

    @property
    def keyword(self) -> Keyword | None:
        """STOP, HELP or START if the text is such a word, or None. See `keyword_of`."""
        return keyword_of(self)


class StatusUpdate(Message):
    """New `status` of a message that you sent.

    Its `message_sid` is the one that `messages.send` returned. CarrierX documents a callback for `sent` and a last one
    for `delivered`. It doesn't document the statuses of failures, so be ready for any other status.

    Example:
        >>> update = StatusUpdate.model_validate({"message_sid": "097b49df", "status": "delivered"})
        >>> update.status == "delivered"
        True
    """


def _is_inbound(direction: object, status: object) -> bool:
    """Tell whether a callback is about an inbound message.

    Args:
        direction: Its direction.
        status: Its status, used if there is no direction: only inbound messages are `received`.
    """
    return direction == Direction.INBOUND or (direction is None and status == MessageStatus.RECEIVED)


def kind_of(fields: Mapping[str, object]) -> type[Message]:
    """Return the model for a callback's fields, by `direction` and `status`."""
    direction, status = fields.get("direction"), fields.get("status")
    if _is_inbound(direction, status):
        return InboundMessage
    if direction == Direction.OUTBOUND and isinstance(status, str) and status.strip():
        return StatusUpdate
    return Message


# Any characters around the text that aren't letters or digits: spaces, a period, quotes, an emoji.
_AROUND: Final = re.compile(r"\A[\W_]+|[\W_]+\Z")
_BLANKS: Final = re.compile(r"\s+")
_LONGEST: Final = 80


def keyword_of(message: Message, *, words: Mapping[Keyword, Collection[str]] = DEFAULT_KEYWORDS) -> Keyword | None:
    """Tell whether an inbound message is STOP, HELP or START.

    The text must be exactly one of the words. Case doesn't matter, nor do characters around it that aren't letters or
    digits. A message that you sent is never a keyword.

    Args:
        message: The callback.
        words: Words for each keyword, for other languages or for the words of your campaign.

    Returns:
        The keyword, or None.

    Example:
        >>> from carrierx.callbacks import parse
        >>> keyword_of(parse(b'{"message_sid": "5c1b3f2e", "direction": "inbound", "message": " Stop. "}'))
        <Keyword.STOP: 'stop'>
        >>> keyword_of(parse(b'{"message_sid": "5c1b3f2e", "direction": "inbound", "message": "Please stop"}'))
        >>> french = {**DEFAULT_KEYWORDS, Keyword.STOP: {*DEFAULT_KEYWORDS[Keyword.STOP], "arret", "arrêt"}}
        >>> arret = parse(b'{"message_sid": "5c1b3f2e", "direction": "inbound", "message": "ARRET"}')
        >>> keyword_of(arret, words=french)
        <Keyword.STOP: 'stop'>
    """
    text = message.message
    if text is None or not _is_inbound(message.direction, message.status):
        return None
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    said = _normalised(text)
    return next((keyword for keyword, known in words.items() if said in map(_normalised, known)), None)


def _normalised(text: str) -> str:
    return _BLANKS.sub(" ", _AROUND.sub("", text)).casefold()

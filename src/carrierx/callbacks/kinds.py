"""What a callback can tell: a message came in, perhaps a STOP, or a message that you sent has come further."""

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
    """What a customer asks for by a single word. It is yours to act on: CarrierX does not."""

    STOP = "stop"
    """No more messages. You may confirm it once, and then must not send to this number any more."""
    HELP = "help"
    """Who you are: answer with your brand, a contact, and how to opt out."""
    START = "start"
    """Messages again, after a STOP."""


DEFAULT_KEYWORDS: Final[Mapping[Keyword, frozenset[str]]] = MappingProxyType(
    {
        Keyword.STOP: frozenset(
            {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "opt-out"}
        ),
        Keyword.HELP: frozenset({"help", "info"}),
        Keyword.START: frozenset({"start", "unstop"}),
    }
)
"""The words that are usual in the US. An assumption: CarrierX names STOP and HELP "or similar keyword" and no list.

The words are those of the industry (CTIA), with the ones that the FCC has since named for revoking consent. YES is
left out: where you ask a question, it is an answer.
"""


class InboundMessage(Message):
    """A message that somebody sent to a number of yours: `from_` is theirs, `to` is yours.

    It has all attributes of `Message`; only `message_sid` is sure to be there.

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
        """STOP, HELP or START, if that is what it says: see `keyword_of`."""
        return keyword_of(self)


class StatusUpdate(Message):
    """A message that you sent, with the `status` that it has come to.

    `message_sid` is that of the answer to the send. Documented are a callback at `sent` and a last one at `delivered`.
    The statuses of a failure are not documented, so be ready for any other.

    Example:
        >>> update = StatusUpdate.model_validate({"message_sid": "097b49df", "status": "delivered"})
        >>> update.status == "delivered"
        True
    """


def _is_inbound(direction: object, status: object) -> bool:
    """Tell whether a callback is about a message that came in.

    Args:
        direction: Its direction, which decides.
        status: Its status, which decides where no direction is given: `received` is that of inbound messages alone.
    """
    return direction == Direction.INBOUND or (direction is None and status == MessageStatus.RECEIVED)


def kind_of(fields: Mapping[str, object]) -> type[Message]:
    """Choose the model for a callback's fields, by `direction` and `status`."""
    direction, status = fields.get("direction"), fields.get("status")
    if _is_inbound(direction, status):
        return InboundMessage
    if direction == Direction.OUTBOUND and isinstance(status, str) and status.strip():
        return StatusUpdate
    return Message


# Whatever is no letter or digit around the text: blanks, a full stop, quotes, an emoji.
_AROUND: Final = re.compile(r"\A[\W_]+|[\W_]+\Z")
_BLANKS: Final = re.compile(r"\s+")
_LONGEST: Final = 80


def keyword_of(message: Message, *, words: Mapping[Keyword, Collection[str]] = DEFAULT_KEYWORDS) -> Keyword | None:
    """Tell whether an inbound message is STOP, HELP or START.

    The whole text has to be the word; case, and whatever is around it that is no letter or digit, do not count. What
    you sent yourself is never one.

    Args:
        message: The callback.
        words: The words of each keyword, for other languages or your campaign's own.

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

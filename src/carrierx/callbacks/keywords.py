"""STOP, HELP and START: the words that a customer may always send."""

from __future__ import annotations

import re
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from carrierx.callbacks.kinds import is_inbound

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from carrierx.models.message import Message

__all__ = ["DEFAULT_KEYWORDS", "Keyword", "keyword_of"]


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
    if text is None or not is_inbound(message.direction, message.status):
        return None
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    said = _normalised(text)
    return next((keyword for keyword, known in words.items() if said in map(_normalised, known)), None)


def _normalised(text: str) -> str:
    return _BLANKS.sub(" ", _AROUND.sub("", text)).casefold()

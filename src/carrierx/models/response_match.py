"""Comparison of a send with its response, to notice a response to another message."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from carrierx.models.message import Message
    from carrierx.models.send_request import SendMessageRequest

__all__ = ["ResponseMatch", "SentMessage"]

_NATIONAL_DIGITS = 10
_MASKED = re.compile(r"\d[x*#\u2022.]{2,}|[x*#\u2022]{2,}\d")


class ResponseMatch(Enum):
    """Result of comparing a response with the message that was sent."""

    OURS = "ours"
    """No field contradicts our message."""
    RECIPIENT_DIFFERS = "recipient differs"
    """The recipient differs. Suspicious, but the rest may match."""
    NOT_OURS = "not ours"
    """The recipient and the text both differ: it is the response to another send."""


class SentMessage:
    """A sent message, to compare with its response.

    CarrierX does not document how it formats numbers and text in a response. Differences that another format can
    explain don't count, and a missing field counts as equal.

    Args:
        request: The request that was sent.
        reference: The reference that the send carried in `user_data`, if any.
    """

    __slots__ = ("_reference", "_request")

    def __init__(self, request: SendMessageRequest, reference: str | None) -> None:
        self._request = request
        self._reference = reference

    def __repr__(self) -> str:
        return f"SentMessage({self._request!r})"

    def compare(self, response: Message) -> ResponseMatch:
        """Compare a response by reference, recipient and text.

        Args:
            response: The message that the response describes.

        Example:
            >>> from carrierx import Message, SendMessageRequest
            >>> sent = SentMessage(SendMessageRequest(from_="72345", to="15162065574", message="Hello"), None)
            >>> sent.compare(Message(message_sid="097b49df", to="+1 516-206-5574", message="Hello"))
            <ResponseMatch.OURS: 'ours'>
            >>> sent.compare(Message(message_sid="097b49df", to="15162065580", message="Bye"))
            <ResponseMatch.NOT_OURS: 'not ours'>
        """
        request = self._request
        if request.to == response.to and request.to is not None:
            return ResponseMatch.OURS
        if self._reference is not None and self._reference == response.user_data:
            return ResponseMatch.OURS
        response_numbers = _comparable_numbers((response.to, *response.group_recipients))
        if not response_numbers or response_numbers & _comparable_numbers((request.to, *request.group_recipients)):
            return ResponseMatch.OURS
        sent_text, response_text = _comparable_text(request.message), _comparable_text(response.message)
        if not sent_text or not response_text or sent_text == response_text:
            return ResponseMatch.RECIPIENT_DIFFERS
        return ResponseMatch.NOT_OURS


def _comparable_numbers(numbers: Iterable[str | None]) -> set[str]:
    """Return the last ten digits of each number. Numbers that are masked or have no digits are left out."""
    return {digits for number in numbers if (digits := _digits(number or "")[-_NATIONAL_DIGITS:])}


def _digits(number: str) -> str:
    # An extension or a host, as in "tel:+15162065574;ext=5" or "sip:15162065574@10.0.0.1", is not part of the number.
    address = number.lower().partition(";")[0].partition("@")[0].partition("ext")[0]
    if _MASKED.search(address):
        return ""
    return "".join(character for character in address if character in "0123456789")


def _comparable_text(text: str | None) -> str:
    """Normalise what an API may change in a text: line ends, and whitespace around it."""
    return "\n".join((text or "").splitlines()).strip()

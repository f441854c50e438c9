"""Which request made which message: the latest sends, with what they were answered."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Final, cast

from carrierx.emulator.http_types import Request, Response

_REMEMBERED: Final = 1000
_ACCEPTED: Final = 200


@dataclass(frozen=True)
class Exchange:
    """A request and its answer.

    Attributes:
        request: The request.
        response: The answer, as it was made; whether it arrived is another question.
    """

    request: Request
    response: Response


class SendExchanges:
    """Remembers the latest 1000 accepted sends; safe to share between threads."""

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=_REMEMBERED)

    def note(self, request: Request, response: Response) -> None:
        """Remember an exchange, if a message was made by it."""
        # Only the small answers of sends are kept, and read no sooner than somebody looks for one.
        if request.method == "POST" and response.status == _ACCEPTED and b'"message_sid"' in response.body:
            self._exchanges.append(Exchange(request, response))

    def find(self, message_sid: str) -> Exchange | None:
        """Return the exchange that made a message, if it is remembered."""
        for exchange in reversed(tuple(self._exchanges)):
            answer = cast("object", json.loads(exchange.response.body))
            if isinstance(answer, dict) and cast("dict[str, object]", answer).get("message_sid") == message_sid:
                return exchange
        return None

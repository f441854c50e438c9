"""The latest accepted sends, each with its request and its response."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Final, cast

from carrierx.emulator.http.types import Request, Response

_MAX_SENDS: Final = 1000
_ACCEPTED: Final = 200


@dataclass(frozen=True)
class RecordedSend:
    """An accepted send: the request and its response.

    Attributes:
        request: The request.
        response: The response as the emulator made it. A fault may have kept it from arriving.
    """

    request: Request
    response: Response


class RecentSends:
    """The latest 1000 accepted sends. Threads may share it."""

    def __init__(self) -> None:
        self._recent_sends: deque[RecordedSend] = deque(maxlen=_MAX_SENDS)

    def note(self, request: Request, response: Response) -> None:
        """Record a request with its response, if it made a message."""
        # Only the small responses of sends are kept; they are parsed when `find` needs them.
        if request.method == "POST" and response.status == _ACCEPTED and b'"message_sid"' in response.body:
            self._recent_sends.append(RecordedSend(request, response))

    def find(self, message_sid: str) -> RecordedSend | None:
        """Return the send that made a message, if it is among the latest."""
        for recorded in reversed(tuple(self._recent_sends)):
            answer = cast("object", json.loads(recorded.response.body))
            if isinstance(answer, dict) and cast("dict[str, object]", answer).get("message_sid") == message_sid:
                return recorded
        return None

"""Log of the latest requests to the API, with what really went over the wire."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias, cast

from carrierx.emulator.http.types import EmulatorResponse, Request

MAX_REQUESTS: Final = 1000
"""The number of requests that the log keeps."""

MAX_RESPONSE_BYTES: Final = 100_000
"""The number of bytes of a response's body that the log keeps."""

DeliveryName: TypeAlias = Literal["complete", "lost", "cut", "delayed", "garbled", "replaced"]
"""Ways in which a response is delivered. If it is `replaced`, a fault responded, and the request was not handled."""

_ACCEPTED: Final = 200
_LOWEST_ERROR: Final = 400
_MESSAGE_SID: Final = re.compile(rb'"message_sid":"([^"\\]+)"')


@dataclass(frozen=True)
class AppliedFault:
    """The fault that a request met.

    Attributes:
        id: The id of its rule.
        kind: The kind of the rule.
        text: What it did, for people.
    """

    id: str
    kind: str
    text: str


@dataclass(frozen=True)
class LoggedRequest:
    """A request with its response.

    Attributes:
        number: Its number in the log, starting with 1.
        at: The time at which it came, on the emulator's clock.
        request: The request. Its body may be cut at the largest size that the emulator accepts.
        response: The response as it was delivered, with the start of its body.
        made: The response that the emulator made, if a fault changed it; None otherwise.
        delivery: How the response was delivered.
        fault: The fault that the request met, if any.
        problem: The first error of the response; None if it has none.
        message_sid: The message that the request sent, if any.
        body_bytes: The complete size of the delivered response's body.
    """

    number: int
    at: datetime
    request: Request
    response: EmulatorResponse
    made: EmulatorResponse | None
    delivery: DeliveryName
    fault: AppliedFault | None
    problem: str | None
    message_sid: str | None
    body_bytes: int

    @property
    def is_problem(self) -> bool:
        """True if the request was refused or met a fault, or if its response was not delivered complete."""
        return self.problem is not None or self.fault is not None or self.delivery != "complete"


class RequestLog:
    """The latest 1000 requests to the API, including those that were refused or met a fault. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[LoggedRequest] = deque()
        self._by_message: dict[str, LoggedRequest] = {}
        self._last_number = 0
        self._problems = 0

    @property
    def last_number(self) -> int:
        """The number of the latest request; 0 if there was none."""
        return self._last_number

    @property
    def problems(self) -> int:
        """The number of problems so far, including those that the log no longer has."""
        return self._problems

    def all(self) -> tuple[LoggedRequest, ...]:
        """Return all requests in the log, oldest first."""
        with self._lock:
            return tuple(self._entries)

    def latest(self, *, before: int, limit: int, problems: bool = False) -> list[LoggedRequest]:
        """Return the latest requests, latest first.

        Args:
            before: Only requests with a smaller number.
            limit: The maximum number of requests.
            problems: True for only the requests that were refused, met a fault, or were not answered completely.
        """
        found: list[LoggedRequest] = []
        for entry in reversed(self.all()):
            if len(found) == limit:
                break
            if entry.number < before and (entry.is_problem or not problems):
                found.append(entry)
        return found

    def find(self, number: int) -> LoggedRequest | None:
        """Return the request with this number, if the log still has it."""
        with self._lock:
            index = number - self._entries[0].number if self._entries else -1
            return self._entries[index] if 0 <= index < len(self._entries) else None

    def of_message(self, message_sid: str) -> LoggedRequest | None:
        """Return the request that sent a message, if the log still has it."""
        with self._lock:
            return self._by_message.get(message_sid)

    def add(
        self,
        at: datetime,
        request: Request,
        response: EmulatorResponse,
        *,
        made: EmulatorResponse | None = None,
        delivery: DeliveryName = "complete",
        fault: AppliedFault | None = None,
    ) -> None:
        """Add a request.

        Args:
            at: The time at which it came.
            request: The request.
            response: The response as it is delivered.
            made: The response that the emulator made, if a fault changed it.
            delivery: How the response is delivered.
            fault: The fault that the request met, if any.
        """
        message_sid = None if delivery == "replaced" else _sent_message(request, made or response)
        problem = _first_error(response) if response.status >= _LOWEST_ERROR else None
        with self._lock:
            self._last_number += 1
            entry = LoggedRequest(
                self._last_number,
                at,
                request,
                _shortened(response),
                None if made is None else _shortened(made),
                delivery,
                fault,
                problem,
                message_sid,
                len(response.body),
            )
            self._problems += entry.is_problem
            self._entries.append(entry)
            if message_sid is not None:
                self._by_message[message_sid] = entry
            if len(self._entries) > MAX_REQUESTS:
                oldest = self._entries.popleft()
                if oldest.message_sid is not None:
                    self._by_message.pop(oldest.message_sid, None)

    def clear(self) -> None:
        """Remove all requests. The next one has the number 1."""
        with self._lock:
            self._entries.clear()
            self._by_message.clear()
            self._last_number = self._problems = 0


def _shortened(response: EmulatorResponse) -> EmulatorResponse:
    if len(response.body) <= MAX_RESPONSE_BYTES:
        return response
    return replace(response, body=response.body[:MAX_RESPONSE_BYTES])


def _sent_message(request: Request, response: EmulatorResponse) -> str | None:
    # In a text, the quotation marks would be escaped, so this is the attribute.
    if request.method != "POST" or response.status != _ACCEPTED:
        return None
    found = _MESSAGE_SID.search(response.body)
    return None if found is None else found[1].decode("ascii", "replace")


def _first_error(response: EmulatorResponse) -> str:
    try:
        content: object = json.loads(response.body)
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        told = cast("dict[str, object]", content)
        errors = told.get("errors")
        first = cast("list[object]", errors)[0] if isinstance(errors, list) and errors else None
        if isinstance(first, dict) and isinstance(text := cast("dict[str, object]", first).get("message"), str):
            field = cast("dict[str, object]", first).get("field")
            return f"{field} {text}" if isinstance(field, str) else text
        if isinstance(message := told.get("message"), str):
            return message
    return f"status {response.status}"

"""The kinds of faults and their fields."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypedDict

from carrierx.emulator.http.types import Headers, JSONValue


class FaultKind(StrEnum):
    """The kinds of faults. Each value is the name of the method of `FaultRules` that adds such a rule."""

    ANSWER = "answer"
    """The rule responds instead of the emulator, which never sees the request: nothing is accepted or stored."""

    DELAY = "delay"
    """The request is handled immediately; its response comes later."""

    LOSE_ANSWER = "lose_answer"
    """The request is handled, then the connection closes without a byte of the response."""

    TRUNCATE_ANSWER = "truncate_answer"
    """The request is handled, and the response is cut off in the middle of its body."""

    GARBLE_ANSWER = "garble_answer"
    """The request is handled, and the response's body is garbage that is still declared as JSON."""


class FaultWhere(TypedDict, total=False):
    """The requests that a rule applies to. Fields that are left out don't restrict it.

    Attributes:
        path: The path below `/core/v2`, such as `/sms/messages`; each `*` matches any characters, including slashes.
            Published files are at `/f/*`.
        method: The method, such as `POST`.
        number: The sender or the recipient in the request's body, as digits or as people write it.
        times: The number of requests that the rule applies to; None for no limit.
        probability: The probability that it applies to a matching request, 0 to 1.
        seed: The seed of its random numbers: the same seed repeats a run exactly.
    """

    path: str | None
    method: str | None
    number: str | None
    times: int | None
    probability: float
    seed: int


class FaultFields(FaultWhere, total=False):
    """All fields of a rule.

    Attributes:
        kind: The kind of fault.
        id: Its name, unique among the rules of one emulator.
        status: The status code of an `ANSWER` rule's response.
        body: The body of an `ANSWER` rule's response, as bytes or as a JSON value.
        headers: The header lines of an `ANSWER` rule's response.
        retry_after: The `Retry-After` of an `ANSWER` rule's response, in seconds, or as a string to send unchanged.
        seconds: The delay of a `DELAY` rule.
        hits: The number of requests that the rule has been applied to.
    """

    kind: FaultKind
    id: str
    status: int | None
    body: bytes | JSONValue
    headers: Headers
    retry_after: int | str | None
    seconds: float | None
    hits: int


FIELDS_OF_KIND: Final[Mapping[FaultKind, tuple[str, ...]]] = {
    FaultKind.ANSWER: ("status", "body", "headers", "retry_after"),
    FaultKind.DELAY: ("seconds",),
    FaultKind.LOSE_ANSWER: (),
    FaultKind.TRUNCATE_ANSWER: (),
    FaultKind.GARBLE_ANSWER: (),
}
"""The fields that only one kind has."""

COMMON_FIELDS: Final = ("kind", "id", "path", "method", "number", "times", "probability", "seed", "hits")
"""The fields that every rule has."""

"""The kinds of faults, and what each can be told."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypedDict

from carrierx.emulator.http_types import Headers, JSONValue


class FaultKind(StrEnum):
    """What a fault does. Their values are the names of the methods of `FaultRules` that make them."""

    ANSWER = "answer"
    """Another answer takes the place of the emulator's, which never sees the request: nothing is accepted or stored."""

    DELAY = "delay"
    """The request is dealt with at once, its answer comes later."""

    LOSE_ANSWER = "lose_answer"
    """The request is dealt with, then the connection closes without a byte of the answer."""

    TRUNCATE_ANSWER = "truncate_answer"
    """The request is dealt with, and the answer breaks off in the middle of its body."""

    GARBLE_ANSWER = "garble_answer"
    """The request is dealt with, and the answer has rubbish for a body, still declared as JSON."""


class FaultWhere(TypedDict, total=False):
    """Which requests a rule strikes; what is left out narrows nothing.

    Attributes:
        path: The path below `/core/v2`, such as `/sms/messages`; each `*` stands for any characters, slashes too.
            Published files are at `/f/*`.
        method: The method, such as `POST`.
        number: The sender or the recipient in the request's body, as digits or as people write it.
        times: How often the rule strikes before it rests; None for always.
        probability: How likely it strikes a request that it could, 0 to 1.
        seed: What its chance begins with: the same seed repeats a run exactly.
    """

    path: str | None
    method: str | None
    number: str | None
    times: int | None
    probability: float
    seed: int


class FaultFields(FaultWhere, total=False):
    """Every field that a rule can be made of.

    Attributes:
        kind: What it does.
        id: Its name among the rules of one emulator.
        status: Of an answer: its status code.
        body: Of an answer: its body, raw as bytes, or a JSON value.
        headers: Of an answer: its header lines.
        retry_after: Of an answer: its `Retry-After`, in seconds, or as text to be sent as it is.
        seconds: Of a delay: how long it is.
        struck: How often the rule has struck.
    """

    kind: FaultKind
    id: str
    status: int | None
    body: bytes | JSONValue
    headers: Headers
    retry_after: int | str | None
    seconds: float | None
    struck: int


FIELDS_OF_KIND: Final[Mapping[FaultKind, tuple[str, ...]]] = {
    FaultKind.ANSWER: ("status", "body", "headers", "retry_after"),
    FaultKind.DELAY: ("seconds",),
    FaultKind.LOSE_ANSWER: (),
    FaultKind.TRUNCATE_ANSWER: (),
    FaultKind.GARBLE_ANSWER: (),
}
"""The fields that belong to a kind alone."""

COMMON_FIELDS: Final = ("kind", "id", "path", "method", "number", "times", "probability", "seed", "struck")
"""The fields that every rule has."""

"""A fault rule: one fault and the requests that it applies to."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Self

from carrierx.emulator.faults.checks import problems_of
from carrierx.emulator.faults.kinds import FaultKind
from carrierx.emulator.faults.reading import read_rule
from carrierx.emulator.http.types import Headers, JSONObject, JSONValue


@dataclass(frozen=True, kw_only=True)
class FaultRule:
    """One fault and the requests that it applies to.

    The methods of `FaultRules` are a shorter way to make one. `repr` shows neither `body` nor `number`.

    Attributes:
        kind: The kind of fault.
        id: Its name, unique among the rules of one emulator. If it is empty, it gets one when it is added.
        status: The status code of an `ANSWER` rule's response, 200 to 599.
        body: The body of an `ANSWER` rule's response, as bytes or as a JSON value; None for an error body in the API's
            shape.
        headers: The header lines of an `ANSWER` rule's response, except the length, which the server sets.
        retry_after: The `Retry-After` of an `ANSWER` rule's response, in seconds, or as a string to send unchanged.
        seconds: The delay of a `DELAY` rule.
        path: The path below `/core/v2` that it applies to; each `*` matches any characters. None for all.
        method: The method that it applies to; None for all.
        number: The sender or recipient that it applies to, as digits or as people write it; None for all.
        times: The number of requests that it applies to; None for no limit.
        probability: The probability that it applies to a matching request, 0 to 1.
        seed: The seed of its random numbers.
        hits: The number of requests that it has been applied to; 0 in a new rule.

    Raises:
        ValueError: The rule is invalid. The error lists every problem.
    """

    kind: FaultKind
    id: str = ""
    status: int | None = None
    body: bytes | JSONValue = field(default=None, repr=False)
    headers: Headers = ()
    retry_after: int | str | None = None
    seconds: float | None = None
    path: str | None = None
    method: str | None = None
    number: str | None = field(default=None, repr=False)
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        if problems := problems_of(vars(self)):
            raise ValueError("; ".join(f"{name} {problem}" for name, problem in problems))

    @property
    def used_up(self) -> bool:
        """True if the rule has been applied `times` times, so that it has no effect anymore."""
        return self.times is not None and self.hits >= self.times

    @classmethod
    def from_json(cls, data: object, location: str = "rule") -> Self:
        """Make a rule from a JSON object, as in a faults file or from `to_json`.

        Args:
            data: The object.
            location: Its location, for error texts.

        Raises:
            EmulatorError: The rule is invalid. The error lists every problem with its location.

        Example:
            >>> FaultRule.from_json({"kind": "answer", "status": 503, "times": 1}).status
            503
        """
        return cls(**read_rule(data, location))

    def to_json(self) -> JSONObject:
        """Return the rule as a JSON object, without the fields that have their defaults.

        A body of bytes becomes `body_text`, or `body_base64` if it is not UTF-8. `id` and `hits` are always included.

        Example:
            >>> FaultRule(kind=FaultKind.DELAY, seconds=0.5).to_json()
            {'kind': 'delay', 'id': '', 'hits': 0, 'seconds': 0.5}
        """
        found: JSONObject = {"kind": self.kind.value, "id": self.id, "hits": self.hits}
        settings: JSONObject = {
            "status": self.status,
            "retry_after": self.retry_after,
            "seconds": self.seconds,
            "path": self.path,
            "method": self.method,
            "number": self.number,
            "times": self.times,
        }
        found |= {name: value for name, value in settings.items() if value is not None}
        if self.headers:
            found["headers"] = dict(self.headers)
        if self.probability < 1:
            found |= {"probability": self.probability, "seed": self.seed}
        if isinstance(self.body, bytes):
            return found | _bytes_as_json(self.body)
        return found if self.body is None else {**found, "body": self.body}


def _bytes_as_json(body: bytes) -> JSONObject:
    try:
        return {"body_text": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}

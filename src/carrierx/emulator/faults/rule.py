"""One rule: a fault, and the requests that it strikes."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Self

from carrierx.emulator.faults.checks import problems_of
from carrierx.emulator.faults.kinds import FaultKind
from carrierx.emulator.faults.reading import read_rule
from carrierx.emulator.http_types import Headers, JSONObject, JSONValue


@dataclass(frozen=True, kw_only=True)
class FaultRule:
    """One fault, and the requests that it strikes.

    The methods of `FaultRules` make them more shortly. Neither `body` nor `number` is shown by `repr`.

    Attributes:
        kind: What it does.
        id: Its name among the rules of one emulator, given when it is added if it is empty.
        status: Of an answer: its status code, 200 to 599.
        body: Of an answer: its body, raw as bytes, or a JSON value; None for an error body that says so.
        headers: Of an answer: its header lines, except the length, which the server sets.
        retry_after: Of an answer: its `Retry-After`, in seconds, or as text to be sent as it is.
        seconds: Of a delay: how long it is.
        path: Which path it strikes, below `/core/v2`; each `*` stands for any characters. None for every one.
        method: Which method it strikes; None for every one.
        number: Which sender or recipient it strikes, as digits or as people write it; None for everybody.
        times: How often it strikes before it rests; None for always.
        probability: How likely it strikes a request that it could, 0 to 1.
        seed: What its chance begins with.
        struck: How often it has struck; 0 in a rule that is to be added.

    Raises:
        ValueError: It makes no rule; everything that is wrong is named.
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
    struck: int = 0

    def __post_init__(self) -> None:
        if problems := problems_of(vars(self)):
            raise ValueError("; ".join(f"{name} {problem}" for name, problem in problems))

    @classmethod
    def from_json(cls, data: object, place: str = "rule") -> Self:
        """Make a rule of a JSON object, as `to_json` and a faults file write it.

        Args:
            data: The object.
            place: Where it stands, for an error's text.

        Raises:
            EmulatorError: It makes no rule; everything that is wrong is named, with its place.

        Example:
            >>> FaultRule.from_json({"kind": "answer", "status": 503, "times": 1}).status
            503
        """
        return cls(**read_rule(data, place))

    def to_json(self) -> JSONObject:
        """Return the rule as a JSON object: its fields, but those that are as they are by default.

        A body of bytes is `body_text`, or `body_base64` when it is not UTF-8. `id` and `struck` are always there.

        Example:
            >>> FaultRule(kind=FaultKind.DELAY, seconds=0.5).to_json()
            {'kind': 'delay', 'id': '', 'struck': 0, 'seconds': 0.5}
        """
        found: JSONObject = {"kind": self.kind.value, "id": self.id, "struck": self.struck}
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

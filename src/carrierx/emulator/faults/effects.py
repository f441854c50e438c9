"""The effects of faults on responses."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final, NamedTuple

from carrierx.emulator.faults.kinds import FaultKind
from carrierx.emulator.faults.rule import FaultRule
from carrierx.emulator.http.errors import ErrorEntry
from carrierx.emulator.http.types import Delivery, EmulatorResponse, Headers

GARBAGE: Final = b'{"message_sid": \x00\xff\xfe<<< no JSON, nor UTF-8'
"""The body of a garbled response."""

_LOWEST_ERROR: Final = 400
_JSON_TYPE: Final = ("content-type", "application/json")


class Outcome(NamedTuple):
    """The response to a request under the rules that applied to it.

    Attributes:
        response: The response to deliver.
        made: The response that the emulator made; None if a rule responded instead.
        rules: The rules that applied: the one that changed the response first, if there is one, then the delays.
    """

    response: EmulatorResponse
    made: EmulatorResponse | None
    rules: tuple[FaultRule, ...] = ()


def outcome_of(rule: FaultRule | None, delays: Sequence[FaultRule], handle: Callable[[], EmulatorResponse]) -> Outcome:
    """Return the response under the rules that apply.

    Args:
        rule: The rule that changes the response, if any.
        delays: The rules that delay it.
        handle: Handles the request and returns its response. Not called if the rule responds instead.
    """
    made: EmulatorResponse | None = None
    if rule is not None and rule.kind is FaultKind.ANSWER:
        response = _made(rule)
    else:
        made = handle()
        response = _changed(rule, made)
    delay = response.delivery.delay + sum(each.seconds or 0.0 for each in delays)
    delivered = replace(response, delivery=replace(response.delivery, delay=delay))
    return Outcome(delivered, made, (*(() if rule is None else (rule,)), *delays))


def _changed(rule: FaultRule | None, answer: EmulatorResponse) -> EmulatorResponse:
    match rule:
        case FaultRule(kind=FaultKind.LOSE_ANSWER):
            return replace(answer, delivery=replace(answer.delivery, lost=True))
        case FaultRule(kind=FaultKind.TRUNCATE_ANSWER):
            return replace(answer, delivery=_truncated(answer))
        case FaultRule(kind=FaultKind.GARBLE_ANSWER):
            return replace(answer, headers=_as_json(answer.headers), body=GARBAGE)
        case _:
            return answer


def effect_text(rule: FaultRule) -> str:
    """Return what a rule did to a response, for people."""
    match rule.kind:
        case FaultKind.ANSWER:
            return f"responded with {rule.status} instead of the emulator, which didn't handle the request"
        case FaultKind.DELAY:
            return f"delayed the response by {rule.seconds:g} s"
        case FaultKind.LOSE_ANSWER:
            return "handled the request and lost the response"
        case FaultKind.TRUNCATE_ANSWER:
            return "handled the request and cut off the response"
        case FaultKind.GARBLE_ANSWER:
            return "handled the request and replaced the response's body with garbage"


def _truncated(answer: EmulatorResponse) -> Delivery:
    if not answer.body:  # an empty body can't be truncated
        return replace(answer.delivery, lost=True)
    return replace(answer.delivery, cut_after=len(answer.body) // 2)


def _as_json(headers: Headers) -> Headers:
    return (*(line for line in headers if line[0].lower() != _JSON_TYPE[0]), _JSON_TYPE)


def _made(rule: FaultRule) -> EmulatorResponse:
    status = rule.status or 0
    headers = rule.headers
    if rule.retry_after is not None:
        headers += (("retry-after", str(rule.retry_after)),)
    if isinstance(rule.body, bytes):
        return EmulatorResponse(status, headers, rule.body)
    if rule.body is None and status < _LOWEST_ERROR:
        return EmulatorResponse(status, headers)
    content = _error_body(status) if rule.body is None else rule.body
    if not any(name.lower() == _JSON_TYPE[0] for name, _ in headers):
        headers += (_JSON_TYPE,)
    return EmulatorResponse(status, headers, json.dumps(content, ensure_ascii=False, allow_nan=False).encode())


def _error_body(status: int) -> dict[str, object]:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = f"status {status}"
    entry = ErrorEntry(None, "a fault rule of the emulator responded; the request was not handled")
    return {"message": phrase, "errors": [entry.to_json()]}

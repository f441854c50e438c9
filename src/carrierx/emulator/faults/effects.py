"""The effects of faults on responses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from carrierx.emulator.faults.kinds import FaultKind
from carrierx.emulator.faults.rule import FaultRule
from carrierx.emulator.http.errors import ErrorEntry
from carrierx.emulator.http.types import Delivery, Headers, Response

GARBAGE: Final = b'{"message_sid": \x00\xff\xfe<<< no JSON, nor UTF-8'
"""The body of a garbled response."""

_LOWEST_ERROR: Final = 400
_JSON_TYPE: Final = ("content-type", "application/json")


def answer_of(rule: FaultRule | None, handle: Callable[[], Response]) -> Response:
    """Return the response under a rule, apart from delays.

    Args:
        rule: The rule that applies, if any.
        handle: Handles the request and returns its response. Not called if the rule responds instead.
    """
    if rule is not None and rule.kind is FaultKind.ANSWER:
        return _made(rule)
    answer = handle()
    match rule:
        case FaultRule(kind=FaultKind.LOSE_ANSWER):
            return replace(answer, delivery=replace(answer.delivery, lost=True))
        case FaultRule(kind=FaultKind.TRUNCATE_ANSWER):
            return replace(answer, delivery=_truncated(answer))
        case FaultRule(kind=FaultKind.GARBLE_ANSWER):
            return replace(answer, headers=_as_json(answer.headers), body=GARBAGE)
        case _:
            return answer


def _truncated(answer: Response) -> Delivery:
    if not answer.body:  # an empty body can't be truncated
        return replace(answer.delivery, lost=True)
    return replace(answer.delivery, cut_after=len(answer.body) // 2)


def _as_json(headers: Headers) -> Headers:
    return (*(line for line in headers if line[0].lower() != _JSON_TYPE[0]), _JSON_TYPE)


def _made(rule: FaultRule) -> Response:
    status = rule.status or 0
    headers = rule.headers
    if rule.retry_after is not None:
        headers += (("retry-after", str(rule.retry_after)),)
    if isinstance(rule.body, bytes):
        return Response(status, headers, rule.body)
    if rule.body is None and status < _LOWEST_ERROR:
        return Response(status, headers)
    content = _error_body(status) if rule.body is None else rule.body
    if not any(name.lower() == _JSON_TYPE[0] for name, _ in headers):
        headers += (_JSON_TYPE,)
    return Response(status, headers, json.dumps(content, ensure_ascii=False, allow_nan=False).encode())


def _error_body(status: int) -> dict[str, object]:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = f"status {status}"
    entry = ErrorEntry(None, "a fault rule of the emulator responded; the request was not handled")
    return {"message": phrase, "errors": [entry.to_json()]}

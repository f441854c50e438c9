"""Validation of a rule's fields: one function for each field."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeGuard, cast

from carrierx.emulator.faults.kinds import COMMON_FIELDS, FIELDS_OF_KIND, FaultKind
from carrierx.emulator.faults.matching import did_you_mean, digits_of, names_a_path

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
"""The methods that a rule can name."""

LONGEST_DELAY: Final = 3600.0
"""The longest delay, in seconds. This limit is the emulator's own: anything longer is probably a mistake."""

_LOWEST_STATUS: Final = 200
_HIGHEST_STATUS: Final = 599
_WITHOUT_BODY: Final = (204, 304)
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_SERVER_HEADERS: Final = ("content-length", "transfer-encoding", "connection")


def problems_of(fields: Mapping[str, object]) -> list[tuple[str, str]]:
    """Check a rule's fields, alone and against the rule's kind.

    Args:
        fields: The given fields by name, including `kind`.

    Returns:
        The problems, as pairs of a field name and a text that continues the sentence after it.
    """
    kind = fields["kind"]
    if not isinstance(kind, FaultKind):
        return [("kind", f"must be a FaultKind, one of: {', '.join(FaultKind)}")]
    allowed = (*COMMON_FIELDS, *FIELDS_OF_KIND[kind])
    problems: list[tuple[str, str]] = []
    for name, value in fields.items():
        if name not in allowed:
            if value not in (None, ()):
                problems.append((name, f"is not a field of rules of the kind {kind.value}"))
        elif (problem := _CHECKS[name](value)) is not None:
            problems.append((name, problem))
    if kind is FaultKind.ANSWER and fields.get("status") in _WITHOUT_BODY and fields.get("body") not in (None, b""):
        problems.append(("body", f"must be left out: a response with status {fields['status']} has no body"))
    problems.extend((name, "is required") for name in ("status", "seconds") if name in allowed and name not in fields)
    return problems


def _nothing(_value: object) -> str | None:
    return None


def _identity(value: object) -> str | None:
    return None if isinstance(value, str) else "must be a string"


def _status(value: object) -> str | None:
    if _is_whole(value) and _LOWEST_STATUS <= value <= _HIGHEST_STATUS:
        return None
    return f"must be a whole number from {_LOWEST_STATUS} to {_HIGHEST_STATUS}, not {shown(value)}"


def _body(value: object) -> str | None:
    if isinstance(value, bytes):
        return None
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        return "must be bytes or something that JSON can hold"
    return None


def _headers(value: object) -> str | None:
    if not isinstance(value, tuple):
        return f"must be pairs of strings, not {shown(value)}"
    for pair in cast("tuple[object, ...]", value):
        if problem := _header(pair):
            return problem
    return None


def _header(pair: object) -> str | None:
    match pair:
        case (str(name), str(text)):
            if not _HEADER_NAME.fullmatch(name):
                return f"must have names of letters, digits and hyphens, not {json.dumps(name)}"
            if name.lower() in _SERVER_HEADERS:
                return f"must leave out {name}, which the server sets itself"
            if not _HEADER_VALUE.fullmatch(text):
                return f"must have a single line of text as the value of {name}"
            return None
        case _:
            return "must be pairs of strings: a name and its value"


def _retry_after(value: object) -> str | None:
    if value is None or (_is_whole(value) and value >= 0):
        return None
    if isinstance(value, str) and _HEADER_VALUE.fullmatch(value):
        return None
    return f"must be a whole number of seconds, 0 or more, or a string such as a date, not {shown(value)}"


def _seconds(value: object) -> str | None:
    if _is_number(value) and 0 <= value <= LONGEST_DELAY:
        return None
    return f"must be a number of seconds from 0 to {LONGEST_DELAY:g}, not {shown(value)}"


def _path(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.startswith(("/", "*")):
        return 'must be a path that starts with "/", such as "/sms/messages" or "/sms/*"'
    return names_a_path(value)


def _method(value: object) -> str | None:
    if value is None or value in METHODS:
        return None
    # The value is repeated only if it is close to a method: it could be anything, even a secret.
    hint = did_you_mean(value.upper(), METHODS) if isinstance(value, str) else ""
    return f"must be one of: {', '.join(METHODS)}{hint}"


def _number(value: object) -> str | None:
    if value is None or (isinstance(value, str) and digits_of(value)):
        return None
    return 'must be a phone number or a short code as a string, such as "15162065574" or "+1 516-206-5574"'


def _times(value: object) -> str | None:
    if value is None or (_is_whole(value) and value >= 1):
        return None
    return f"must be a whole number of 1 or more, or null for always, not {shown(value)}"


def _probability(value: object) -> str | None:
    if _is_number(value) and 0 <= value <= 1:
        return None
    return f"must be a number from 0 to 1, not {shown(value)}"


def _seed(value: object) -> str | None:
    return None if _is_whole(value) else f"must be a whole number, not {shown(value)}"


def _hits(value: object) -> str | None:
    return None if _is_whole(value) and value >= 0 else f"must be a whole number of 0 or more, not {shown(value)}"


_CHECKS: Final[Mapping[str, Callable[[object], str | None]]] = {
    "kind": _nothing,
    "id": _identity,
    "status": _status,
    "body": _body,
    "headers": _headers,
    "retry_after": _retry_after,
    "seconds": _seconds,
    "path": _path,
    "method": _method,
    "number": _number,
    "times": _times,
    "probability": _probability,
    "seed": _seed,
    "hits": _hits,
}


def shown(value: object) -> str:
    """Return a value as an error text may show it: the value of a number, only the type of anything else."""
    match value:
        case None | bool():
            return json.dumps(value)
        case int() | float():
            text = str(value)
            return text if len(text) <= len("-1.7976931348623157e+308") else "a number of so many digits"
        case str():
            return "a string"
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
        case _:
            return f"a {type(value).__name__}"


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

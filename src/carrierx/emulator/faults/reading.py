"""Reading rules from JSON, with errors that say where and what the problem is."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Final, cast

from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.faults.checks import problems_of, shown
from carrierx.emulator.faults.kinds import COMMON_FIELDS, FIELDS_OF_KIND, FaultFields, FaultKind
from carrierx.emulator.faults.matching import did_you_mean

LIST_NAME: Final = "faults"
"""The field of a faults file with its rules."""

_RAW_BODIES: Final = ("body_text", "body_base64")


def read_rule(data: object, location: str) -> FaultFields:
    """Read one rule.

    Args:
        data: Its JSON object.
        location: Its location, for error texts.

    Returns:
        The fields of the rule.

    Raises:
        EmulatorError: The rule is invalid. The error lists every problem with its location.
    """
    given = _object(data, location)
    kind = _kind(given, location)
    known = (*COMMON_FIELDS, *FIELDS_OF_KIND[kind], *(_RAW_BODIES if kind is FaultKind.ANSWER else ()))
    problems = list(_unknown_fields(given, known, f"a rule of the kind {kind.value}"))
    fields: dict[str, object] = {name: value for name, value in given.items() if name in known}
    problems += _read_bodies(fields)
    if isinstance(headers := fields.get("headers"), dict):
        fields["headers"] = tuple(cast("dict[str, object]", headers).items())
    elif "headers" in fields:
        problems.append(("headers", f"must be an object of strings, not {shown(fields.pop('headers'))}"))
    fields["kind"] = kind
    if problems := problems + problems_of(fields):
        raise EmulatorError("\n".join(f"{location}.{name} {problem}" for name, problem in problems))
    return cast("FaultFields", fields)


def rules_in(data: object, location: str = "") -> list[tuple[object, str]]:
    """Return the rules in a faults file, each with its location.

    Args:
        data: The file's JSON: an object with the list `faults`, or the list itself.
        location: The beginning of the locations.

    Raises:
        EmulatorError: It is neither.
    """
    if not isinstance(data, list):
        if not isinstance(data, dict):
            raise EmulatorError(
                f"{location}a faults file must be an object with the list {LIST_NAME}, not {shown(data)}"
            )
        holder = cast("dict[str, object]", data)
        problems = [f"{location}{name} {text}" for name, text in _unknown_fields(holder, (LIST_NAME,), "a faults file")]
        if LIST_NAME not in holder and not problems:
            problems.append(f'{location}{LIST_NAME} is missing: put the list of rules in the field "{LIST_NAME}"')
        if problems:
            raise EmulatorError("\n".join(problems))
        data = holder[LIST_NAME]
    if not isinstance(data, list):
        raise EmulatorError(f"{location}{LIST_NAME} must be a list of rules, not {shown(data)}")
    return [(rule, f"{location}{LIST_NAME}[{index}]") for index, rule in enumerate(cast("list[object]", data))]


def _object(data: object, location: str) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise EmulatorError(f"{location} must be an object, not {shown(data)}")
    return cast("dict[str, object]", data)


def _kind(given: Mapping[str, object], location: str) -> FaultKind:
    kinds = ", ".join(FaultKind)
    if "kind" not in given:
        near = [name for name in given if name not in COMMON_FIELDS and did_you_mean(name, ("kind",))]
        hint = f'; the field "{near[0]}" may be a typo' if near else ""
        raise EmulatorError(f"{location}.kind is required, one of: {kinds}{hint}")
    value = given["kind"]
    if isinstance(value, str) and value in list(FaultKind):
        return FaultKind(value)
    hint = did_you_mean(value, FaultKind) if isinstance(value, str) else ""
    raise EmulatorError(f"{location}.kind must be one of: {kinds}{hint}")


def _unknown_fields(given: Mapping[str, object], known: Iterable[str], owner: str) -> Iterable[tuple[str, str]]:
    known = list(known)
    free = [name for name in known if name not in given]
    for name in given:
        if name not in known:
            yield name, f"is not a field of {owner}{did_you_mean(name, free)}"


def _read_bodies(fields: dict[str, object]) -> list[tuple[str, str]]:
    raw = {name: fields.pop(name) for name in _RAW_BODIES if name in fields}
    if len(raw) + ("body" in fields) > 1:
        return [("body", "must be given once: as body, body_text or body_base64")]
    for name, value in raw.items():
        if not isinstance(value, str):
            return [(name, f"must be a string, not {shown(value)}")]
        try:
            fields["body"] = value.encode() if name == "body_text" else base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return [
                (name, "must be valid base64" if name == "body_base64" else "must be a string without lone surrogates")
            ]
    return []

"""Rules as JSON: what a faults file may hold, and what is said about one that holds something else."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Final, cast

from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.faults.checks import problems_of, shown
from carrierx.emulator.faults.kinds import COMMON_FIELDS, FIELDS_OF_KIND, FaultFields, FaultKind
from carrierx.emulator.faults.nearest import did_you_mean

LIST_NAME: Final = "faults"
"""The field of a faults file that holds its rules."""

_RAW_BODIES: Final = ("body_text", "body_base64")


def read_rule(data: object, place: str) -> FaultFields:
    """Read one rule.

    Args:
        data: What should be its JSON object.
        place: Where it stands, for an error's text.

    Returns:
        The fields to make the rule of.

    Raises:
        EmulatorError: It makes no rule; everything that is wrong is named, with its place.
    """
    given = _object(data, place)
    kind = _kind(given, place)
    known = (*COMMON_FIELDS, *FIELDS_OF_KIND[kind], *(_RAW_BODIES if kind is FaultKind.ANSWER else ()))
    problems = list(_strangers(given, known, f"a rule of the kind {kind.value}"))
    fields: dict[str, object] = {name: value for name, value in given.items() if name in known}
    problems += _read_bodies(fields)
    if isinstance(headers := fields.get("headers"), dict):
        fields["headers"] = tuple(cast("dict[str, object]", headers).items())
    elif "headers" in fields:
        problems.append(("headers", f"must be an object of texts, not {shown(fields.pop('headers'))}"))
    fields["kind"] = kind
    if problems := problems + problems_of(fields):
        raise EmulatorError("\n".join(f"{place}.{name} {problem}" for name, problem in problems))
    return cast("FaultFields", fields)


def rules_in(data: object, place: str = "") -> list[tuple[object, str]]:
    """Find the rules in a faults file, each with its place.

    Args:
        data: The file's JSON: an object that has the list `faults`, or the list itself.
        place: What the places begin with.

    Raises:
        EmulatorError: It is neither.
    """
    if not isinstance(data, list):
        if not isinstance(data, dict):
            raise EmulatorError(f"{place}a faults file holds an object with the list {LIST_NAME}, not {shown(data)}")
        holder = cast("dict[str, object]", data)
        problems = [f"{place}{name} {text}" for name, text in _strangers(holder, (LIST_NAME,), "a faults file")]
        if LIST_NAME not in holder and not problems:
            problems.append(f'{place}{LIST_NAME} is missing: the list of rules stands in the field "{LIST_NAME}"')
        if problems:
            raise EmulatorError("\n".join(problems))
        data = holder[LIST_NAME]
    if not isinstance(data, list):
        raise EmulatorError(f"{place}{LIST_NAME} must be a list of rules, not {shown(data)}")
    return [(rule, f"{place}{LIST_NAME}[{index}]") for index, rule in enumerate(cast("list[object]", data))]


def _object(data: object, place: str) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise EmulatorError(f"{place} must be an object, not {shown(data)}")
    return cast("dict[str, object]", data)


def _kind(given: Mapping[str, object], place: str) -> FaultKind:
    kinds = ", ".join(FaultKind)
    if "kind" not in given:
        near = [name for name in given if name not in COMMON_FIELDS and did_you_mean(name, ("kind",))]
        hint = f'; it may be the field "{near[0]}" that is meant' if near else ""
        raise EmulatorError(f"{place}.kind is required, one of: {kinds}{hint}")
    value = given["kind"]
    if isinstance(value, str) and value in list(FaultKind):
        return FaultKind(value)
    hint = did_you_mean(value, FaultKind) if isinstance(value, str) else ""
    raise EmulatorError(f"{place}.kind must be one of: {kinds}{hint}")


def _strangers(given: Mapping[str, object], known: Iterable[str], owner: str) -> Iterable[tuple[str, str]]:
    known = list(known)
    free = [name for name in known if name not in given]
    for name in given:
        if name not in known:
            yield name, f"is no field of {owner}{did_you_mean(name, free)}"


def _read_bodies(fields: dict[str, object]) -> list[tuple[str, str]]:
    raw = {name: fields.pop(name) for name in _RAW_BODIES if name in fields}
    if len(raw) + ("body" in fields) > 1:
        return [("body", "must be given once: as body, body_text or body_base64")]
    for name, value in raw.items():
        if not isinstance(value, str):
            return [(name, f"must be a text, not {shown(value)}")]
        try:
            fields["body"] = value.encode() if name == "body_text" else base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return [
                (name, "must be valid base64" if name == "body_base64" else "must be a text without half surrogates")
            ]
    return []

"""Fault rules in the control API."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.control.arguments import Fields, refused
from carrierx.emulator.control.routing import ControlRequest
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.faults import FaultRule
from carrierx.emulator.http.errors import ErrorEntry, RefusedRequestError, conflict, invalid_object
from carrierx.emulator.http.types import JSONObject

_RULE: Final = "rule"


def list_faults(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Return all rules, in order."""
    asked.parameters()
    return {"items": [rule_object(rule) for rule in emulator.faults.rules]}


def add_fault(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Add a rule, and return it."""
    asked.parameters()
    fields = Fields(asked.request)
    if "hits" in fields:
        raise refused("is counted by the emulator: leave it out", "hits")
    try:
        rule = FaultRule.from_json(fields.all, _RULE)
    except EmulatorError as error:
        raise _explained(error) from error
    try:
        with emulator.in_use():
            return rule_object(emulator.faults.add(rule))
    except ValueError as error:
        raise conflict("another rule has this id: leave it out or change it", "id") from error


def clear_faults(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Remove all rules."""
    asked.parameters()
    with emulator.in_use():
        emulator.faults.clear()
    return {"items": []}


def remove_fault(emulator: Emulator, asked: ControlRequest) -> JSONObject:
    """Remove a rule, and return the others."""
    asked.parameters()
    try:
        with emulator.in_use():
            emulator.faults.remove(asked.path_parameters["id"])
    except KeyError as error:
        entry = ErrorEntry(None, "there is no rule with this id; it may be removed already")
        raise RefusedRequestError(404, "Not Found", [entry]) from error
    return list_faults(emulator, asked)


def rule_object(rule: FaultRule) -> JSONObject:
    """Return a rule, and whether it has been applied as often as it can be."""
    return rule.to_json() | {"used_up": rule.used_up}


def _explained(error: EmulatorError) -> RefusedRequestError:
    entries: list[ErrorEntry] = []
    for line in str(error).splitlines():
        place, _, text = line.partition(" ")
        entries.append(ErrorEntry(place.removeprefix(f"{_RULE}."), text) if "." in place else ErrorEntry(None, line))
    return invalid_object(entries)

"""Helpers for the tests of the models: numbers and broken rules."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping

import pytest
from pydantic import JsonValue, ValidationError

from carrierx.errors import BrokenRule, InvalidMessageError
from carrierx.models.send_request import SendMessageRequest
from carrierx.models.validation import MessageLimits

SENDER = "15162065575"
RECIPIENT = "15162065574"
SHORT_CODE = "72345"
CANADIAN = "14165550123"
BRITISH = "442079460958"
PUERTO_RICAN = "17875550123"
URL = "https://storage.carrierx.com/f/cdac0471"


def us_numbers(count: int) -> list[str]:
    return [f"1516206{6000 + i}" for i in range(count)]


def fields(**changes: object) -> dict[str, object]:
    """The fields of a valid SMS, with changes. None removes a field."""
    given: dict[str, object] = {"from": SENDER, "to": RECIPIENT, "message": "Hello", **changes}
    return {name: value for name, value in given.items() if value is not None}


def broken(data: Mapping[str, object], limits: MessageLimits | None = None) -> dict[str, BrokenRule]:
    """The rules that a message breaks, by field and rule: `to: outside_us`."""
    found: tuple[BrokenRule, ...] = ()
    try:
        SendMessageRequest.parse(data, limits or MessageLimits())
    except InvalidMessageError as error:
        found = error.broken_rules
        # pydantic's own validation must find the same.
        with pytest.raises(ValidationError) as caught:
            SendMessageRequest.model_validate(data, context=limits)
        lines = caught.value.errors()
        assert [line["type"] for line in lines] == [rule.rule for rule in found]
    by_name = {f"{rule.field}: {rule.rule}": rule for rule in found}
    assert len(by_name) == len(found)
    return by_name


def rules_broken_by(**changes: object) -> list[str]:
    """The rules broken by an otherwise sound SMS."""
    return list(broken(fields(**changes)))


def as_json(text: str | bytes) -> JsonValue:
    value: JsonValue = json.loads(text)
    return value


def everything_said_by(error: Exception) -> str:
    """Everything that an error shows: its text, attributes, entries, chained errors and pickle."""
    said = [str(error), repr(error), repr(error.__dict__), repr(error.__context__), repr(error.__cause__)]
    said.append(repr(pickle.dumps(error)))
    if isinstance(error, ValidationError):  # old versions of pydantic can pickle these, but not unpickle them
        said += [repr(error.errors()), error.json()]
    else:
        said.append(repr(pickle.loads(pickle.dumps(error))))
    return "\n".join(said)

"""Fields in the JSON bodies of the control API, checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, cast

from carrierx.emulator.http.errors import ErrorEntry, RefusedRequestError, invalid_object
from carrierx.emulator.http.json_body import read_json_object
from carrierx.emulator.http.types import JSONValue, Request

MAX_SEQUENCE: Final = 2**63 - 1
"""The largest sequence number."""


def refused(text: str, field: str | None = None) -> RefusedRequestError:
    """422: a field of the body, or the body, breaks a rule."""
    return invalid_object([ErrorEntry(field, text)])


class Fields:
    """The fields of a request's JSON body.

    Args:
        request: The request.
        known: The names of the fields; None for any.

    Raises:
        RefusedRequestError: 400 or 415, when the body is not a JSON object; 422, when it has an unknown field.
    """

    def __init__(self, request: Request, known: Collection[str] | None = None) -> None:
        self._fields = read_json_object(request)
        for name in self._fields:
            if known is not None and name not in known:
                raise refused(f"is not a field of this body; the fields are: {', '.join(known)}", name)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    @property
    def all(self) -> Mapping[str, JSONValue]:
        """All fields."""
        return cast("Mapping[str, JSONValue]", self._fields)

    def text(self, name: str) -> str | None:
        """Return a string; None if it is absent or null.

        Raises:
            RefusedRequestError: 422, when it is anything else.
        """
        value = self._fields.get(name)
        if value is not None and not isinstance(value, str):
            raise refused("must be a string", name)
        return value

    def needed_text(self, name: str) -> str:
        """Return a string that must be present.

        Raises:
            RefusedRequestError: 422, when it is absent or anything else.
        """
        value = self.text(name)
        if value is None:
            raise refused("is required", name)
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of strings; empty if it is absent or null.

        Raises:
            RefusedRequestError: 422, when it is anything else.
        """
        value = self._fields.get(name)
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(item, str) for item in cast("list[object]", value)):
            return cast("list[str]", value)
        raise refused("must be a list of strings", name)

    def flag(self, name: str) -> bool | None:
        """Return true or false; None if it is absent.

        Raises:
            RefusedRequestError: 422, when it is anything else.
        """
        value = self._fields.get(name)
        if name in self._fields and not isinstance(value, bool):
            raise refused("must be true or false", name)
        return cast("bool | None", value)

    def number(self, name: str, minimum: float, maximum: float) -> float | None:
        """Return a number in a range; None if it is absent.

        Raises:
            RefusedRequestError: 422, when it is anything else.
        """
        value = self._fields.get(name)
        if name not in self._fields:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not minimum <= value <= maximum:
            raise refused(f"must be a number from {minimum:g} to {maximum:g}", name)
        return value

    def whole_number(self, name: str, maximum: int = MAX_SEQUENCE) -> int:
        """Return an integer that must be present, 0 or more.

        Raises:
            RefusedRequestError: 422, when it is absent or anything else.
        """
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= maximum:
            raise refused("must be a whole number, 0 or more", name)
        return value

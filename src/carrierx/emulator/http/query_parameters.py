"""Query parameters.

Assumptions: a value that is out of range is refused with 400, and so is a parameter that occurs twice. CarrierX's own
clients send empty parameters (`filter=&order=`), so these count as absent. Unknown parameters are ignored, unless the
emulator's settings are strict.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qsl

from carrierx.emulator.http.errors import bad_request

_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_MAX_NUMBER: Final = 10**12


INCLUDE_FIELDS: Final = "includeFields"
"""The query parameter of reads that names the fields to return, as CarrierX's own Python client sends it."""


class Parameters:
    """The parameters of a query string. An empty one counts as absent.

    Args:
        query: The query string, as in the request.
        known: The names of the resource's parameters.
        strict: True to refuse unknown parameters; False to ignore them.

    Raises:
        RefusedRequestError: 400, when the query can't be decoded, a known parameter is repeated, or an unknown one is
            refused.
    """

    def __init__(self, query: str, known: Collection[str] = (), *, strict: bool = False) -> None:
        pairs = _read(query)
        if strict and not {name for name, _ in pairs} <= set(known):
            if not known:
                raise bad_request("this resource has no query parameters")
            raise bad_request(f"the query parameters of this resource are: {', '.join(known)}")
        values: dict[str, str] = {}
        for name, value in pairs:
            if name not in known:
                continue
            if name in values:
                raise bad_request("a query parameter occurs twice")
            values[name] = value
        self._values = {name: value for name, value in values.items() if value}

    def text(self, name: str) -> str | None:
        """Return a parameter; None if it is absent or empty."""
        return self._values.get(name)

    def needed_text(self, name: str) -> str:
        """Return a parameter that must be present and not empty.

        Raises:
            RefusedRequestError: 400, when it is absent or empty.
        """
        value = self._values.get(name)
        if not value:
            raise bad_request("is required", name)
        return value

    def one_of(self, name: str, values: Collection[str], default: str) -> str:
        """Return a parameter that has one of a few values.

        Raises:
            RefusedRequestError: 400, when it has another value.
        """
        value = self._values.get(name, default)
        if value not in values:
            raise bad_request(f"must be one of: {', '.join(values)}", name)
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a parameter that is `true` or `false`.

        Raises:
            RefusedRequestError: 400, when it is anything else.
        """
        return self.one_of(name, ("true", "false"), "true" if default else "false") == "true"

    def whole_number(self, name: str, default: int, *, minimum: int = 0, maximum: int = _MAX_NUMBER) -> int:
        """Return a parameter that is an integer.

        Raises:
            RefusedRequestError: 400, when it is anything else, or is out of range.
        """
        text = self._values.get(name)
        if text is None:
            return default
        if not _WHOLE_NUMBER.fullmatch(text):
            raise bad_request("must be a whole number, not negative", name)
        if not minimum <= int(text) <= maximum:
            raise bad_request(f"must be from {minimum} to {maximum}", name)
        return int(text)


def chosen_fields(text: str | None) -> frozenset[str] | None:
    """Return the fields that a list of names, separated by commas, asks for; None for all."""
    names = frozenset(name.strip() for name in (text or "").split(","))
    return (names - {""}) or None


def _read(query: str) -> list[tuple[str, str]]:
    if not query.isascii():
        raise bad_request("the query string must be percent-encoded")
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise bad_request("the query string can't be read") from error

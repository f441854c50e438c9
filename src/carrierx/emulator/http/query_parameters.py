"""Query parameters, read strictly. Assumption: a value that is out of range is refused with 400."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qsl

from carrierx.emulator.http.errors import bad_request

_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_MAX_NUMBER: Final = 10**12


class Parameters:
    """The parameters of a query string.

    Args:
        query: The query string, as in the request.
        known: The names of the resource's parameters.

    Raises:
        RefusedRequestError: 400, when the query can't be parsed, or a parameter is repeated or unknown.
    """

    def __init__(self, query: str, known: Collection[str] = ()) -> None:
        self._values = _read(query)
        if self._values.keys() <= set(known):
            return
        if not known:
            raise bad_request("this resource has no query parameters")
        raise bad_request(f"the query parameters of this resource are: {', '.join(known)}")

    def text(self, name: str) -> str | None:
        """Return a parameter; None if it is absent."""
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


def refuse_parameters(query: str) -> None:
    """Refuse every query parameter.

    Raises:
        RefusedRequestError: 400, when there is one.
    """
    Parameters(query)


def _read(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict") if query else []
    except ValueError as error:
        raise bad_request("the query string can't be read") from error
    if not query.isascii():
        raise bad_request("the query string must be percent-encoded")
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise bad_request("a query parameter occurs twice")
    return parameters

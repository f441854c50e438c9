"""HTTP requests and responses as plain data, and types for JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

JSONValue: TypeAlias = "str | int | float | bool | Sequence[JSONValue] | Mapping[str, JSONValue] | None"
"""Any value that a JSON document can hold."""

JSONObject: TypeAlias = "dict[str, JSONValue]"
"""A JSON object."""

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header lines in the order in which they are sent; names are case-insensitive."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
_JSON_HEADERS: Final[Headers] = (("content-type", "application/json"),)


@dataclass(frozen=True)
class Request:
    """An HTTP request with its complete body.

    `repr` shows neither headers nor body, since they hold credentials, numbers and texts.

    Attributes:
        method: The method, upper case.
        path: The raw path, percent-encoded, without the query.
        query: The raw query, without its question mark.
        headers: The header lines.
        body: The body.
        scheme: `http` or `https`; used for the links in a list.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    scheme: str = "https"

    def header_values(self, name: str) -> tuple[str, ...]:
        """Return the values of every header line called `name`, in their order."""
        wanted = name.lower()
        return tuple([value for key, value in self.headers if key.lower() == wanted])


@dataclass(frozen=True)
class Delivery:
    """The way a response is delivered: immediately and complete, unless a fault changes that.

    Attributes:
        delay: Seconds before the first byte of the response.
        cut_after: Bytes of the body after which the connection closes; None for never. The headers announce the
            complete body.
        lost: True if the connection closes without a byte of the response.
    """

    delay: float = 0.0
    cut_after: int | None = None
    lost: bool = False


PROMPT_DELIVERY: Final = Delivery()
"""Delivery of a response immediately and complete."""


@dataclass(frozen=True)
class EmulatorResponse:
    """An HTTP response, ready to be written.

    Attributes:
        status: The status code.
        headers: The header lines; the server adds `content-length`.
        body: The body.
        delivery: The way it is delivered.
    """

    status: int
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    delivery: Delivery = PROMPT_DELIVERY


def json_response(status: int, content: Mapping[str, JSONValue], extra_headers: Headers = ()) -> EmulatorResponse:
    """Return a response with `content` as JSON, its attributes in alphabetical order as in the documentation."""
    return EmulatorResponse(status, _JSON_HEADERS + extra_headers, _ENCODER.encode(content).encode())

"""HTTP requests and responses as plain data, and JSON as types."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

JSONValue: TypeAlias = "str | int | float | bool | Sequence[JSONValue] | Mapping[str, JSONValue] | None"
"""Whatever a JSON document can hold."""

JSONObject: TypeAlias = "dict[str, JSONValue]"
"""A JSON object."""

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header lines in the order of the wire; the case of a name doesn't matter."""

_JSON_HEADERS: Final[Headers] = (("content-type", "application/json"),)


@dataclass(frozen=True)
class Request:
    """An HTTP request, read whole.

    Neither headers nor body are shown by `repr`: they hold credentials, numbers and texts.

    Attributes:
        method: The method, upper case.
        path: The path as on the wire, percent-encoded, without the query.
        query: The query as on the wire, without its question mark.
        headers: The header lines.
        body: The body.
        scheme: `http` or `https`; used for the links in a list answer.
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
        return tuple(value for key, value in self.headers if key.lower() == wanted)


@dataclass(frozen=True)
class Delivery:
    """How a door hands over an answer: at once and whole, unless a fault says otherwise.

    Attributes:
        delay: How many seconds pass before the answer's first byte.
        cut_after: After how many bytes of the body the connection closes; None for never. The headers announce the
            whole body.
        lost: Whether the connection closes without a byte of the answer.
    """

    delay: float = 0.0
    cut_after: int | None = None
    lost: bool = False


PROMPT_DELIVERY: Final = Delivery()
"""At once and whole."""


@dataclass(frozen=True)
class Response:
    """An HTTP response, ready to be written.

    Attributes:
        status: The status code.
        headers: The header lines; `content-length` is left to the door.
        body: The body.
        delivery: How it is handed over.
    """

    status: int
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    delivery: Delivery = PROMPT_DELIVERY


def json_response(status: int, content: Mapping[str, JSONValue], extra_headers: Headers = ()) -> Response:
    """Return an answer that carries `content` as JSON, its attributes in alphabetical order as in the documentation."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return Response(status, _JSON_HEADERS + extra_headers, text.encode())

"""One API operation as data, and what came back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

from carrierx.errors import Attempt, InvalidArgumentError

__all__ = ["LARGEST_LIST", "LARGEST_OBJECT", "Call", "Response", "quoted"]

T = TypeVar("T")

LARGEST_OBJECT = 1_000_000
"""Bytes of the largest answer taken for a single object."""
LARGEST_LIST = 10_000_000
"""Bytes of the largest answer taken for a list: 1,000 items, CarrierX's own maximum, of some 10 kB each."""

_METHOD = re.compile(r"[A-Z]+")
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_NUMBER_IN_PATH = re.compile(r"(?<=/)(?:\+|%2B)?\d{5,}(?=/|$)")


def quoted(path_part: object) -> str:
    """Quote an identifier for use within a path, slashes and dots-only names included.

    Raises:
        InvalidArgumentError: It is not a text, is blank, or is `.` or `..`, which would name another path.
    """
    if not isinstance(path_part, str):
        raise InvalidArgumentError(f"An identifier in a path must be a text, not {type(path_part).__name__}.")
    if not path_part.strip() or path_part in (".", ".."):
        raise InvalidArgumentError("An identifier in a path must not be blank or consist of dots.")
    return quote(path_part, safe="")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One API operation as data: hand it to `client.execute` to carry it out.

    Args:
        method: The HTTP method in capitals.
        path: The path below the base URL, with a leading slash; identifiers in it quoted.
        answer: The type to read the answer as: a pydantic model or any type that pydantic can read, `None` for no
            answer, `bytes` for the answer as it is.
        query: Names and values of the query, in order.
        body: The JSON body, ready as bytes or as a mapping to write as JSON.
        repeatable: Whether doing it twice is the same as once. If not said, it is for GET, HEAD, OPTIONS, PUT, DELETE.
        scopes: The scopes of which CarrierX requires one, for the text of a 403.
        scope_hint: What else a 403 may mean, as a sentence.
        reference: The mark that the body carries in `user_data`.
        receipt: The field of the answer whose presence proves that CarrierX took the call.
        private: Texts that no error may repeat although a server's answer may.
        largest_answer: Bytes of the largest answer that is taken.

    Raises:
        InvalidArgumentError: The method or path can't be one.

    Example:
        >>> from carrierx import Call
        >>> Call("GET", "/sms/rates/outbound/toll", dict[str, object], query=[("limit", "10")]).method
        'GET'
    """

    method: str
    path: str
    answer: type[T]
    query: Sequence[tuple[str, str]] = field(default=(), repr=False)
    body: bytes | Mapping[str, object] | None = field(default=None, repr=False)
    repeatable: bool | None = None
    scopes: tuple[str, ...] = ()
    scope_hint: str = field(default="", repr=False)
    reference: str | None = None
    receipt: str | None = None
    private: tuple[str, ...] = field(default=(), repr=False)
    largest_answer: int = LARGEST_OBJECT

    def __post_init__(self) -> None:
        if not _METHOD.fullmatch(self.method):
            raise InvalidArgumentError("The method of a call must be an HTTP method in capitals, such as GET.")
        if not self.path.startswith("/") or re.search(r"[^\x21-\x7e]|[?#\\]|/\.{1,2}(?:/|$)", self.path):
            raise InvalidArgumentError(
                "The path of a call must start with a slash and hold neither a query nor unquoted characters; "
                "the query goes into query=."
            )

    @property
    def is_repeatable(self) -> bool:
        """Whether carrying it out twice is the same as once."""
        return self.method in _REPEATABLE if self.repeatable is None else self.repeatable

    @property
    def label(self) -> str:
        """The path as it may be shown: a phone number in it is masked."""
        return _NUMBER_IN_PATH.sub("***", self.path)

    @property
    def target(self) -> str:
        """Path and query, as they go on the wire."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def body_bytes(self) -> bytes:
        """The body as it goes on the wire; empty if there is none.

        Raises:
            InvalidArgumentError: The body can't be written as JSON.
        """
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        try:
            return json.dumps(self.body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidArgumentError(
                f"The body of a call can't be written as JSON: {type(error).__name__}. "
                "It takes texts, whole and finite numbers, true, false, null, lists and mappings of these."
            ) from None


@dataclass(frozen=True, slots=True)
class Response(Generic[T]):
    """What came back for a call.

    Attributes:
        parsed: The answer, read as the call's type.
        status_code: The HTTP status.
        headers: The answer's headers.
        content: The answer's body as it was received, decompressed.
        attempts: The tries that were made, oldest first.
    """

    parsed: T = field(repr=False)
    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    attempts: tuple[Attempt, ...]

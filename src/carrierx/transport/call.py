"""One API operation as data, and what came back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import urlencode

from carrierx.errors import Attempt, InvalidArgumentError
from carrierx.models.masking import shown_path
from carrierx.models.response_match import ResponseMatch
from carrierx.models.streamed_body import StreamedBody
from carrierx.tracebacks import clears_locals_of_init

__all__ = ["LARGEST_LIST", "LARGEST_OBJECT", "Call", "Response"]

T = TypeVar("T")

LARGEST_OBJECT = 1_000_000
"""Bytes of the largest answer taken for a single object."""
LARGEST_LIST = 10_000_000
"""Bytes of the largest answer taken for a list: 1,000 items, CarrierX's own maximum, of some 10 kB each."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_METHOD = re.compile(r"[A-Z]+")
# Visible ASCII without `?`, `#` and the backslash, and no part that is `.` or `..`.
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[!\"$-.0->@-\[\]-~]*)+")
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


@clears_locals_of_init
@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One API operation as data: hand it to `client.execute` to carry it out.

    Args:
        method: The HTTP method in capitals.
        path: The path below the base URL, with a leading slash; identifiers in it quoted.
        answer: The type to read the answer as: a pydantic model or any type that pydantic can read, `None` for no
            answer, `bytes` for the answer as it is.
        query: Names and values of the query, in order.
        body: The JSON body, ready as bytes or as a mapping to write as JSON; or one that is read while it is sent.
        repeatable: Whether doing it twice is the same as once. If not said, it is for GET, HEAD, OPTIONS, PUT, DELETE.
        scopes: The scopes of which CarrierX requires one, for the text of a 403.
        scope_hint: What else a 403 may mean, as a sentence.
        reference: The mark that the body carries in `user_data`.
        receipt: The field of the answer whose presence proves that CarrierX took the call.
        match: Tells whether an answer is about what was sent. One that is not proves nothing.
        private: Texts that no error may repeat although a server's answer may.
        largest_answer: Bytes of the largest answer that is taken.
        content_type: What the body is, for its header.
        body_needed: Whether a server can't carry it out without the body. Say no where all that counts stands in path
            and query: then a body that was never sent proves nothing.

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
    body: bytes | Mapping[str, object] | StreamedBody | None = field(default=None, repr=False)
    repeatable: bool | None = None
    scopes: tuple[str, ...] = ()
    scope_hint: str = field(default="", repr=False)
    reference: str | None = None
    receipt: str | None = None
    match: Callable[[T], ResponseMatch] | None = field(default=None, repr=False)
    private: tuple[str, ...] = field(default=(), repr=False)
    largest_answer: int = LARGEST_OBJECT
    content_type: str = "application/json"
    body_needed: bool = True

    def __post_init__(self) -> None:
        if self.method not in _METHODS and not _METHOD.fullmatch(str(self.method)):
            raise InvalidArgumentError("The method of a call must be an HTTP method in capitals, such as GET.")
        if not _PATH.fullmatch(str(self.path)):
            raise InvalidArgumentError(
                "The path of a call must start with a slash and hold neither a query nor unquoted characters; "
                "the query goes into query=."
            )
        if not self.query:
            return
        # Here and below, what Python raises is not passed on, not even chained: it holds the text.
        try:
            urlencode(self.query)
        except (TypeError, ValueError):
            written = False
        else:
            written = True
        if not written:
            raise InvalidArgumentError("The query of a call must be pairs of texts that UTF-8 can carry.")

    @property
    def is_repeatable(self) -> bool:
        """Whether carrying it out twice is the same as once."""
        return self.method in _REPEATABLE if self.repeatable is None else self.repeatable

    @property
    def label(self) -> str:
        """The path as it may be shown: a phone number in it is masked."""
        return shown_path(self.path)

    @property
    def target(self) -> str:
        """Path and query, as they go on the wire."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def __repr__(self) -> str:
        return f"<Call {self.method} {self.label}>"

    def body_bytes(self) -> bytes:
        """The body as it goes on the wire, unless it is read while it is sent; empty if there is none.

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
            reason = type(error).__name__
        raise InvalidArgumentError(
            f"The body of a call can't be written as JSON: {reason}. "
            "It takes texts, whole and finite numbers, true, false, null, lists and mappings of these."
        )


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

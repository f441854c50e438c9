"""One API operation as data, and its response."""

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

__all__ = ["MAX_LIST_BYTES", "MAX_OBJECT_BYTES", "Call", "Response"]

T = TypeVar("T")

MAX_OBJECT_BYTES = 1_000_000
"""Maximum bytes of a response with a single object."""
MAX_LIST_BYTES = 10_000_000
"""Maximum bytes of a response with a list: 1,000 items, CarrierX's own maximum, of some 10 kB each."""

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
        path: The path below the base URL, with a leading slash. Identifiers in it must be quoted.
        response_type: The type of the response: a pydantic model or any type that pydantic can read, `None` for no
            response, `bytes` for the unparsed body.
        query: Names and values of the query, in order.
        body: The JSON body as bytes, or a mapping to write as JSON, or a body that is read while it is sent.
        repeatable: True if it is safe to repeat the call. By default it is for GET, HEAD, OPTIONS, PUT and DELETE.
        scopes: The scopes of which CarrierX requires one, for the text of a 403.
        scope_hint: A sentence about other causes of a 403.
        reference: The reference that the body carries in `user_data`.
        receipt: The field of the response whose presence proves that CarrierX accepted the call.
        match: Checks whether a response belongs to this call. A response that doesn't proves nothing.
        private: Texts that must be masked in the path and in errors, because a server may repeat them.
        max_response_bytes: Maximum bytes of the response.
        content_type: The value of the `Content-Type` header.
        operation: The name of the operation in events and telemetry, such as `messages.send`.
        path_template: The path for events and telemetry, with names instead of values: `/lookup/dids/{phonenumber}`.
        message_kind: `sms` or `mms` if the call sends a message.
        counted_segments: The segments of the SMS that it sends, by our count.
        body_needed: Whether the server needs the body. Set it to False if path and query are enough for the server to
            carry out the call: then an unsent body proves nothing.

    Raises:
        InvalidArgumentError: The method, path or query is invalid.

    Example:
        >>> from carrierx import Call
        >>> Call("GET", "/sms/rates/outbound/toll", dict[str, object], query=[("limit", "10")]).method
        'GET'
    """

    method: str
    path: str
    response_type: type[T]
    query: Sequence[tuple[str, str]] = field(default=(), repr=False)
    body: bytes | Mapping[str, object] | StreamedBody | None = field(default=None, repr=False)
    repeatable: bool | None = None
    scopes: tuple[str, ...] = ()
    scope_hint: str = field(default="", repr=False)
    reference: str | None = None
    receipt: str | None = None
    match: Callable[[T], ResponseMatch] | None = field(default=None, repr=False)
    private: tuple[str, ...] = field(default=(), repr=False)
    max_response_bytes: int = MAX_OBJECT_BYTES
    content_type: str = "application/json"
    body_needed: bool = True
    operation: str = ""
    path_template: str = ""
    message_kind: str | None = None
    counted_segments: int | None = None

    def __post_init__(self) -> None:
        if self.method not in _METHODS and not _METHOD.fullmatch(str(self.method)):
            raise InvalidArgumentError("The method of a call must be an HTTP method in capitals, such as GET.")
        if not _PATH.fullmatch(str(self.path)):
            raise InvalidArgumentError(
                "The path of a call must start with a slash and contain neither a query nor unquoted characters; "
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
            raise InvalidArgumentError("The query of a call must be pairs of strings that can be encoded as UTF-8.")

    @property
    def is_repeatable(self) -> bool:
        """True if it is safe to repeat the call."""
        return self.method in _REPEATABLE if self.repeatable is None else self.repeatable

    @property
    def label(self) -> str:
        """The path for logs and errors, with phone numbers and private texts masked."""
        return shown_path(self.path, self.private)

    @property
    def target(self) -> str:
        """Path and query of the request."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def __repr__(self) -> str:
        return f"<Call {self.method} {self.label}>"

    def body_bytes(self) -> bytes:
        """Return the body as bytes. It is empty if there is none, or if it is read while it is sent.

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
            "It may contain strings, finite numbers, true, false, null, and lists and mappings of these."
        )


@dataclass(frozen=True, slots=True)
class Response(Generic[T]):
    """The response to a call.

    Attributes:
        parsed: The response, read as the call's type.
        status_code: The HTTP status.
        headers: The response headers.
        content: The response body, decompressed.
        attempts: All attempts, oldest first.
    """

    parsed: T = field(repr=False)
    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    attempts: tuple[Attempt, ...]

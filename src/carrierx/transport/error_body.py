"""Error responses: the server's error text, and advice for each status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar, cast

from carrierx.errors import ErrorDetail
from carrierx.models.api_object import parse_object
from carrierx.models.masking import shown_text

if TYPE_CHECKING:
    from carrierx.transport.call import Call
    from carrierx.transport.raw_response import RawResponse

__all__ = ["ErrorBody", "advice", "error_body_of"]

T = TypeVar("T")

_MOST_DETAILS = 20

_ADVICE = {
    400: "CarrierX could not read the request: do not repeat it unchanged.",
    401: "The token (or the user name and password) is wrong or revoked: check token=, or CARRIERX_TOKEN.",
    404: "There is no such object for this account, or no such path: check the SID and base_url.",
    407: "A proxy needs credentials: put them into proxy=.",
    409: "It conflicts with the object's current state. CarrierX says that submitting again later may resolve it.",
    413: "The request is larger than the server accepts: send less.",
    415: "The server, or a proxy in front of it, does not accept JSON: check base_url.",
    422: "CarrierX found the content invalid: see errors.",
    429: "Too many requests: send more slowly.",
}


class ErrorBody:
    """The text of an error response, with private parts masked.

    Attributes:
        message: The server's message, or the name of the status.
        errors: The entries of its `errors` list.
    """

    __slots__ = ("errors", "message")

    def __init__(self, message: str, errors: tuple[ErrorDetail, ...]) -> None:
        self.message: str = message
        self.errors: tuple[ErrorDetail, ...] = errors

    def __str__(self) -> str:
        details = [f"{one.field}: {one.message}" if one.field else one.message for one in self.errors]
        return "; ".join([self.message, *(text for text in details if text)])


def error_body_of(response: RawResponse, private: Sequence[str]) -> ErrorBody:
    """Read the body of an error response. If it has no message, use the name of the status.

    Args:
        response: The response, complete or not.
        private: Texts to mask, because the server may repeat them.
    """
    body = parse_object(response.body)
    entries = body.get("errors")
    # An object with `message` and no errors is an SMS object: its `message` is a text.
    message = body.get("message") if response.status_code >= 300 or isinstance(entries, list) else None
    words = shown_text(message, private) if isinstance(message, str) and message.strip() else ""
    listed = cast("list[object]", entries)[:_MOST_DETAILS] if isinstance(entries, list) else []
    details = [_detail(entry, private) for entry in listed]
    return ErrorBody(words or _status_name(response.status_code), tuple(filter(None, details)))


def _detail(entry: object, private: Sequence[str]) -> ErrorDetail | None:
    if isinstance(entry, str):
        return ErrorDetail(None, shown_text(entry, private), None)
    if not isinstance(entry, Mapping):
        return None
    values = cast("Mapping[str, object]", entry)
    field, message, sid = (values.get(name) for name in ("field", "message", "reference_sid"))
    return ErrorDetail(
        shown_text(field, private) if isinstance(field, str) else None,
        shown_text(message, private) if isinstance(message, str) else "",
        shown_text(sid, private) if isinstance(sid, str) else None,
    )


def _status_name(status_code: int) -> str:
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return f"status {status_code}"


def advice(call: Call[T], status_code: int) -> str:
    """Return advice on what to do about a status."""
    if status_code == 403:
        needed = " or ".join(call.scopes)
        scopes = f"This call needs the scope {needed}; CarrierX support grants scopes. " if needed else ""
        return f"{scopes}{call.scope_hint}".strip()
    if 300 <= status_code < 400:
        return "Redirects are never followed: check base_url."
    return _ADVICE.get(status_code, "")

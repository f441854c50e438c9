"""HTTP errors with the documented status codes and the documented error body.

Each `message` has the wording of CarrierX's table of responses. The table ends at 422, and only the body of a 404 is
published in full. We assume that the others have the same shape, and that 403, 405, 409, 413, 416 and 422 name the
field or the reason in `errors`. No error text repeats a number or a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carrierx.emulator.http.hosts import OWN_NAMES
from carrierx.emulator.http.types import EmulatorResponse, Headers, JSONObject, json_response


@dataclass(frozen=True)
class ErrorEntry:
    """One entry of `errors` in an error body.

    Attributes:
        field: The field's name as in the request; None if the error is not about one field.
        message: The problem, without the field's value.
    """

    field: str | None
    message: str

    def to_json(self) -> JSONObject:
        """Return the entry as JSON. `reference_sid` is always null: no error here refers to a SID."""
        return {"field": self.field, "message": self.message, "reference_sid": None}


class RefusedRequestError(Exception):
    """A request is refused with an error response, which the exception carries.

    Args:
        status: The status code.
        message: The body's `message`.
        entries: The body's `errors`.
        headers: Header lines in addition to the content type.
    """

    def __init__(self, status: int, message: str, entries: Sequence[ErrorEntry], headers: Headers = ()) -> None:
        super().__init__(status, message)
        self.response: EmulatorResponse = json_response(
            status, {"message": message, "errors": [entry.to_json() for entry in entries]}, headers
        )


def bad_request(detail: str, field: str | None = None) -> RefusedRequestError:
    """400: the request is malformed; `field` is the query parameter that is wrong, if any."""
    return RefusedRequestError(400, "Bad Request", [ErrorEntry(field, detail)])


def not_json(detail: str) -> RefusedRequestError:
    """400: the body is not a JSON object."""
    return RefusedRequestError(400, "No JSON object could be decoded", [ErrorEntry(None, detail)])


def unauthorized() -> RefusedRequestError:
    """401: the request has no credentials."""
    entry = ErrorEntry(None, "the request has no Authorization header")
    return RefusedRequestError(401, "Unauthorized", [entry], (("www-authenticate", "Bearer"),))


def bad_credentials() -> RefusedRequestError:
    """401: the credentials are unknown or unreadable."""
    entry = ErrorEntry(None, "the credentials are not valid")
    return RefusedRequestError(401, "Bad credentials", [entry], (("www-authenticate", "Bearer"),))


def forbidden(scopes: Sequence[str]) -> RefusedRequestError:
    """403: the credential has none of the required scopes."""
    return RefusedRequestError(403, "Forbidden", [ErrorEntry(None, f"needs the scope {' or '.join(scopes)}")])


def foreign_host() -> RefusedRequestError:
    """403: a website may have made this request through DNS rebinding. CarrierX has no such response."""
    detail = (
        f"with its demo token, which everybody knows, the emulator answers only under the names {OWN_NAMES}: use one of"
        " them, or give the emulator another token, with `carrierx emulator --password` or"
        " EmulatorConfig(credentials=...)"
    )
    return RefusedRequestError(403, "Forbidden", [ErrorEntry(None, detail)])


def unknown_sid() -> RefusedRequestError:
    """404: there is no object with this SID."""
    return RefusedRequestError(404, "no item error", [ErrorEntry(None, "cannot find item by sid")])


def unknown_resource() -> RefusedRequestError:
    """404: the path is unknown."""
    return RefusedRequestError(404, "Not Found", [ErrorEntry(None, "there is no such resource")])


def conflict(detail: str, field: str | None = None) -> RefusedRequestError:
    """409: the request is valid but conflicts with the current state. The documentation doesn't give the wording."""
    return RefusedRequestError(409, "Conflict", [ErrorEntry(field, detail)])


def unsatisfiable_range(size: int) -> RefusedRequestError:
    """416: the file has `size` bytes and none of the requested ones."""
    entry = ErrorEntry(None, "the file has no such bytes")
    return RefusedRequestError(416, "Range Not Satisfiable", [entry], (("content-range", f"bytes */{size}"),))


def wrong_method(allowed: Sequence[str]) -> RefusedRequestError:
    """405: the path exists but doesn't support this method."""
    methods = ", ".join(allowed)
    entry = ErrorEntry(None, f"the methods of this resource are: {methods}")
    return RefusedRequestError(405, "Method Not Allowed", [entry], (("allow", methods),))


def body_too_large(limit: int) -> RefusedRequestError:
    """413: the body has more than `limit` bytes."""
    return RefusedRequestError(413, "Payload Too Large", [ErrorEntry(None, f"the body has more than {limit} bytes")])


def unsupported_media_type(*needed: str) -> RefusedRequestError:
    """415: the body has another content type than required."""
    entry = ErrorEntry(None, f"the Content-Type must be {' or '.join(needed)}")
    return RefusedRequestError(415, "Unsupported media type", [entry])


def invalid_object(entries: Sequence[ErrorEntry]) -> RefusedRequestError:
    """422: the body is JSON but breaks rules; one entry for each broken rule."""
    return RefusedRequestError(422, "Object validation error", entries)

"""HTTP errors of the inbox."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.http.types import Headers, Response, json_response

BAD_REQUEST: Final = 400
"""The request is invalid."""

FORBIDDEN: Final = 403
"""The caller is not allowed to do this."""

NOT_FOUND: Final = 404
"""The path or object doesn't exist."""


def error_response(status: int, message: str, headers: Headers = ()) -> Response:
    """Return an error response."""
    return json_response(status, {"message": message}, headers)


class InboxError(Exception):
    """The inbox can't do what the page requests.

    Args:
        message: Reason, for people.
        status: HTTP status of the response.

    Attributes:
        response: Error response.
    """

    def __init__(self, message: str, status: int = BAD_REQUEST) -> None:
        super().__init__(message)
        self.response: Response = error_response(status, message)
